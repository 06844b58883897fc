"""Packing: which samples go into which micro-step of which rank. Pure arithmetic on lengths; called by the driver.

Paper section 5.4: before ranks get samples, balance sequence length and compute over them, and process everything in
as few micro-steps as possible. Number of micro-steps first (first-fit decreasing), then balance:

    samples --first-fit decreasing--> K packs --> M = ceil(K / ranks) micro-steps on every rank
            --costliest first, to the rank with least work and a micro-step with room--> plan

The loss does not depend on the plan: see rlcs.algorithm.losses.
Legend: N samples, R ranks, M micro-steps of a rank.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

Item = TypeVar("Item")
Costs = NDArray[np.float64]
Lengths = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class PackPlan:
    """Samples by rank and micro-step. Example, lengths [60, 50, 40, 30], 100 slots, 2 ranks: (((0, 3),), ((1, 2),))."""

    ranks: tuple[tuple[tuple[int, ...], ...], ...]
    """[R][M] numbers of the samples of each micro-step; the same M on every rank, some micro-steps may be empty."""
    pack_efficiency: float
    """Tokens computed divided by the token slots of all R x M micro-steps, in [0, 1]."""
    rank_balance: float
    """Cost of the costliest rank divided by the mean cost of a rank; 1.0 is perfect."""
    shared_tokens: float = 0.0
    """Share of the samples' tokens that is not computed, because samples of one prompt have it once, in [0, 1]."""

    def deal(self, samples: Sequence[Item]) -> list[list[list[Item]]]:
        """Return the samples themselves, [R][M][samples], in the order of the plan."""
        return [[[samples[i] for i in micro_step] for micro_step in rank] for rank in self.ranks]


def estimate_cost(lengths: ArrayLike, *, hidden_size: int = 4096) -> Costs:
    """Estimate the forward-backward work of sequences of these lengths, [N], in units of one token's linear layers.

    A transformer layer spends about 24 h^2 operations a token in linear layers and 2 L h in causal attention, so a
    sequence of L tokens costs L * (1 + L / (12 h)).
    """
    tokens = np.asarray(lengths, dtype=np.float64)
    return tokens * (1.0 + tokens / (12.0 * hidden_size))


def plan_micro_steps(
    lengths: Sequence[int], *, num_ranks: int, pack_tokens: int, cost: ArrayLike | None = None
) -> PackPlan:
    """Plan the micro-steps of one update.

    lengths: [N] tokens of each sample. cost: [N] work of each sample in any unit (vision tokens included, for those who
    have them); by default `estimate_cost(lengths)`. A sample longer than `pack_tokens` gets a micro-step of its own.
    Every rank gets ceil(K / num_ranks) micro-steps, K being the packs that first-fit decreasing needs.
    """
    sizes = np.asarray(lengths, dtype=np.int64)
    work = np.asarray(estimate_cost(sizes) if cost is None else cost, dtype=np.float64)
    assert len(work) == len(sizes), f"{len(work)} costs for {len(sizes)} samples"
    packs = first_fit_decreasing(sizes, capacity=pack_tokens)
    num_steps = max(-(-len(packs) // num_ranks), 1)
    ranks = _spread(sizes, work, num_ranks, num_steps, pack_tokens) or _deal_packs(packs, work, num_ranks, num_steps)
    ordered = tuple(_costliest_first(rank, work) for rank in ranks)
    slots = sum(max(pack_tokens, int(sizes[list(step)].sum())) for rank in ordered for step in rank)
    loads = np.array([sum(work[i] for step in rank for i in step) for rank in ordered])
    return PackPlan(
        ranks=ordered,
        pack_efficiency=float(sizes.sum() / slots),
        rank_balance=float(loads.max() / loads.mean()) if loads.sum() > 0 else 1.0,
    )


def first_fit_decreasing(lengths: Lengths, *, capacity: int) -> list[list[int]]:
    """Put items, longest first, each into the first pack with room; at most 11/9 of the fewest packs, plus one."""
    packs: list[list[int]] = []
    room = np.zeros(len(lengths), dtype=np.int64)
    for item in np.argsort(-lengths, kind="stable").tolist():
        fitting = np.flatnonzero(room[: len(packs)] >= lengths[item])
        if len(fitting) == 0:
            packs.append([])
            room[len(packs) - 1] = capacity
        index = int(fitting[0]) if len(fitting) else len(packs) - 1
        packs[index].append(item)
        room[index] = max(room[index] - lengths[item], 0)
    return packs


def _spread(
    lengths: Lengths, cost: Costs, num_ranks: int, num_steps: int, capacity: int
) -> list[list[list[int]]] | None:
    """Give each sample, costliest first, to the rank with least work that has room; None when one fits nowhere."""
    steps: list[list[list[int]]] = [[[] for _ in range(num_steps)] for _ in range(num_ranks)]
    room = np.full((num_ranks, num_steps), capacity, dtype=np.int64)
    loads = np.zeros(num_ranks)
    for item in np.lexsort((-lengths, -cost)).tolist():
        # An oversize sample takes a whole empty micro-step.
        fits = room >= min(int(lengths[item]), capacity)
        able = fits.any(axis=1)
        if not able.any():
            return None
        rank = int(np.argmin(np.where(able, loads, np.inf)))
        step = int(np.argmax(fits[rank]))
        steps[rank][step].append(item)
        room[rank, step] = max(room[rank, step] - lengths[item], 0)
        loads[rank] += cost[item]
    return steps


def _deal_packs(packs: list[list[int]], cost: Costs, num_ranks: int, num_steps: int) -> list[list[list[int]]]:
    """Give whole packs, costliest first, to the rank with least work that still has a micro-step free."""
    work = [float(cost[pack].sum()) for pack in packs]
    ranks: list[list[list[int]]] = [[] for _ in range(num_ranks)]
    loads = np.zeros(num_ranks)
    for index in np.argsort(-np.array(work), kind="stable").tolist():
        free = np.array([len(rank) < num_steps for rank in ranks])
        rank = int(np.argmin(np.where(free, loads, np.inf)))
        ranks[rank].append(packs[index])
        loads[rank] += work[index]
    return [rank + [[] for _ in range(num_steps - len(rank))] for rank in ranks]


def _costliest_first(rank: list[list[int]], cost: Costs) -> tuple[tuple[int, ...], ...]:
    """Order a rank's micro-steps by cost, so that under ZeRO-3, in lockstep, ranks run steps of like cost together."""
    return tuple(tuple(step) for step in sorted(rank, key=lambda step: -float(cost[step].sum())))
