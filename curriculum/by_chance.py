"""Samplers that draw each task at random by a chance that follows from its pass rate: all but the chance itself."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np

from curriculum.difficulty import Floats, Ints, Rows
from curriculum.drawing import Members, draw
from curriculum.protocol import Sampler, SamplerContext


class ByChance(Sampler):
    """Keeps no state: the chance follows from the posterior at the present step. Subclasses write `chance`."""

    def __init__(self, context: SamplerContext) -> None:
        super().__init__(context)
        self._members = Members(context.index.source, len(context.index.sources))

    @abstractmethod
    def chance(self, pass_rate: Floats) -> Floats:
        """Return the chance in (0, 1] that tasks with these believed pass rates are kept when proposed."""

    def next(self, step: int, counts: Ints) -> Ints:
        """Draw `counts[s]` tasks of each source s in proportion to their chance."""
        return draw(self._members, counts, chance=self._chance_of, rng=self.context.rng)

    def weights(self, rows: Rows) -> Floats:
        """Return the chance of each row relative to the mean chance in its source."""
        mean = self._members.mean_chance(self._chance_of)
        return np.asarray(self._chance_of(rows) / mean[self.context.index.source[rows]])

    def _chance_of(self, rows: Rows) -> Floats:
        return self.chance(self.context.posterior.mean(rows, self.context.tiers.step))
