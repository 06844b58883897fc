"""The default sampler: tiers weighted by what they teach, longest unseen first within a tier (paper 5.3).

Inside a source with n tasks, n_t of them in tier t, a task of tier t is drawn r_t times as often as it would be
uniformly, and the tier so gets the share n_t r_t / n:

    L_t = mean of p (1 - p) over the tier's interval of pass rates
    w_t = L_t ** (1 / temperature)
    r_t = (1 - floor) w_t / mean of w over the n tasks + floor
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from curriculum.difficulty import Floats, Ints, Rows
from curriculum.mixture import apportion, capped_shares
from curriculum.protocol import Sampler, SamplerContext
from curriculum.waiting import Entries, WaitingLine, put_in_lines
from rlcs.records import TIERS
from rlcs.registry import SAMPLERS


def interval_learnability(edges: Floats) -> Floats:
    """Return [number of tiers] the mean of p (1 - p) over each tier's interval [a, b] of pass rates.

    The integral of p (1 - p) is p^2 / 2 - p^3 / 3.
    """
    bounds = np.concatenate([[0.0], edges, [1.0]])
    return np.asarray(np.diff(bounds**2 / 2 - bounds**3 / 3) / np.diff(bounds))


def relative_weights(num_tasks: Ints, *, learnability: Floats, temperature: float, floor: float) -> Floats:
    """Return r_t of every tier: draws of one of its tasks relative to uniform drawing. `num_tasks`: n_t of a source.

    At least `floor` everywhere, and sum of n_t r_t = n. Zeros for a source without tasks.
    """
    if not num_tasks.any():
        return np.zeros(len(num_tasks))
    # Divided by the largest first: with a low temperature all would underflow to 0.
    weights = (learnability / learnability[num_tasks > 0].max()) ** (1.0 / temperature)
    mean = (num_tasks * weights).sum() / num_tasks.sum()
    return np.asarray((1.0 - floor) * weights / mean + floor)


@SAMPLERS.register("tiers")
class Tiers(Sampler):
    """One waiting line per source and tier, in order of the last turn of its tasks."""

    def __init__(self, context: SamplerContext) -> None:
        super().__init__(context)
        self._learnability = interval_learnability(np.array(context.config.tier_edges))
        self._observed_turn = np.zeros(len(context.index), dtype=np.int32)
        """[N] 1 + step of the last turn that was judged, 0 before the first."""
        self._form_lines()

    def next(self, step: int, counts: Ints) -> Ints:
        """Draw `counts[s]` tasks of each source s: tiers by weight, inside a tier the longest unseen."""
        self._line_up(self.context.tiers.drifted)
        rows = np.concatenate([self._draw(source, int(count)) for source, count in enumerate(counts)])
        self._turn[rows] = step + 1
        self._line_up(rows)
        return rows

    def observe(self, step: int, rows: Rows) -> None:
        """Send judged tasks to the end of the line of their new tier."""
        self._turn[rows] = np.maximum(self._turn[rows], step + 1)
        self._observed_turn[rows] = self._turn[rows]
        self._line_up(rows)

    def weights(self, rows: Rows) -> Floats:
        """Return r_t of the tier of each row, in its source."""
        per_tier = np.stack([self._relative_weights(source) for source in range(len(self.context.index.sources))])
        return np.asarray(per_tier[self.context.index.source[rows], self.context.tiers.of[rows]])

    def state_dict(self) -> dict[str, Any]:
        """Keep the last turn of each task; the lines follow from it."""
        return {"turn": self._observed_turn}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Form the lines anew from the kept turns and the restored tiers."""
        self._observed_turn = state["turn"].astype(np.int32)
        self._form_lines()

    def _draw(self, source: int, count: int) -> Ints:
        num_tasks = self.context.tiers.num_tasks[source]
        weights = num_tasks * self._relative_weights(source)
        # A tier worth less than one task a step gets it now and then: the offset is drawn anew each time.
        shares = capped_shares(count, weights, caps=num_tasks)
        quotas = apportion(count, shares, offset=self.context.rng.random())
        lines = self._lines[source * len(TIERS) :]
        return np.concatenate([lines[tier].take(int(quota)) for tier, quota in enumerate(quotas)])

    def _relative_weights(self, source: int) -> Floats:
        return relative_weights(
            self.context.tiers.num_tasks[source],
            learnability=self._learnability,
            temperature=self.context.config.temperature,
            floor=self.context.config.floor,
        )

    def _form_lines(self) -> None:
        self._turn = self._observed_turn.copy()
        self._lines = [self._new_line(tier) for _ in self.context.index.sources for tier in range(len(TIERS))]
        self._line_up(np.arange(len(self._turn), dtype=np.int32))
        for line in self._lines:
            line.prepare()

    def _new_line(self, tier: int) -> WaitingLine:
        def is_waiting(rows: Entries, turn: int) -> NDArray[np.bool_]:
            return np.asarray((self.context.tiers.of[rows] == tier) & (self._turn[rows] == turn))

        return WaitingLine(seed=self.context.seed, is_waiting=is_waiting)

    def _line_up(self, rows: Rows) -> None:
        line = self.context.index.source[rows].astype(np.int32) * len(TIERS) + self.context.tiers.of[rows]
        put_in_lines(self._lines, line=line, key=self._turn[rows], rows=rows)
