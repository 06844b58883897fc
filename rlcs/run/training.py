"""A training run: what it is made of, and the phases that need several parts; `rlcs/train.py` puts them in order."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from curriculum import Curriculum
from curriculum.screening import num_completions
from rewards import Scorer
from rlcs.config.schema import Config
from rlcs.learner.group import LearnerGroup
from rlcs.metrics import Clock, Metrics, reward_metrics, rollout_metrics, staleness_metrics
from rlcs.model.files import Preprocessing
from rlcs.process.console import say, waiting
from rlcs.process.watch import num_stuck
from rlcs.records import Batch, Group, Plan
from rlcs.run.ahead import Ahead, read_ahead
from rlcs.run.checkpoint import State, model_folders
from rlcs.run.display import evaluation_line
from rlcs.run.evaluation import Evaluator
from rlcs.run.folder import RunFolder
from rlcs.run.generation import Flight, Generation
from rlcs.run.state import RunState
from rlcs.run.weight_sync import WeightSync, as_sample
from rlcs.tasks import Prompt, TaskPool
from rollout.requests import Sampling

EVALUATED = "eval/all/pass@1"
"""Key of a record of metrics that holds an evaluation."""
SEEN = "seen_states.parquet"
"""File of a checkpoint: what the policy made of tasks not judged yet, where curriculum.features asks for that."""


@dataclass
class TrainingRun:
    """Everything a training run consists of. `state.step` is the last whole step; all state belongs to it."""

    config: Config
    folder: RunFolder
    pool: TaskPool
    curriculum: Curriculum
    generation: Generation
    evaluator: Evaluator
    learners: LearnerGroup
    sync: WeightSync
    sampling: Sampling
    preprocessing: Preprocessing
    resume_from: Path | None
    horizon: int
    num_generated_total: int = 0
    num_tokens_total: int = 0
    ahead: Ahead | None = None
    """The batch of the next step, where that has been generated beside this one (run.schedule: overlapped)."""
    _boundary: tuple[int, State] | None = None
    """A step, and the state of the curriculum after it, before tasks were drawn for the next one."""
    _step_metrics: Metrics = field(default_factory=dict)
    _step_balance: Metrics = field(default_factory=dict)
    state: RunState = field(init=False)

    def __post_init__(self) -> None:
        last = self.config.run.steps
        self.state = RunState(
            self.config, self.folder.path, self.learners, self._freeze, self._describe, last=last, horizon=self.horizon
        )

    @property
    def scorer(self) -> Scorer:
        """The reward system."""
        return self.generation.scorer

    def begin(self) -> None:
        """Restore a checkpoint if there is one; check that engine and learner agree; evaluate the start."""
        if self.resume_from is not None:
            self._restore(self.resume_from)
        with waiting("checking that engine and learner agree"):
            gap = self.sync.check([as_sample(prompt) for prompt in self._some_prompts() if len(prompt) > 1])
        limit = self.sync.tolerance
        say(f"engine and learner agree: log-probabilities differ by at most {gap:.1e} (tolerance {limit:.0e})")
        self.state.is_whole = True
        if self.resume_from is not None:
            self._complete_metrics()
        elif self.evaluation_due(0):
            self.folder.write_metrics(0, {**self.evaluate(step=0), "sync/max_logprob_gap": gap})

    def roll_out(self, plan: Plan) -> Flight:
        """Generate the completions of a plan; finished groups go to the scorer at once."""
        flight = self.launch(plan).drain()
        self._step_balance = flight.metrics()
        return flight

    def launch(self, plan: Plan) -> Flight:
        """Begin to generate the completions of a plan."""
        tasks = self.pool.take(plan.rows)
        purpose = f"train/{plan.refill}" if plan.refill else "train"  # refills draw tasks again, not completions
        requests = self.generation.requests(
            tasks,
            step=plan.step,
            purpose=purpose + "/rest" * plan.is_rest,
            lengths=self.curriculum.expected_tokens(plan.rows),
            counts=num_completions(plan, first=self.curriculum.config.screen or 0, whole=self.sampling.num_completions),
        )
        text = f"step {plan.step}: generating"
        return self.generation.launch(requests, sampling=self.sampling, policy_version=self.sync.version, text=text)

    def saved_ahead(self, plan: Plan) -> Ahead | None:
        """Return the batch of a plan when the checkpoint that the run goes on from holds it."""
        if self.resume_from is None or plan.step != self.state.first_step:
            return None
        tasks = self.pool.take(plan.rows)
        return read_ahead(self.resume_from, tasks, self.generation.prompts(tasks))

    def begin_step(self) -> None:
        """Keep the curriculum's state between steps, so that an iteration thrown away leaves no trace."""
        self.keep_curriculum(self.state.step)

    def keep_curriculum(self, step: int) -> None:
        """Keep the curriculum's state after a step, before it draws for the next one."""
        self._boundary = step, self.curriculum.state_dict()

    def begin_update(self) -> None:
        """Let engines free the learner's GPUs; from here until `finish_step` there is no whole state to save."""
        self.state.begin_update()
        self.sync.learner_version = self.sync.version + 1
        self.generation.rollout.sleep()

    def wake_engines(self) -> None:
        """Let engines take their GPU memory back."""
        if self.generation.rollout.sleeps:
            self.learners.make_room()
        self.generation.rollout.wake_up()

    def record(self, step: int, batch: Batch) -> None:
        """Write rollouts and curriculum of the step into the run folder."""
        self.folder.write_rollouts(step, batch)
        self.folder.write_curriculum(step, self.curriculum)

    def finish_step(self, step: int, metrics: Metrics) -> None:
        """Declare the step whole: from here on the present state is the one to save."""
        self._step_metrics = {key: value for key, value in metrics.items() if math.isfinite(value)}
        self.state.finish(step)

    def metrics_of(self, batch: Batch, clock: Clock) -> Metrics:
        """Describe a step: its times, what was generated, how it was judged, what the curriculum makes of it."""
        found = self.metrics_of_batch(batch, seconds=clock.seconds("rollout"))
        return {**clock.metrics(), **found, **self._step_balance, **self.scorer.metrics()}

    def metrics_of_batch(self, batch: Batch, *, seconds: float) -> Metrics:
        """Describe a batch that took `seconds` to generate: what it is, its scores, what the curriculum makes of it."""
        return {
            **rollout_metrics(batch.groups, seconds=seconds),
            **staleness_metrics(batch),
            **reward_metrics(batch.groups),
            **self.curriculum.metrics(),
            **self._totals(batch.groups),
        }

    def evaluate(self, *, step: int) -> Metrics:
        """Evaluate on held-out tasks and print a line."""
        metrics = self.evaluator.evaluate(step=step, policy_version=self.sync.version)
        if metrics:
            say(evaluation_line(step, metrics))
        return metrics

    def evaluation_due(self, step: int) -> bool:
        """Tell whether to evaluate after this step: every eval.every steps, before the first and after the last."""
        every, last = self.config.eval.every, self.config.run.steps
        return bool(self.evaluator.tasks) and every > 0 and (step % every == 0 or step == last)

    def evaluate_if_due(self, step: int) -> Metrics:
        """Evaluate when it is due; return no metrics otherwise."""
        return self.evaluate(step=step) if self.evaluation_due(step) else {}

    def _totals(self, groups: Sequence[Group]) -> Metrics:
        """Count what was generated since the run began, discarded groups included."""
        self.num_generated_total += sum(len(group.completions) for group in groups)
        self.num_tokens_total += sum(c.num_tokens for group in groups for c in group.completions)
        return {
            "rollout/num_generated_total": float(self.num_generated_total),
            "rollout/num_tokens_total": float(self.num_tokens_total),
            "rollout/worker_restarts": float(self.generation.rollout.num_restarts),
            "cluster/stuck_workers": float(num_stuck()),
        }

    def _some_prompts(self) -> list[Prompt]:
        """Return prompts of all sources, for the check before there is any completion."""
        sources = self.pool.index.source
        firsts = [np.flatnonzero(sources == number)[:2] for number in np.unique(sources)]
        return self.generation.prompts(self.pool.take(np.concatenate(firsts)))

    def _complete_metrics(self) -> None:
        """Write what the run that was stopped could not: the metrics of the step resumed from, and its evaluation."""
        step = self.state.step
        written = self.folder.metrics_of(step)
        if written is None or (self.evaluation_due(step) and EVALUATED not in written):
            self.folder.replace_metrics(step, {**self._step_metrics, **self.evaluate_if_due(step)})

    def _restore(self, checkpoint: Path) -> None:
        """Put learner, engines and curriculum into the state of a checkpoint."""
        state = self.state.go_on_from(checkpoint)
        self.learners.load(checkpoint / "learner")
        self.sync.push(version=state["policy_version"])
        self.num_generated_total = state["num_generated_total"]
        self.num_tokens_total = state["num_tokens_total"]
        self._step_metrics = state["metrics"]
        changes = self.curriculum.load_state_dict(state["curriculum"], pq.read_table(checkpoint / "curriculum.parquet"))
        if (checkpoint / SEEN).is_file():
            self.curriculum.load_seen_states(pq.read_table(checkpoint / SEEN))
        say(f"resumed from {checkpoint.name}: {changes}")

    def _describe(self) -> dict[str, Any]:
        return {
            "policy_version": self.sync.learner_version,
            "num_generated_total": self.num_generated_total,
            "num_tokens_total": self.num_tokens_total,
            "metrics": self._step_metrics,
            "curriculum": self._curriculum_of(self.state.step),
        }

    def _curriculum_of(self, step: int) -> State:
        """Return the curriculum's state after a step, whatever it has drawn for the next one."""
        if self._boundary is not None and self._boundary[0] == step:
            return self._boundary[1]
        return self.curriculum.state_dict()

    def _freeze(self, folder: Path) -> Callable[[], None]:
        for loadable in model_folders(folder, self.config.model.lora):
            self.preprocessing.save(loadable)
        if self.ahead is not None and self.ahead.step == self.state.step + 1:
            self.ahead.write(folder)
        tables = {"curriculum.parquet": self.curriculum.table()}
        if (seen := self.curriculum.seen_states()) is not None:
            tables[SEEN] = seen
        return partial(_write, tables, folder)


def _write(tables: Mapping[str, pa.Table], folder: Path) -> None:
    for name, table in tables.items():
        pq.write_table(table, folder / name)
