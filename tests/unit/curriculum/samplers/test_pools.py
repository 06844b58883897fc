"""The pools sampler: pools by hand, shares, and what stays after a group that could not be judged."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from curriculum import Curriculum
from curriculum.samplers.pools import EASY, HARD, NORMAL, UNSEEN, pool_of
from rlcs.config.schema import CurriculumConfig
from rlcs.records import Group, TaskIndex

Builder = Callable[..., TaskIndex]
GroupBuilder = Callable[..., Group]
ConfigBuilder = Callable[..., CurriculumConfig]


def test_pools_by_hand() -> None:
    means = np.array([0.0, 0.25, 0.2501, 0.75, 0.7501, 1.0])
    assert pool_of(means).tolist() == [HARD, HARD, NORMAL, NORMAL, EASY, EASY]


def test_the_last_group_alone_decides(
    make_index: Builder, make_group: GroupBuilder, make_config: ConfigBuilder
) -> None:
    curriculum = Curriculum(make_config(sampler="pools"), make_index([5]), seed=0)
    for step, scores in enumerate(([1.0, 1.0], [0.0, 0.0], [None, None], [0.0, 1.0, None]), start=1):
        curriculum.next(step)
        curriculum.observe(step, [make_group(0, scores)])
        expected = [EASY, HARD, HARD, NORMAL][step - 1]
        assert curriculum._sampler.state_dict()["pool"].tolist() == [expected, *[UNSEEN] * 4]


def test_easy_and_hard_come_a_fifth_as_often_as_normal_and_unseen(
    make_index: Builder, make_group: GroupBuilder, make_config: ConfigBuilder
) -> None:
    curriculum = Curriculum(make_config(sampler="pools", batch_size=20, expand=False), make_index([4000]), seed=0)
    scores = [[1.0, 1.0], [0.0, 0.0], [0.0, 1.0]]
    curriculum.observe(1, [make_group(row, scores[row % 4]) for row in range(4000) if row % 4 < 3])
    drawn = sum(np.bincount(curriculum.next(step).rows % 4, minlength=4) for step in range(2, 502)) / 10_000
    assert drawn == pytest.approx(np.array([0.2, 0.2, 1.0, 1.0]) / 2.4, abs=0.015)
    assert curriculum._sampler.weights(np.arange(4)) == pytest.approx(np.array([0.2, 0.2, 1.0, 1.0]) / 0.6)
