"""Screening: which tasks, who passes, whole groups again, and that nothing inside a group is biased."""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from curriculum import Curriculum
from curriculum.beliefs.tally import teaches
from curriculum.screening import first_completions, joined, num_completions, passing, to_screen
from rlcs.config.schema import CurriculumConfig
from rlcs.records import Group, Plan, TaskIndex

Builder = Callable[..., TaskIndex]
GroupBuilder = Callable[..., Group]
ConfigBuilder = Callable[..., CurriculumConfig]


def test_tasks_never_judged_are_screened_unless_they_are_drawn_twice() -> None:
    rows, is_new = np.array([4, 7, 4, 9]), np.array([True, False, True, True])
    assert to_screen(rows, is_new).tolist() == [False, False, False, True]


def test_how_many_completions_each_task_gets() -> None:
    plan = Plan(step=1, rows=np.array([3, 5]), screened=np.array([True, False]))
    assert num_completions(plan, first=2, whole=8) == [2, 8]
    assert num_completions(replace(plan, screened=None, is_rest=True), first=2, whole=8) == [6, 6]
    assert num_completions(replace(plan, screened=None), first=2, whole=8) is None


def test_those_pass_that_differ_or_that_could_not_be_judged(make_group: GroupBuilder) -> None:
    scores: list[list[float | None]] = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [None, 1.0], [0.0, 0.02], [0.0, 1.0]]
    groups = [make_group(row, values) for row, values in enumerate(scores)]
    assert passing(groups, np.arange(5), min_spread=0.0).tolist() == [1, 3, 4]
    assert passing(groups, np.arange(6), min_spread=0.05).tolist() == [1, 3, 5]


def test_the_rest_goes_behind_the_first_completions(make_group: GroupBuilder) -> None:
    first = [make_group(1, [0.0, 0.0]), make_group(2, [0.0, 1.0]), make_group(3, [0.0] * 4)]
    whole = joined(first, [make_group(2, [1.0, 1.0])])
    assert [group.scores for group in whole] == [[0.0, 0.0], [0.0, 1.0, 1.0, 1.0], [0.0] * 4]
    assert [len(group.completions) for group in whole] == [2, 4, 4]


def test_a_step_of_screening(make_index: Builder, make_group: GroupBuilder, make_config: ConfigBuilder) -> None:
    curriculum = Curriculum(make_config(expand=False, screen=2), make_index([40]), seed=0)
    plan = curriculum.next(1)
    assert plan.screened is not None and plan.screened.all()
    groups = [make_group(int(row), [0.0, 1.0] if place < 3 else [1.0, 1.0]) for place, row in enumerate(plan.rows)]
    rest = curriculum.complete(1, groups)
    assert rest is not None and rest.is_rest and rest.rows.tolist() == plan.rows[:3].tolist()
    groups = joined(groups, [make_group(int(row), [0.0, 1.0]) for row in rest.rows])
    assert curriculum.complete(1, groups) is None, "the rest comes once"
    assert curriculum.refill(1, groups) is None
    curriculum.observe(1, groups)
    assert sorted(groups[index].task.row for index in curriculum.select(groups).indices) == sorted(rest.rows)
    metrics = curriculum.metrics()
    assert (metrics["curriculum/num_screened"], metrics["curriculum/num_screened_out"]) == (8, 5)
    assert curriculum.snapshot(1)["num_seen"].to_pylist() == [1] * 8, "those screened out were judged too"

    seen = set(plan.rows.tolist())
    later = curriculum.next(2)
    assert later.screened is not None
    assert [bool(one) for one in later.screened] == [row not in seen for row in later.rows.tolist()]


def test_without_screening_plans_are_whole(make_index: Builder, make_config: ConfigBuilder) -> None:
    curriculum = Curriculum(make_config(), make_index([40]), seed=0)
    assert curriculum.next(1).screened is None
    assert curriculum.complete(1, []) is None


@pytest.mark.parametrize(("size", "first"), [(4, 2), (5, 3), (6, 3)])
def test_which_groups_pass_depends_on_their_scores_alone(size: int, first: int) -> None:
    """All orders of all groups of short and long, right and wrong answers: long ones are trained on as often."""
    passed: dict[tuple[tuple[float, str], ...], list[bool]] = defaultdict(list)
    for answers in itertools.product(itertools.product((0.0, 1.0), ("short", "long")), repeat=size):
        passed[tuple(sorted(answers))].append(teaches([score for score, _ in answers[:first]]))
    for answers, found in passed.items():
        right = int(sum(score for score, _ in answers))
        share = 1.0 - (math.comb(right, first) + math.comb(size - right, first)) / math.comb(size, first)
        assert np.mean(found) == pytest.approx(share), answers


@pytest.mark.parametrize(
    ("settings", "group_size", "waits", "expected"),
    [
        ({}, 8, True, 4),
        ({}, 16, True, 8),
        ({}, 7, True, 0),
        ({}, 8, False, 0),
        ({"sampler": "uniform"}, 8, True, 0),
        ({"screen": 0}, 8, True, 0),
        ({"screen": 2, "sampler": "uniform"}, 4, True, 2),
    ],
)
def test_half_a_group_comes_first_where_nothing_is_set(
    make_config: ConfigBuilder, settings: dict[str, object], group_size: int, waits: bool, expected: int
) -> None:
    assert first_completions(make_config(**settings), group_size=group_size, waits=waits) == expected
