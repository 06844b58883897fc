"""Subcategories: strata, the policy's performance in each, and what the default sampler makes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from curriculum import Curriculum
from curriculum.beliefs.strata import stratify
from rlcs.config.schema import CurriculumConfig
from rlcs.records import Group, TaskIndex

Builder = Callable[..., TaskIndex]
GroupBuilder = Callable[..., Group]
ConfigBuilder = Callable[..., CurriculumConfig]

GOOD, BAD = [0.0, 1.0, 0.0, 1.0], [0.0, 0.0, 0.0, 0.0]


def test_strata_are_the_subcategories_that_a_source_holds(make_index: Builder) -> None:
    index = make_index([3, 0, 3], (0.5, 0.0, 0.5), subcategory=[2, 1, 2, 3, 3, 3])
    strata = stratify(index, by_subcategory=True)
    assert strata.keys == [("s0", "algebra"), ("s0", "geometry"), ("s2", "logic")]
    assert strata.of.tolist() == [1, 0, 1, 2, 2, 2]
    assert [strata.of_source(source) for source in range(3)] == [slice(0, 2), slice(2, 2), slice(2, 3)]


def test_sources_of_one_subcategory_each_are_their_own_strata(make_index: Builder) -> None:
    strata = stratify(make_index([2, 2], subcategory=[1, 1, 2, 2]), by_subcategory=True)
    assert strata.of.tolist() == [0, 0, 1, 1] and strata.keys == [("s0", ""), ("s1", "")]
    off = stratify(make_index([2, 2], subcategory=[1, 2, 1, 2]), by_subcategory=False)
    assert off.of.tolist() == [0, 0, 1, 1]


def test_weights_follow_what_first_visits_to_the_subcategory_have_shown(
    make_index: Builder, make_group: GroupBuilder, make_config: ConfigBuilder
) -> None:
    # Ten tasks in each of two subcategories, none graded; five groups in each are judged, all right and half right.
    index = make_index([20], subcategory=[1] * 10 + [2] * 10)
    curriculum = Curriculum(make_config(batch_size=10, expand=False, temperature=1.0), index, seed=0)
    curriculum.next(1)
    groups = [make_group(row, [1.0] * 8) for row in range(5)] + [make_group(row, GOOD * 2) for row in range(10, 15)]
    curriculum.observe(1, groups)
    mean = curriculum._posterior.mean(np.array([9, 19]), 1)
    assert mean[0] > 0.7 and mean[1] == pytest.approx(0.5)
    weights = curriculum._sampler.weights(np.array([9, 19, 10]))
    # Both unseen: as p (1 - p). Seen and unseen of geometry: 1 to s / (s + 1) = 2/3, but for the floor and the bin.
    expected = mean * (1 - mean)
    assert (weights[0] - 0.05) / (weights[1] - 0.05) == pytest.approx(expected[0] / expected[1], rel=1e-6)
    assert (weights[1] - 0.05) / (weights[2] - 0.05) == pytest.approx(2 / 3, rel=0.02)


def test_what_one_task_tells_counts_for_the_unseen_ones_of_its_subcategory(
    make_index: Builder, make_group: GroupBuilder, make_config: ConfigBuilder
) -> None:
    index = make_index([4000], subcategory=np.arange(4000) % 2)
    num_drawn = {}
    for by_subcategory in (True, False):
        config = make_config(batch_size=16, expand=False, by_subcategory=by_subcategory)
        curriculum = Curriculum(config, index, seed=0)
        drawn = np.zeros(2, dtype=int)
        for step in range(1, 41):
            rows = curriculum.next(step).rows
            drawn += np.bincount(rows % 2, minlength=2)
            curriculum.observe(step, [make_group(int(row), BAD if row % 2 else GOOD) for row in rows])
        num_drawn[by_subcategory] = drawn.tolist()
    assert num_drawn[True][1] < 0.25 * num_drawn[True][0], "the hopeless subcategory is visited rarely"
    assert num_drawn[True][1] > 16, "and still visited"
    # Without subcategories an unseen task of the one is like an unseen task of the other.
    assert num_drawn[False][1] > 2 * num_drawn[True][1]


def test_the_setting_changes_nothing_where_there_are_no_subcategories(
    make_index: Builder, make_group: GroupBuilder, make_config: ConfigBuilder
) -> None:
    index = make_index([60, 40], subcategory=[1] * 60 + [2] * 40)
    runs = []
    for by_subcategory in (True, False):
        curriculum = Curriculum(make_config(by_subcategory=by_subcategory), index, seed=4)
        runs.append([])
        for step in range(1, 60):
            rows = curriculum.next(step).rows.tolist()
            runs[-1].append(rows)
            curriculum.observe(step, [make_group(row, [1.0] * (row % 5) + [0.0] * (4 - row % 5)) for row in rows])
    assert runs[0] == runs[1]


def test_a_run_with_subcategories_resumes_and_renumbers_them(
    make_index: Builder, make_group: GroupBuilder, make_config: ConfigBuilder
) -> None:
    index = make_index([40], subcategory=np.arange(40) % 2 + 2)
    first = Curriculum(make_config(), index, seed=4)
    for step in range(1, 20):
        first.observe(step, [make_group(int(row), GOOD if row % 2 else BAD) for row in first.next(step).rows])
    resumed = Curriculum(make_config(), index, seed=4)
    resumed.load_state_dict(first.state_dict(), first.table())
    assert resumed.state_dict() == first.state_dict()
    # The same tasks with a subcategory before theirs: what is known of the two moves with their names.
    grown = replace(make_index([44]), subcategory=np.array([*(np.arange(40) % 2 + 2), 1, 1, 1, 1], dtype=np.int16))
    changed = Curriculum(make_config(), grown, seed=4)
    changed.load_state_dict(first.state_dict(), first.table())
    kept = first._posterior.skill
    assert changed._posterior.skill.level == pytest.approx([0.0, *kept.level])
    assert changed._posterior.skill.new_rating == pytest.approx([0.0, *kept.new_rating])
    assert resumed.next(20).rows.tolist() == first.next(20).rows.tolist()
