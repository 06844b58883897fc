"""Figures of the curriculum as it is now: waste by domain, weight against pass rate, one task's history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from rlcs.dashboard.data.draws import recent_draws
from rlcs.dashboard.data.run import Run
from rlcs.dashboard.data.slices import Slice, shows
from rlcs.dashboard.data.snapshots import parts_of
from rlcs.dashboard.data.task_history import TaskHistory, task_history
from rlcs.dashboard.data.view import View
from rlcs.dashboard.data.weights import BIN_MIDDLES, mean_weights
from rlcs.dashboard.figures.lines import PERCENT
from rlcs.dashboard.figures.style import COLOURS, blank, colour, dash, empty, safe

BAR_HEIGHT = 36


def waste_by_domain(runs: Sequence[Run], view: View) -> go.Figure:
    """Return the share of groups wasted per domain, in a domain per source, in a source per subcategory."""
    found = {one: counts for one, counts in recent_draws(runs[0]).items() if shows(view, one)}
    level = 2 if view.source or view.subcategory else 1 if view.domain else 0
    sums = _summed(found, level)
    # A domain of one source is told apart by what is in that source.
    while level and len(sums) == 1 and level < 2:
        level += 1
        sums = _summed(found, level)
    if not sums:
        return empty("no rollouts with a curriculum snapshot yet")
    names = sorted(sums, key=lambda one: sums[one]["wasted"] / sums[one]["groups"])
    wasted = [sums[one]["wasted"] / sums[one]["groups"] for one in names]
    uniform = [sums[one]["uniform_wasted"] / max(sums[one]["uniform"], 1e-9) for one in names]
    return bars_figure(names, wasted, uniform)


def bars_figure(names: Sequence[Slice], wasted: Sequence[float], uniform: Sequence[float]) -> go.Figure:
    """Return two horizontal bars for each slice: wasted, and what uniform drawing would waste."""
    figure = blank("share of groups", "", height=max(200, 110 + BAR_HEIGHT * len(names)))
    labels = _labels(names)
    where = [list(one) for one in names]
    for name, values, hue in (("uniform drawing (estimate)", uniform, COLOURS[4]), ("wasted", wasted, COLOURS[0])):
        figure.add_trace(
            go.Bar(
                y=labels,
                x=list(values),
                name=name,
                orientation="h",
                marker={"color": hue},
                customdata=where,
                hovertemplate="%{y}: %{x:.1%}<extra>%{fullData.name}</extra>",
            )  # fmt: skip
        )
    figure.update_layout(barmode="group", legend={"traceorder": "reversed"})
    figure.update_xaxes(tickformat=PERCENT, rangemode="tozero")
    return figure


def _summed(found: Mapping[Slice, Mapping[str, float]], level: int) -> dict[Slice, dict[str, float]]:
    sums: dict[Slice, dict[str, float]] = {}
    for one, counts in found.items():
        total = sums.setdefault(_cut(one, level), dict.fromkeys(counts, 0.0))
        for name, value in counts.items():
            total[name] += value
    return sums


def _labels(names: Sequence[Slice]) -> list[str]:
    """Return a name for each slice, with its source before it where two have the same."""
    short = [one.subcategory or one.source or one.domain for one in names]
    return [
        safe(f"{one.source}: {text}" if short.count(text) > 1 else text) for one, text in zip(names, short, strict=True)
    ]


def _cut(one: Slice, level: int) -> Slice:
    """Return a slice down to its domain (level 0), source (1) or subcategory (2)."""
    return Slice(one.source if level else "", one.domain, one.subcategory if level > 1 else "")


def weight(runs: Sequence[Run], view: View) -> go.Figure:
    """Return the mean sampling weight of tasks against their pass rate, per domain or subcategory."""
    figure = blank("believed pass rate", "mean weight")
    for number, (name, one) in enumerate(parts_of(runs[0], view).items()):
        mean, tasks = mean_weights(runs[0], one)
        known = np.isfinite(mean)
        if not known.any():
            continue
        figure.add_trace(
            go.Scatter(
                x=BIN_MIDDLES[known],
                y=mean[known],
                name=safe(name),
                mode="lines+markers",
                line={"color": colour(number), "dash": dash(number)},
                customdata=tasks[known],
                hovertemplate="%{fullData.name}: %{y:.3g}<br>%{customdata:,} tasks near %{x:.2f}<extra></extra>",
            )  # fmt: skip
        )
    if not figure.data:
        return empty("no curriculum snapshot yet")
    figure.update_xaxes(range=[0, 1])
    figure.update_yaxes(rangemode="tozero")
    return figure


def task_history_figure(runs: Sequence[Run], view: View) -> go.Figure:
    """Return the scores of a task's groups and the belief about it over steps."""
    found = task_history(runs[0], view.task_id) if view.task_id else None
    if found is None or not found.visits:
        return empty("this task was not rolled out yet" if view.task_id else "choose a task")
    return history_figure(found)


def history_figure(found: TaskHistory) -> go.Figure:
    """Return a history as points (groups) over a band (the belief with its 90 % interval)."""
    visits = found.visits[::-1]
    figure = blank("step", "pass rate")
    x = [visit["believed_at"] for visit in visits]
    band = {"x": [*x, *x[::-1]], "y": [visit["upper"] for visit in visits] + [v["lower"] for v in visits[::-1]]}
    figure.add_trace(
        go.Scatter(
            **band,
            fill="toself",
            fillcolor="rgba(0,114,178,0.15)",
            line={"width": 0},
            name="90 % of the belief",
            hoverinfo="skip",
            mode="lines",
        )  # fmt: skip
    )
    figure.add_trace(
        go.Scatter(
            x=x,
            y=[visit["pass_rate"] for visit in visits],
            name="believed pass rate",
            mode="lines+markers",
            line={"color": COLOURS[0]},
            marker={"size": 4},
            hovertemplate="believed %{y:.2f}<extra></extra>",
        )  # fmt: skip
    )
    judged = [visit for visit in visits if visit["mean"] is not None]
    figure.add_trace(
        go.Scatter(
            x=[visit["step"] for visit in judged],
            y=[visit["mean"] for visit in judged],
            mode="markers",
            name="mean score of a group (hollow: not trained on)",
            customdata=[[v["step"], v["group"]] for v in judged],
            marker={
                "size": 11,
                "color": COLOURS[1],
                "line": {"width": 2, "color": COLOURS[1]},
                "symbol": ["circle" if visit["selected"] else "circle-open" for visit in judged],
            },
            hovertemplate="mean score %{y:.2f}<br>step %{customdata[0]:,}<extra></extra>",
        )  # fmt: skip
    )
    figure.update_yaxes(range=[-0.03, 1.03])
    return figure
