"""One task: what it is believed to be, and every visit to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow.compute as pc
from scipy.special import betaincinv

from rlcs.dashboard.data.parquet import ROLLOUT_SCHEMA, Rows, Unreadable, as_rows, read_columns
from rlcs.dashboard.data.run import Run
from rlcs.dashboard.data.visits import walk_back

INTERVAL = (0.05, 0.95)
"""Quantiles of the belief that `lower` and `upper` are."""


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
