"""The learnability sampler against the formula, task by task."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from curriculum import Curriculum
from curriculum.samplers.learnability import learnability_chance
from rlcs.config.schema import CurriculumConfig
from rlcs.records import Group, TaskIndex

Builder = Callable[..., TaskIndex]
GroupBuilder = Callable[..., Group]
ConfigBuilder = Callable[..., CurriculumConfig]


def test_the_chance_by_hand() -> None:
    rates = np.array([0.5, 0.1, 0.9, 0.0, 1.0, 0.01])
    chance = learnability_chance(rates, temperature=1.0, floor=0.05)
    assert chance == pytest.approx([1.0, 0.36, 0.36, 0.05, 0.05, 0.05])
    assert learnability_chance(rates, temperature=0.5, floor=0.0)[:2] == pytest.approx([1.0, 0.1296])


def test_tasks_come_as_often_as_their_chance_says(make_index: Builder, make_config: ConfigBuilder) -> None:
    # 2,000 tasks graded 0.5 and 2,000 graded 0.1, which weigh 0.36: of the draws 0.36 / 1.36 = 0.2647 are hard.
    index = make_index([4000], difficulty=[0.5] * 2000 + [0.1] * 2000)
    curriculum = Curriculum(make_config(sampler="learnability", batch_size=20, expand=False), index, seed=1)
    num_hard = sum(int((curriculum.next(step).rows >= 2000).sum()) for step in range(1, 501))
    assert num_hard / 10_000 == pytest.approx(0.2647, abs=0.015)  # standard error 0.0044


def test_the_snapshot_tells_chance_over_mean_chance(
    make_index: Builder, make_group: GroupBuilder, make_config: ConfigBuilder
) -> None:
    index = make_index([3, 1], (0.75, 0.25), difficulty=[0.5, 0.1, 0.0, 0.3])
    curriculum = Curriculum(make_config(sampler="learnability", batch_size=4, prior_strength=1e6), index, seed=0)
    curriculum.next(1)
    curriculum.observe(1, [make_group(row, [None, None]) for row in range(4)])
    # Nothing was judged. Chances 1, 0.36, 0.05, mean 0.47; a source of one task has weight 1.
    assert curriculum.snapshot(1)["weight"].to_pylist() == pytest.approx([2.1277, 0.766, 0.1064, 1.0], abs=1e-3)


def test_a_mastered_task_is_drawn_less_and_more_again_when_the_policy_forgets(
    make_index: Builder, make_group: GroupBuilder, make_config: ConfigBuilder
) -> None:
    curriculum = Curriculum(make_config(sampler="learnability"), make_index([100], difficulty=0.5), seed=0)
    curriculum.next(1)
    curriculum.observe(1, [make_group(0, [1.0] * 8)])
    rate, others = curriculum._posterior.mean(np.array([0, 1]), 1)
    chance, usual = 4 * rate * (1 - rate), 4 * others * (1 - others)
    assert rate >= 0.9
    weight = curriculum._sampler.weights(np.array([0]))
    assert weight == pytest.approx([chance / (0.01 * chance + 0.99 * usual)])
    # The other tasks come out all wrong from now on: the policy has lost what it could.
    for step in range(2, 12):
        curriculum.next(step)
        curriculum.observe(step, [make_group(row, [0.0] * 8) for row in range(8 * step, 8 * step + 8)])
    assert curriculum._posterior.mean(np.array([0]), 12)[0] < 0.8
    assert curriculum._sampler.weights(np.array([0]))[0] > 1.5 * weight[0]
