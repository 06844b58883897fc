"""Do tasks pass as often as was believed? Beliefs before the groups of a step against what these scored.

Tasks that had not been judged before are told apart: of them the belief is a prediction, from their kind, their text or
what grading said.

Shapes: G groups of a step, L slices, B bins of the believed pass rate.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from rlcs.dashboard.data.curves import Floats
from rlcs.dashboard.data.draws import EDGE_TOLERANCE, rates_before, rows_of
from rlcs.dashboard.data.groups import Groups, read_groups
from rlcs.dashboard.data.parquet import FileStamp
from rlcs.dashboard.data.run import Run
from rlcs.dashboard.data.sampling import Read, read_evenly
from rlcs.dashboard.data.slices import Sliced, counted, numbers
from rlcs.dashboard.data.snapshot_files import Snapshot, read_snapshot
from rlcs.dashboard.data.view import View

NUM_BINS = 10
KINDS = ("new", "known")
"""Tasks never judged before, and the others."""


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """Groups by what was believed of their tasks; of a kind of tasks, over the steps that were read."""

    groups: Floats
    """[B]"""
    believed: Floats
    """[B] mean belief; NaN without groups."""
    observed: Floats
    """[B] mean score."""

    @property
    def error(self) -> float:
        """Mean distance of belief and score, bin by bin, each counted by its groups (expected calibration error)."""
        if not self.groups.sum():
            return float("nan")
        return float(np.nansum(np.abs(self.believed - self.observed) * self.groups) / self.groups.sum())


def calibration_over_steps(run: Run, view: View, *, budget_s: float) -> tuple[dict[str, Calibration], Read]:
    """Return the calibration of each of KINDS over at most 60 steps, and how far the reading got."""

    def read_both(step: int) -> Sliced:
        return count_beliefs(run.rollout_files.stamp(step), run.snapshot_files.snapshot(step))

    found, read = read_evenly(run, run.rollout_files, read_both, budget_s=budget_s)
    shown = [sums for sums in (one.where(view) for one in found.values()) if sums]
    return {kind: _of_kind(kind, shown) for kind in KINDS}, read


@lru_cache(maxsize=2048)
def count_beliefs(rollouts: FileStamp, snapshot: Snapshot) -> Sliced:
    """Return per slice and bin [L, B], for each of KINDS: groups, and sums of their beliefs and mean scores.

    Groups without a judged completion are left out. Raises Unreadable.
    """
    groups = read_groups(rollouts)
    before, is_new = rates_before(groups, snapshot), first_visits(groups, snapshot)
    judged = (groups.num_judged > 0) & np.isfinite(before)
    score = np.divide(groups.total, groups.num_judged, out=np.zeros(len(before)), where=groups.num_judged > 0)
    bins = np.clip(((np.nan_to_num(before) + EDGE_TOLERANCE) * NUM_BINS).astype(np.int64), 0, NUM_BINS - 1)
    sums: dict[str, Floats] = {}
    for kind, chosen in zip(KINDS, (is_new, ~is_new), strict=True):
        place = np.where(judged & chosen, bins, -1)
        weights = {"groups": None, "believed": before, "observed": score}
        sums |= {
            f"{kind}/{name}": counted(groups.codes, len(groups.slices), place, NUM_BINS, weights=values)
            for name, values in weights.items()
        }
    return Sliced(slices=groups.slices, sums=sums)


def first_visits(groups: Groups, snapshot: Snapshot) -> NDArray[np.bool_]:
    """Return [G] whether the groups of this step are all that its task has had."""
    table = read_snapshot(snapshot.own, ("task_id", "num_seen"))
    row = rows_of(groups, table)
    _, task, times = np.unique(row, return_inverse=True, return_counts=True)
    return np.asarray(np.append(numbers(table["num_seen"]), np.nan)[row] == times[task.reshape(-1)])


def _of_kind(kind: str, shown: list[dict[str, Floats]]) -> Calibration:
    groups, believed, observed = (
        np.sum([sums[f"{kind}/{name}"] for sums in shown], axis=0) if shown else np.zeros(NUM_BINS)
        for name in ("groups", "believed", "observed")
    )
    nothing = np.full(NUM_BINS, np.nan)
    return Calibration(
        groups=groups,
        believed=np.divide(believed, groups, out=nothing.copy(), where=groups > 0),
        observed=np.divide(observed, groups, out=nothing.copy(), where=groups > 0),
    )
