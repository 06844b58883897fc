"""Unbiased weighting: samples weighed by 1 / how often their task is drawn."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from curriculum import Curriculum
from curriculum.samplers.prioritized import Prioritized
from rlcs.config.schema import CurriculumConfig
from rlcs.plugins import SAMPLERS
from rlcs.records import Group, TaskIndex

Builder = Callable[..., TaskIndex]
GroupBuilder = Callable[..., Group]
ConfigBuilder = Callable[..., CurriculumConfig]

HALF = [0.0, 1.0]


def test_off_every_group_weighs_one(make_index: Builder, make_group: GroupBuilder, make_config: ConfigBuilder) -> None:
    curriculum = Curriculum(make_config(), make_index([20], difficulty=0.1), seed=0)
    groups = [make_group(int(row), HALF) for row in curriculum.next(1).rows]
    assert curriculum.sample_weights(groups) == [1.0] * 8
    assert curriculum.sample_weights([]) == []


def test_weights_are_one_over_the_frequency_capped_with_mean_one(
    make_index: Builder, make_group: GroupBuilder, make_config: ConfigBuilder
) -> None:
    # learnability, floor 0.05: chances 1 (graded 0.5) and 0.36 (graded 0.1), mean 0.68: frequencies 1.4706 and 0.5294.
    index = make_index([40], difficulty=[0.5, 0.1] * 20)
    config = make_config(sampler="learnability", expand=False, batch_size=20, unbiased_cap=5.0, prior_strength=1e6)
    curriculum = Curriculum(config, index, seed=0)
    groups = [make_group(int(row), HALF) for row in curriculum.next(1).rows]
    curriculum.observe(1, groups)
    expected = np.array([0.68 if group.task.row % 2 == 0 else 0.68 / 0.36 for group in groups])
    assert curriculum.sample_weights(groups) == pytest.approx(expected / expected.mean(), rel=1e-4)

    capped = Curriculum(make_config(**{**vars(config), "unbiased_cap": 1.0}), index, seed=0)
    groups = [make_group(int(row), HALF) for row in capped.next(1).rows]
    expected = np.array([0.68 if group.task.row % 2 == 0 else 1.0 for group in groups])
    assert capped.sample_weights(groups) == pytest.approx(expected / expected.mean(), rel=1e-4)


def test_the_weighted_mean_over_many_draws_is_the_mean_over_the_pool(
    make_index: Builder, make_group: GroupBuilder, make_config: ConfigBuilder
) -> None:
    # A number per task that goes with difficulty: drawn by learnability its mean is off, weighted it is right.
    grades = np.linspace(0.05, 0.95, 2000) ** 2
    values = grades * 3 + 1
    config = make_config(sampler="learnability", expand=False, batch_size=50, unbiased_cap=50.0, prior_strength=1e6)
    curriculum = Curriculum(config, make_index([2000], difficulty=grades), seed=0)
    plain, weighted = [], []
    for step in range(1, 301):
        rows = curriculum.next(step).rows
        weights = curriculum.sample_weights([make_group(int(row), HALF) for row in rows])
        plain.append(values[rows].mean())
        weighted.append(np.mean(values[rows] * weights))
    assert abs(np.mean(plain) - values.mean()) > 0.1
    assert np.mean(weighted) == pytest.approx(values.mean(), abs=0.03)


def test_prioritized_by_hand(make_index: Builder, make_config: ConfigBuilder) -> None:
    assert SAMPLERS.get("prioritized") is Prioritized
    index = make_index([4000], difficulty=[0.0] * 2000 + [0.75] * 2000)
    curriculum = Curriculum(make_config(sampler="prioritized", batch_size=20, expand=False), index, seed=1)
    num_easy = sum(int((curriculum.next(step).rows >= 2000).sum()) for step in range(1, 501))
    # Chances 1 and 0.25: one draw in five is easy (standard error 0.004).
    assert num_easy / 10_000 == pytest.approx(0.2, abs=0.015)
