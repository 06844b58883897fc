"""What the sampler drew, and what uniform drawing would have wasted: rollouts and snapshot of a step together.

The belief about a task before its groups of a step is `drawn_as` of the snapshot. Older snapshots do not have it; there
it is taken for what is believed after them less their scores: the snapshot's alpha less the sum of the scores, its beta
less the judged completions that did not earn them.

A task of weight r is drawn r times as often as by uniform drawing from its source. The drawn groups, each counted
1 / r, so stand for a uniform draw (Horvitz and Thompson 1952, self-normalized): the share of wasted ones among them
estimates what uniform drawing would waste under the same policy. r is the mean weight of the tasks of the same slice
that are believed to pass as often as the drawn one was, because its own weight has moved with its scores.

Shapes: G groups of a step, L slices, T tiers, B bins of the pass rate.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from rlcs.dashboard.data.curves import Floats, Steps, smoothed
from rlcs.dashboard.data.groups import Groups, read_groups
from rlcs.dashboard.data.parquet import FileStamp, Unreadable
from rlcs.dashboard.data.run import Run
from rlcs.dashboard.data.sampling import Read, read_evenly
from rlcs.dashboard.data.slices import Slice, Sliced, counted, numbers, summed
from rlcs.dashboard.data.snapshot_files import Snapshot, read_snapshot
from rlcs.dashboard.data.snapshots import bins_of, tier_edges
from rlcs.dashboard.data.view import View
from rlcs.dashboard.data.weights import sum_weights
from rlcs.records import TIERS

EDGE_TOLERANCE = 1e-6
"""A pass rate of 0.9 kept as float32 is a little less than 0.9, and belongs to the easier tier."""
UNIFORM_STEPS = 10
"""Sampled steps that the estimate is taken over: of one step it would be mostly noise."""


@lru_cache(maxsize=2048)
def count_draws(rollouts: FileStamp, snapshot: Snapshot, edges: tuple[float, ...]) -> Sliced:
    """Return per slice: groups drawn and trained on by tier before the step [L, T], groups [L] and wasted ones [L],

    and, for the estimate, the sums of 1 / r over all groups and over wasted ones [L]. Raises Unreadable.
    """
    groups = read_groups(rollouts)
    before = rates_before(groups, snapshot)
    tier = np.where(np.isfinite(before), np.searchsorted(np.array(edges) - EDGE_TOLERANCE, before, side="right"), -1)
    number, chosen, wasted = len(groups.slices), groups.selected, ~groups.teaches
    inverse = 1.0 / relative_draws(groups, before, snapshot)
    inverse = np.where(np.isfinite(inverse), inverse, 0.0)
    return Sliced(
        slices=groups.slices,
        sums={
            "drawn": counted(groups.codes, number, tier, len(TIERS)),
            "selected": counted(groups.codes[chosen], number, tier[chosen], len(TIERS)),
            "groups": summed(groups.codes, number, np.ones(len(wasted))),
            "wasted": summed(groups.codes, number, wasted),
            "uniform": summed(groups.codes, number, inverse),
            "uniform_wasted": summed(groups.codes, number, inverse * wasted),
        },
    )


def rates_before(groups: Groups, snapshot: Snapshot) -> Floats:
    """Return [G] the pass rate that was believed before the step; NaN where the snapshot does not have the task."""
    table = read_snapshot(snapshot.own, ("task_id", "alpha", "beta", "drawn_as"))
    row = rows_of(groups, table)
    _, task = np.unique(row, return_inverse=True)  # a task may have several groups in a step
    task = task.reshape(-1)
    passed = np.bincount(task, weights=groups.total)[task]
    failed = np.bincount(task, weights=groups.num_judged - groups.total)[task]
    # One NaN more at the end, where -1 points to.
    alpha, beta, drawn_as = (np.append(numbers(table[name]), np.nan)[row] for name in ("alpha", "beta", "drawn_as"))
    alpha, beta = np.maximum(alpha - passed, 0.0), np.maximum(beta - failed, 0.0)
    guessed = np.divide(alpha, alpha + beta, out=np.full(len(row), np.nan), where=alpha + beta > 0)
    return np.where(np.isnan(drawn_as), guessed, drawn_as)


def rows_of(groups: Groups, table: pa.Table) -> NDArray[np.int64]:
    """Return [G] the row of each group's task in a snapshot's table, -1 where it has none."""
    row = pc.index_in(groups.task_ids.cast(pa.string()), value_set=table["task_id"].combine_chunks())
    return np.asarray(pc.fill_null(row, -1).to_numpy()).astype(np.int64)


def relative_draws(groups: Groups, before: Floats, snapshot: Snapshot) -> Floats:
    """Return [G] r: how often tasks like each drawn one are drawn relative to uniform drawing; NaN when unknown."""
    weights = sum_weights(snapshot)
    place = {one: number for number, one in enumerate(weights.slices)}
    rows = np.array([place.get(one, -1) for one in groups.slices], dtype=np.int64)[groups.codes]
    bins = bins_of(before)
    known = (rows >= 0) & (bins >= 0)
    tasks, weight = (weights.sums[name][rows[known], bins[known]] for name in ("tasks", "weight"))
    found = np.full(len(before), np.nan)
    found[known] = np.divide(weight, tasks, out=np.full(len(tasks), np.nan), where=(tasks > 0) & (weight > 0))
    return found


@dataclass(frozen=True, kw_only=True)
class CountsOverSteps:
    """Sums of a slice at K sampled steps."""

    steps: Steps
    """[K]"""
    sums: dict[str, Floats]
    """Per name [K] or [K, T]."""
    read: Read


def draws_over_steps(run: Run, view: View, *, budget_s: float = 0.6) -> CountsOverSteps:
    """Return the sums of `count_draws` of at most 60 steps that have rollouts and a snapshot."""
    edges = tuple(tier_edges(run).tolist())

    def read_both(step: int) -> Sliced:
        return count_draws(run.rollout_files.stamp(step), run.snapshot_files.snapshot(step), edges)

    found, read = read_evenly(run, run.rollout_files, read_both, budget_s=budget_s)
    return _over_steps(found, view, read)


def uniform_waste(found: CountsOverSteps) -> tuple[Floats, Floats]:
    """Return [K] the share of groups that uniform drawing is estimated to waste, and [K] what really was wasted.

    Both over the last UNIFORM_STEPS sampled steps.
    """
    if not len(found.steps):
        return np.zeros(0), np.zeros(0)
    names = ("uniform", "uniform_wasted", "groups", "wasted")
    total, wasted, groups, really = (smoothed(found.sums[name], UNIFORM_STEPS) for name in names)
    uniform = np.divide(wasted, total, out=np.full(len(total), np.nan), where=total > 0)
    return np.asarray(uniform), np.asarray(really / groups)


def recent_draws(run: Run, *, num_steps: int = 20, budget_s: float = 0.1) -> dict[Slice, dict[str, float]]:
    """Return {slice: sums without tiers} of the newest steps together, as many as the time allows."""
    deadline = time.perf_counter() + budget_s
    edges = tuple(tier_edges(run).tolist())
    found: dict[Slice, dict[str, float]] = {}
    for step in run.rollout_steps()[: -num_steps - 1 : -1].tolist():
        try:
            counts = count_draws(run.rollout_files.stamp(step), run.snapshot_files.snapshot(step), edges)
        except Unreadable as problem:
            run.note(problem)
            continue
        for number, one in enumerate(counts.slices):
            sums = found.setdefault(one, {})
            for name in ("groups", "wasted", "uniform", "uniform_wasted"):
                sums[name] = sums.get(name, 0.0) + float(counts.sums[name][number])
        if time.perf_counter() > deadline:
            break
    return found


def _over_steps(found: dict[int, Sliced], view: View, read: Read) -> CountsOverSteps:
    shown = {step: one.where(view) for step, one in found.items()}
    steps = [step for step in sorted(shown) if shown[step] and shown[step]["groups"] > 0]
    names = next(iter(found.values())).sums if steps else ()
    sums = {name: np.array([shown[step][name] for step in steps]) for name in names}
    return CountsOverSteps(steps=np.array(steps, dtype=np.int64), sums=sums, read=read)
