"""What the controls of a page say."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class View:
    """The part of a run that a page shows, and how; "" means all."""

    axis: str = "step"
    """A key of curves.AXES."""
    smoothing: int = 1
    """Trailing mean over this many steps; 1: none."""
    domain: str = ""
    source: str = ""
    subcategory: str = ""
    task_id: str = ""
    metric: str = "reward/mean"
    """Key of metrics.jsonl that runs are compared by."""
    target: float | None = None
    """Held-out pass@1 to reach; None: chosen from the runs."""
