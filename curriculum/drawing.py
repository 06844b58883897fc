"""Drawing at random in proportion to a chance per task, without looking at all tasks.

Tasks of a source are proposed evenly and kept with their chance in [0, 1]; the first `count` different ones that are
kept are the draw. That is drawing one after the other without replacement in proportion to the chances, exactly, and
it costs about count / (mean chance) looks, however many tasks there are. A source that gives a large part of its
tasks, or whose chances are all tiny, is drawn in one pass over all of its tasks instead, from the same distribution.

Why not a sum tree: pass rates fade with every step, so that a tree would be out of date everywhere, and it costs 8
bytes a task and a checkpoint of its own. Proposals read the posterior as it is now and keep no state.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curriculum.beliefs.difficulty import Floats, Ints, Rows
from curriculum.protocol import Sampler, SamplerContext

Chance = Callable[[Rows], Floats]
"""[k] rows to the chance in [0, 1] that a proposed task is kept."""

DENSE = 8
"""A source that gives more than one task in this many is drawn in one pass over all of them."""
MAX_ROUNDS = 12
MAX_PROPOSALS = 64
"""Proposals of a round for each task still missing, at most."""
NUM_LOOKED_AT = 16384
"""Tasks of a source that its mean chance is estimated from."""
SMALLEST_CHANCE = 1e-300


class Members:
    """The tasks of each of S sources side by side, so that one can be picked by its place."""

    def __init__(self, source: NDArray[np.int16], num_sources: int) -> None:
        self.source = source
        self.sizes: Ints = np.bincount(source, minlength=num_sources)
        """[S] number of tasks."""
        self._starts: Ints = np.cumsum(self.sizes) - self.sizes
        self._rows = np.argsort(source, kind="stable").astype(np.int32)

    def of(self, source: int) -> NDArray[np.int32]:
        """Return all tasks of a source."""
        start = int(self._starts[source])
        return self._rows[start : start + int(self.sizes[source])]

    def propose(self, numbers: Ints, rng: np.random.Generator) -> NDArray[np.int32]:
        """Return `numbers[s]` tasks of each source s, every one picked evenly from all of its source."""
        source = np.repeat(np.arange(len(numbers)), numbers)
        places = self._starts[source] + np.floor(rng.random(len(source)) * self.sizes[source]).astype(np.int64)
        return self._rows[places]

    def mean_chance(self, chance: Chance) -> Floats:
        """Return [S] the mean chance of each source's tasks, of every k-th one where there are many; 1 of none."""
        looks = [self.of(source)[:: max(1, size // NUM_LOOKED_AT)] for source, size in enumerate(self.sizes.tolist())]
        return np.array([chance(rows).mean() if len(rows) else 1.0 for rows in looks])


def draw(members: Members, counts: Ints, *, chance: Chance, rng: np.random.Generator) -> Ints:
    """Return `counts[s]` different tasks of each source s, at random in proportion to their chances.

    Those of a source are in the order in which they were drawn. `counts[s]` is at most the source's size.
    """
    is_dense = counts * DENSE > members.sizes
    sparse, is_short = _by_proposals(members, np.where(is_dense, 0, counts), chance=chance, rng=rng)
    sparse = sparse[~is_short[members.source[sparse]]]
    in_one_pass = np.where(is_dense | is_short, counts, 0)
    passes = [
        _in_one_pass(members.of(source), int(in_one_pass[source]), chance=chance, rng=rng)
        for source in np.flatnonzero(in_one_pass).tolist()
    ]
    return np.concatenate([sparse, *passes], dtype=np.int64)


def first_of_each(source: NDArray[np.int16], counts: Ints) -> Ints:
    """Return the places of the first `counts[s]` entries of each source s, grouped by source, in their order."""
    order = np.argsort(source, kind="stable")
    grouped = source[order]
    rank = np.arange(len(order)) - np.searchsorted(grouped, grouped, side="left")
    return np.asarray(order[rank < counts[grouped]])


def _by_proposals(
    members: Members, counts: Ints, *, chance: Chance, rng: np.random.Generator
) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Return the draw, and [S] which sources had too few tasks kept within MAX_ROUNDS."""
    found = np.empty(0, dtype=np.int32)
    num_proposed = np.zeros(len(counts), dtype=np.int64)
    num_found = np.zeros(len(counts), dtype=np.int64)
    for _ in range(MAX_ROUNDS):
        missing = counts - num_found
        if not missing.any():
            break
        # As many as the share kept so far calls for, and some spare ones: a round costs more than a proposal.
        needed = 1.5 * missing * (num_proposed + 2) / (num_found + 1) + 8
        numbers = np.where(missing > 0, np.minimum(needed, MAX_PROPOSALS * (missing + 1)), 0).astype(np.int64)
        proposals = members.propose(numbers, rng)
        kept = proposals[rng.random(len(proposals)) < chance(proposals)]
        found = _first_different(np.concatenate([found, kept]), members.source, counts)
        num_proposed += numbers
        num_found = np.bincount(members.source[found], minlength=len(counts))
    return found, num_found < counts


def _first_different(rows: NDArray[np.int32], source: NDArray[np.int16], counts: Ints) -> NDArray[np.int32]:
    """Return the first `counts[s]` different rows of each source s, in their order."""
    _, first = np.unique(rows, return_index=True)
    rows = rows[np.sort(first)]
    return rows[first_of_each(source[rows], counts)]


def _in_one_pass(rows: Rows, count: int, *, chance: Chance, rng: np.random.Generator) -> Rows:
    """Return `count` of `rows` with the largest log(chance) + Gumbel noise: the same distribution (Gumbel top-k)."""
    keys = np.log(np.maximum(chance(rows), SMALLEST_CHANCE)) + rng.gumbel(size=len(rows))
    return np.asarray(rows[np.argsort(-keys)[:count]])


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

    def rule_named(self, name: str) -> dict[str, Any]:
        """Return a rule of curriculum/weight_rules.py with what it needs: settings, and the mean chance by source."""
        config = self.context.config
        mean = self._members.mean_chance(self._chance_of).tolist()
        return {"name": name, "temperature": config.temperature, "floor": config.floor, "mean": mean}

    def _chance_of(self, rows: Rows) -> Floats:
        return self.chance(self.context.posterior.mean(rows, self.context.tiers.step))
