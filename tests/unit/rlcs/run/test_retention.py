"""Which rollouts stay."""

from __future__ import annotations

from pathlib import Path

import pytest

from rlcs.run.retention import Kept, drop_rollouts, step_files


@pytest.mark.parametrize(
    ("newest", "every", "left"),
    [
        (0, 0, range(1, 13)),
        (3, 0, [10, 11, 12]),
        (3, 4, [4, 8, 10, 11, 12]),
        (20, 0, range(1, 13)),
        (1, 1, range(1, 13)),
    ],
)
def test_the_newest_stay_and_one_in_so_many(tmp_path: Path, newest: int, every: int, left: list[int]) -> None:
    for step in range(1, 13):
        (tmp_path / f"step-{step:06d}.parquet").touch()
    (tmp_path / "step-x.parquet").touch()
    (tmp_path / "notes.txt").touch()
    drop_rollouts(tmp_path, Kept(newest=newest, every=every))
    assert sorted(step_files(tmp_path)) == [*left]
    assert (tmp_path / "step-x.parquet").exists() and (tmp_path / "notes.txt").exists()


def test_an_empty_folder_stays_so(tmp_path: Path) -> None:
    drop_rollouts(tmp_path, Kept(newest=2, every=0))
    assert list(tmp_path.iterdir()) == []


def test_the_rule_in_words() -> None:
    assert Kept(newest=1000, every=0).in_words() == "those of the newest 1,000 steps"
    assert Kept(newest=10, every=50).in_words() == "those of the newest 10 steps, and of one step in 50"
