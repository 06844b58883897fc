"""First visits by what grading knew of their tasks: counted by hand, kept in checkpoints, absent without grades."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from curriculum import Curriculum
from curriculum.graded_visits import GradedVisits
from rlcs.config.schema import CurriculumConfig
from rlcs.records import Group, TaskIndex

GOOD, BAD = [0.0, 1.0], [1.0, 1.0]
PREFIX = "curriculum/first_visits/"


@pytest.fixture
def index(make_index: Callable[..., TaskIndex]) -> TaskIndex:
    """Of s0 the first two tasks were measured, the next two predicted, the last two not graded; s1 has no grades."""
    difficulty = [0.5, 0.5, 0.5, 0.5, *[float("nan")] * 6]
    is_measured, is_predicted = np.arange(10) < 2, (np.arange(10) >= 2) & (np.arange(10) < 4)
    return replace(make_index([6, 4], difficulty=difficulty), is_measured=is_measured, is_predicted=is_predicted)


def told(metrics: dict[str, float]) -> dict[str, float]:
    return {key.removeprefix(PREFIX): value for key, value in metrics.items() if key.startswith(PREFIX)}


def test_groups_count_by_what_was_known_of_their_tasks(index: TaskIndex) -> None:
    visits = GradedVisits(index)
    visits.observe(np.array([0, 2, 3, 3, 4, 9]), np.array([True, False, True, True, False, True]))
    visits.observe(np.array([1, 5]), np.array([False, True]))
    assert told(visits.metrics()) == {
        "s0/measured/groups": 2, "s0/measured/valid": 1, "s0/predicted/groups": 3, "s0/predicted/valid": 2,
        "s0/ungraded/groups": 2, "s0/ungraded/valid": 1,
    }  # fmt: skip


def test_only_first_visits_count_and_a_resumed_run_goes_on_counting(
    index: TaskIndex, make_group: Callable[..., Group], make_config: Callable[..., CurriculumConfig]
) -> None:
    curriculum = Curriculum(make_config(), index, seed=0)
    curriculum.observe(1, [make_group(0, GOOD), make_group(0, BAD), make_group(2, BAD)])
    curriculum.observe(2, [make_group(0, GOOD), make_group(4, GOOD)])
    found = told(curriculum.metrics())
    assert [found[f"s0/{kind}/groups"] for kind in ("measured", "predicted", "ungraded")] == [2, 1, 1]
    assert [found[f"s0/{kind}/valid"] for kind in ("measured", "predicted", "ungraded")] == [1, 0, 1]
    resumed = Curriculum(make_config(), index, seed=0)
    resumed.load_state_dict(json.loads(json.dumps(curriculum.state_dict())), curriculum.table())
    assert told(resumed.metrics()) == found
    resumed.observe(3, [make_group(2, GOOD), make_group(3, GOOD)])
    assert told(resumed.metrics()) == {**found, "s0/predicted/groups": 2, "s0/predicted/valid": 1}


def test_a_source_that_is_gone_or_new_at_a_resume_does_no_harm(index: TaskIndex) -> None:
    visits = GradedVisits(index)
    visits.load_state_dict({"gone": [[1, 2, 3], [1, 2, 3]], "s1": [[0, 0, 1], [0, 0, 1]]})
    assert set(told(visits.metrics()).values()) == {0.0}
    visits.load_state_dict({})
    assert set(told(visits.metrics()).values()) == {0.0}


def test_a_run_without_grades_says_nothing_of_them(
    make_index: Callable[..., TaskIndex], make_config: Callable[..., CurriculumConfig]
) -> None:
    assert told(Curriculum(make_config(), make_index([6], difficulty=0.5), seed=0).metrics()) == {}
