"""The default sampler: tiers weighted by what they teach, longest unseen first within a tier (paper 5.3).

The cells of a source are its tiers, those of each subcategory apart (stratum c, tier t). Inside a source with n tasks,
n_ct of them in a cell, a task of the cell is drawn r_ct times as often as it would be uniformly, and the cell so gets
the share n_ct r_ct / n:

    L_t  = mean of p (1 - p) over the tier's interval of pass rates
    S_c  = 4 q (1 - q), q the policy's pass rate in the subcategory; 1 in a source that has only one
    w_ct = (S_c L_t) ** (1 / temperature)
    r_ct = (1 - floor) w_ct / mean of w over the n tasks + floor
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from curriculum.difficulty import Floats, Ints, Rows
from curriculum.mixture import apportion, capped_shares
from curriculum.protocol import Sampler, SamplerContext
from curriculum.strata import Performance
from curriculum.turns import Turns
from rlcs.records import TIERS
from rlcs.registry import SAMPLERS


def interval_learnability(edges: Floats) -> Floats:
    """Return [number of tiers] the mean of p (1 - p) over each tier's interval [a, b] of pass rates.

    The integral of p (1 - p) is p^2 / 2 - p^3 / 3.
    """
    bounds = np.concatenate([[0.0], edges, [1.0]])
    return np.asarray(np.diff(bounds**2 / 2 - bounds**3 / 3) / np.diff(bounds))


def relative_weights(num_tasks: Ints, *, learnability: Floats, temperature: float, floor: float) -> Floats:
    """Return r of every cell: draws of one of its tasks relative to uniform drawing. `num_tasks`: n_ct of a source.

    At least `floor` everywhere, and sum of n_ct r_ct = n. Zeros for a source without tasks.
    """
    if not num_tasks.any():
        return np.zeros(num_tasks.shape)
    # Divided by the largest first: with a low temperature all would underflow to 0.
    weights = (learnability / learnability[num_tasks > 0].max()) ** (1.0 / temperature)
    mean = (num_tasks * weights).sum() / num_tasks.sum()
    return np.asarray((1.0 - floor) * weights / mean + floor)


@SAMPLERS.register("tiers")
class Tiers(Sampler):
    """One waiting line per cell (stratum and tier), in order of the last turn of its tasks."""

    def __init__(self, context: SamplerContext) -> None:
        super().__init__(context)
        self._strata = context.tiers.strata
        self._learnability = interval_learnability(np.array(context.config.tier_edges))
        self._performance = Performance(
            self._strata,
            context.posterior.prior,
            prior_strength=context.config.prior_strength,
            half_life=context.config.half_life,
        )
        self._turns = Turns(
            len(context.index),
            num_lines=len(self._strata) * len(TIERS),
            line_of=self._cell_of,
            seed=context.seed,
        )

    def next(self, step: int, counts: Ints) -> Ints:
        """Draw `counts[s]` tasks of each source s: cells by weight, inside a cell the longest unseen."""
        self._turns.line_up(self.context.tiers.drifted)
        weights = self._relative_weights()
        quotas = [self._quotas(count, *cells) for count, cells in zip(counts.tolist(), weights, strict=True)]
        rows = self._turns.take(np.arange(len(self._strata) * len(TIERS)), np.concatenate(quotas))
        self._turns.mark_planned(step, rows)
        return rows

    def observe(self, step: int, rows: Rows, means: Floats) -> None:
        """Send judged tasks to the end of the line of their new cell; learn how the policy does in their stratum."""
        self._performance.observe(step, self._strata.of[rows], means)
        self._turns.mark_judged(step, rows)

    def weights(self, rows: Rows) -> Floats:
        """Return r_ct of the cell of each row."""
        per_cell = np.concatenate([weights for _, weights in self._relative_weights()])
        return np.asarray(per_cell[self._cell_of(rows)])

    def state_dict(self) -> dict[str, Any]:
        """Keep the last turn of each task, from which the lines follow, and the performance of strata."""
        return {"turn": self._turns.judged, "performance": self._performance.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Form the lines anew from the kept turns and the restored tiers."""
        # Checkpoints of before subcategories counted have no performance.
        if "performance" in state:
            self._performance.load_state_dict(state["performance"])
        self._turns.load(state["turn"])

    def _quotas(self, count: int, num_tasks: Ints, weights: Floats) -> Ints:
        """Return how many of `count` tasks each cell of a source gives."""
        # A cell worth less than one task a step gets it now and then: the offset is drawn anew each time.
        shares = capped_shares(count, num_tasks * weights, caps=num_tasks)
        return apportion(count, shares, offset=self.context.rng.random())

    def _relative_weights(self) -> list[tuple[Ints, Floats]]:
        """Return n_ct and r_ct of the cells of each source, stratum after stratum."""
        learnability = self._performance.learnability()[:, np.newaxis] * self._learnability
        config, num_tasks = self.context.config, self.context.tiers.num_tasks
        found = []
        for source in range(len(self.context.index.sources)):
            strata = self._strata.of_source(source)
            cells = num_tasks[strata].ravel()
            weights = relative_weights(
                cells, learnability=learnability[strata].ravel(), temperature=config.temperature, floor=config.floor
            )
            found.append((cells, weights))
        return found

    def _cell_of(self, rows: Rows) -> NDArray[Any]:
        return self._strata.of[rows].astype(np.int32) * len(TIERS) + self.context.tiers.of[rows]
