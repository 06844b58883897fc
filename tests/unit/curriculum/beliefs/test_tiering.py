"""The tier table against a plain recomputation of all tasks at every step."""

from __future__ import annotations

import numpy as np
import pytest

from curriculum.beliefs.difficulty import Posterior, tier_of
from curriculum.beliefs.strata import Strata
from curriculum.beliefs.tiering import CENTRES, NEW, NUM_BINS, TierTable, bin_of

EDGES = np.array([0.1, 0.3, 0.7, 0.9])


def build(num_tasks: int = 200) -> tuple[Posterior, TierTable, np.ndarray]:
    rng = np.random.default_rng(1)
    difficulty = np.where(rng.random(num_tasks) < 0.3, np.nan, rng.random(num_tasks)).astype(np.float32)
    source = rng.integers(0, 3, num_tasks).astype(np.int16)
    strata = Strata(of=source, source=np.arange(3), keys=[(name, "") for name in "abc"])
    belief = Posterior(difficulty, strata=strata, prior_strength=2.0, half_life=4.0)
    return belief, TierTable(belief, edges=EDGES), source


def test_bins_by_hand() -> None:
    ratings = np.array([np.nan, -100.0, -8.0, -7.76, -7.74, 0.0, 7.9, 100.0], dtype=np.float32)
    assert bin_of(ratings).tolist() == [NEW, 1, 1, 1, 2, 33, 64, 64]
    assert CENTRES[[1, 33, 64]].tolist() == [-7.875, 0.125, 7.875]


def test_counts_stay_exact_and_tiers_follow_the_policy() -> None:
    belief, table, source = build()
    rng = np.random.default_rng(2)
    everything = np.arange(len(belief))
    for step in range(1, 60):
        table.advance(step)
        rows = np.sort(rng.choice(len(belief), 10, replace=False))
        successes = rng.integers(0, 9, 10)
        table.count(rows, -1)
        belief.observe(step, rows, successes=successes, failures=8 - successes)
        table.count(rows, 1)
        bins = bin_of(belief.rating)
        plainly = [np.bincount(bins[source == number], minlength=NUM_BINS).tolist() for number in range(3)]
        assert table.num_tasks.tolist() == plainly
        assert table.of(everything).tolist() == tier_of(belief.mean(everything, step), edges=EDGES).tolist()
        # A bin is 0.25 logits wide: its middle is at most 0.125 x p (1 - p) <= 0.03 off.
        inside = np.abs(np.nan_to_num(belief.rating)) < 8
        own = table.pass_rates()[source, bins]
        assert np.abs(own - belief.mean(everything, step))[inside].max() < 0.032


def test_shares_of_the_pool_are_those_of_its_tasks_up_to_the_width_of_a_bin() -> None:
    belief, table, _ = build(20_000)
    assert table.pool_shares().sum() == pytest.approx(1.0)
    assert table.pool_shares() == pytest.approx(table.shares(np.arange(20_000)), abs=0.04)
    assert table.mean_level() == 0.0
    belief.skill.level[:] = 1.5
    assert table.mean_level() == pytest.approx(1.5)
    moved = table.shares(np.arange(20_000))
    assert moved[0] < 0.05
    assert table.pool_shares() == pytest.approx(moved, abs=0.04)


def test_a_rebuilt_table_is_the_same() -> None:
    belief, table, _ = build()
    rows = np.arange(100)
    table.count(rows, -1)
    belief.observe(3, rows, successes=rows % 9, failures=8 - rows % 9)
    table.count(rows, 1)
    rebuilt = TierTable(belief, edges=EDGES)
    rebuilt.rebuild(5)
    assert rebuilt.step == 5
    assert rebuilt.num_tasks.tolist() == table.num_tasks.tolist()
