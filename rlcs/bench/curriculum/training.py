"""`rlcs bench curriculum`: rollouts to target, by real training with real engines.

The tiny policy is trained, or (--config) what a person's configuration names. Every arm trains the same policy on the
same pool from the same seeds; only settings of the curriculum differ. All
completions generated count, those thrown away too, until each arm has used up the budget. Held-out accuracy is taken
at even distances in completions. Finished runs are kept in the output folder and not run again. The engines start once:
before each run the learner goes back to the starting weights with a fresh optimizer, and the engines get those weights.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from curriculum import Curriculum
from curriculum.prediction.texts import Texts
from rlcs.bench.curriculum.plots import require_plotters
from rlcs.bench.curriculum.regimes import REGIMES, traces_of
from rlcs.bench.curriculum.report import report
from rlcs.bench.curriculum.study import CONFIG, RESULT, Run, Study
from rlcs.bench.report import surroundings
from rlcs.config.load import load_config
from rlcs.grading.pass_rates import about
from rlcs.metrics import Metrics
from rlcs.process.cluster import Cluster
from rlcs.process.console import say, waiting
from rlcs.process.environment import prepare_process
from rlcs.process.interrupts import Interrupted, StopSignal
from rlcs.run.assembly import assemble
from rlcs.run.engines import Engines, start_engines
from rlcs.run.placement import training_job
from rlcs.run.training import TrainingRun
from rlcs.train_overlapped import ITERATIONS

SHIPPED = "tiny://text"
START_OVERRIDES = (
    "sft.batch_size=32", "learner.warmup_steps=20", "learner.schedule=cosine", "learner.pack_tokens=8192",
)  # fmt: skip


def run(study: Study, *, json_target: Path | None) -> None:
    """Run a study and report it. Ctrl-C loses the run in progress only; the same command goes on."""
    require_plotters()
    results = run_study(study)
    config = study.own.load(study.overrides) if study.own else load_config(CONFIG, list(study.overrides))
    about = {**study.settings, "surroundings": surroundings(config, threads=1)}
    report(results, title="Training", benchmark="curriculum", about=about, out=study.out, json_target=json_target)


def run_study(study: Study) -> list[dict[str, Any]]:
    """Run what is not finished yet and return the results of all runs."""
    missing = [run for run in study.runs if run.result is None]
    if missing:
        say(f"{len(study.runs)} runs, {len(study.runs) - len(missing)} of them finished before; results in {study.out}")
        prepare_process()
        with StopSignal() as stop:
            # Arms that train by another loss need another learner; of those that share one, whole pairs come first.
            by_learner = sorted(missing, key=lambda run: (study.regimes.index(run.regime), run.of_learner))
            for (regime, _), runs in groupby(by_learner, key=lambda run: (run.regime, run.of_learner)):
                run_regime(study, regime, list(runs), stop)
    return [run.result for run in study.runs if run.result is not None]


def run_regime(study: Study, regime: str, runs: Sequence[Run], stop: StopSignal) -> None:
    """Run one after the other in one set of engines, which are as they were at the start before each run."""
    start = None if study.own else starting_policy(study.out / "start", REGIMES[regime].start)
    if study.is_graded:
        for run in runs:
            grade_pool(run, start)
    config = runs[0].config(start)
    with ExitStack() as stack:
        with waiting("starting Ray, engine and learner"):
            job = training_job(config)
            cluster = stack.enter_context(Cluster(config.cluster, job.num_processes))
            num_updates = config.run.steps * config.learner.updates_per_step
            engines = start_engines(cluster, job, num_updates=num_updates)
            engines.wait_until_ready()
        fresh = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="fresh-", dir=study.out)))
        engines.learners.begin_save(fresh)
        engines.learners.finish_save()
        for number, run in enumerate(runs, start=1):
            say(f"{regime}, run {number} of {len(runs)}: {run.arm}, seed {run.seed}")
            try:
                train_one(run, start, engines, fresh / "learner", stop)
            except Interrupted:
                say("stopped; the same command begins this run anew and goes on")
                raise KeyboardInterrupt from None


def train_one(run: Run, start: str | None, engines: Engines, fresh: Path, stop: StopSignal) -> None:
    """Train one arm from the start and write its result."""
    shutil.rmtree(run.folder, ignore_errors=True)
    run.folder.mkdir(parents=True)
    engines.learners.load(fresh)
    engines.sync.push(version=engines.sync.version + 1)
    config = run.config(start)
    with assemble(config, resume=False, engines=engines) as training:
        if run.study.is_shuffled:
            training.curriculum = shown_others(training, seed=run.seed)
        curve = list(follow(training, stop, run))
        by_kind = {kind: curve[-1][kind] for kind in run.held_out}
    named = {"regime": run.regime, "arm": run.arm, "seed": run.seed}
    graded = {"grading": grading_cost(run)} if run.study.is_graded else {}
    result = {**named, **run.settings, **graded, "curve": curve, "by_domain": by_kind}
    unfinished = run.folder / f"{RESULT}.part"
    unfinished.write_text(json.dumps(result) + "\n")
    unfinished.replace(run.folder / RESULT)
    shutil.rmtree(run.folder / "rollouts")


def shown_others(training: TrainingRun, *, seed: int) -> Curriculum:
    """Return the curriculum of a run that has not begun, shown for each task the question of another one."""
    texts = texts_of_others(training.pool.texts, len(training.pool), seed=seed)
    return Curriculum(training.curriculum.config, training.pool.index, seed=seed, texts=texts)


def texts_of_others(texts: Texts, num_tasks: int, *, seed: int) -> Texts:
    """Return the same texts dealt out anew: every task has one, and hardly one has its own."""
    other = np.random.default_rng(seed).permutation(num_tasks)
    return lambda rows: texts(other[rows])


def follow(training: TrainingRun, stop: StopSignal, run: Run) -> Iterator[dict[str, float]]:
    """Train until the budget of completions is used up; yield a point of the curve every `eval_every` of them."""
    iterate = ITERATIONS[training.config.run.schedule]
    training.begin()
    yield point(training, training.evaluate(step=0), {}, run.held_out, seconds=0.0)
    step, seconds, due = 0, 0.0, run.study.eval_every
    steps: list[Metrics] = []
    while training.num_generated_total < run.study.budget:
        step += 1
        metrics = iterate(training, stop, step)
        training.finish_step(step, metrics)
        steps.append(metrics)
        seconds += metrics["time/step_s"]
        if training.num_generated_total >= due:
            due += run.study.eval_every
            metrics |= training.evaluate(step=step)
            yield point(training, metrics, mean_of(steps), run.held_out, seconds=seconds)
            say(progress(metrics, training.num_generated_total, run.study.budget))
            steps = []
        training.folder.write_metrics(step, metrics)


def progress(metrics: Metrics, generated: int, budget: int) -> str:
    """Return a line on how far a run is."""
    return f"  {generated:,} of {budget:,} completions: held-out accuracy {metrics['eval/all/pass@1']:.3f}"


def point(
    training: TrainingRun, metrics: Metrics, means: Metrics, held_out: Sequence[str], *, seconds: float
) -> dict[str, float]:
    """Return one point of a learning curve; shares are means over the steps since the last one."""
    return {
        "completions": float(training.num_generated_total),
        "tokens": float(training.num_tokens_total),
        "seconds": seconds,
        "steps": float(training.state.step),
        "accuracy": metrics["eval/all/pass@1"],
        **{name: metrics[f"eval/{name}/pass@1"] for name in held_out},
        **{key: means[key] for key in ("curriculum/invalid_rate", "curriculum/num_selected", "reward/mean") if means},
    }


def mean_of(steps: Sequence[Metrics]) -> Metrics:
    """Return the mean of each number over some steps."""
    return {
        key: sum(step[key] for step in steps) / len(steps) for key in steps[0] if all(key in step for step in steps)
    }


def grade_pool(run: Run, start: str | None) -> None:
    """Grade the pool of a run with the policy it starts from, unless another arm's run has done so."""
    if not run.grades.exists():
        from rlcs import grade

        config = run.config(start)
        say(f"grading the pool of {run.regime}, seed {run.seed}")
        grade.run(config, out=run.grades)


def grading_cost(run: Run) -> int:
    """Return the completions that the grades of a run's pool took; 0 without grades."""
    if not run.study.is_graded:
        return 0
    return int(about(pq.read_table(run.grades, columns=[]))["num_completions_total"])


def starting_policy(parent: Path, name: str) -> str:
    """Return the policy that the runs of a regime start from, made at the first time."""
    folder = parent / name
    model = folder / "model"
    if not (model / "config.json").exists():
        from rlcs import sft

        say(f"making the starting policy {name!r}: {SHIPPED}, trained on traces of other quality")
        shutil.rmtree(folder, ignore_errors=True)
        sft.run(load_config(CONFIG, [f"run.dir={folder}", *traces_of(name), *START_OVERRIDES]))
    return str(model)
