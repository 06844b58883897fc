"""One task: what it is believed to be, and every visit to it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow.compute as pc
from scipy.special import betaincinv

from rlcs.dashboard.data.curves import Steps
from rlcs.dashboard.data.parquet import ROLLOUT_SCHEMA, Rows, Unreadable, as_rows, read_columns
from rlcs.dashboard.data.run import Run
from rlcs.dashboard.data.snapshot_files import read_task
from rlcs.dashboard.data.step_files import at_or_before

INTERVAL = (0.05, 0.95)
"""Quantiles of the belief that `lower` and `upper` are."""
MAX_VISITS = 200


@dataclass(frozen=True, kw_only=True)
class TaskHistory:
    """A task's belief and its visits."""

    task: dict[str, Any] | None
    """Its row of the newest snapshot; None when it is not there."""
    visits: Rows
    """One row per group, the newest first.

    step, group, mean (of the judged scores), num_completions, num_unjudged, selected: what happened; group and mean
    are None when the rollouts of the step are gone. num_seen: groups up to then. pass_rate, lower, upper, tier,
    believed_at: the belief just before the next visit (of the newest visit: now), with its 90 % interval.
    """
    num_missed: int
    """Visits that are not listed: older than the limits, or of steps without a snapshot."""


def task_history(run: Run, task_id: str, *, limit: int = 40) -> TaskHistory:
    """Return the history of a task as far as the files on disk, the limit and 0.7 s allow."""
    beliefs = list(walk_back(run, task_id, limit=limit))
    if not beliefs:
        return TaskHistory(task=None, visits=[], num_missed=0)
    visits = [row for found in beliefs for row in _visits_of(run, task_id, found)]
    num_missed = max(int(beliefs[0]["num_seen"] or 0) - len(visits), 0)
    return TaskHistory(task=beliefs[0], visits=visits, num_missed=num_missed)


def _visits_of(run: Run, task_id: str, found: dict[str, Any]) -> Rows:
    """Return the groups of a task at the step that a belief calls its last; usually there is one."""
    alpha, beta = float(found["alpha"] or 0.0), float(found["beta"] or 0.0)
    lower, upper = betaincinv(alpha, beta, INTERVAL).tolist() if alpha > 0 and beta > 0 else (0.0, 1.0)
    believed = {"num_seen": found["num_seen"], "pass_rate": found["pass_rate"], "lower": lower, "upper": upper,
                "tier": found["tier"], "believed_at": found["snapshot"]}  # fmt: skip
    step = int(found["last_step"])
    return [{"step": step, **happened, **believed} for happened in _groups_of(run, task_id, step)]


def _groups_of(run: Run, task_id: str, step: int) -> Rows:
    columns = ("task_id", "group", "score", "selected")
    try:
        table = read_columns(run.rollout_files.stamp(step), ROLLOUT_SCHEMA, columns)
    except Unreadable as problem:
        run.note(problem)
        table = ROLLOUT_SCHEMA.empty_table().select(columns)
    rows = as_rows(table.filter(pc.equal(table["task_id"], task_id)))
    numbers = list(dict.fromkeys(row["group"] for row in rows))
    return [_told(number, [row for row in rows if row["group"] == number]) for number in numbers] or [_told(None, [])]


def _told(number: int | None, rows: Rows) -> dict[str, Any]:
    scores = [row["score"] for row in rows if row["score"] is not None]
    return {
        "group": number,
        "mean": float(np.mean(scores)) if scores else None,
        "num_completions": len(rows),
        "num_unjudged": len(rows) - len(scores),
        "selected": any(row["selected"] for row in rows),
    }


def belief(run: Run, step: int, task_id: str) -> dict[str, Any] | None:
    """Return what the newest snapshot up to `step` says of a task; None when there is none, or none of this task."""
    found = at_or_before(run.snapshot_steps(), step)
    if found is None:
        return None
    try:
        row = read_task(run.snapshot_files.snapshot(found), task_id)
    except Unreadable as problem:
        run.note(problem)
        return None
    return None if row is None else {**as_rows(row)[0], "snapshot": found}


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
