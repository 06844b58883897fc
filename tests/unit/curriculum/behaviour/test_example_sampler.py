"""The sampler of examples/custom_sampler: what taught nothing rests, and a checkpoint keeps it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from curriculum import Curriculum
from rlcs.config.schema import CurriculumConfig
from rlcs.plugins import load_plugins
from rlcs.records import Group, TaskIndex

ROOT = Path(__file__).resolve().parents[4]
MIXED, ALL_RIGHT, ALL_WRONG = [0.0, 1.0], [1.0, 1.0], [0.0, 0.0]


@pytest.fixture
def new(make_index: Callable[..., TaskIndex], make_config: Callable[..., CurriculumConfig]) -> Callable[[], Curriculum]:
    """Makes curricula of eight tasks that draw two a step."""
    load_plugins([str(ROOT / "examples" / "custom_sampler" / "sampler.py")])
    config = make_config(sampler="back_off", batch_size=2, expand=False)
    return lambda: Curriculum(config, make_index([8]), seed=0)


def drawn(
    curriculum: Curriculum, make_group: Callable[..., Group], steps: range, scores: Callable[[int], list[float | None]]
) -> list[set[int]]:
    """Return the rows drawn at each step, every group being judged with `scores` of its row."""
    found = []
    for step in steps:
        rows = curriculum.next(step).rows.tolist()
        curriculum.observe(step, [make_group(row, scores(row)) for row in rows])
        found.append(set(rows))
    return found


@pytest.mark.parametrize("scores", [ALL_RIGHT, ALL_WRONG])
def test_what_teaches_nothing_rests_twice_as_long_each_time(
    new: Callable[[], Curriculum], make_group: Callable[..., Group], scores: list[float | None]
) -> None:
    found = drawn(new(), make_group, range(1, 40), lambda row: scores if row == 0 else MIXED)
    steps = [step for step, rows in enumerate(found, start=1) if 0 in rows]
    gaps = np.diff(steps)
    assert len(gaps) >= 2
    assert all(gap >= 2**misses for misses, gap in enumerate(gaps, start=1))


def test_what_could_not_be_judged_is_no_miss(new: Callable[[], Curriculum], make_group: Callable[..., Group]) -> None:
    curriculum = new()
    drawn(curriculum, make_group, range(1, 9), lambda row: [None, None])
    assert curriculum.metrics()["curriculum/back_off_share"] == 0.0


def test_a_restored_sampler_draws_what_the_unbroken_one_would_have_drawn(
    new: Callable[[], Curriculum], make_group: Callable[..., Group]
) -> None:
    def scores(row: int) -> list[float | None]:
        return ALL_RIGHT if row % 2 else MIXED

    unbroken, restored = new(), new()
    drawn(unbroken, make_group, range(1, 6), scores)
    restored.load_state_dict(unbroken.state_dict(), unbroken.table())
    later = range(6, 12)
    assert drawn(restored, make_group, later, scores) == drawn(unbroken, make_group, later, scores)
