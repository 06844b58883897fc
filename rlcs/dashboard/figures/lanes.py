"""What engines and learner do beside one another in a step, a lane each, what they wait for hatched."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from rlcs.dashboard.data.curves import Curves, Floats
from rlcs.dashboard.data.view import View
from rlcs.dashboard.figures.lines import areas_figure, axis_title
from rlcs.dashboard.figures.style import COLOURS, GRID, blank

OVERLAPPED = "time/boundary_s"
"""A run has this key when its engines generate while its learner learns."""
IDLE = {"waiting for the other", "waiting for verdicts"}
LAYERS = ("boundary", "generating", "learning", *sorted(IDLE), "sync")
SHARED_COLOURS = dict(zip(LAYERS, COLOURS, strict=False))
GAP = 0.04
"""Between the lanes, of the height of the figure."""


def lanes_of(curves: Curves) -> dict[str, dict[str, Floats]]:
    """Return the seconds [S] of each part of a step, in their order, for the learner and for the engines.

    Both begin together and end together; while one works the other may wait (docs/metrics.md). The evaluation, which
    would hide the rest, is left out.
    """
    names = ("boundary", "learn", "record", "wait_rollout", "wait_learn", "score", "sync")
    seconds = {name: np.nan_to_num(curves.get(f"time/{name}_s")) for name in names}
    side_by_side = seconds["learn"] + seconds["record"] + seconds["wait_rollout"]
    before = {"boundary": seconds["boundary"]}
    after = {"waiting for verdicts": seconds["score"], "sync": seconds["sync"]}
    learner = {"learning": seconds["learn"] + seconds["record"], "waiting for the other": seconds["wait_rollout"]}
    engines = {"generating": side_by_side - seconds["wait_learn"], "waiting for the other": seconds["wait_learn"]}
    return {"learner": {**before, **learner, **after}, "engines": {**before, **engines, **after}}


def lanes_figure(curves: Curves, view: View, *, nothing: str) -> go.Figure:
    """Return both lanes over one x axis, in the same scale."""
    figure = blank(axis_title(view), "")
    steps, told = curves.steps.astype(np.float64), set()
    for number, (lane, parts) in enumerate(lanes_of(curves).items()):
        areas = areas_figure(steps, parts, SHARED_COLOURS, curves, view, y_title="", nothing=nothing)
        for trace in areas.data:
            is_new = trace.name not in told
            told.add(trace.name)
            pattern = {"shape": "/", "fgcolor": trace.fillcolor, "bgcolor": "white"} if trace.name in IDLE else {}
            trace.update(
                yaxis=f"y{number + 1}" if number else "y", stackgroup=lane, legendgroup=trace.name,
                showlegend=is_new, fillpattern=pattern,
            )  # fmt: skip
            figure.add_trace(trace)
    half = 0.5 - GAP / 2
    figure.update_layout(
        yaxis={"domain": [0.0, half], "title": {"text": "learner, s"}, "rangemode": "tozero"},
        yaxis2={
            "domain": [1.0 - half, 1.0], "title": {"text": "engines, s", "standoff": 8}, "matches": "y",
            "gridcolor": GRID, "zeroline": False, "automargin": True,
        },
    )  # fmt: skip
    return figure
