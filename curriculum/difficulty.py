"""Difficulty: what is believed of each task's pass rate, and the tier that follows from it.

Every task has a Beta posterior over its pass rate. The prior is the offline grade, worth `prior_strength`
pseudo-counts, and stays; observations lose half their weight every `half_life` steps. A task not seen for long so
drifts back to its prior and is tested again. All decay is lazy: it is applied when a task is read or observed.

Shapes: N tasks of the pool, k tasks at hand.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[Any]
"""[k] rows of the task pool, any integer type."""
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

UNKNOWN_PASS_RATE = 0.5
NEVER = -1

EDGE_TOLERANCE = 1e-6
"""A grade of 0.9 kept as float32 is a little less than 0.9 and must still be "very easy"."""


def prior_means(difficulty: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return [N] prior pass rates: the offline grade, or 0.5 where it is NaN (unknown)."""
    return np.where(np.isnan(difficulty), np.float32(UNKNOWN_PASS_RATE), difficulty).astype(np.float32)


def decay(elapsed_steps: NDArray[Any], *, half_life: float) -> Floats:
    """Return what an observation that old still counts: 0.5 ** (elapsed / half_life), at most 1."""
    elapsed = np.maximum(elapsed_steps, 0)
    oldest = int(elapsed.max(initial=0))
    if oldest < elapsed.size:
        # Many tasks, few different ages: a table of powers is an order of magnitude cheaper than the powers.
        return np.asarray((0.5 ** (np.arange(oldest + 1) / half_life))[elapsed])
    return np.asarray(0.5 ** (elapsed / half_life), dtype=np.float64)


def posterior_counts(
    prior: NDArray[Any], *, successes: NDArray[Any], failures: NDArray[Any], prior_strength: float
) -> tuple[Floats, Floats]:
    """Return alpha = strength x prior + successes and beta = strength x (1 - prior) + failures."""
    mean = prior.astype(np.float64)
    return prior_strength * mean + successes, prior_strength * (1.0 - mean) + failures


def tier_of(mean: NDArray[Any], *, edges: Floats) -> NDArray[np.int8]:
    """Return the tier of each pass rate as an index into TIERS; an edge belongs to the easier tier."""
    return np.searchsorted(edges - EDGE_TOLERANCE, mean, side="right").astype(np.int8)


def steps_to_next_tier(
    prior: NDArray[Any],
    *,
    successes: NDArray[Any],
    failures: NDArray[Any],
    tier: NDArray[Any],
    edges: Floats,
    prior_strength: float,
    half_life: float,
) -> Floats:
    """Return how many steps after its last observation a task leaves `tier` by decay alone; inf: never.

    With weight d = 0.5 ** (t / half_life) of the observations and strength n of the prior p, the mean is
    (p n + S d) / (n + (S + F) d). It moves from the observed side to the prior, so the only edge e that can be
    crossed next is the one on the prior's side, at d = n (e - p) / (S - e (S + F)).
    """
    prior = prior.astype(np.float64)
    prior_tier = tier_of(prior, edges=edges)
    number = np.where(prior_tier > tier, tier, tier - 1)
    edge = (edges - EDGE_TOLERANCE)[np.clip(number, 0, edges.size - 1)]
    distance = prior_strength * (edge - prior)
    pull = successes - edge * (successes.astype(np.float64) + failures)
    leaves = (prior_tier != tier) & (distance * pull > 0)
    weight = np.divide(distance, pull, out=np.ones(len(prior)), where=leaves)
    return np.where(leaves, -half_life * np.log2(np.minimum(weight, 1.0)), np.inf)


class Posterior:
    """The Beta posteriors of all tasks: five numbers a task (20 bytes), each array of shape [N]."""

    def __init__(self, difficulty: NDArray[np.float32], *, prior_strength: float, half_life: float) -> None:
        self.prior_strength = prior_strength
        self.half_life = half_life
        self.prior = prior_means(difficulty)
        """Prior pass rate; does not decay."""
        self.successes = np.zeros(len(difficulty), dtype=np.float32)
        """Sum of scores, decayed to `last_step`."""
        self.failures = np.zeros(len(difficulty), dtype=np.float32)
        """Judged completions less the sum of their scores, decayed to `last_step`."""
        self.last_step = np.full(len(difficulty), NEVER, dtype=np.int32)
        """Step of the last observation, -1 before the first."""
        self.num_seen = np.zeros(len(difficulty), dtype=np.int32)
        """Groups observed, those that could not be judged included."""

    def __len__(self) -> int:
        return len(self.prior)

    def observe(self, step: int, rows: Rows, *, successes: NDArray[Any], failures: NDArray[Any]) -> None:
        """Add [k] observations made at `step`; a row may come several times."""
        unique, inverse = np.unique(rows, return_inverse=True)
        kept = decay(step - self.last_step[unique], half_life=self.half_life)
        self.successes[unique] = kept * self.successes[unique] + np.bincount(inverse, weights=successes)
        self.failures[unique] = kept * self.failures[unique] + np.bincount(inverse, weights=failures)
        self.last_step[unique] = np.maximum(self.last_step[unique], step)
        self.num_seen[unique] += np.bincount(inverse).astype(np.int32)

    def counts(self, rows: Rows, step: int) -> tuple[Floats, Floats]:
        """Return alpha and beta of the posteriors of `rows` as believed at `step`."""
        kept = decay(step - self.last_step[rows], half_life=self.half_life)
        return posterior_counts(
            self.prior[rows],
            successes=kept * self.successes[rows],
            failures=kept * self.failures[rows],
            prior_strength=self.prior_strength,
        )

    def mean(self, rows: Rows, step: int) -> Floats:
        """Return the expected pass rate of `rows` as believed at `step`."""
        alpha, beta = self.counts(rows, step)
        return alpha / (alpha + beta)

    def steps_to_next_tier(self, rows: Rows, *, tier: NDArray[Any], edges: Floats) -> Floats:
        """Return how many steps after their last observation `rows` leave `tier` by decay alone; inf: never."""
        return steps_to_next_tier(
            self.prior[rows],
            successes=self.successes[rows],
            failures=self.failures[rows],
            tier=tier,
            edges=edges,
            prior_strength=self.prior_strength,
            half_life=self.half_life,
        )

    def columns(self) -> dict[str, NDArray[Any]]:
        """Return the arrays that a checkpoint keeps (the prior comes from the data)."""
        return {"successes": self.successes, "failures": self.failures,
                "last_step": self.last_step, "num_seen": self.num_seen}  # fmt: skip

    def load_columns(self, columns: dict[str, NDArray[Any]]) -> None:
        """Take back the arrays of `columns`; tasks that are new carry zeros there."""
        self.successes = columns["successes"].astype(np.float32)
        self.failures = columns["failures"].astype(np.float32)
        self.num_seen = columns["num_seen"].astype(np.int32)
        self.last_step = np.where(self.num_seen > 0, columns["last_step"], NEVER).astype(np.int32)
