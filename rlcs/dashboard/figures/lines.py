"""Curves and stacked areas: the two shapes that most figures have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from rlcs.dashboard.data.curves import AXES, Curves, Floats, points_to_draw, smoothed
from rlcs.dashboard.data.view import View
from rlcs.dashboard.figures.style import blank, colour, dash, empty, safe

AREA_COLUMNS = 300
MARKED_POINTS = 60
"""More points than this cover one another."""
PERCENT = ".2~%"
"""Percent with digits only where they are needed: 0.5%, 12%."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One curve: [K] points."""

    name: str
    x: Floats
    y: Floats
    steps: Floats
    """The step of each point; a click on it goes there."""
    subject: str = ""
    """Domain, source or run that the curve is about."""
    markers: bool = False
    colour: str = ""
    faint: bool = False


def line(
    name: str, curves: Curves, key: str, view: View, *, subject: str = "", colour: str = "", rare: bool = False
) -> Line:
    """Return the curve of a metric key over the axis of the view, smoothed; of `rare` numbers every point is marked."""
    values = curves.get(key) if rare else smoothed(curves.get(key), view.smoothing)
    return line_of(name, curves, values, view, subject=subject, colour=colour, markers=rare)


def line_of(
    name: str, curves: Curves, values: Floats, view: View,
    *, subject: str = "", colour: str = "", markers: bool = False, faint: bool = False,
) -> Line:  # fmt: skip
    """Return the curve of [S] values, one for each step of `curves`, with no more points than a screen shows."""
    place = points_to_draw(values)
    steps = curves.steps[place].astype(np.float64)
    x, y = curves.axis(view.axis)[place], values[place]
    return Line(name=name, x=x, y=y, steps=steps, subject=subject, colour=colour, markers=markers, faint=faint)


def axis_title(view: View) -> str:
    """Return the name of the x axis."""
    return AXES.get(view.axis, AXES["step"])


def place_on_axis(curves: Curves, steps: Floats, view: View) -> Floats:
    """Return where steps stand on the axis of the view."""
    if view.axis == "step" or not len(curves):
        return steps.astype(np.float64)
    return np.interp(steps, curves.steps, curves.axis(view.axis))


def clicks(steps: Floats, subject: str = "") -> NDArray[np.object_]:
    """Return [K, 2] what a click on each point tells: its step, and what the curve is about."""
    # As lists Plotly would look at every entry: three times the time of the whole figure.
    found = np.empty((len(steps), 2), dtype=object)
    found[:, 0], found[:, 1] = steps.astype(np.int64).tolist(), subject
    return found


def lines_figure(
    lines: Sequence[Line], view: View, *, y_title: str, nothing: str, tick_format: str = "", log: bool = False
) -> go.Figure:
    """Return curves over one another; `nothing` is said when none of them has a point."""
    drawn = [one for one in lines if len(one.x)]
    if not drawn:
        return empty(nothing)
    figure = blank(axis_title(view), y_title)
    # Numbered with those that have nothing to draw: a run keeps its colour from figure to figure, and its name.
    for number, one in enumerate(lines):
        if len(one.x):
            figure.add_trace(_trace(one, number, tick_format))
    figure.update_layout(showlegend=len(lines) > 1)
    figure.update_yaxes(tickformat=tick_format or None)
    if log:
        figure.update_yaxes(type="log", dtick=decades_per_tick(np.concatenate([one.y for one in drawn])))
    if tick_format == PERCENT:
        figure.update_yaxes(rangemode="tozero")
    return figure


def decades_per_tick(values: Floats) -> int | None:
    """Return how many decades apart the ticks of a logarithmic axis are: five ticks or so; None inside one decade."""
    positive = values[values > 0]
    decades = float(np.log10(positive.max() / positive.min())) if len(positive) else 0.0
    return max(1, round(decades / 5)) if decades >= 1 else None


def _trace(one: Line, number: int, tick_format: str) -> go.Scatter:
    hue = one.colour or colour(number)
    value = f"%{{y:{'.1%' if tick_format == PERCENT else '.4g'}}}"
    return go.Scatter(
        x=one.x, y=one.y, name=safe(one.name), mode=_mode(one),
        line={"color": hue, "width": 1 if one.faint else 2, "dash": dash(number)}, opacity=0.5 if one.faint else 1.0,
        marker={"size": 6}, customdata=clicks(one.steps, one.subject),
        hovertemplate=f"%{{fullData.name}}: {value}<br>step %{{customdata[0]:,}}<extra></extra>",
    )  # fmt: skip


def _mode(one: Line) -> str:
    is_dense = len(one.x) > MARKED_POINTS
    return "lines+markers" if len(one.x) == 1 or (one.markers and not is_dense) else "lines"


def areas_figure(
    steps: Floats, parts: Mapping[str, Floats], colours: Mapping[str, str], curves: Curves, view: View,
    *, y_title: str, nothing: str, tick_format: str = "",
) -> go.Figure:  # fmt: skip
    """Return parts [K] stacked over one another, averaged to AREA_COLUMNS columns; parts without any are left out."""
    known = {name: values for name, values in parts.items() if np.nansum(values) > 0}
    if not known or not len(steps):
        return empty(nothing)
    told = np.flatnonzero(np.isfinite(np.stack(list(known.values()))).any(axis=0))
    stretches = np.array_split(told, min(AREA_COLUMNS, len(told)))
    middle = np.array([steps[part[-1]] for part in stretches])
    x = place_on_axis(curves, middle, view)
    figure = blank(axis_title(view), y_title)
    for name, values in known.items():
        y = [float(np.nan_to_num(values[part]).mean()) for part in stretches]
        value = f"%{{y:{'.1%' if tick_format == PERCENT else '.3g'}}}"
        figure.add_trace(
            go.Scatter(
                x=x,
                y=y,
                name=safe(name),
                mode="lines" if len(x) > 1 else "markers",
                stackgroup="all",
                line={"width": 0.5, "color": colours[name]},
                fillcolor=colours[name],
                customdata=clicks(middle),
                hovertemplate=f"%{{fullData.name}}: {value}<br>step %{{customdata[0]:,}}<extra></extra>",
            )  # fmt: skip
        )
    figure.update_yaxes(tickformat=tick_format or None, rangemode="tozero")
    return figure
