"""Figures of the curriculum over steps: how tasks move, what is drawn and trained on, what is wasted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import plotly.graph_objects as go

from rlcs.dashboard.data.calibration import Calibration, calibration_over_steps
from rlcs.dashboard.data.curves import Floats, smoothed
from rlcs.dashboard.data.draws import draws_over_steps, uniform_waste
from rlcs.dashboard.data.run import Run
from rlcs.dashboard.data.snapshots import BeliefsOverSteps, beliefs_over_steps, parts_of
from rlcs.dashboard.data.view import View
from rlcs.dashboard.data.weights import BIN_MIDDLES
from rlcs.dashboard.figures.lines import (
    PERCENT,
    Line,
    areas_figure,
    axis_title,
    line,
    line_of,
    lines_figure,
    place_on_axis,
)
from rlcs.dashboard.figures.style import COLOURS, INK, SCALE, TIER_COLOURS, blank, colour, dash, empty, with_progress
from rlcs.records import TIERS

NO_SNAPSHOT = "no curriculum snapshot yet"
READ_S = 0.15
READ_MORE_S = 0.05
"""Seconds that a figure may read files for: all figures of the page together stay below a second."""
NO_ROLLOUTS = "no rollouts yet"
KIND_NAMES = {"new": "first visits", "known": "later visits"}


def pass_rate_map(runs: Sequence[Run], view: View) -> go.Figure:
    """Return the heat map: of the tasks seen up to a step (column) the share in each bin of the pass rate (row)."""
    found = beliefs_over_steps(runs[0], view, budget_s=READ_S)
    if not len(found.steps):
        return with_progress(empty(NO_SNAPSHOT), [found.read])
    return with_progress(map_figure(found, _places(runs[0], found, view), view), [found.read])


def map_figure(found: BeliefsOverSteps, x: Floats, view: View) -> go.Figure:
    """Return beliefs over steps as a heat map with the columns at `x` [K]."""
    figure = blank(axis_title(view), "believed pass rate")
    steps = np.broadcast_to(found.steps, found.bins.shape)
    tasks = np.broadcast_to(found.tasks, found.bins.shape)
    figure.add_trace(
        go.Heatmap(
            x=x, y=BIN_MIDDLES, z=found.bins, colorscale=SCALE, zmin=0.0,
            customdata=np.dstack([steps, tasks]),
            colorbar={"title": {"text": "share of tasks", "side": "right"}, "tickformat": PERCENT, "thickness": 12},
            hovertemplate="pass rate about %{y:.2f}: %{z:.1%} of %{customdata[1]:,} tasks seen"
            "<br>step %{customdata[0]:,}<extra></extra>",
        )
    )  # fmt: skip
    figure.update_yaxes(range=[0, 1])
    return figure


def tiers_drawn(runs: Sequence[Run], view: View) -> go.Figure:
    """Return the shares of the tasks drawn by tier: of the whole run from the metrics, of a part from its rollouts."""
    curves = runs[0].curves()
    if view.domain or view.source or view.subcategory:
        return _tiers(runs[0], view, "drawn")
    parts = {_word(tier): curves.get(f"curriculum/tier/{tier}/share") for tier in TIERS}
    return areas_figure(
        curves.steps.astype(np.float64), parts, _tier_colours(), curves, view,
        y_title="share of tasks drawn", nothing="no step is done yet", tick_format=PERCENT,
    )  # fmt: skip


def tiers_selected(runs: Sequence[Run], view: View) -> go.Figure:
    """Return the shares of the groups trained on by the tier that their tasks had when drawn, at sampled steps."""
    return _tiers(runs[0], view, "selected")


def _tiers(run: Run, view: View, which: str) -> go.Figure:
    found = draws_over_steps(run, view, budget_s=READ_S)
    counts = found.sums.get(which, np.zeros((0, len(TIERS))))
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1.0)
    title = "share of tasks drawn" if which == "drawn" else "share of groups trained on"
    figure = areas_figure(
        found.steps.astype(np.float64), {_word(tier): shares[:, i] for i, tier in enumerate(TIERS)}, _tier_colours(),
        run.curves(), view, y_title=title, nothing=NO_ROLLOUTS, tick_format=PERCENT,
    )  # fmt: skip
    return with_progress(figure, [found.read])


def expansion(runs: Sequence[Run], view: View) -> go.Figure:
    """Return the expansion ratio of each step, its moving average, and the cap of both."""
    run, curves = runs[0], runs[0].curves()
    ratio = line_of("ratio of the step", curves, curves.get("curriculum/expansion_ratio"), view, faint=True)
    average = line("moving average: what is drawn", curves, "curriculum/expansion_ema", replace(view, smoothing=1))
    figure = lines_figure([ratio, average], view, y_title="times the batch size", nothing="no step is done yet")
    if len(average.x):
        cap = run.setting("curriculum.expansion.cap", 3.0)
        figure.add_hline(y=cap, line={"color": INK, "width": 1, "dash": "dot"}, annotation_text=f"cap {cap:g}")
    return figure


def waste(runs: Sequence[Run], view: View) -> go.Figure:
    """Return which share of the groups taught nothing, and which share uniform drawing would have wasted.

    The estimate is a mean over several sampled steps; what really was wasted is shown over the same steps.
    """
    run, curves = runs[0], runs[0].curves()
    draws = draws_over_steps(run, view, budget_s=READ_MORE_S)
    steps = draws.steps.astype(np.float64)
    x = place_on_axis(curves, steps, view)
    uniform, actual = uniform_waste(draws)
    if view.domain or view.source or view.subcategory:
        share = draws.sums["wasted"] / draws.sums["groups"] if len(steps) else steps
        raw = Line(name="of each step", x=x, y=share, steps=steps, faint=True)
    else:
        share = smoothed(curves.get("curriculum/invalid_rate"), view.smoothing)
        raw = line_of("of each step", curves, share, view, faint=True)
    lines = [
        raw,
        Line(name="wasted, mean of steps", x=x, y=actual, steps=steps),
        Line(name="uniform drawing (estimate)", x=x, y=uniform, steps=steps, colour=COLOURS[4]),
    ]
    figure = lines_figure(lines, view, y_title="share of groups", nothing="no step is done yet", tick_format=PERCENT)
    return with_progress(figure, [draws.read])


def prediction(runs: Sequence[Run], view: View) -> go.Figure:
    """Return how far predictions from texts are trusted, and what they are better at than beliefs without."""
    curves = runs[0].curves()
    trust = line("trust, 0 to 1", curves, "curriculum/prediction_trust", replace(view, smoothing=1))
    gain = line("gain, nats a first visit", curves, "curriculum/prediction_gain", replace(view, smoothing=1))
    return lines_figure(
        [trust, gain], view, y_title="trust; nats", nothing="no predictions: curriculum.predict is off, or not tiers"
    )


def calibration(runs: Sequence[Run], view: View) -> go.Figure:
    """Return how often tasks passed against what was believed of them, first visits and others apart."""
    found, read = calibration_over_steps(runs[0], view, budget_s=READ_S)
    if not any(one.groups.sum() for one in found.values()):
        return with_progress(empty("no rollouts with a curriculum snapshot yet"), [read])
    return with_progress(calibration_figure(found), [read])


def calibration_figure(found: Mapping[str, Calibration]) -> go.Figure:
    """Return a point for each bin, as large as it has groups, beside the diagonal on which beliefs are right."""
    figure = blank("believed pass rate, before the groups of the step", "mean score of these groups")
    figure.add_shape(type="line", x0=0, y0=0, x1=1, y1=1, line={"color": INK, "width": 1, "dash": "dot"})
    most = max(one.groups.max() for one in found.values())
    for number, (kind, one) in enumerate(found.items()):
        some = one.groups > 0
        if not some.any():
            continue
        figure.add_trace(
            go.Scatter(
                x=one.believed[some], y=one.observed[some], mode="lines+markers", customdata=one.groups[some],
                name=f"{KIND_NAMES[kind]}: {one.groups.sum():,.0f} groups, off by {one.error:.2f}",
                line={"color": colour(number), "width": 1, "dash": dash(number)},
                marker={"size": 6 + 18 * np.sqrt(one.groups[some] / most), "opacity": 0.7},
                hovertemplate="believed %{x:.2f}, was %{y:.2f}<br>%{customdata:,} groups<extra></extra>",
            )
        )  # fmt: skip
    figure.update_xaxes(range=[-0.03, 1.03])
    figure.update_yaxes(range=[-0.03, 1.03])
    return figure


def certainty(runs: Sequence[Run], view: View) -> go.Figure:
    """Return the mean standard deviation of the beliefs about tasks, per domain or subcategory."""
    run = runs[0]
    parts = parts_of(run, view)
    lines, reads = [], []
    for name, one in parts.items():
        found = beliefs_over_steps(run, one, budget_s=READ_MORE_S / len(parts))
        steps = found.steps.astype(np.float64)
        lines.append(Line(name=name, x=_places(run, found, view), y=found.sd, steps=steps, subject=name))
        reads.append(found.read)
    figure = lines_figure(lines, view, y_title="sd of the pass rate", nothing=NO_SNAPSHOT)
    return with_progress(figure, reads)


def _places(run: Run, found: BeliefsOverSteps, view: View) -> Floats:
    return place_on_axis(run.curves(), found.steps.astype(np.float64), view)


def _word(tier: str) -> str:
    return tier.replace("_", " ")


def _tier_colours() -> dict[str, str]:
    return {_word(tier): hue for tier, hue in TIER_COLOURS.items()}
