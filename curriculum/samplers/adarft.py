"""The tasks nearest to a target difficulty that follows the reward (AdaRFT, arXiv 2504.05520, with its constants).

    d of a task = 1 - its offline grade (0.5 where it has none); it does not change
    T <- clip(T + eta x tanh(alpha x (mean reward - target pass rate)), 0, 1), T = 0 (the easiest) at the start

AdaRFT counts difficulty from 0 to 100; here it goes from 0 to 1, and eta is 0.5 for 50. Each source has a target of
its own. Difficulties within one hundredth are the same, and among them the longest unseen task comes first. AdaRFT
has no floor, and tasks far from the target are never drawn; here a share `floor` of the draws goes to all difficulties
alike.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from curriculum.beliefs.difficulty import Floats, Ints, Rows
from curriculum.mixture import apportion
from curriculum.protocol import Sampler, SamplerContext
from curriculum.waiting_lines import Turns
from rlcs.plugins import SAMPLERS

ETA = 0.5
ALPHA = 2.0
EASIEST = 0.0
UNKNOWN = 0.5
NUM_LEVELS = 101
"""Levels of difficulty: hundredths from 0 to 1, both included."""


def moved_target(target: Floats, reward: Floats, *, goal: float) -> Floats:
    """Return the target difficulties after these mean rewards, [S] each; a NaN reward leaves its target."""
    moved = np.clip(target + ETA * np.tanh(ALPHA * (reward - goal)), 0.0, 1.0)
    return np.where(np.isnan(reward), target, moved)


def nearest_quotas(count: int, target: float, *, sizes: Ints) -> Ints:
    """Return how many of `count` tasks each level gives when the nearest to `target` go first; easier on ties."""
    order = np.argsort(np.round(np.abs(np.arange(NUM_LEVELS) - target * (NUM_LEVELS - 1)), 6), kind="stable")
    before = np.cumsum(sizes[order]) - sizes[order]
    quotas = np.zeros(NUM_LEVELS, dtype=np.int64)
    quotas[order] = np.clip(count - before, 0, sizes[order])
    return quotas


@SAMPLERS.register("adarft")
class AdaRFT(Sampler):
    """One waiting line per source and level of difficulty, in order of the last turn of its tasks."""

    def __init__(self, context: SamplerContext) -> None:
        super().__init__(context)
        num_sources = len(context.index.sources)
        self._target: Floats = np.full(num_sources, EASIEST)
        """[S] target difficulty of each source."""
        self._last_counts: Ints = np.zeros(num_sources, dtype=np.int64)
        """[S] what `next` was last asked for; the weights of the snapshot are of such a draw."""
        lines = np.bincount(self._line_of(np.arange(len(context.index))), minlength=num_sources * NUM_LEVELS)
        self._sizes: Ints = lines.reshape(num_sources, NUM_LEVELS)
        """[S, levels] number of tasks."""
        self._turns = Turns(len(context.index), num_lines=self._sizes.size, line_of=self._line_of, seed=context.seed)

    def next(self, step: int, counts: Ints) -> Ints:
        """Draw `counts[s]` tasks of each source s: the floor's share from all levels, the others nearest the target."""
        self._last_counts = counts
        quotas = np.concatenate([self._quotas(source, count) for source, count in enumerate(counts.tolist())])
        rows = self._turns.take(np.arange(len(quotas)), quotas)
        self._turns.mark_planned(step, rows)
        return rows

    def observe(self, step: int, rows: Rows, means: Floats) -> None:
        """Send judged tasks to the end of their lines and move the target of their sources."""
        self._turns.mark_judged(step, rows)
        judged = ~np.isnan(means)
        source = self.context.index.source[rows[judged]]
        num_judged = np.bincount(source, minlength=len(self._target))
        total = np.bincount(source, weights=means[judged], minlength=len(self._target))
        reward = np.divide(total, num_judged, out=np.full(len(total), np.nan), where=num_judged > 0)
        self._target = moved_target(self._target, reward, goal=self.context.config.target_pass_rate)

    def kinds(self, rows: Rows) -> NDArray[Any]:
        """Return source and level of each row as one number."""
        return self._line_of(rows)

    def weight_of_kind(self) -> Floats:
        """Return how often a draw like the last one takes a task of each level, relative to uniform drawing."""
        floor, weights = self.context.config.floor, np.ones(self._sizes.shape)
        for source in np.flatnonzero(self._last_counts).tolist():
            sizes, count = self._sizes[source], int(self._last_counts[source])
            near = nearest_quotas(count, float(self._target[source]), sizes=sizes)
            weights[source] = (1.0 - floor) * near / count / np.maximum(sizes, 1) * sizes.sum() + floor
        return weights.ravel()

    def state_dict(self) -> dict[str, Any]:
        """Keep the last turn of each task and, by name, the target of each source."""
        targets = {
            name: [float(target), int(count)]
            for name, target, count in zip(self.context.index.sources, self._target, self._last_counts, strict=True)
        }
        return {"turn": self._turns.judged, "targets": targets}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Form the lines anew; a source that is new starts from the easiest."""
        for number, name in enumerate(self.context.index.sources):
            self._target[number], self._last_counts[number] = state["targets"].get(name, (EASIEST, 0))
        self._turns.load(state["turn"])

    def metrics(self) -> dict[str, float]:
        """Return the target difficulty of each source."""
        names = self.context.index.sources
        return {f"curriculum/target/{name}": float(target) for name, target in zip(names, self._target, strict=True)}

    def _quotas(self, source: int, count: int) -> Ints:
        sizes, rng = self._sizes[source], self.context.rng
        num_even = int(self.context.config.floor * count + rng.random())
        # Even shares, rounded up, fit their levels: num_even is at most the number of tasks.
        even = apportion(num_even, sizes, offset=rng.random()) if num_even else np.zeros(NUM_LEVELS, dtype=np.int64)
        return even + nearest_quotas(count - num_even, float(self._target[source]), sizes=sizes - even)

    def _line_of(self, rows: Rows) -> NDArray[Any]:
        grade = np.nan_to_num(self.context.index.difficulty[rows], nan=UNKNOWN)
        level = np.rint((1.0 - grade) * (NUM_LEVELS - 1)).astype(np.int32)
        return np.asarray(self.context.index.source[rows].astype(np.int32) * NUM_LEVELS + level)
