"""The tasks of a run as believed now: filtered, sorted, a page at a time, with how each changed.

Trends compare the newest snapshot with one of a quarter of the run ago.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curriculum.snapshots import SNAPSHOT_SCHEMA
from rlcs.dashboard.data.curves import Floats
from rlcs.dashboard.data.parquet import Rows, Unreadable, as_rows
from rlcs.dashboard.data.rollout_match import Mask
from rlcs.dashboard.data.run import Run
from rlcs.dashboard.data.slices import flags, numbers
from rlcs.dashboard.data.snapshot_files import Snapshot, read_snapshot
from rlcs.dashboard.data.snapshots import beta_sd
from rlcs.dashboard.data.step_files import at_or_before

STUCK_SEEN = 3
STUCK_RATE = 0.05
"""A task rolled out so often and believed to pass less often, then and now, is stuck."""
WORSE_SD = 2.0
"""A task got worse when its pass rate fell by so many standard deviations of the difference of both beliefs."""
COLUMNS = (*SNAPSHOT_SCHEMA.names, "trend", "certainty", "stuck", "worse")


@dataclass(frozen=True, kw_only=True)
class TaskQuery:
    """Which tasks, in which order, which page; "" is any."""

    domain: str = ""
    source: str = ""
    tier: str = ""
    subcategory: str = ""
    text: str = ""
    """In the task's id, upper and lower case alike."""
    kind: str = ""
    """"stuck": rolled out at least 3 times, since a quarter of the run ago too, and believed to pass less than once in
    20 both then and now. "worse": rolled out since then, and believed to pass less by more than chance."""
    min_seen: int = 0
    sort: str = "last_step"
    """One of COLUMNS."""
    descending: bool = True
    offset: int = 0
    limit: int = 50


@dataclass(frozen=True, kw_only=True)
class TaskPage:
    """Some tasks out of `total`."""

    rows: Rows
    total: int
    step: int | None
    """Step of the snapshot; None: the run has none yet."""
    earlier_step: int | None
    """Step of the snapshot that trends compare with; None: there is only one."""


def find_tasks(run: Run, query: TaskQuery) -> TaskPage:
    """Return one page of the tasks seen so far."""
    step, earlier = compared_steps(run)
    table = task_table(run, step, earlier) if step is not None else None
    if table is None:
        return TaskPage(rows=[], total=0, step=None, earlier_step=None)
    places = np.flatnonzero(_matches(table, query))
    key = query.sort if query.sort in table.column_names else "last_step"
    end = query.offset + query.limit
    order = _first_in_order(table[key].take(pa.array(places)), end, descending=query.descending)
    rows = as_rows(table.take(pa.array(places[order[query.offset : end]])))
    return TaskPage(rows=rows, total=len(places), step=step, earlier_step=earlier)


def compared_steps(run: Run) -> tuple[int | None, int | None]:
    """Return the steps of the newest snapshot and of the one that it is compared with, None where there is none."""
    steps = run.snapshot_steps()
    if not len(steps):
        return None, None
    newest = int(steps[-1])
    earlier = at_or_before(steps[:-1], newest - max(1, (newest - int(steps[0])) // 4))
    return newest, earlier


def task_table(run: Run, step: int, earlier: int | None) -> pa.Table | None:
    """Return COLUMNS of all tasks seen up to `step`; None when that snapshot cannot be read."""
    try:
        newest = run.snapshot_files.snapshot(step)
        try:
            before = None if earlier is None else run.snapshot_files.snapshot(earlier)
            return _compared(newest, before)
        except Unreadable as problem:
            run.note(problem)
            return _compared(newest, None)
    except Unreadable as problem:
        run.note(problem)
        return None


def forget_tasks() -> None:
    """Forget the tables kept of snapshots: what the next page costs as when a run has written a new one."""
    _compared.cache_clear()


@lru_cache(maxsize=4)
def _compared(newest: Snapshot, earlier: Snapshot | None) -> pa.Table:
    table = read_snapshot(newest, SNAPSHOT_SCHEMA.names)
    alpha, beta, rate = (numbers(table[name]) for name in ("alpha", "beta", "pass_rate"))
    before = _aligned(table["task_id"], earlier)
    trend = rate - before["pass_rate"]
    was_seen = numbers(table["num_seen"]) > before["num_seen"]  # False where it was not there: NaN
    spread = np.sqrt(beta_sd(alpha, beta) ** 2 + beta_sd(before["alpha"], before["beta"]) ** 2)
    stays_low = np.maximum(rate, before["pass_rate"]) < STUCK_RATE
    stuck = was_seen & stays_low & (numbers(table["num_seen"]) >= STUCK_SEEN)
    worse = was_seen & (trend < -WORSE_SD * spread)
    added = {"trend": _or_null(trend), "certainty": _or_null(beta_sd(alpha, beta)),
             "stuck": pa.array(stuck), "worse": pa.array(worse)}  # fmt: skip
    for name, values in added.items():
        table = table.append_column(name, values)
    return table


def _aligned(ids: Any, earlier: Snapshot | None) -> dict[str, Floats]:
    """Return pass_rate, num_seen, alpha, beta of an earlier snapshot for each task; NaN where it has none."""
    names = ("pass_rate", "num_seen", "alpha", "beta")
    if earlier is None:
        return {name: np.full(len(ids), np.nan) for name in names}
    table = read_snapshot(earlier, ("task_id", *names))
    row = pc.index_in(ids, value_set=table["task_id"].combine_chunks())
    row = np.asarray(pc.fill_null(row, -1).to_numpy()).astype(np.int64)
    # One NaN more at the end, where -1 points to.
    return {name: np.append(numbers(table[name]), np.nan)[row] for name in names}


def _or_null(values: Floats) -> Any:
    return pa.array(values, mask=~np.isfinite(values))


def _matches(table: pa.Table, query: TaskQuery) -> Mask:
    mask = np.asarray(numbers(table["num_seen"]) >= query.min_seen)
    for name in ("domain", "source", "tier", "subcategory"):
        if text := getattr(query, name):
            mask &= flags(pc.equal(table[name].cast(pa.string()), text))
    if query.text:
        text = query.text.encode("utf-8", errors="replace").decode()
        mask &= flags(pc.match_substring(table["task_id"], text, ignore_case=True))
    return mask & flags(table[query.kind]) if query.kind in ("stuck", "worse") else mask


def _first_in_order(column: Any, number: int, *, descending: bool) -> Any:
    """Return the places of the first `number` values in order; nulls come last."""
    number = min(number, len(column))
    values = column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column
    order = "descending" if descending else "ascending"
    if number < len(column) // 8 and not values.null_count:
        keys = [("value", order), ("place", "ascending")]
        table = pa.table({"value": values, "place": pa.array(np.arange(len(column)))})
        return pc.select_k_unstable(table, number, sort_keys=keys).to_numpy()
    return pc.array_sort_indices(values, order=order, null_placement="at_end").to_numpy()[:number]
