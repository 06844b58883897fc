"""A sampler of one's own: a task that teaches nothing is left alone, each time for twice as long.

A group whose completions are all right or all wrong has no gradient. After one such group its task rests for 2 steps,
after two in a row for 4, then 8, and 32 at the very most, so that none is given up; a group with both right and wrong
completions ends the rest. It needs no grades and no model of difficulty, only what the last groups said.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from curriculum import SamplerContext
from rlcs import SAMPLERS, Sampler

Ints = NDArray[np.int64]
LONGEST_REST = 5
"""As a power of two, in steps."""


@SAMPLERS.register("back_off")
class BackOff(Sampler):
    """Draws evenly from the tasks that are not resting; those next to wake fill up what is missing."""

    def __init__(self, context: SamplerContext) -> None:
        super().__init__(context)
        self._misses = np.zeros(len(context.index), dtype=np.int64)
        """[N] groups in a row that taught nothing."""
        self._wakes = np.zeros(len(context.index), dtype=np.int64)
        """[N] first step at which the task may be drawn again."""

    def next(self, step: int, counts: Ints) -> Ints:
        """Return `counts[s]` different rows of each source s. It looks at every task: good for about a million."""
        still = np.maximum(self._wakes - step, 0)
        drawn = []
        for source, count in enumerate(counts):
            rows = np.flatnonzero(self.context.index.source == source)
            by_chance = self.context.rng.random(len(rows))
            drawn.append(rows[np.lexsort((by_chance, still[rows]))[:count]])
        return np.concatenate(drawn)

    def observe(self, step: int, rows: Ints, means: NDArray[np.float64]) -> None:
        """Send tasks to rest, or end their rest, by the mean scores of their groups; NaN (not judged) changes none."""
        rows, means = rows[~np.isnan(means)], means[~np.isnan(means)]
        taught = (means > 0.0) & (means < 1.0)
        self._misses[rows] = np.where(taught, 0, np.minimum(self._misses[rows] + 1, LONGEST_REST))
        self._wakes[rows] = step + 2 ** self._misses[rows]

    def state_dict(self) -> dict[str, Any]:
        """Return what a checkpoint keeps; a task that is new after a resume finds 0 and may be drawn at once."""
        return {"misses": self._misses, "wakes": self._wakes}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take back what `state_dict` returned."""
        self._misses, self._wakes = state["misses"], state["wakes"]

    def metrics(self) -> dict[str, float]:
        """Return numbers to log: the share of all tasks whose last group taught nothing."""
        return {"curriculum/back_off_share": float((self._misses > 0).mean())}
