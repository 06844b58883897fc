"""Curriculum snapshots as small summaries, one file after the other as time allows, and what they say over steps.

Shapes: L slices, B bins of the pass rate, K steps.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from rlcs.dashboard.data.curves import Floats, Steps
from rlcs.dashboard.data.parquet import Unreadable
from rlcs.dashboard.data.run import Run
from rlcs.dashboard.data.sampling import Read, read_evenly
from rlcs.dashboard.data.slices import NAMES, Slice, Sliced, counted, numbers, shows, slice_codes, summed
from rlcs.dashboard.data.snapshot_files import Snapshot, read_snapshot
from rlcs.dashboard.data.view import View
from rlcs.records import TIERS

Found = TypeVar("Found")
NUM_BINS = 20
BIN_EDGES = np.linspace(0.0, 1.0, NUM_BINS + 1)
TIER_EDGES = (0.1, 0.3, 0.7, 0.9)
NUM_TRIED = 3
"""Snapshots that are tried from the newest back: it may be broken, or being written."""
MAX_PARTS = 32
"""Curves that colours and dashes tell apart."""


@lru_cache(maxsize=2048)
def summarize(snapshot: Snapshot) -> Sliced:
    """Return per slice: tasks [L], by bin of the pass rate [L, B], and the sum of the beliefs' deviations [L]."""
    table = read_snapshot(snapshot, (*NAMES, "pass_rate", "alpha", "beta"))
    slices, codes = slice_codes(table)
    sd = beta_sd(numbers(table["alpha"]), numbers(table["beta"]))
    return Sliced(
        slices=slices,
        sums={
            "tasks": summed(codes, len(slices), np.ones(len(codes))),
            "bins": counted(codes, len(slices), bins_of(numbers(table["pass_rate"])), NUM_BINS),
            "sd": summed(codes, len(slices), np.nan_to_num(sd)),
        },
    )


def bins_of(rates: Floats) -> NDArray[np.int64]:
    """Return the bin of each pass rate, -1 where it is no number. Example: 0.05 is in bin 1 of 20, 1.0 in bin 19."""
    bins = np.clip((np.nan_to_num(rates) * NUM_BINS).astype(np.int64), 0, NUM_BINS - 1)
    return np.where(np.isfinite(rates), bins, -1)


def beta_sd(alpha: Floats, beta: Floats) -> Floats:
    """Return the standard deviation of Beta beliefs: how uncertain a pass rate is. Example: alpha = beta = 1: 0.289."""
    total = alpha + beta
    return np.sqrt(alpha * beta / (total**2 * (total + 1.0)))


@dataclass(frozen=True, kw_only=True)
class BeliefsOverSteps:
    """What the snapshots of a run say, at K sampled steps."""

    steps: Steps
    """[K]"""
    bins: Floats
    """[B, K] share of the tasks seen in each bin of the pass rate."""
    tasks: Floats
    """[K] tasks seen so far."""
    sd: Floats
    """[K] mean standard deviation of the beliefs."""
    read: Read
    """How many of the sampled files have been read."""


def beliefs_over_steps(run: Run, view: View, *, budget_s: float = 0.6) -> BeliefsOverSteps:
    """Return summaries of at most 60 snapshots; files not read within the budget come at the next call."""
    files = run.snapshot_files
    found, read = read_evenly(run, files, lambda step: summarize(files.snapshot(step)), budget_s=budget_s)
    shown = {step: one.where(view) for step, one in found.items()}
    shown = {step: sums for step, sums in shown.items() if sums["tasks"] > 0}
    steps = np.array(sorted(shown), dtype=np.int64)
    parts = [shown[step] for step in steps.tolist()]
    return BeliefsOverSteps(
        steps=steps,
        bins=np.array([part["bins"] / part["tasks"] for part in parts]).reshape(-1, NUM_BINS).T,
        tasks=np.array([float(part["tasks"]) for part in parts]),
        sd=np.array([float(part["sd"] / part["tasks"]) for part in parts]),
        read=read,
    )


def from_newest(run: Run, read: Callable[[Snapshot], Found]) -> Found | None:
    """Return what `read` makes of the newest readable snapshot; None when there is none."""
    for step in run.snapshot_steps()[: -NUM_TRIED - 1 : -1].tolist():
        try:
            return read(run.snapshot_files.snapshot(step))
        except Unreadable as problem:
            run.note(problem)
    return None


def subcategories(run: Run, view: View) -> list[str]:
    """Return the subcategories of the tasks seen so far in a view's domain and source; [] in folders without any."""
    known = from_newest(run, slices_of) or ()
    return sorted({one.subcategory for one in known if one.subcategory and shows(replace(view, subcategory=""), one)})


@lru_cache(maxsize=16)
def slices_of(snapshot: Snapshot) -> tuple[Slice, ...]:
    """Return the slices that a snapshot has tasks of. Raises Unreadable."""
    return slice_codes(read_snapshot(snapshot, NAMES))[0]


def parts_of(run: Run, view: View) -> dict[str, View]:
    """Return what a figure draws a curve of: the domains, or the subcategories of what the view shows, by name.

    It is the view as a whole where that has no such parts, or more than a person can tell apart.
    """
    if not (view.domain or view.source or view.subcategory):
        found = {domain: replace(view, domain=domain) for domain in run.domains()}
    else:
        found = {name: replace(view, subcategory=name) for name in subcategories(run, view)}
    if not view.subcategory and 1 < len(found) <= MAX_PARTS:
        return found
    return {view.subcategory or view.source or view.domain or "all": view}


def tier_edges(run: Run) -> NDArray[np.float64]:
    """Return the pass rates that part the tiers."""
    edges = run.setting("curriculum.tier_edges", list(TIER_EDGES))
    try:
        found = np.array(edges, dtype=np.float64)
    except (TypeError, ValueError):
        found = np.array(TIER_EDGES)
    return found if found.shape == (len(TIERS) - 1,) else np.array(TIER_EDGES)
