from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rlcs.dashboard.data.parquet import Missing
from rlcs.dashboard.data.step_files import StepFiles, at_or_before, coarse_to_fine, every_few


def test_files_that_belong_to_no_step_do_not_count(tmp_path: Path) -> None:
    for name in ("step-000002.parquet", "step-1000000.parquet", "step-000001.partial", "step-x.parquet", "notes.txt"):
        (tmp_path / name).touch()
    files = StepFiles(tmp_path)
    assert files.steps().tolist() == [2, 1_000_000]
    assert files.stamp(1_000_000).path.endswith("step-1000000.parquet")
    with pytest.raises(Missing):
        files.stamp(3)


def test_new_and_deleted_files_are_seen(tmp_path: Path) -> None:
    files = StepFiles(tmp_path / "later")
    assert files.steps().tolist() == []
    (tmp_path / "later").mkdir()
    (tmp_path / "later/step-000001.parquet").touch()
    assert files.steps().tolist() == [1]
    (tmp_path / "later/step-000001.parquet").unlink()
    assert files.steps().tolist() == []


@pytest.mark.parametrize("count", [0, 1, 2, 59, 60, 61, 100, 12_345, 100_000])
def test_at_most_so_many_files_are_chosen_with_the_newest(count: int) -> None:
    chosen = every_few(np.arange(1, count + 1), 60)
    assert len(chosen) <= 60
    assert chosen[-1:].tolist() == ([count] if count else [])
    assert len(chosen) >= min(count, 20)


def test_as_a_run_goes_on_nearly_all_chosen_files_stay() -> None:
    before, after = (set(every_few(np.arange(1, count + 1), 60).tolist()) for count in (5000, 5001))
    assert len(before - after) <= 1


def test_every_beginning_of_the_order_covers_the_run() -> None:
    steps = np.arange(0, 101, 10)
    order = coarse_to_fine(steps)
    assert order[:5] == [100, 0, 50, 20, 70]
    assert sorted(order) == steps.tolist()
    assert coarse_to_fine(np.array([7])) == [7]
    assert coarse_to_fine(np.zeros(0, dtype=np.int64)) == []


def test_the_newest_step_up_to_another() -> None:
    steps = np.array([2, 5, 9])
    assert [at_or_before(steps, step) for step in (1, 2, 8, 100)] == [None, 2, 5, 9]
