"""The tier table against a plain recomputation of all tasks at every step."""

from __future__ import annotations

import numpy as np

from curriculum.difficulty import Posterior, tier_of
from curriculum.strata import Strata
from curriculum.tiering import TierTable

EDGES = np.array([0.1, 0.3, 0.7, 0.9])


def strata_of(source: np.ndarray) -> Strata:
    return Strata(of=source, source=np.arange(3), keys=[(name, "") for name in "abc"])


def build(num_tasks: int = 200, half_life: float = 4.0) -> tuple[Posterior, TierTable, np.ndarray]:
    rng = np.random.default_rng(1)
    difficulty = np.where(rng.random(num_tasks) < 0.3, np.nan, rng.random(num_tasks)).astype(np.float32)
    belief = Posterior(difficulty, prior_strength=2.0, half_life=half_life)
    source = rng.integers(0, 3, num_tasks).astype(np.int16)
    return belief, TierTable(belief, strata=strata_of(source), edges=EDGES), source


def count_plainly(tiers: np.ndarray, source: np.ndarray) -> list[list[int]]:
    return [[int(((tiers == tier) & (source == number)).sum()) for tier in range(5)] for number in range(3)]


def test_tiers_stay_exact_while_observations_come_and_decay() -> None:
    belief, table, source = build()
    rng = np.random.default_rng(2)
    everything = np.arange(len(belief))
    num_drifted = 0
    for step in range(1, 120):
        before = table.of.copy()
        table.advance(step)
        assert table.drifted.tolist() == np.flatnonzero(table.of != before).tolist()
        num_drifted += len(table.drifted)
        if step < 60:
            rows = rng.choice(len(belief), 10, replace=False)
            successes = rng.integers(0, 9, 10)
            belief.observe(step, rows, successes=successes, failures=8 - successes)
            table.update(np.sort(rows))
        assert table.of.tolist() == tier_of(belief.mean(everything, step), edges=EDGES).tolist()
        assert table.num_tasks.tolist() == count_plainly(table.of, source)
    assert num_drifted > 100
    assert table.of.tolist() == tier_of(belief.prior, edges=EDGES).tolist(), "60 steps are 15 half-lives"


def test_steps_may_be_skipped() -> None:
    belief, table, _ = build()
    rows = np.arange(0, len(belief), 2)
    belief.observe(1, rows, successes=np.full(len(rows), 8), failures=np.zeros(len(rows)))
    table.advance(1)
    table.update(rows)
    table.advance(9)
    assert table.of.tolist() == tier_of(belief.mean(np.arange(len(belief)), 9), edges=EDGES).tolist()


def test_a_rebuilt_table_goes_on_like_the_first() -> None:
    belief, table, source = build()
    rows = np.arange(100)
    belief.observe(3, rows, successes=rows % 9, failures=8 - rows % 9)
    table.advance(3)
    table.update(rows)
    table.advance(5)
    rebuilt = TierTable(belief, strata=strata_of(source), edges=EDGES)
    rebuilt.rebuild(5)
    for step in range(6, 40):
        table.advance(step)
        rebuilt.advance(step)
        assert table.of.tolist() == rebuilt.of.tolist()
        assert table.drifted.tolist() == rebuilt.drifted.tolist()


def test_the_calendar_does_not_grow_with_the_run() -> None:
    belief, table, _ = build()
    rows = np.arange(10)
    for step in range(1, 300):
        table.advance(step)
        belief.observe(step, rows, successes=np.full(10, 8), failures=np.zeros(10))
        table.update(rows)
    # A sure success falls below 0.9 in at most 20 steps; every step leaves one entry that long.
    assert sum(len(piece) for pieces in table._calendar.values() for piece in pieces) <= 10 * 20


def test_shares_of_no_rows_are_zero() -> None:
    _, table, _ = build()
    assert table.shares(np.array([], dtype=np.int64)).tolist() == [0.0] * 5
    assert abs(table.pool_shares().sum() - 1.0) < 1e-12
