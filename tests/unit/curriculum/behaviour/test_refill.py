"""Drawing again while the batch is short: DAPO's dynamic sampling, for those who ask for it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from curriculum import Curriculum
from rlcs.config.schema import CurriculumConfig
from rlcs.records import Group, TaskIndex

Builder = Callable[..., TaskIndex]
GroupBuilder = Callable[..., Group]
ConfigBuilder = Callable[..., CurriculumConfig]

WRONG, HALF = [0.0] * 4, [0.0, 1.0, 0.0, 1.0]


def test_without_refills_a_step_has_one_plan(
    make_index: Builder, make_group: GroupBuilder, make_config: ConfigBuilder
) -> None:
    curriculum = Curriculum(make_config(sampler="uniform", expand=False), make_index([100]), seed=0)
    groups = [make_group(int(row), WRONG) for row in curriculum.next(1).rows]
    assert curriculum.refill(1, groups) is None


def test_a_refill_draws_what_each_source_still_lacks(
    make_index: Builder, make_group: GroupBuilder, make_config: ConfigBuilder
) -> None:
    # Batch of 8 over two sources, four each: of s0 one group is valid, of s1 all are.
    config = make_config(sampler="uniform", expand=False, max_refills=2)
    curriculum = Curriculum(config, make_index([50, 50]), seed=0)
    rows = curriculum.next(1).rows
    first = int(rows[rows < 50][0])
    groups = [make_group(int(row), HALF if row >= 50 or row == first else WRONG, f"s{int(row >= 50)}") for row in rows]

    plan = curriculum.refill(1, groups)
    assert plan is not None
    assert (plan.step, plan.refill, len(plan.rows)) == (1, 1, 3)
    assert (plan.rows < 50).all()
    assert not set(plan.rows.tolist()) & set(rows.tolist()), "uniform goes on with its epoch"

    groups += [make_group(int(row), HALF) for row in plan.rows]
    assert curriculum.refill(1, groups) is None, "the batch is full"
    curriculum.observe(1, groups)
    assert len(curriculum.select(groups).indices) == 8
    metrics = curriculum.metrics()
    assert (metrics["curriculum/num_planned"], metrics["curriculum/num_refills"]) == (11, 1)


def test_refills_end_where_nothing_teaches_and_start_anew_at_the_next_step(
    sampler: str, make_index: Builder, make_group: GroupBuilder, make_config: ConfigBuilder
) -> None:
    config = make_config(sampler=sampler, expand=False, max_refills=3)
    curriculum = Curriculum(config, make_index([5, 40]), seed=0)
    for step in (1, 2):
        plan = curriculum.next(step)
        groups: list[Group] = []
        num_plans = 0
        while plan is not None:
            num_plans += 1
            groups += [make_group(int(row), WRONG, f"s{int(row >= 5)}") for row in plan.rows]
            plan = curriculum.refill(step, groups)
        assert num_plans == 4
        assert len(groups) == 4 * 8
        curriculum.observe(step, groups)
        assert curriculum.select(groups).indices == []


@pytest.mark.parametrize("refills", [0, 2])
def test_a_resumed_run_refills_like_the_unbroken_one(
    refills: int, sampler: str, make_index: Builder, make_group: GroupBuilder, make_config: ConfigBuilder
) -> None:
    config, index = make_config(sampler=sampler, max_refills=refills), make_index([30, 30], difficulty=0.4)

    def step(curriculum: Curriculum, number: int) -> list[int]:
        plan, groups, seen = curriculum.next(number), [], []
        while plan is not None:
            seen += plan.rows.tolist()
            groups += [
                make_group(int(row), HALF if (row + number) % 3 == 0 else WRONG, f"s{int(row >= 30)}")
                for row in plan.rows
            ]
            plan = curriculum.refill(number, groups)
        curriculum.observe(number, groups)
        curriculum.select(groups)
        return seen

    unbroken = Curriculum(config, index, seed=3)
    for number in range(1, 6):
        step(unbroken, number)
    state, table = unbroken.state_dict(), unbroken.table()
    resumed = Curriculum(config, index, seed=3)
    resumed.load_state_dict(state, table)
    for number in range(6, 10):
        assert np.array_equal(step(resumed, number), step(unbroken, number))
