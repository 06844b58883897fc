"""How a run is saved beside its steps and how it is left: the last whole step is kept, and errors become a line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rlcs.config.schema import CheckpointConfig, Config, LearnerConfig
from rlcs.errors import RunStopped, UserError, WorkerLost
from rlcs.learner.group import RankGroup
from rlcs.process.background import Background
from rlcs.run import checkpoint
from rlcs.run.state import RunState, kept_when_left

SAVES_FOR_EVER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from test_state import state_of

state, ranks = state_of(Path(sys.argv[1]))
state.finish(1)
state.save()
ranks.may_write.clear()
state.finish(2)
state.begin_saving()
print("begun", flush=True)
state.saving.result()
"""


class OneWord(RankGroup):
    """Ranks whose weights are one word; it is copied at once, and written when that is allowed, or waited for."""

    def __init__(self) -> None:
        super().__init__([], LearnerConfig())
        self.weights = "weights of step 1"
        self.may_write = threading.Event()
        self.may_write.set()
        self.error: Exception | None = None
        self.writing: Background | None = None

    def begin_save(self, folder: Path) -> None:
        copied = self.weights

        def write(background: Background) -> None:
            self.may_write.wait()
            if self.error is not None:
                raise self.error
            (folder / "model").mkdir()
            (folder / "model" / "weights").write_text(copied)

        self.writing = Background(write, name="ranks")

    def is_saved(self) -> bool:
        return self.writing is None or self.writing.is_done()

    def finish_save(self) -> None:
        assert self.writing is not None
        self.writing.result()


def state_of(folder: Path, **changes: Any) -> tuple[RunState, OneWord]:
    """A run of 9 steps that saves each; its own part of a checkpoint is another word."""
    ranks = OneWord()

    def freeze(partial: Path) -> Callable[[], None]:
        word = f"tasks, {ranks.weights}"
        return lambda: (partial / "tasks").write_text(word) and None

    config = Config(checkpoint=CheckpointConfig(every=1, keep=0))
    settings: dict[str, Any] = {"describe": lambda: {"says": ranks.weights}, "last": 9, "horizon": 9, **changes}
    return RunState(config, folder, ranks, freeze, **settings), ranks


def saved(folder: Path) -> list[str]:
    return [path.name for path in checkpoint.all_checkpoints(folder)]


def test_a_checkpoint_is_that_of_its_step_whatever_comes_before_it_is_written(tmp_path: Path) -> None:
    state, ranks = state_of(tmp_path)
    ranks.may_write.clear()
    state.finish(1)
    state.save_if_due()
    state.begin_update()
    ranks.weights = "weights of step 2"
    assert saved(tmp_path) == []
    ranks.may_write.set()
    state.finish_saving()
    assert saved(tmp_path) == ["step-000001"]
    found = tmp_path / "checkpoints" / "step-000001"
    assert (found / "model" / "weights").read_text() == "weights of step 1"
    assert (found / "tasks").read_text() == "tasks, weights of step 1"
    assert json.loads((found / "state.json").read_text())["says"] == "weights of step 1"


def test_the_next_checkpoint_waits_for_the_one_under_way(tmp_path: Path) -> None:
    state, ranks = state_of(tmp_path)
    ranks.may_write.clear()
    state.finish(1)
    state.begin_saving()
    threading.Timer(0.1, ranks.may_write.set).start()
    state.finish(2)
    state.begin_saving()
    assert "step-000001" in saved(tmp_path)
    state.finish_saving()
    assert saved(tmp_path) == ["step-000001", "step-000002"]


def test_a_run_that_stops_saves_its_last_step_behind_the_one_under_way(tmp_path: Path) -> None:
    state, _ = state_of(tmp_path)
    state.finish(1)
    state.begin_saving()
    state.finish(2)
    assert state.save().name == "step-000002"
    assert saved(tmp_path) == ["step-000001", "step-000002"]
    before = (state.save() / "state.json").stat().st_mtime_ns
    assert (state.save() / "state.json").stat().st_mtime_ns == before, "what is saved is not saved again"


def test_a_write_that_fails_ends_the_run_at_the_next_step(tmp_path: Path) -> None:
    state, ranks = state_of(tmp_path)
    ranks.error = OSError(28, "No space left on device")
    with pytest.raises(RunStopped, match="cannot write .*step-000001: No space left on device; make room"):
        for step in range(1, 9):
            state.finish(step)
            state.save_if_due()
    assert saved(tmp_path) == []
    ranks.error = None
    state.rescue()
    assert saved(tmp_path) == [f"step-{state.step:06d}"]


def test_a_rank_that_dies_leaves_the_checkpoint_before(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    state, ranks = state_of(tmp_path)
    state.finish(1)
    state.save()
    ranks.error = WorkerLost("learner-0", "during update")
    state.finish(2)
    with pytest.raises(UserError, match="learner-0 died"), kept_when_left() as watch:
        watch.state = state
        state.begin_saving()
        state.begin_update()
        raise ranks.error
    assert saved(tmp_path) == ["step-000001"]
    assert "the checkpoint under way is lost: learner-0 died during update" in caplog.text


def test_a_run_that_fails_otherwise_keeps_the_checkpoint_under_way(tmp_path: Path) -> None:
    state, _ = state_of(tmp_path)
    state.finish(1)
    with pytest.raises(RunStopped, match="ZeroDivisionError"), kept_when_left() as watch:
        watch.state = state
        state.begin_saving()
        state.begin_update()
        raise ZeroDivisionError
    assert saved(tmp_path) == ["step-000001"]


def test_killed_while_it_is_written_a_checkpoint_is_absent(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SAVES_FOR_EVER, str(tmp_path), str(Path(__file__).parent)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "begun\n"
        os.kill(process.pid, signal.SIGKILL)
    assert (tmp_path / "checkpoints" / ".step-000002.partial").is_dir()
    assert saved(tmp_path) == ["step-000001"]
    state, ranks = state_of(tmp_path)
    state.go_on_from(tmp_path / "checkpoints" / "step-000001")
    state.finish(2)
    state.save()
    assert sorted(path.name for path in (tmp_path / "checkpoints").iterdir()) == ["step-000001", "step-000002"]


def leave_with(error: Exception, state: RunState) -> None:
    with kept_when_left() as watch:
        watch.state = state
        raise error


def test_an_error_that_nobody_foresaw_saves_the_last_whole_step_and_becomes_a_line(tmp_path: Path) -> None:
    state, _ = state_of(tmp_path)
    state.finish(3)
    with pytest.raises(RunStopped) as told:
        leave_with(ValueError("Traceback of a worker\n  in a file\nmy_loss: shapes differ"), state)
    line = str(told.value)
    assert line.startswith("ValueError: my_loss: shapes differ; ") and "\n" not in line
    assert str(tmp_path / "log.txt") in line and "--resume" in line
    state_json = json.loads((tmp_path / "checkpoints" / "step-000003" / "state.json").read_text())
    assert (state_json["step"], state_json["says"]) == (3, "weights of step 1")


@pytest.mark.parametrize("error", [ValueError("a fault"), UserError("a plain one")])
def test_nothing_is_saved_of_an_update_that_failed(tmp_path: Path, error: Exception) -> None:
    state, _ = state_of(tmp_path)
    state.finish(3)
    state.begin_update()
    with pytest.raises(UserError):
        leave_with(error, state)
    assert saved(tmp_path) == []


def test_an_error_before_there_is_a_run_stays_as_it_is() -> None:
    with pytest.raises(ValueError, match="too early"), kept_when_left():
        raise ValueError("too early")
