"""The parity check: when it is due, what it compares, and its arithmetic."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from rlcs.config.schema import SyncConfig
from rlcs.errors import RunStopped
from rlcs.records import Sample
from rlcs.run.weight_sync import WeightSync, kept, largest_gap

LogProbs = list[list[float]]


@dataclass
class Scores:
    """Stands for the learners, and for an engine: log-probabilities that are off by `gap` in the sample `wrong`."""

    gap: float = 0.0
    wrong: int = 0
    asked: list[int] = field(default_factory=list)

    def log_probs(self, samples: Sequence[Sample]) -> LogProbs:
        self.asked.append(len(samples))
        off = [self.gap if number == self.wrong else 0.0 for number in range(len(samples))]
        return [[-1.0 + more, -2.0] for more in off]


@dataclass
class Engines:
    """Stands for the pool of engines."""

    workers: list[Scores]
    restore: Any = None

    def ask_all(self, method: str, samples: Sequence[Sample]) -> list[LogProbs]:
        assert method == "log_probs"
        return [worker.log_probs(samples) for worker in self.workers]


SAMPLES = [
    Sample(prompt_ids=(1,), token_ids=(2, 3), loss_mask=(1, 1), logprobs=(-1.0, -2.0), advantage=1.0) for _ in range(5)
]


@pytest.fixture
def sync_of() -> Any:
    """Return a builder of WeightSync over stand-ins."""

    def build(settings: SyncConfig, *engines: Scores) -> tuple[WeightSync, Scores]:
        learners: Any = Scores()
        pool: Any = Engines(list(engines))
        places = {"dtype": "float32", "backend": "object_store", "tensor_parallel": 1}
        return WeightSync(learners, pool, settings, **places), learners  # type: ignore[arg-type]

    return build


@pytest.mark.parametrize(("check_every", "steps"), [(0, []), (1, [1, 2, 3, 4, 5, 6]), (3, [3, 6])])
def test_the_check_is_due_every_so_many_steps(sync_of: Any, check_every: int, steps: list[int]) -> None:
    sync, _ = sync_of(SyncConfig(check_every=check_every))
    assert [step for step in range(1, 7) if sync.due(step)] == steps


def test_so_many_completions_are_compared_and_no_more(sync_of: Any) -> None:
    engine = Scores(gap=0.5, wrong=3)
    sync, learners = sync_of(SyncConfig(check_completions=3), Scores(), engine)
    assert sync.check(SAMPLES) == 0.0
    assert engine.asked == learners.asked == [3]
    sync, _ = sync_of(SyncConfig(check_completions=4), Scores(), engine)
    with pytest.raises(RunStopped, match="log-probabilities differ by 0.5, tolerance 0.001"):
        sync.check(SAMPLES)


def test_the_tolerance_is_what_was_asked_for(sync_of: Any) -> None:
    sync, _ = sync_of(SyncConfig(tolerance=0.5), Scores(gap=0.5))
    assert sync.check(SAMPLES) == 0.5


def test_only_what_the_mask_keeps_is_compared() -> None:
    engine, learner = [[-1.0, -9.0], [-2.0]], [[-1.25, -20.0], [-2.0]]
    assert largest_gap(engine, learner) == 11.0
    masks = [[True, False], [True]]
    assert kept(engine, masks) == [[-1.0], [-2.0]]
    assert largest_gap(kept(engine, masks), kept(learner, masks)) == 0.25


def test_not_a_number_is_a_gap_and_nothing_is_none() -> None:
    assert math.isnan(largest_gap([[float("nan"), -1.0]], [[0.0, -1.0]]))
    assert largest_gap([[]], [[]]) == 0.0
