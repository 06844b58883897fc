"""The parts of a run and the phases that need several of them; `rlcs/train.py` puts the phases in order."""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from curriculum import Curriculum, Selection
from rewards import Scorer
from rlcs.algorithm.advantages import group_advantages
from rlcs.config.schema import Config
from rlcs.errors import UserError
from rlcs.learner.group import LearnerGroup
from rlcs.metrics import Metrics
from rlcs.model.files import Preprocessing
from rlcs.process.console import command, say, waiting
from rlcs.records import Group, Plan
from rlcs.run import checkpoint as checkpoints
from rlcs.run.display import evaluation_line
from rlcs.run.evaluation import Evaluator
from rlcs.run.folder import Ledger
from rlcs.run.generation import Generation
from rlcs.run.weight_sync import WeightSync, as_sample
from rlcs.tasks import Prompt, TaskPool
from rollout.requests import Sampling

log = logging.getLogger("rlcs.run")

EVALUATED = "eval/all/pass@1"
"""Key of a record of metrics that holds an evaluation."""


@dataclass
class Parts:
    """Everything a training run consists of. `step` is the last whole step; all state belongs to it."""

    config: Config
    folder: Path
    pool: TaskPool
    curriculum: Curriculum
    generation: Generation
    evaluator: Evaluator
    learners: LearnerGroup
    sync: WeightSync
    ledger: Ledger
    sampling: Sampling
    preprocessing: Preprocessing
    resume_from: Path | None
    step: int = 0
    first_step: int = 1
    num_generated_total: int = 0
    num_tokens_total: int = 0
    _boundary: dict[str, Any] | None = None
    _step_metrics: Metrics = field(default_factory=dict)
    _is_whole: bool = False
    """Whether learner and curriculum belong to `step`: not while the learner updates, nor after that has failed."""

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
        self._is_whole = True
        if self.resume_from is not None:
            self._complete_metrics()
        elif self.evaluation_due(0):
            self.ledger.write_metrics(0, {**self.evaluate(step=0), "sync/max_logprob_gap": gap})

    def _some_prompts(self) -> list[Prompt]:
        """Return prompts of all sources, for the check before there is any completion."""
        sources = self.pool.index.source
        firsts = [np.flatnonzero(sources == number)[:2] for number in np.unique(sources)]
        return self.generation.renderer.render(self.pool.take(np.concatenate(firsts)))

    def _complete_metrics(self) -> None:
        """Write what the run that was stopped could not: the metrics of the step resumed from, and its evaluation."""
        written = self.ledger.metrics_of(self.step)
        if written is None or (self.evaluation_due(self.step) and EVALUATED not in written):
            metrics = {**self._step_metrics, **self.evaluate_if_due(self.step)}
            self.ledger.replace_metrics(self.step, metrics)

    def _restore(self, checkpoint: Path) -> None:
        """Put learner, engines and curriculum into the state of a checkpoint."""
        state = checkpoints.read_state(checkpoint)
        self.learners.load(checkpoint / "learner")
        self.sync.push(version=state["policy_version"])
        self.step = state["step"]
        self.first_step = self.step + 1
        self.num_generated_total = state["num_generated_total"]
        self.num_tokens_total = state["num_tokens_total"]
        self._step_metrics = state["metrics"]
        changes = self.curriculum.load_state_dict(state["curriculum"], pq.read_table(checkpoint / "curriculum.parquet"))
        say(f"resumed from {checkpoint.name}: {changes}")

    def roll_out(self, plan: Plan) -> list[int]:
        """Generate the completions of a plan; finished groups go to the scorer at once."""
        tasks = self.pool.take(plan.rows)
        purpose = f"train/{plan.refill}" if plan.refill else "train"  # refills draw tasks again, not completions
        requests = self.generation.requests(tasks, step=plan.step, purpose=purpose)
        text = f"step {plan.step}: generating"
        return self.generation.generate(requests, sampling=self.sampling, policy_version=self.sync.version, text=text)

    def judged(self, order: Sequence[int]) -> list[Group]:
        """Return the groups with verdicts, in plan order."""
        return self.generation.judged(order)

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

    def record(self, step: int, groups: Sequence[Group], selection: Selection) -> None:
        """Write rollouts and curriculum of the step into the run folder."""
        selected = set(selection.indices)
        estimator = self.config.algorithm.advantage
        values = iter(group_advantages([groups[index] for index in selection.indices], estimator))
        by_index = dict(zip(selection.indices, values, strict=True))
        nothing = [None] * self.sampling.num_completions
        self.ledger.write_rollouts(
            step, groups, selected=selected, advantages=[by_index.get(i, nothing) for i in range(len(groups))]
        )
        self.ledger.write_curriculum(step, self.curriculum.snapshot(step))

    def totals(self, groups: Sequence[Group]) -> Metrics:
        """Count what was generated since the run began, discarded groups included."""
        self.num_generated_total += sum(len(group.completions) for group in groups)
        self.num_tokens_total += sum(len(c.token_ids) for group in groups for c in group.completions)
        return {
            "rollout/num_generated_total": float(self.num_generated_total),
            "rollout/num_tokens_total": float(self.num_tokens_total),
            "rollout/worker_restarts": float(self.generation.rollout.num_restarts),
        }

    def remember_boundary(self) -> None:
        """Keep the curriculum's state between steps, so that an iteration thrown away leaves no trace."""
        self._boundary = self.curriculum.state_dict()

    def begin_update(self) -> None:
        """Let engines free the learner's GPUs; from here until `finish_step` there is no whole state to save."""
        self._is_whole = False
        self.generation.rollout.sleep()

    def wake_engines(self) -> None:
        """Let engines take their GPU memory back."""
        if self.generation.rollout.sleeps:
            self.learners.make_room()
        self.generation.rollout.wake_up()

    def finish_step(self, step: int, metrics: Metrics) -> None:
        """Declare the step whole: from here on the present state is the one to save."""
        self.step = step
        self._boundary = None
        self._step_metrics = {key: value for key, value in metrics.items() if math.isfinite(value)}
        self._is_whole = True

    def checkpoint_due(self, step: int) -> bool:
        """Tell whether a checkpoint is due after this step."""
        every = self.config.checkpoint.every
        return step == self.config.run.steps or (every > 0 and step % every == 0)

    def save_checkpoint(self) -> Path:
        """Save the last whole step."""
        state = {
            "step": self.step,
            "policy_version": self.sync.version,
            "num_generated_total": self.num_generated_total,
            "num_tokens_total": self.num_tokens_total,
            "learner": checkpoints.learner_shape(self.config),
            "metrics": self._step_metrics,
            "curriculum": self._boundary or self.curriculum.state_dict(),
        }
        return checkpoints.save(
            self.folder, self.step, state=state, write=self._write_checkpoint, keep=self.config.checkpoint.keep
        )

    def _write_checkpoint(self, folder: Path) -> None:
        self.learners.save(folder / "learner", folder / "model")
        self.preprocessing.save(folder / "model")
        pq.write_table(self.curriculum.table(), folder / "curriculum.parquet")

    def say_next_commands(self) -> None:
        """Tell a newcomer what to try next."""
        rlcs, config = command("rlcs"), f"--config {self.folder}/config.yaml"
        say("\nWhat to try next:")
        say(f"  {rlcs} dashboard {self.folder}     # the run as a page: curves, curriculum, every rollout")
        say(f"  {rlcs} eval {config} --checkpoint {self.folder} eval.num_completions=4 eval.k=[1,4]")
        say(f"  {rlcs} train {config} --resume run.steps={self.step + 20}     # go on")
        say(f"  {rlcs} train --config stem model.path=… data.train.0.path=…     # your model, your data")

    def save_if_new(self) -> Path:
        """Save the last whole step, unless that is done."""
        newest = checkpoints.latest(self.folder)
        is_saved = newest is not None and newest.name == checkpoints.folder_name(self.step)
        return newest if newest is not None and is_saved else self.save_checkpoint()

    def rescue(self) -> None:
        """Save the last whole step when the run stops with an error that has not touched it."""
        if not self._is_whole or self.step == 0:
            return
        try:
            say(f"saved {self.save_if_new()}")
        except (UserError, OSError) as error:
            log.warning("the last whole step could not be saved: %s", error)


def leave_early(parts: Parts | None) -> None:
    """Save the last whole step after an interrupt and say how to go on; None: the run was still loading."""
    if parts is None or parts.step == 0:
        say("stopped before the first step was done: nothing to save")
    else:
        say(f"stopped after step {parts.step}; saved {parts.save_if_new()}; go on with the same command and --resume")
