"""Each task in proportion to its learnability p (1 - p) under its posterior mean p, with a floor (LILO, NeurIPS 2025).

    chance of a task = max((4 p (1 - p)) ** (1 / temperature), floor)

4 p (1 - p) is 1 at p = 1/2. Unlike `tiers` it parts tasks of the same tier and takes them at random, so that some
come up again soon and others late.
"""

from __future__ import annotations

import numpy as np

from curriculum.difficulty import Floats, Ints, Rows
from curriculum.drawing import SMALLEST_CHANCE, Members, draw
from curriculum.protocol import Sampler, SamplerContext
from rlcs.registry import SAMPLERS


def learnability_chance(pass_rate: Floats, *, temperature: float, floor: float) -> Floats:
    """Return the chance of tasks with these pass rates: from `floor` to 1 (at a pass rate of one half)."""
    learnability = np.maximum(4.0 * pass_rate * (1.0 - pass_rate), 0.0) ** (1.0 / temperature)
    # Without a floor all tasks of a source may come to 0; they are then all alike.
    return np.asarray(np.maximum(learnability, max(floor, SMALLEST_CHANCE)))


@SAMPLERS.register("learnability")
class Learnability(Sampler):
    """Keeps no state: the chance follows from the posterior at the present step."""

    def __init__(self, context: SamplerContext) -> None:
        super().__init__(context)
        self._members = Members(context.index.source, len(context.index.sources))

    def next(self, step: int, counts: Ints) -> Ints:
        """Draw `counts[s]` tasks of each source s in proportion to their chance."""
        return draw(self._members, counts, chance=self._chance, rng=self.context.rng)

    def weights(self, rows: Rows) -> Floats:
        """Return the chance of each row relative to the mean chance in its source."""
        mean = self._members.mean_chance(self._chance)
        return np.asarray(self._chance(rows) / mean[self.context.index.source[rows]])

    def _chance(self, rows: Rows) -> Floats:
        pass_rate = self.context.posterior.mean(rows, self.context.tiers.step)
        config = self.context.config
        return learnability_chance(pass_rate, temperature=config.temperature, floor=config.floor)
