"""Which step a file is relative to, what stands in it, and that nothing of it gets lost on the way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from curriculum import Curriculum
from curriculum.deltas import base_of, base_step, unpack, write_changes
from rlcs.config.schema import CurriculumConfig
from rlcs.records import Group, TaskIndex


@pytest.mark.parametrize(
    ("step", "first", "base"),
    [(1, None, None), (1, 1, None), (2, 1, 1), (10, 1, 1), (12345, 1, 12344), (12340, 1, 12330), (12300, 1, 12200),
     (12000, 1, 11000), (10000, 1, 1), (1000, 995, 995), (994, 995, None), (1010, 995, 1000)],
)  # fmt: skip
def test_a_step_is_relative_to_the_one_its_digits_say(step: int, first: int | None, base: int | None) -> None:
    assert base_step(step, first) == base


def test_every_step_is_reached_by_few_files() -> None:
    for step in range(1, 20_000, 7):
        length, at = 0, step
        while (base := base_step(at, 1)) is not None:
            assert base < at
            length, at = length + 1, base
        assert length <= 9 * len(str(step))


@pytest.fixture
def played(
    make_index: Callable[..., TaskIndex],
    make_group: Callable[..., Group],
    make_config: Callable[..., CurriculumConfig],
) -> Curriculum:
    """Thirty tasks, each judged once in steps 1 to 5; in step 6 three of them again."""
    curriculum = Curriculum(make_config(expand=False), make_index([30], subcategory=[1, 2, 3] * 10), seed=0)
    for step in range(1, 6):
        rows = range(6 * (step - 1), 6 * step)
        curriculum.next(step)
        curriculum.observe(step, [make_group(row, [0.0, 1.0, None]) for row in rows])
    curriculum.next(6)
    curriculum.observe(6, [make_group(row, [1.0, 1.0]) for row in (2, 0, 29)])
    return curriculum


def test_a_file_holds_the_tasks_judged_since_its_base(played: Curriculum) -> None:
    table = played.changes(6, since=5)
    assert table["row"].to_pylist() == [0, 2, 29] and table["num_seen"].to_pylist() == [2, 2, 2]
    since_4 = played.changes(6, since=4)
    assert since_4["row"].to_pylist() == [0, 2, *range(24, 30)]
    assert since_4["drawn_as"].is_null().to_pylist() == [False, False, *[True] * 5, False]


def test_a_file_that_would_hold_half_of_the_tasks_seen_is_whole(played: Curriculum) -> None:
    half, less = played.changes(6, since=2), played.changes(6, since=3)
    assert (half.num_rows, base_of(half.schema.metadata)) == (30, None)
    assert (less.num_rows, base_of(less.schema.metadata)) == (14, 3)


def test_what_moved_for_all_tasks_comes_back_to_the_bit(played: Curriculum, tmp_path: Path) -> None:
    write_changes(played.changes(6, since=5), tmp_path / "a.parquet")
    moved = unpack(pq.read_metadata(tmp_path / "a.parquet").metadata)
    assert moved is not None and (moved.step, moved.base, moved.prior_strength, moved.half_life) == (6, 5, 2.0, 20.0)
    state = played.state_dict()["skill"]["strata"]
    assert moved.level.tolist() == [level for _, _, level, *_ in state]
    assert moved.new_rating.tolist() == [new for _, _, _, new, *_ in state]
    assert moved.by_kind.dtype == np.float32 and moved.source.tolist() == [0, 0, 0]


def test_the_metadata_are_text_for_other_readers(played: Curriculum, tmp_path: Path) -> None:
    write_changes(played.changes(6, since=None), tmp_path / "a.parquet")
    for key, value in pq.read_metadata(tmp_path / "a.parquet").metadata.items():
        assert key.decode("ascii") and value.decode("ascii")


def test_files_of_the_first_release_say_nothing(played: Curriculum, tmp_path: Path) -> None:
    pq.write_table(played.snapshot(6), tmp_path / "old.parquet")
    metadata = pq.read_metadata(tmp_path / "old.parquet").metadata
    assert unpack(metadata) is None and base_of(metadata) is None
