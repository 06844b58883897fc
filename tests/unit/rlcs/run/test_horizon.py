import json
import logging
from pathlib import Path

import pytest

from rlcs.config.schema import Config, LearnerConfig, RunConfig
from rlcs.learner.schedule import learning_rate
from rlcs.run.horizon import schedule_updates


def checkpoint(folder: Path, horizon: int | None) -> Path:
    learner = {} if horizon is None else {"horizon": horizon}
    (folder / "state.json").write_text(json.dumps({"step": 20, "learner": learner}))
    return folder


def config(*, steps: int, horizon: int = 0, schedule: str = "linear") -> Config:
    return Config(run=RunConfig(steps=steps, horizon=horizon), learner=LearnerConfig(schedule=schedule))


def rate(update: int, horizon: int) -> float:
    return learning_rate(update, peak=1.0, warmup=0, total=horizon, schedule="linear")


def test_a_new_run_falls_to_its_own_end() -> None:
    assert schedule_updates(config(steps=40), 80, None, per_step=2) == 80


def test_more_steps_on_resume_do_not_lift_the_rate(tmp_path: Path) -> None:
    saved = checkpoint(tmp_path, 40)
    horizon = schedule_updates(config(steps=100), 100, saved)
    assert horizon == 40
    # Half of the way is behind it: 1 - 20 / 40, where a way of 100 would have begun again at 1 - 20 / 100.
    assert rate(19, 40) == pytest.approx(0.525) and rate(20, horizon) == 0.5 and rate(20, 100) == 0.8
    assert [rate(update, horizon) for update in (30, 39, 40, 99)] == pytest.approx([0.25, 0.025, 0.0, 0.0])


def test_fewer_steps_on_resume_do_not_lower_it(tmp_path: Path) -> None:
    assert schedule_updates(config(steps=30), 30, checkpoint(tmp_path, 40)) == 40


def test_run_horizon_decides_where_it_is_given_in_steps(tmp_path: Path) -> None:
    assert schedule_updates(config(steps=40, horizon=60), 80, None, per_step=2) == 120
    horizon = schedule_updates(config(steps=100, horizon=100), 100, checkpoint(tmp_path, 40))
    assert horizon == 100 and rate(20, horizon) == 0.8


def test_a_checkpoint_that_does_not_tell_leaves_what_is_planned(tmp_path: Path) -> None:
    assert schedule_updates(config(steps=100), 100, checkpoint(tmp_path, None)) == 100


@pytest.mark.parametrize("schedule, told", [("linear", 1), ("cosine", 1), ("constant", 0)])
def test_steps_at_a_rate_of_zero_are_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, schedule: str, told: int
) -> None:
    with caplog.at_level(logging.WARNING, "rlcs"):
        schedule_updates(config(steps=100, schedule=schedule), 100, checkpoint(tmp_path, 40))
        schedule_updates(config(steps=40, schedule=schedule), 40, checkpoint(tmp_path, 40))
    assert len(caplog.records) == told
    assert all("reaches 0 after update 40 of 100" in record.getMessage() for record in caplog.records)
