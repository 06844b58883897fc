"""Posteriors, decay and tiers, with numbers worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curriculum.difficulty import Posterior, decay, prior_means, steps_to_next_tier, tier_of

EDGES = np.array([0.1, 0.3, 0.7, 0.9])
ROW = np.array([0])


def posterior(difficulty: float, prior_strength: float = 2.0, half_life: float = 20.0) -> Posterior:
    return Posterior(np.array([difficulty], dtype=np.float32), prior_strength=prior_strength, half_life=half_life)


def test_unknown_difficulty_has_prior_one_half() -> None:
    assert prior_means(np.array([0.25, np.nan], dtype=np.float32)).tolist() == [0.25, 0.5]


def test_an_observation_counts_half_after_its_half_life() -> None:
    assert decay(np.array([0, 20, 40, -3]), half_life=20).tolist() == [1.0, 0.5, 0.25, 1.0]


def test_posterior_adds_prior_and_observation() -> None:
    belief = posterior(0.25, prior_strength=4.0)  # prior Beta(1, 3)
    belief.observe(7, ROW, successes=np.array([6.0]), failures=np.array([2.0]))
    assert [float(count[0]) for count in belief.counts(ROW, 7)] == [7.0, 5.0]
    assert belief.mean(ROW, 7)[0] == pytest.approx(7 / 12)
    assert (belief.num_seen[0], belief.last_step[0]) == (1, 7)


def test_observations_decay_and_the_prior_does_not() -> None:
    belief = posterior(0.5)
    belief.observe(10, ROW, successes=np.array([8.0]), failures=np.array([0.0]))
    assert belief.mean(ROW, 10)[0] == pytest.approx(9 / 10)
    assert belief.mean(ROW, 30)[0] == pytest.approx(5 / 6)  # 8 successes count 4
    assert belief.mean(ROW, 10 + 20 * 40)[0] == pytest.approx(0.5, abs=1e-6)


def test_a_second_observation_is_added_to_the_decayed_first() -> None:
    belief = posterior(0.5)
    belief.observe(10, ROW, successes=np.array([8.0]), failures=np.array([0.0]))
    belief.observe(30, ROW, successes=np.array([1.5]), failures=np.array([6.5]))
    alpha, beta = belief.counts(ROW, 30)
    assert (alpha[0], beta[0]) == pytest.approx((1 + 4 + 1.5, 1 + 6.5))


def test_a_row_that_comes_twice_counts_twice() -> None:
    belief = posterior(0.5)
    belief.observe(1, np.array([0, 0]), successes=np.array([1.0, 2.0]), failures=np.array([3.0, 2.0]))
    alpha, beta = belief.counts(ROW, 1)
    assert (alpha[0], beta[0], belief.num_seen[0]) == (4.0, 6.0, 2)


def test_an_edge_belongs_to_the_easier_tier_also_in_float32() -> None:
    means = np.array([0.0, 0.1, 0.3, 0.7, 0.9, 1.0, 0.0999, 0.5], dtype=np.float32)
    assert tier_of(means, edges=EDGES).tolist() == [0, 1, 2, 3, 4, 4, 0, 2]


def test_steps_to_next_tier_follow_the_closed_form() -> None:
    # Beta(1 + 8d, 1): (1 + 8d) / (2 + 8d) = 0.7 at d = 0.4 / 2.4 = 1/6, which is 20 log2 6 = 51.7 steps later.
    steps = steps_to_next_tier(
        np.array([0.5], dtype=np.float32), successes=np.array([8.0]), failures=np.array([0.0]), tier=np.array([3]),
        edges=EDGES, prior_strength=2.0, half_life=20.0,
    )  # fmt: skip
    assert steps[0] == pytest.approx(20 * math.log2(6), abs=1e-3)


def test_a_task_in_the_tier_of_its_prior_never_leaves_it_by_decay() -> None:
    belief = posterior(0.5)
    belief.observe(1, ROW, successes=np.array([5.0]), failures=np.array([3.0]))
    assert belief.steps_to_next_tier(ROW, tier=np.array([2]), edges=EDGES).tolist() == [math.inf]


@given(
    prior=st.floats(0, 1, width=32),
    successes=st.integers(0, 16),
    num=st.integers(1, 16),
    half_life=st.floats(1, 50),
)
def test_the_tier_changes_exactly_when_foretold(prior: float, successes: int, num: int, half_life: float) -> None:
    belief = posterior(prior, half_life=half_life)
    successes = min(successes, num)
    belief.observe(0, ROW, successes=np.array([successes]), failures=np.array([num - successes]))
    tier = tier_of(belief.mean(ROW, 0), edges=EDGES)
    foretold = belief.steps_to_next_tier(ROW, tier=tier, edges=EDGES)[0]
    found = next((t for t in range(1, 400) if tier_of(belief.mean(ROW, t), edges=EDGES)[0] != tier[0]), None)
    if found is None:
        assert foretold > 398
    else:
        assert found - 1 - 1e-6 <= foretold <= found + 1e-6
