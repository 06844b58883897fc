"""How much the sampler wants tasks, against how well the policy does on them: the newest snapshot in bins."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from rlcs.dashboard.data.curves import Floats
from rlcs.dashboard.data.run import Run
from rlcs.dashboard.data.slices import NAMES, Sliced, numbers, slice_codes, summed
from rlcs.dashboard.data.snapshot_files import Snapshot, read_snapshot
from rlcs.dashboard.data.snapshots import BIN_EDGES, NUM_BINS, bins_of, from_newest
from rlcs.dashboard.data.view import View

BIN_MIDDLES = (BIN_EDGES[1:] + BIN_EDGES[:-1]) / 2.0


@lru_cache(maxsize=2048)
def sum_weights(snapshot: Snapshot) -> Sliced:
    """Return per slice and bin of the pass rate: number of tasks and sum of their weights, [L, B] each."""
    table = read_snapshot(snapshot, (*NAMES, "pass_rate", "weight"))
    slices, codes = slice_codes(table)
    rate, weight = numbers(table["pass_rate"]), numbers(table["weight"])
    known = np.isfinite(rate) & np.isfinite(weight)
    cells, shape = codes[known] * NUM_BINS + bins_of(rate[known]), (len(slices), NUM_BINS)
    size = len(slices) * NUM_BINS
    sums = {
        "tasks": summed(cells, size, np.ones(len(cells))).reshape(shape),
        "weight": summed(cells, size, weight[known]).reshape(shape),
    }
    return Sliced(slices=slices, sums=sums)


def mean_weights(run: Run, view: View) -> tuple[Floats, Floats]:
    """Return [B] mean weight (NaN where no task is) and [B] number of tasks, of the newest readable snapshot."""
    found, empty = from_newest(run, sum_weights), np.full(NUM_BINS, np.nan)
    if found is None:
        return empty, np.zeros(NUM_BINS)
    sums = found.where(view)
    return np.divide(sums["weight"], sums["tasks"], out=empty, where=sums["tasks"] > 0), sums["tasks"]
