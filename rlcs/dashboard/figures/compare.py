"""The same curve of several runs over one another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import plotly.graph_objects as go

from rlcs.dashboard.data.run import HELD_OUT, Run
from rlcs.dashboard.data.view import View
from rlcs.dashboard.figures.lines import PERCENT, line, lines_figure

RARE = "eval/"
"""Keys that few steps have: their points are marked and never smoothed."""


def compare_reward(runs: Sequence[Run], view: View) -> go.Figure:
    """Return the mean training reward of each run, of a domain or source when the view has one."""
    part = view.source or view.domain
    return _compared(runs, view, f"reward/{part}/mean" if part else "reward/mean", y_title="mean reward, 0 to 1")


def compare_held_out(runs: Sequence[Run], view: View) -> go.Figure:
    """Return held-out pass@1 of each run, of a domain when the view has one."""
    key = f"eval/domain/{view.domain}/pass@1" if view.domain else HELD_OUT
    return _compared(runs, view, key, y_title="held-out pass@1, 0 to 1")


def compare_waste(runs: Sequence[Run], view: View) -> go.Figure:
    """Return the share of groups that taught nothing, of each run."""
    return _compared(runs, view, "curriculum/invalid_rate", y_title="share of groups", tick_format=PERCENT)


def compare_metric(runs: Sequence[Run], view: View) -> go.Figure:
    """Return the metric that the view names, of each run."""
    return _compared(runs, view, view.metric, y_title=view.metric)


def labels(runs: Sequence[Run]) -> list[str]:
    """Return a name for each run: the folder's, or its path where two folders are called the same."""
    count = Counter(run.name for run in runs)
    return [run.name if count[run.name] == 1 else str(run.folder) for run in runs]


def _compared(runs: Sequence[Run], view: View, key: str, *, y_title: str, tick_format: str = "") -> go.Figure:
    rare = key.startswith(RARE)
    lines = [
        line(name, run.curves(), key, view, subject=run.name, rare=rare)
        for name, run in zip(labels(runs), runs, strict=True)
    ]
    return lines_figure(lines, view, y_title=y_title, nothing=f"no run has {key} yet", tick_format=tick_format)
