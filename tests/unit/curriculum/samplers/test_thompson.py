"""Thompson sampling: near the target, uncertain tasks now and then, all of them once in a while."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from curriculum import Curriculum
from curriculum.samplers.thompson import chance_near
from rlcs.config.schema import CurriculumConfig
from rlcs.records import TaskIndex

Builder = Callable[..., TaskIndex]
ConfigBuilder = Callable[..., CurriculumConfig]


@pytest.mark.parametrize("target", [0.2, 0.5, 0.8])
def test_certain_tasks_near_the_target_come_first(
    target: float, make_index: Builder, make_config: ConfigBuilder
) -> None:
    grades = np.linspace(0.0, 1.0, 1001)
    config = make_config(
        sampler="thompson", batch_size=50, expand=False, target_pass_rate=target, prior_strength=1e5, floor=0.0
    )
    rows = Curriculum(config, make_index([1001], difficulty=grades), seed=0).next(1).rows
    # Of 400 candidates the 50 nearest: about 0.0625 to both sides.
    assert np.abs(grades[rows] - target).max() < 0.1


def test_the_nearest_draws_of_the_candidates_are_taken(make_index: Builder, make_config: ConfigBuilder) -> None:
    # All 24 tasks are candidates; the same generator gives the draws to compare with.
    index = make_index([24], difficulty=np.linspace(0.1, 0.9, 24))
    config = make_config(sampler="thompson", batch_size=6, expand=False, floor=0.0)
    curriculum = Curriculum(config, index, seed=5)
    rng = np.random.default_rng(5)
    candidates = np.argsort(-rng.gumbel(size=24))
    means = index.difficulty[candidates].astype(float)
    draws = rng.beta(2 * means, 2 * (1 - means))
    nearest = candidates[np.argsort(np.abs(draws - 0.5))[:6]]
    assert sorted(curriculum.next(1).rows.tolist()) == sorted(nearest.tolist())


def test_the_floor_gives_an_even_share(make_index: Builder, make_config: ConfigBuilder) -> None:
    # Half of the tasks are certainly hopeless; with floor 0.2 a fifth of the draws is even, and half of that hopeless.
    index = make_index([2000], difficulty=[0.5] * 1000 + [0.01] * 1000)
    config = make_config(sampler="thompson", batch_size=20, expand=False, floor=0.2, prior_strength=1e4)
    curriculum = Curriculum(config, index, seed=0)
    num_hopeless = sum(int((curriculum.next(step).rows >= 1000).sum()) for step in range(1, 301))
    assert num_hopeless / 6000 == pytest.approx(0.1, abs=0.015)


def test_the_chance_by_the_normal_curve() -> None:
    # Beta(50, 50): mean 0.5, deviation 0.04975; within one deviation of the mean 0.683 by the normal curve.
    chance = chance_near(0.5, width=0.04975, alpha=np.array([50.0]), beta=np.array([50.0]))
    assert chance == pytest.approx([0.683], abs=0.015)
    far = chance_near(0.5, width=0.01, alpha=np.array([0.0, 1e6]), beta=np.array([1e6, 0.0]))
    assert far == pytest.approx([0.0, 0.0], abs=1e-6)


def test_weights_are_about_the_frequencies(make_index: Builder, make_config: ConfigBuilder) -> None:
    grades = np.repeat([0.05, 0.3, 0.5, 0.8], 500)
    curriculum = Curriculum(
        make_config(sampler="thompson", batch_size=20, expand=False, prior_strength=10.0),
        make_index([2000], difficulty=grades),
        seed=0,
    )
    drawn = sum(np.bincount(curriculum.next(step).rows // 500, minlength=4) for step in range(1, 501))
    weights = curriculum._sampler.weights(np.array([0, 500, 1000, 1500]))
    assert weights == pytest.approx(drawn / 2500, abs=0.2)
