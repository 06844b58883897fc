"""Beta-Thompson sampling toward a target pass rate (MoPPS, arXiv 2507.04632; the same draw in BOTS, 2510.26374).

Of the candidates, picked evenly from the source, each draws a pass rate from its Beta posterior, and those whose draw
lies nearest to the target (`curriculum.target_pass_rate`) are taken: the certain ones near the target often, the
uncertain ones now and then. A share `floor` of the draws goes to candidates whatever they drew, so that no task is
left for ever. The posterior is that of RLCS (its half-life stands for MoPPS's forgetting).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from curriculum.beliefs.difficulty import Floats, Ints, Rows
from curriculum.drawing import NUM_LOOKED_AT, Members, draw, first_of_each
from curriculum.protocol import Sampler, SamplerContext
from rlcs.plugins import SAMPLERS

CANDIDATES = 8
"""Candidates looked at for each task drawn: RLCS's own number."""
SMALLEST_COUNT = 1e-3
"""A grade of 0 or 1 makes a Beta with a 0, from which nothing can be drawn."""
LOGISTIC = 1.702
"""1 / (1 + exp(-1.702 z)) is the normal distribution function within 0.01."""


def chance_near(target: float, *, width: Floats | float, alpha: Floats, beta: Floats) -> Floats:
    """Return the chance that a draw from Beta(alpha, beta) is within `width` of `target`, by the normal curve."""
    total = alpha + beta
    mean = alpha / total
    deviation = np.sqrt(np.maximum(alpha * beta, 1e-12) / (total**2 * (total + 1.0)))

    def below(value: Floats | float) -> Floats:
        # Beyond 40 the logistic curve is 0 or 1; exp would overflow.
        return np.asarray(1.0 / (1.0 + np.exp(np.clip(-LOGISTIC * (value - mean) / deviation, -40.0, 40.0))))

    return below(target + width) - below(target - width)


def nearness(spread: Mapping[str, Any], *, source: Rows, alpha: Floats, beta: Floats) -> Floats:
    """Return [k] the weights of tasks of these sources and beliefs; `spread` is what `Thompson._spread` returns."""
    width, mean = (np.array(spread[name], dtype=np.float64)[source] for name in ("width", "mean"))
    chance = chance_near(spread["target"], width=width, alpha=alpha, beta=beta)
    return np.asarray((1.0 - spread["floor"]) * chance / np.maximum(mean, 1e-12) + spread["floor"])


@SAMPLERS.register("thompson")
class Thompson(Sampler):
    """Keeps no state: candidates and draws come from the posteriors and the run's generator."""

    def __init__(self, context: SamplerContext) -> None:
        super().__init__(context)
        self._members = Members(context.index.source, len(context.index.sources))

    def next(self, step: int, counts: Ints) -> Ints:
        """Draw `counts[s]` tasks of each source s: the floor's share evenly, the others nearest to the target."""
        rng = self.context.rng
        pool = np.minimum(CANDIDATES * counts, self._members.sizes)
        rows = draw(self._members, pool, chance=lambda some: np.ones(len(some)), rng=rng)
        distance = np.abs(self._thompson_draws(rows, rng) - self.context.config.target_pass_rate)
        # Candidates stand in random order: the first ones are an even draw.
        num_even = np.floor(self.context.config.floor * counts + rng.random(len(counts))).astype(np.int64)
        distance[first_of_each(self.context.index.source[rows], num_even)] = -1.0
        nearest = rows[np.argsort(distance, kind="stable")]
        return nearest[first_of_each(self.context.index.source[nearest], counts)]

    def weights(self, rows: Rows) -> Floats:
        """Return about how often each row is drawn: by the chance that its draw is among the nearest of CANDIDATES.

        Estimated from every k-th task, with the normal curve in place of the Beta; `next` does not use it.
        """
        source = self.context.index.source[rows]
        alpha, beta = self.context.posterior.counts(rows, self.context.tiers.step)
        return nearness(self._spread(np.unique(source)), source=source, alpha=alpha, beta=beta)

    def rule(self) -> dict[str, Any] | None:
        """Return the rule of this sampler, not of one made from it."""
        if type(self) is not Thompson:
            return None
        return {"name": "thompson", **self._spread(np.flatnonzero(self._members.sizes))}

    def _spread(self, sources: Ints) -> dict[str, Any]:
        """Return what `nearness` needs, with width and mean chance of some sources, 1 of the others."""
        config = self.context.config
        width, mean = np.ones(len(self._members.sizes)), np.ones(len(self._members.sizes))
        for source in sources.tolist():
            width[source], mean[source] = self._looked_at(source)
        told = {"width": width.tolist(), "mean": mean.tolist()}
        return {"target": config.target_pass_rate, "floor": config.floor, **told}

    def _looked_at(self, source: int) -> tuple[float, float]:
        """Return how near to the target a draw must be in a source to be taken, and how likely it is of a mean task."""
        target = self.context.config.target_pass_rate
        some = self._members.of(source)
        some = some[:: max(1, len(some) // NUM_LOOKED_AT)]
        distance = np.abs(self._thompson_draws(some, np.random.default_rng(self.context.seed)) - target)
        width = float(np.quantile(distance, 1.0 / CANDIDATES))
        alpha, beta = self.context.posterior.counts(some, self.context.tiers.step)
        return width, float(chance_near(target, width=width, alpha=alpha, beta=beta).mean())

    def _thompson_draws(self, rows: Rows, rng: np.random.Generator) -> Floats:
        alpha, beta = self.context.posterior.counts(rows, self.context.tiers.step)
        return rng.beta(np.maximum(alpha, SMALLEST_COUNT), np.maximum(beta, SMALLEST_COUNT))
