from __future__ import annotations

import math

import pytest

from rlcs.bench.overlap.measure import Result
from rlcs.metrics import Metrics


def step(whole: float, **parts: float) -> Metrics:
    return {"time/step_s": whole, **{f"time/{name}_s": value for name, value in parts.items()}}


ALONE = {"score": 0.5, "learn": 2.0, "record": 0.5, "sync": 0.25}


@pytest.fixture
def result() -> Result:
    return Result(
        name="made up", num_engines=2,
        in_turn=[step(7.0, rollout=3.0, **ALONE), step(8.0, rollout=4.0, **ALONE)],
        next_in_turn=[step(8.0, rollout=4.0, **ALONE), step(4.0, rollout=1.0, **ALONE)],
        overlapped=[step(5.0, boundary=0.25, sync=0.5), step(3.0, boundary=0.5, sync=0.5)],
    )  # fmt: skip


def test_a_step_should_take_the_longer_of_its_learning_and_of_generating_the_next_batch(result: Result) -> None:
    assert result.calculated == [4.5 + 0.25 + 0.25, 2.5 + 0.25 + 0.5]
    assert result.ratio == pytest.approx(8.0 / 8.25)
    assert result.gain == pytest.approx(15.0 / 8.0)


def test_an_engine_is_idle_for_what_its_work_and_the_sync_leave_of_a_step(result: Result) -> None:
    assert result.idle_share(2.8) == pytest.approx(0.2)


def test_of_what_no_step_has_there_is_no_median(result: Result) -> None:
    assert result.middle("overlapped", "time/boundary_s") == 0.375
    assert math.isnan(result.middle("in_turn", "time/boundary_s"))
