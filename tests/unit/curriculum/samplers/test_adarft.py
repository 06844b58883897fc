"""AdaRFT: the target by hand, the nearest tasks against a plain sort, and the share for all others."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curriculum import Curriculum
from curriculum.samplers.adarft import NUM_LEVELS, moved_target, nearest_quotas
from rlcs.config.schema import CurriculumConfig
from rlcs.records import Group, TaskIndex

Builder = Callable[..., TaskIndex]
GroupBuilder = Callable[..., Group]
ConfigBuilder = Callable[..., CurriculumConfig]


def test_the_target_follows_the_reward() -> None:
    target = moved_target(np.array([0.0, 0.0, 0.9, 0.4]), np.array([1.0, 0.0, 1.0, np.nan]), goal=0.5)
    # 0 + 0.5 tanh(1) = 0.3808; clipped at 0 and at 1; nothing judged, nothing changed.
    assert target == pytest.approx([0.5 * math.tanh(1.0), 0.0, 1.0, 0.4])


@given(
    sizes=st.lists(st.integers(0, 3), min_size=NUM_LEVELS, max_size=NUM_LEVELS),
    target=st.floats(0, 1),
    part=st.floats(0, 1),
)
def test_quotas_take_the_nearest_levels(sizes: list[int], target: float, part: float) -> None:
    count = int(part * sum(sizes))
    quotas = nearest_quotas(count, target, sizes=np.array(sizes))
    distance = np.abs(np.arange(NUM_LEVELS) / 100 - target)
    plainly = sorted(np.repeat(distance, sizes).tolist())[:count]
    assert np.repeat(distance, quotas) is not None and quotas.sum() == count and (quotas <= sizes).all()
    assert sorted(np.repeat(distance, quotas).tolist()) == pytest.approx(plainly)


def test_a_run_goes_from_easy_to_hard(
    make_index: Builder, make_group: GroupBuilder, make_config: ConfigBuilder
) -> None:
    grades = np.linspace(1.0, 0.0, 200)
    config = make_config(sampler="adarft", batch_size=10, expand=False, floor=0.0)
    curriculum = Curriculum(config, make_index([200], difficulty=grades), seed=0)
    target = 0.0
    for step in range(1, 12):
        rows = curriculum.next(step).rows
        assert np.abs((1 - grades[rows]) - target).max() < 0.08
        reward = 0.75 if step < 6 else 0.25
        curriculum.observe(
            step, [make_group(int(row), [1.0, 1.0, 1.0, 0.0] if step < 6 else [0.0] * 3 + [1.0]) for row in rows]
        )
        target = min(max(target + 0.5 * math.tanh(2 * (reward - 0.5)), 0.0), 1.0)
        assert curriculum.metrics()["curriculum/target/s0"] == pytest.approx(target)


def test_sources_have_targets_of_their_own(
    make_index: Builder, make_group: GroupBuilder, make_config: ConfigBuilder
) -> None:
    curriculum = Curriculum(make_config(sampler="adarft"), make_index([20, 20]), seed=0)
    groups = [make_group(int(row), [1.0, 1.0] if row < 20 else [None, None]) for row in curriculum.next(1).rows]
    curriculum.observe(1, groups)
    metrics = curriculum.metrics()
    assert metrics["curriculum/target/s0"] == pytest.approx(0.5 * math.tanh(1.0))
    assert metrics["curriculum/target/s1"] == 0.0


def test_tasks_of_one_difficulty_come_in_turn(make_index: Builder, make_config: ConfigBuilder) -> None:
    curriculum = Curriculum(make_config(sampler="adarft", batch_size=5, expand=False), make_index([20]), seed=0)
    drawn = np.concatenate([curriculum.next(step).rows for step in range(1, 9)])
    assert np.bincount(drawn, minlength=20).tolist() == [2] * 20


def test_weights_are_those_of_the_last_draw(make_index: Builder, make_config: ConfigBuilder) -> None:
    # Ten tasks of each of two difficulties, the target at the easy one: of 4 draws 0.95 go there and 0.05 to both.
    index = make_index([20], difficulty=[1.0] * 10 + [0.0] * 10)
    curriculum = Curriculum(make_config(sampler="adarft", batch_size=4, expand=False), index, seed=0)
    assert curriculum._sampler.weights(np.array([0, 10])).tolist() == [1.0, 1.0]
    curriculum.next(1)
    assert curriculum._sampler.weights(np.array([0, 10])) == pytest.approx([0.95 * 2 + 0.05, 0.05])
