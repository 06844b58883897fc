"""`rlcs grade`: offline difficulty by pass@k with one or several models (arXiv 2507.01006, section 5.3).

for each model   engines -> tasks without a record, some hundreds at a time -> completions -> verdicts -> records
at the end       records of all models, and labels of the data -> grades.parquet, the prior of the curriculum

With grade.sample below 1 a share of the tasks is measured, block by block, and the others are predicted
(rlcs/grading/partial.py).
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from types import TracebackType

import numpy as np
from rich.markup import escape

from curriculum.beliefs.arrays import Ints
from rewards import Scorer
from rewards.routes import unjudged_limit
from rewards.verdicts import stop_if_unjudged
from rlcs.config.schema import Config, SourceConfig
from rlcs.errors import RunStopped, UserError
from rlcs.grading.log import Keys, RecordLog, graded, job_of, opened_parts, task_keys
from rlcs.grading.partial import Answers, known_part, measure_share
from rlcs.grading.pass_rates import grade_table, model_grades, print_grades, summary, write_grades
from rlcs.model.files import load_preprocessing, resolve_model_path
from rlcs.process.console import console, logging_to, say, waiting
from rlcs.process.environment import prepare_process
from rlcs.process.interrupts import Interrupted, StopSignal
from rlcs.records import Group, Task, Verdict
from rlcs.run import checkpoint as checkpoints
from rlcs.run.assembly import start_scorer
from rlcs.run.engines import sampling_engines
from rlcs.run.generation import Generation
from rlcs.run.placement import sampling_job, showing
from rlcs.tasks import PromptRenderer, TaskPool, drop_long, load_pool
from rollout.requests import Sampling

ROUNDS = 16
"""How many times the engines fill up with sequences from the tasks they are given at once."""
JUDGED_AT_ONCE = 16
JUDGE_EVERY_S = 0.5
"""Groups are judged and recorded when so many have come, or after so long: what a kill can cost."""
ENOUGH_VERDICTS = 200
"""Of a source, before too many that could not be judged stop the job."""
SAY_EVERY_S = 10.0


def run(config: Config, *, out: Path, restart: bool = False) -> Path:
    """Grade the tasks of data.train into `out`, going on from what was done before; return `out`.

    Raises UserError when there is nothing to grade, or when what was done before does not fit; KeyboardInterrupt after
    Ctrl-C or SIGTERM. What was graded until then is kept beside `out` in any case.
    """
    with StopSignal() as stop, ExitStack() as stack:
        grading = None
        try:
            with stop.interruptible():
                grading = open_grading(config, stack, out=out, restart=restart)
                for name in grading.models:
                    grading.measure(name)
                grading.finish(out)
        except (Interrupted, RunStopped) as error:
            if grading is not None:
                say(f"stopped; what was graded is kept in {grading.parts}, and the same command goes on")
            if isinstance(error, RunStopped):
                raise
            raise KeyboardInterrupt from None
    return out


def open_grading(config: Config, stack: ExitStack, *, out: Path, restart: bool) -> Grading:
    """Check whatever costs little, and load the tasks: what is wrong ends the command before an engine starts."""
    prepare_process()
    sources = graded_sources(config)
    models = {name: locate(name) for name in config.grade.models or [config.model.path]}
    parts = stack.enter_context(opened_parts(out, job_of(config, sources, models), restart=restart))
    stack.enter_context(logging_to(parts))
    scorer = start_scorer(config, stack, stops=False)  # the few groups judged at once say too little
    with waiting("loading tasks and tokenizers"):
        pool = load_pool(sources, check_gold=scorer.check_gold)
        data = config.data
        made = {name: load_preprocessing(config.model, data.images, path, data.video) for name, path in models.items()}
        keys = task_keys(pool)
    return Grading(
        config=config,
        models=models,
        renderers={name: preprocessing.renderer(sources) for name, preprocessing in made.items()},
        pool=pool,
        keys=keys,
        scorer=scorer,
        parts=parts,
    )


def graded_sources(config: Config) -> list[SourceConfig]:
    """Return the sources to grade, without the grades that some of them name: this is where those come from."""
    if not config.data.train:
        raise UserError("nothing to grade: add a source under data.train")
    asked = config.grade.sources or [source.name for source in config.data.train]
    return [replace(source, grades=None) for source in config.data.train if source.name in asked]


def locate(name: str) -> Path | str:
    """Return the folder of a model: of a run or a checkpoint the policy in it, else what model.path would mean."""
    folder = Path(name).expanduser()
    if folder.is_dir() and not (folder / "config.json").is_file():
        return checkpoints.model_of(checkpoints.resolve(folder))
    return resolve_model_path(name)


@dataclass(frozen=True, kw_only=True)
class Grading:
    """The tasks, the models, and where the records of what became of them are kept."""

    config: Config
    models: dict[str, Path | str]
    """Folder or hub name of each model, by the name a person gave."""
    renderers: dict[str, PromptRenderer]
    pool: TaskPool
    keys: Keys
    """[N] `task_keys` of the pool."""
    scorer: Scorer
    parts: Path

    def log_of(self, name: str) -> RecordLog:
        """Return the records of a model."""
        return RecordLog(self.parts, name, num_completions=self.config.grade.num_completions)

    def measure(self, name: str) -> None:
        """Let one model answer every task of which it has no record yet."""
        with self.log_of(name) as log:
            pool = drop_long(self.pool, self.renderers[name], self.config.data.max_prompt_tokens)
            keys = self.keys if pool is self.pool else task_keys(pool)
            missing = np.flatnonzero(~np.isin(keys, graded(log.read())))
            share, num_known = self.config.grade.sample, len(pool) - len(missing)
            num_tasks = math.ceil(share * len(pool))
            progress = Progress(name, num_done=num_known, num_tasks=max(num_tasks, num_known))
            if num_known >= num_tasks:
                return
            job = showing(sampling_job(self.config, self.models[name]), pool)
            with sampling_engines(job, doing=f"{name}: ") as (rollout, self.scorer.raters), progress:
                generation = Generation(rollout, self.renderers[name], self.scorer, self.config)
                size = tasks_at_once(self.config)
                if share < 1.0:
                    self._measure_share(pool, keys, generation, log, progress)
                    return
                for rows in (missing[start : start + size] for start in range(0, len(missing), size)):
                    tasks = pool.take(rows)
                    key_of = dict(zip((task.id for task in tasks), keys[rows].tolist(), strict=True))
                    self._measure_block(tasks, key_of, generation, log, progress)

    def _measure_share(
        self, pool: TaskPool, keys: Keys, generation: Generation, log: RecordLog, progress: Progress
    ) -> None:
        """Measure a share of the tasks, with few completions where these make it plain."""
        settings, seed = self.config.grade, self.config.run.seed

        def ask(rows: Ints, num_completions: int, number: int) -> dict[int, Answers]:
            found: dict[int, Answers] = {}
            for group in self._groups(pool.take(rows), generation, num_completions=num_completions, number=number):
                num_tokens = sum(completion.num_tokens for completion in group.completions)
                scores = [verdict.score for verdict in group.verdicts]
                found[group.task.row] = Answers(scores=scores, num_tokens=num_tokens)
                progress.add(num_tokens, is_new=number == 0)
            return found

        measure_share(
            pool, keys, log, ask, share=settings.sample, num_completions=settings.num_completions,
            most=tasks_at_once(self.config), seed=seed,
        )  # fmt: skip

    def _groups(
        self, tasks: list[Task], generation: Generation, *, num_completions: int, number: int
    ) -> Iterator[Group]:
        """Generate and judge some tasks; stop when too many answers of a source could not be judged."""
        sampling = Sampling(num_completions=num_completions, temperature=self.config.rollout.temperature)
        requests = generation.requests(tasks, step=number, purpose="grade")
        arrivals = generation.rollout.generate(requests, sampling=sampling, policy_version=0)
        verdicts: dict[str, list[Verdict]] = {}
        for group in judged((group for _, group in arrivals), self.scorer):
            verdicts.setdefault(group.task.source, []).extend(group.verdicts)
            yield group
        limits = {source: unjudged_limit(self.scorer.routes[source], self.config.rewards) for source in verdicts}
        stop_if_judging_fails(verdicts, limits)

    def _measure_block(
        self, tasks: list[Task], key_of: dict[str, int], generation: Generation, log: RecordLog, progress: Progress
    ) -> None:
        """Generate, judge and record some tasks."""
        for group in self._groups(tasks, generation, num_completions=self.config.grade.num_completions, number=0):
            num_tokens = sum(completion.num_tokens for completion in group.completions)
            scores = [verdict.score for verdict in group.verdicts]
            log.append(key_of[group.task.id], num_tokens=num_tokens, scores=scores)
            progress.add(num_tokens)

    def finish(self, out: Path) -> None:
        """Write the grades, print what they are and what they have cost."""
        threshold = self.config.eval.threshold
        models = {name: model_grades(self.keys, self.log_of(name).read(), threshold=threshold) for name in self.models}
        partial = None
        if self.config.grade.sample < 1.0:
            records = self.log_of(next(iter(self.models))).read()
            partial = known_part(self.pool, self.keys, records, seed=self.config.run.seed).grades()
        table = grade_table(self.pool.index, models, self.config, partial=partial)
        write_grades(table, out)
        print_grades(table, self.config.curriculum.tier_edges)
        for line in summary(table, out):
            say(line)


def judged(groups: Iterator[Group], scorer: Scorer) -> Iterator[Group]:
    """Yield groups with their verdicts, in the order in which they came, a few at a time."""
    num_waiting, last = 0, time.monotonic()
    for group in groups:
        scorer.submit(group)
        num_waiting += 1
        if num_waiting >= JUDGED_AT_ONCE or time.monotonic() - last > JUDGE_EVERY_S:
            yield from scorer.collect()
            num_waiting, last = 0, time.monotonic()
    yield from scorer.collect()


def stop_if_judging_fails(verdicts: Mapping[str, list[Verdict]], limits: Mapping[str, float]) -> None:
    """Raise RunStopped when of many verdicts of a source more than the share in `limits` could not be judged."""
    for source, found in verdicts.items():
        if len(found) >= ENOUGH_VERDICTS:
            stop_if_unjudged(source, found, limits[source])


def tasks_at_once(config: Config) -> int:
    """Return how many tasks the engines get at a time: enough to keep them full, few enough to hold in memory."""
    sequences = ROUNDS * config.rollout.num_workers * config.rollout.max_num_seqs
    return max(1, sequences // config.grade.num_completions)


class Progress:
    """Tells how far a model has come: all the time on a terminal, every ten seconds elsewhere."""

    def __init__(self, model: str, *, num_done: int, num_tasks: int) -> None:
        self.model, self.num_done, self.num_tasks = model, num_done, num_tasks
        self._num_new = self._num_tokens = 0
        say(f"{model}: {num_done:,} of {num_tasks:,} tasks are graded, {num_tasks - num_done:,} to go")

    def __enter__(self) -> Progress:
        self._started = self._last_said = time.monotonic()
        self._status = console.status("")
        if console.is_terminal:
            self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._status.stop()
        say(self.text())

    def add(self, num_tokens: int, *, is_new: bool = True) -> None:
        """Count a task for which so many tokens were sampled; `is_new` is false where it was counted before."""
        self.num_done, self._num_new = self.num_done + is_new, self._num_new + is_new
        self._num_tokens += num_tokens
        now = time.monotonic()
        if console.is_terminal:
            self._status.update(escape(self.text()))
        elif now - self._last_said > SAY_EVERY_S:
            self._last_said = now
            say(self.text())

    def text(self) -> str:
        """Return tasks done, tokens a second and the time left, in one line."""
        done = f"{self.model}: {self.num_done:,} of {self.num_tasks:,} tasks"
        if not self._num_new:
            return done
        seconds = max(time.monotonic() - self._started, 1e-9)
        left = timedelta(seconds=round(seconds / self._num_new * (self.num_tasks - self.num_done)))
        return f"{done}, {self._num_tokens / seconds:,.0f} tokens/s, {left} left"
