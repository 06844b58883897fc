"""RLCS's side of the comparison: a training run that does a step when it is told to, and judges for both sides."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from curriculum import Curriculum
from curriculum.selection import Selection
from rlcs.bench.rivals.usage import Step, cpu_seconds, tree
from rlcs.config.schema import Config
from rlcs.metrics import Metrics
from rlcs.process.interrupts import Interrupted, StopSignal
from rlcs.records import Group, Task
from rlcs.run.assembly import assemble
from rlcs.run.training import EVALUATED, TrainingRun
from rlcs.train_overlapped import ITERATIONS

PHASES = ("rollout", "score", "learn", "sync", "record")


class EveryGroup(Curriculum):
    """Trains on every group, as TRL does: one whose scores are equal has advantages of 0 and costs as much."""

    def select(self, groups: Sequence[Group]) -> Selection:
        """Choose all groups."""
        everything = list(range(len(groups)))
        return Selection(indices=everything, num_valid=len(groups), num_wanted=len(groups), warning=None)


@dataclass
class Ours:
    """A run that is put together and has not begun to train."""

    training: TrainingRun
    stop: StopSignal
    others: int | None = None
    """Id of a process that is not ours although it was started here."""

    def processes(self) -> set[int]:
        """Return the ids of this process and of Ray, engine, learner and judging workers."""
        return tree(os.getpid(), without=self.others)

    def step(self) -> Step:
        """Do one step. Overlapped it learns from one batch and generates the next: nothing is under way behind it."""
        number = self.training.state.step + 1
        cpu_before, started = cpu_seconds(self.processes()), time.perf_counter()
        metrics = ITERATIONS[self.training.config.run.schedule](self.training, self.stop, number)
        self.training.finish_step(number, metrics)
        self.training.folder.write_metrics(number, metrics)
        seconds = time.perf_counter() - started
        return Step(
            seconds=seconds,
            cpu_seconds=cpu_seconds(self.processes()) - cpu_before,
            num_completions=int(metrics["rollout/num_generated"]),
            num_tokens=int(metrics["rollout/num_tokens"]),
            reward=metrics["reward/mean"],
            parts=_parts(metrics),
        )

    def accuracy(self) -> float:
        """Return pass@1 on the held-out tasks."""
        return self.training.evaluate(step=self.training.state.step)[EVALUATED]

    def judge_of(self, tasks: Sequence[Task]) -> Callable[[Sequence[int], Sequence[Sequence[int]]], list[float | None]]:
        """Return what judges completions of these tasks as this run does: by the number of a task, and tokens."""
        tokenizer = self.training.preprocessing.tokenizer
        scorer = self.training.scorer

        def judge(numbers: Sequence[int], token_ids: Sequence[Sequence[int]]) -> list[float | None]:
            texts = [text_of(ids, tokenizer) for ids in token_ids]
            pending = [scorer.begin(text, tasks[number]) for number, text in zip(numbers, texts, strict=True)]
            return [one.result().score for one in pending]

        return judge


def text_of(token_ids: Sequence[int], tokenizer: Any) -> str:
    """Return a completion as verifiers get it: without the token that ends it, other special tokens kept."""
    ends = bool(token_ids) and token_ids[-1] == tokenizer.eos_token_id
    text: str = tokenizer.decode(token_ids[:-1] if ends else token_ids, skip_special_tokens=False)
    return text


@contextmanager
def our_side(config: Config, *, every_group: bool) -> Iterator[Ours]:
    """Yield our side, engines running and in agreement; on exit all of its processes are gone.

    Raises KeyboardInterrupt where `stop` lets an interrupt through.
    """
    try:
        with StopSignal() as stop, assemble(config, resume=False) as training:
            if every_group:
                training.curriculum = EveryGroup(config.curriculum, training.pool.index, seed=config.run.seed)
            training.begin()
            yield Ours(training, stop)
    except Interrupted:
        raise KeyboardInterrupt from None


def tasks_of(ours: Ours, num_steps: int) -> list[Task]:
    """Return the tasks of its first steps in order. It draws uniformly, so what is observed changes nothing of them."""
    config, pool = ours.training.config, ours.training.pool
    drawing = Curriculum(config.curriculum, pool.index, seed=config.run.seed)
    return [task for step in range(1, num_steps + 1) for task in pool.take(drawing.next(step).rows)]


def _parts(metrics: Metrics) -> dict[str, float]:
    return {phase: metrics[f"time/{phase}_s"] for phase in PHASES if f"time/{phase}_s" in metrics}
