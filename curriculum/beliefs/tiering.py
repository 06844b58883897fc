"""Tiers of tasks as the policy moves, without ever looking at all tasks.

Tasks are kept in bins of about equal rating (curriculum/beliefs/difficulty.py). A rating changes only when its task is
observed; what changes at every step is the level of each stratum, and with it the pass rate and tier of whole bins.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from curriculum.beliefs.arrays import Floats, Ints, Rows, sigmoid
from curriculum.beliefs.difficulty import Posterior, tier_of
from rlcs.records import TIERS

CHUNK = 1 << 20
"""Tasks looked at together when everything is counted, so that memory stays small."""

NEW = 0
"""The bin of tasks without grade that were never judged."""
LOWEST, WIDTH, NUM_BINS = -8.0, 0.25, 65
"""Bin 1 begins at the lowest rating, each is WIDTH logits wide, the last one open upward."""
CENTRES: Floats = LOWEST + WIDTH * (np.arange(NUM_BINS, dtype=np.float64) - 0.5)
"""[number of bins] rating in the middle of each bin; that of bin NEW has no meaning."""


def bin_of(rating: NDArray[np.float32]) -> NDArray[np.int32]:
    """Return the bin of each rating; NaN goes to NEW."""
    number = 1.0 + np.floor((np.nan_to_num(rating, nan=0.0) - LOWEST) / WIDTH)
    return np.where(np.isnan(rating), NEW, np.clip(number, 1, NUM_BINS - 1)).astype(np.int32)


class TierTable:
    """How many tasks each stratum has in each bin (`num_tasks`), and the tiers that follow at the present step."""

    def __init__(self, posterior: Posterior, *, edges: Floats) -> None:
        self._posterior = posterior
        self._edges = edges
        self.strata = posterior.strata
        self.step = 0
        """The present step."""
        self.num_tasks: Ints = np.zeros((len(self.strata), NUM_BINS), dtype=np.int64)
        """[number of strata, number of bins]"""
        self.rebuild(0)

    def rebuild(self, step: int) -> None:
        """Count everything anew: at the start and after loading a checkpoint."""
        self.step = step
        self.num_tasks[:] = 0
        for start in range(0, len(self._posterior), CHUNK):
            self.count(np.arange(start, min(start + CHUNK, len(self._posterior))), 1)

    def advance(self, step: int) -> None:
        """Go on to `step`."""
        self.step = max(self.step, step)

    def cell_of(self, rows: Rows) -> NDArray[np.int32]:
        """Return stratum x NUM_BINS + bin of each row."""
        return self.strata.of[rows].astype(np.int32) * NUM_BINS + bin_of(self._posterior.rating[rows])

    def count(self, rows: Rows, sign: int) -> None:
        """Add `rows` (no row twice) to the counts, or with sign -1 take them out, before they are observed."""
        counts = np.bincount(self.cell_of(rows), minlength=self.num_tasks.size)
        self.num_tasks += sign * counts.reshape(self.num_tasks.shape)

    def pass_rates(self) -> Floats:
        """Return [number of strata, number of bins] the pass rate in the middle of each bin, as of now."""
        skill = self._posterior.skill
        ratings = np.broadcast_to(CENTRES, self.num_tasks.shape).copy()
        ratings[:, NEW] = skill.new_rating
        return sigmoid(ratings + skill.level[:, np.newaxis])

    def mean_level(self) -> float:
        """Return the level of the policy, in logits, averaged over all tasks."""
        num_tasks = self.num_tasks.sum(axis=1)
        return float((self._posterior.skill.level * num_tasks).sum() / max(num_tasks.sum(), 1))

    def of(self, rows: Rows) -> NDArray[np.int8]:
        """Return the tier of each row as an index into TIERS, as of now."""
        return tier_of(self._posterior.mean(rows, self.step), edges=self._edges)

    def shares(self, rows: Rows) -> Floats:
        """Return [number of tiers] the share of `rows` in each tier; zeros for no rows."""
        return np.bincount(self.of(rows), minlength=len(TIERS)) / max(len(rows), 1)

    def pool_shares(self) -> Floats:
        """Return [number of tiers] the share of all tasks in each tier, each bin going by its middle."""
        tiers = tier_of(self.pass_rates(), edges=self._edges)
        counts = np.bincount(tiers.ravel(), weights=self.num_tasks.ravel(), minlength=len(TIERS))
        return np.asarray(counts / max(len(self._posterior), 1))
