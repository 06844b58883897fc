"""Subcategories: strata, the policy's performance in each, and what the default sampler makes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from curriculum import Curriculum
from curriculum.strata import Performance, stratify
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
    assert strata.is_alone().tolist() == [False, False, True]


def test_sources_of_one_subcategory_each_are_their_own_strata(make_index: Builder) -> None:
    strata = stratify(make_index([2, 2], subcategory=[1, 1, 2, 2]), by_subcategory=True)
    assert strata.of.tolist() == [0, 0, 1, 1] and strata.keys == [("s0", ""), ("s1", "")]
    off = stratify(make_index([2, 2], subcategory=[1, 2, 1, 2]), by_subcategory=False)
    assert off.of.tolist() == [0, 0, 1, 1]


def test_performance_by_hand(make_index: Builder) -> None:
    index = make_index([4], subcategory=[1, 1, 2, 2], difficulty=[0.2, 0.4, float("nan"), float("nan")])
    prior = np.where(np.isnan(index.difficulty), 0.5, index.difficulty).astype(np.float32)
    performance = Performance(stratify(index, by_subcategory=True), prior, prior_strength=2.0, half_life=10.0)
    # Priors 0.3 and 0.5; 4 x 0.3 x 0.7 = 0.84.
    assert performance.pass_rates() == pytest.approx([0.3, 0.5])
    assert performance.learnability() == pytest.approx([0.84, 1.0])
    performance.observe(1, np.array([0, 0, 1, 1]), np.array([1.0, 0.5, 0.0, np.nan]))
    # (2 x 0.3 + 1.5) / (2 + 2) and (2 x 0.5 + 0) / (2 + 1).
    assert performance.pass_rates() == pytest.approx([0.525, 1 / 3])
    performance.observe(11, np.array([1]), np.array([0.25]))
    # A half-life later: (0.6 + 0.75) / (2 + 1) and (1 + 0 + 0.25) / (2 + 0.5 + 1).
    assert performance.pass_rates() == pytest.approx([0.45, 1.25 / 3.5])


def test_a_subcategory_alone_in_its_source_is_compared_with_nothing(make_index: Builder) -> None:
    index = make_index([2, 2], subcategory=[1, 2, 3, 3])
    strata = stratify(index, by_subcategory=True)
    performance = Performance(strata, np.full(4, 0.1, dtype=np.float32), prior_strength=2.0, half_life=9.0)
    assert performance.learnability() == pytest.approx([0.36, 0.36, 1.0])


def test_weights_follow_subcategory_and_tier(
    make_index: Builder, make_group: GroupBuilder, make_config: ConfigBuilder
) -> None:
    # Ten tasks in each of two subcategories, none graded; one group in each is judged, all right and half right.
    index = make_index([20], subcategory=[1] * 10 + [2] * 10)
    curriculum = Curriculum(make_config(batch_size=2, prior_strength=2.0), index, seed=0)
    curriculum.next(1)
    curriculum.observe(1, [make_group(0, [1.0] * 8), make_group(10, GOOD)])
    # Algebra: (1 + 1) / 3 right, S = 4 x 2/3 x 1/3 = 8/9. Geometry: (1 + 0.5) / 3 = 1/2, S = 1.
    # Row 0 has Beta(9, 1) = 0.9, very easy; all others are medium. w = S L:
    easy, algebra, geometry = 8 / 9 * 0.046667, 8 / 9 * 0.236667, 0.236667
    mean = (easy + 9 * algebra + 10 * geometry) / 20
    weights = curriculum._sampler.weights(np.array([0, 1, 10, 19]))
    expected = [0.95 * weight / mean + 0.05 for weight in (easy, algebra, geometry, geometry)]
    assert weights == pytest.approx(expected, abs=1e-4)


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
    # Each alone, its 2,000 tasks unseen and medium to the end: only those seen are weighted down.
    assert num_drawn[False][1] > 0.8 * num_drawn[False][0]


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
    kept = first._sampler._performance.pass_rates()
    assert changed._sampler._performance.pass_rates() == pytest.approx([0.5, *kept])
    assert resumed.next(20).rows.tolist() == first.next(20).rows.tolist()


def test_a_checkpoint_without_performance_is_taken_up(
    make_index: Builder, make_group: GroupBuilder, make_config: ConfigBuilder
) -> None:
    index = make_index([40], subcategory=np.arange(40) % 2)
    first = Curriculum(make_config(by_subcategory=False), index, seed=4)
    first.observe(1, [make_group(int(row), BAD) for row in first.next(1).rows])
    state = first.state_dict()
    del state["sampler_state"]["performance"]
    second = Curriculum(make_config(), index, seed=4)
    second.load_state_dict(state, first.table())
    assert len(second.next(2).rows) > 8
