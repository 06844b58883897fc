"""How a run is left: the last whole step is saved, and an error that nobody foresaw becomes a line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rlcs.config.schema import Config
from rlcs.errors import RunStopped, UserError
from rlcs.run.state import RunState, kept_when_left


def make_state(folder: Path) -> RunState:
    (folder / "checkpoints").mkdir()
    return RunState(
        Config(), folder, lambda into: (into / "weights").write_text("w"), lambda: {"seen": 7}, last=9, horizon=9
    )


def leave_with(error: Exception, state: RunState) -> None:
    with kept_when_left() as watch:
        watch.state = state
        raise error


def test_an_error_that_nobody_foresaw_saves_the_last_whole_step_and_becomes_a_line(tmp_path: Path) -> None:
    state = make_state(tmp_path)
    state.finish(3)
    with pytest.raises(RunStopped) as told:
        leave_with(ValueError("Traceback of a worker\n  in a file\nmy_loss: shapes differ"), state)
    line = str(told.value)
    assert line.startswith("ValueError: my_loss: shapes differ; ") and "\n" not in line
    assert str(tmp_path / "log.txt") in line and "--resume" in line
    saved = json.loads((tmp_path / "checkpoints" / "step-000003" / "state.json").read_text())
    assert (saved["step"], saved["seen"]) == (3, 7)


@pytest.mark.parametrize("error", [ValueError("a fault"), UserError("a plain one")])
def test_nothing_is_saved_of_an_update_that_failed(tmp_path: Path, error: Exception) -> None:
    state = make_state(tmp_path)
    state.finish(3)
    state.begin_update()
    with pytest.raises(UserError):
        leave_with(error, state)
    assert list((tmp_path / "checkpoints").iterdir()) == []


def test_an_error_before_there_is_a_run_stays_as_it_is() -> None:
    with pytest.raises(ValueError, match="too early"), kept_when_left():
        raise ValueError("too early")
