"""Scalars for TensorBoard: its own reader finds them, and what cannot be written is told at once."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from rlcs.run.board import Board


def scalars(folder: Path, tag: str) -> list[tuple[int, float]]:
    found = EventAccumulator(str(folder), purge_orphaned_data=True)
    found.Reload()
    return [(event.step, round(event.value, 3)) for event in found.Scalars(tag)]


def test_tensorboard_reads_what_was_written(tmp_path: Path) -> None:
    board = Board(tmp_path)
    for step in (1, 2):
        board.add(step, {"reward/mean": step / 10, "time/step_s": 1.0})
    assert scalars(tmp_path, "reward/mean") == [(1, 0.1), (2, 0.2)], "before it is closed, too"
    board.close()
    assert scalars(tmp_path, "time/step_s") == [(1, 1.0), (2, 1.0)]


def test_steps_that_are_run_again_are_forgotten(tmp_path: Path) -> None:
    first = Board(tmp_path)
    for step in (1, 2, 3):
        first.add(step, {"reward/mean": 0.1})
    first.close()
    again = Board(tmp_path, purge_step=2)
    again.add(2, {"reward/mean": 0.5})
    again.close()
    assert scalars(tmp_path, "reward/mean") == [(1, 0.1), (2, 0.5)]


def test_what_cannot_be_written_is_an_error_at_once_and_none_at_the_end(tmp_path: Path) -> None:
    board = Board(tmp_path)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))  # as a full disk would
    try:
        with pytest.raises(OSError, match="File too large"):
            board.add(1, {f"reward/{number}": 0.5 for number in range(50)})
        board.close()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
