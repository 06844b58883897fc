"""Three pools by the mean score of a task's last group, as prime-rl's difficulty pools have them, with its numbers.

    hard    last mean at most 0.25     weight 0.2
    normal  at most 0.75               weight 1
    easy    above                      weight 0.2
    unseen                             weight 1

A task is drawn in proportion to its weight, at random. The weights are the floor: no pool is ever left out.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from curriculum.beliefs.difficulty import Floats, Ints, Rows
from curriculum.drawing import Members, draw
from curriculum.protocol import Sampler, SamplerContext
from rlcs.plugins import SAMPLERS

THRESHOLDS = np.array([0.25, 0.75])
"""Largest mean of the hard and of the normal pool."""
WEIGHTS = np.array([1.0, 0.2, 1.0, 0.2])
"""Of unseen, hard, normal, easy."""
UNSEEN, HARD, NORMAL, EASY = range(4)


def pool_of(means: Floats) -> NDArray[np.int8]:
    """Return the pool of each mean score: HARD, NORMAL or EASY; a threshold belongs to the harder pool."""
    return (1 + np.searchsorted(THRESHOLDS, means, side="left")).astype(np.int8)


@SAMPLERS.register("pools")
class Pools(Sampler):
    """Keeps one byte a task: its pool."""

    def __init__(self, context: SamplerContext) -> None:
        super().__init__(context)
        self._members = Members(context.index.source, len(context.index.sources))
        self._pool = np.full(len(context.index), UNSEEN, dtype=np.int8)
        """[N] pool of each task; 0, what a new task finds after a resume, is UNSEEN."""

    def next(self, step: int, counts: Ints) -> Ints:
        """Draw `counts[s]` tasks of each source s in proportion to the weight of their pool."""
        return draw(self._members, counts, chance=self._chance, rng=self.context.rng)

    def observe(self, step: int, rows: Rows, means: Floats) -> None:
        """Move judged tasks to the pool of their new mean; where nothing was judged, a task stays in its pool."""
        judged = ~np.isnan(means)
        self._pool[rows[judged]] = pool_of(means[judged])

    def kinds(self, rows: Rows) -> NDArray[Any]:
        """Return source and pool of each row as one number."""
        return np.asarray(self.context.index.source[rows].astype(np.int32) * len(WEIGHTS) + self._pool[rows])

    def weight_of_kind(self) -> Floats:
        """Return the weight of each pool relative to the mean weight in each source."""
        return np.asarray(WEIGHTS / self._members.mean_chance(self._chance)[:, np.newaxis]).ravel()

    def state_dict(self) -> dict[str, Any]:
        """Keep the pool of each task."""
        return {"pool": self._pool}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take back the pools."""
        self._pool = state["pool"].astype(np.int8)

    def _chance(self, rows: Rows) -> Floats:
        return np.asarray(WEIGHTS[self._pool[rows]])
