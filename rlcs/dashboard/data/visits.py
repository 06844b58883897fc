"""When one task was rolled out, found by walking back through the snapshots.

A snapshot names the last step at which a task was seen; the snapshot of the step before names the visit before that.
`num_seen` tells whether a visit was missed because a snapshot is not there any more.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow.compute as pc

from rlcs.dashboard.data.curves import Steps
from rlcs.dashboard.data.parquet import SNAPSHOT_SCHEMA, Unreadable, as_rows, read_columns
from rlcs.dashboard.data.run import Run
from rlcs.dashboard.data.step_files import at_or_before

MAX_VISITS = 200


def belief(run: Run, step: int, task_id: str) -> dict[str, Any] | None:
    """Return what the newest snapshot up to `step` says of a task; None when there is none, or none of this task."""
    found = at_or_before(run.snapshot_steps(), step)
    if found is None:
        return None
    try:
        file = run.snapshot_files.stamp(found)
        ids = read_columns(file, SNAPSHOT_SCHEMA, ("task_id",))["task_id"]
        row = pc.index(ids, task_id).as_py()
        if row < 0:
            return None
        rest = [name for name in SNAPSHOT_SCHEMA.names if name != "task_id"]
        values = as_rows(read_columns(file, SNAPSHOT_SCHEMA, rest).slice(row, 1))[0]
    except Unreadable as problem:
        run.note(problem)
        return None
    return {"task_id": task_id, **values, "snapshot": found}


def walk_back(run: Run, task_id: str, *, limit: int = MAX_VISITS, budget_s: float = 0.7) -> Iterator[dict[str, Any]]:
    """Yield the belief after each visit of a task, the newest first; `last_step` is the step of the visit.

    The newest is as believed now; older ones as believed just before the visit that followed.
    """
    deadline = time.perf_counter() + budget_s
    steps = run.snapshot_steps()
    step = int(steps[-1]) if len(steps) else -1
    for _ in range(limit):
        found = belief(run, step, task_id) if step >= 0 else None
        if found is None or found["last_step"] is None or not 0 <= found["last_step"] <= step:
            return
        yield found
        step = int(found["last_step"]) - 1
        if time.perf_counter() > deadline:
            return


def visit_steps(run: Run, task_id: str) -> Steps:
    """Return the newest steps at which a task was rolled out, ascending."""
    return np.array(sorted(int(one["last_step"]) for one in walk_back(run, task_id)), dtype=np.int64)
