"""Rest: in the default sampler a task that was drawn is left alone for some steps."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from curriculum import Curriculum
from curriculum.mixture import capped_shares
from curriculum.samplers.tiers import rested
from rlcs.config.schema import CurriculumConfig
from rlcs.records import Group, TaskIndex

Builder = Callable[..., TaskIndex]
GroupBuilder = Callable[..., Group]
ConfigBuilder = Callable[..., CurriculumConfig]

HALF = [0.0, 1.0, 0.0, 1.0]
WRONG = [0.0] * 4


def cells(*values: float) -> np.ndarray:
    """One stratum: the first bin holds the tasks never judged."""
    return np.array([values])


def test_a_cell_gives_no_more_than_its_share_of_the_rest_and_the_others_get_it_by_weight() -> None:
    # 100 tasks, 8 drawn. By weight the second cell would give 8 x 60 / 100 = 4.8; with a rest of 4, 20 tasks give 5,
    # with a rest of 5 only 4, and the 0.8 left are split 30 : 10 between the others.
    num_tasks, weights = cells(50, 20, 30), cells(0.6, 3.0, 1 / 3)
    assert rested(weights, num_tasks, count=8, rest=4.0) == pytest.approx(weights)
    assert (rested(weights, num_tasks, count=8, rest=5.0) * num_tasks * 8 / 100)[0] == pytest.approx([3.0, 4.0, 1.0])
    assert rested(weights, num_tasks, count=0, rest=5.0) is weights


def test_tasks_never_judged_need_no_rest() -> None:
    num_tasks, weights = cells(20, 80), cells(3.0, 0.5)
    assert rested(weights, num_tasks, count=10, rest=5.0) == pytest.approx(weights)


def test_no_rest_is_longer_than_half_of_the_epoch() -> None:
    # 8 of 40 a step: five steps an epoch, so tasks rest for two and a half: 20 tasks give 8, and all comes from them.
    num_tasks, weights = cells(0, 20, 20), cells(0.0, 2.0, 0.0)
    assert rested(weights, num_tasks, count=8, rest=9.0)[0] == pytest.approx([0.0, 2.0, 0.0])
    # 30 of 40: less than two steps; no rest at all.
    assert rested(cells(0.0, 1.3, 0.7), num_tasks, count=30, rest=9.0)[0] == pytest.approx([0.0, 1.3, 0.7])


@pytest.mark.parametrize(("rest", "wait"), [(1, 1.3), (2, 2), (5, 5)])
def test_a_task_comes_up_once_in_its_rest(
    rest: int, wait: float, make_index: Builder, make_group: GroupBuilder, make_config: ConfigBuilder
) -> None:
    # Ten tasks of one half among 190 hopeless ones: with eight draws a step, the ten would come up nearly always.
    index = make_index([200], difficulty=[0.5] * 10 + [0.001] * 190)
    curriculum = Curriculum(
        make_config(batch_size=8, expand=False, temperature=0.2, rest=rest, half_life=1.0), index, seed=0
    )
    turns: dict[int, list[int]] = {}
    for step in range(1, 61):
        rows = curriculum.next(step).rows.tolist()
        for row in rows:
            turns.setdefault(row, []).append(step)
        curriculum.observe(step, [make_group(row, HALF if row < 10 else WRONG) for row in rows])
    waits = np.concatenate([np.diff(steps) for row, steps in turns.items() if row < 10])
    # Eight draws a step of ten tasks leave 1.25 steps, and a little for the floor. Tasks change cells meanwhile, so
    # that one may come up early.
    assert np.mean(waits) == pytest.approx(wait, rel=0.15)
    assert waits.min() >= rest / 2


def test_a_small_source_is_drawn_in_full_all_the_same(
    make_index: Builder, make_group: GroupBuilder, make_config: ConfigBuilder
) -> None:
    curriculum = Curriculum(make_config(batch_size=4, expand=False, rest=9), make_index([4, 3]), seed=0)
    for step in range(1, 9):
        rows = curriculum.next(step).rows
        assert len(set(rows.tolist())) == len(rows) == 4
        curriculum.observe(step, [make_group(int(row), HALF) for row in rows])


def test_where_few_are_known_to_teach_the_draws_go_to_the_unseen(
    make_index: Builder, make_group: GroupBuilder, make_config: ConfigBuilder
) -> None:
    # No grades; one task in ten teaches. Known ones rest, so that many more different ones are found.
    index, seen = make_index([1000]), {}
    for rest in (1, 6):
        curriculum = Curriculum(make_config(batch_size=16, expand=False, temperature=0.2, rest=rest), index, seed=0)
        found: set[int] = set()
        for step in range(1, 31):
            rows = curriculum.next(step).rows.tolist()
            found.update(rows)
            curriculum.observe(step, [make_group(row, HALF if row % 10 == 0 else WRONG) for row in rows])
        seen[rest] = len(found)
    assert seen[6] > 1.4 * seen[1]


def test_frequencies_for_unbiased_weights_count_the_rest(
    make_index: Builder, make_group: GroupBuilder, make_config: ConfigBuilder
) -> None:
    # 20 tasks of one half and 180 hopeless ones; ten draws a step. The weights alone would draw half of the 20 at
    # every step; with a rest of 10 they come up in one step of ten at most.
    index = make_index([200], difficulty=[0.5] * 20 + [0.02] * 180)
    config = make_config(
        batch_size=10, expand=False, temperature=0.2, rest=10, unbiased_cap=100.0, prior_strength=1e6
    )  # beliefs stay as they are
    curriculum = Curriculum(config, index, seed=0)
    weighted, plain = [], []
    for step in range(1, 201):
        groups = [make_group(int(row), HALF if row < 20 else WRONG) for row in curriculum.next(step).rows]
        is_medium = np.array([group.task.row < 20 for group in groups])
        frequency = np.array([curriculum._frequency[group.task.row] for group in groups])
        plain.append(is_medium.sum())
        weighted.append((is_medium / frequency).sum())
        curriculum.observe(step, groups)
    assert np.mean(plain[20:]) == pytest.approx(2.0, abs=0.1), "20 tasks, one step in ten"
    # Each weighed by 1 / frequency: a tenth of the pool is medium, so one of ten draws, if its draws were even.
    assert np.mean(weighted[20:]) == pytest.approx(1.0, abs=0.15)


def test_shares_of_cells_without_weight_go_by_their_caps() -> None:
    shares = capped_shares(8, np.array([1.0, 0.0, 0.0]), caps=np.array([2, 4, 8]))
    assert shares.tolist() == [2.0, 2.0, 4.0]
