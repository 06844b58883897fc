"""Pools of simulated tasks are what their regime says."""

from __future__ import annotations

import numpy as np
import pytest

from rlcs.bench.curriculum.simulated_learner import LearnerModel
from rlcs.bench.curriculum.simulated_pool import HELD_OUT, NUM_DIMENSIONS, REGIMES, Pool, make_pool

SURE = LearnerModel(guess=0.0, slip=0.0)


def pool(regime: str = "hard-heavy", *, is_graded: bool = False, seed: int = 0) -> Pool:
    """Return a pool of 20,000 tasks."""
    return make_pool(regime, num_tasks=20_000, is_graded=is_graded, model=SURE, seed=seed)


def tier_shares(difficulty: np.ndarray, discrimination: np.ndarray) -> np.ndarray:
    """Return the share of tasks in each tier by pass rate, written out anew."""
    rates = 1.0 / (1.0 + np.exp(discrimination * difficulty))
    return np.histogram(rates, bins=[0.0, 0.1, 0.3, 0.7, 0.9, 1.0])[0] / len(rates)


@pytest.mark.parametrize("regime", REGIMES)
def test_pass_rates_begin_as_the_regime_says(regime: str) -> None:
    made = pool(regime)
    assert tier_shares(made.items.difficulty, made.items.discrimination) == pytest.approx(REGIMES[regime], abs=0.015)
    assert tier_shares(made.held_out.difficulty, made.held_out.discrimination) == pytest.approx(HELD_OUT, abs=0.04)


def test_dimensions_are_even_and_the_kinds_of_a_source_differ_in_difficulty() -> None:
    made = pool("balanced")
    assert np.bincount(made.items.dimension).tolist() == [20_000 // NUM_DIMENSIONS] * NUM_DIMENSIONS
    assert (made.index.source * 2 + made.index.subcategory == made.items.dimension).all()
    easier, harder = (made.items.difficulty[made.index.subcategory == kind].mean() for kind in (1, 0))
    assert harder - easier > 1.0


def test_grades_are_pass_at_8_of_the_untrained_policy() -> None:
    made = pool(is_graded=True)
    # Nine different grades in each of four sources, shrunk by less than what chance puts into them.
    assert len(np.unique(made.index.difficulty)) == 36
    rates = 1.0 / (1.0 + np.exp(made.items.discrimination * made.items.difficulty))
    by_chance = np.mean(rates * (1 - rates) / 8)
    assert 0.7 * by_chance < np.mean((made.index.difficulty - rates) ** 2) < 0.95 * by_chance
    assert made.index.difficulty.mean() == pytest.approx(rates.mean(), abs=0.01)


def test_a_share_of_the_tasks_is_measured_and_the_others_predicted() -> None:
    made = make_pool("balanced", num_tasks=1000, is_graded=False, model=SURE, seed=0, sample=0.2)
    index = made.index
    assert index.is_predicted is not None and index.certainty is not None
    assert index.is_predicted.sum() == 800
    assert 400 <= made.grading < 800
    rates = 1.0 / (1.0 + np.exp(made.items.discrimination * made.items.difficulty))
    assert np.corrcoef(index.difficulty[index.is_predicted], rates[index.is_predicted])[0, 1] > 0.6
    assert pool(is_graded=True).grading == 20_000 * 8
    assert pool().grading == 0


def test_the_same_seed_makes_the_same_tasks_with_and_without_grades() -> None:
    graded, ungraded, other = pool(is_graded=True), pool(), pool(seed=1)
    assert (graded.items.difficulty == ungraded.items.difficulty).all()
    assert (graded.held_out.difficulty == ungraded.held_out.difficulty).all()
    assert np.isnan(ungraded.index.difficulty).all()
    assert (other.items.difficulty != ungraded.items.difficulty).any()
