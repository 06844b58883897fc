"""Plots of the benchmarks of the curriculum: PNG for documents, HTML to look closer, self-contained."""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rlcs.bench.curriculum.rollouts_to_target import SHARES, Standing, median_ratio
from rlcs.bench.curriculum.study import BASELINE, OURS
from rlcs.errors import UserError

COLOURS = ("#7f7f7f", "#8c564b", "#bcbd22", "#e377c2", "#17becf", "#9467bd", "#2ca02c", "#ff7f0e", "#1f77b4")
OURS_COLOUR = "#d62728"
NUM_PLACES = 60
"""Places along the budget at which curves of several seeds are put together."""
EFFICIENCY = f"rollouts of {BASELINE} / rollouts of the arm"
AXES = {"x": "completions generated", "y": "held-out accuracy"}


def require_plotters() -> None:
    """Raise a UserError when the libraries that draw are missing: now rather than after the runs."""
    missing = [name for name in ("matplotlib", "plotly") if importlib.util.find_spec(name) is None]
    if missing:
        raise UserError(f"--out draws plots and needs {', '.join(missing)}: pip install 'rlcs[dashboard]'")


def write_plots(standings: Sequence[Standing], out: Path, *, title: str) -> list[Path]:
    """Write learning_curves and efficiency, each as PNG and HTML; return the files."""
    from matplotlib.figure import Figure
    from plotly.subplots import make_subplots

    out.mkdir(parents=True, exist_ok=True)
    by_regime = [list(group) for _, group in groupby(standings, key=lambda standing: standing.regime)]
    colours = colours_of([standing.arm for standing in standings])
    files = []
    for name, picture, page in (
        ("learning_curves", curves_picture, curves_page),
        ("efficiency", efficiency_picture, efficiency_page),
    ):
        figure = Figure(figsize=(5.5 * len(by_regime), 5.0), layout="constrained")
        axes = figure.subplots(1, len(by_regime), squeeze=False)[0]
        html = make_subplots(cols=len(by_regime), subplot_titles=[arms[0].regime for arms in by_regime])
        for number, arms in enumerate(by_regime):
            picture(axes[number], arms, colours)
            page(html, arms, colours, column=number + 1)
        figure.suptitle(title)
        html.update_layout(title=title, template="plotly_white")
        files += [out / f"{name}.png", out / f"{name}.html"]
        figure.savefig(files[-2], dpi=130)
        html.write_html(files[-1], include_plotlyjs=True)
    return files


def colours_of(arms: Sequence[str]) -> dict[str, str]:
    """Return a colour for each arm, red for ours, the first of COLOURS for the first arm, and so on."""
    names = [arm for arm in dict.fromkeys(arms) if arm != OURS]
    return {OURS: OURS_COLOUR} | {arm: COLOURS[number % len(COLOURS)] for number, arm in enumerate(names)}


def together(standing: Standing) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return places along the budget [P], and there the accuracy of each seed [seeds, P], straight between points."""
    places = np.linspace(0.0, standing.budget, NUM_PLACES)
    values = [
        np.interp(places, [point.completions for point in curve.points], [point.accuracy for point in curve.points])
        for curve in standing.curves
    ]
    return places, np.array(values)


def curves_picture(axis: Any, arms: Sequence[Standing], colours: dict[str, str]) -> None:
    """Draw the median over seeds of each arm with its range behind it (matplotlib)."""
    for standing in arms:
        places, values = together(standing)
        colour = colours[standing.arm]
        width = 2.4 if standing.arm == OURS else 1.2
        axis.plot(places, np.median(values, axis=0), color=colour, linewidth=width, label=standing.arm)
        axis.fill_between(places, values.min(axis=0), values.max(axis=0), color=colour, alpha=0.08, linewidth=0)
    axis.set(title=arms[0].regime, xlabel=AXES["x"], ylabel=AXES["y"])
    axis.legend(fontsize=7, loc="lower right")
    axis.grid(alpha=0.25)


def curves_page(html: Any, arms: Sequence[Standing], colours: dict[str, str], *, column: int) -> None:
    """Draw the same for the page (plotly); the range is in the text under the pointer."""
    for standing in arms:
        places, values = together(standing)
        html.add_scatter(
            x=places, y=np.median(values, axis=0), name=standing.arm, legendgroup=standing.arm,
            line={"color": colours[standing.arm], "width": 3 if standing.arm == OURS else 1.5}, row=1, col=column,
            showlegend=column == 1, customdata=np.stack([values.min(axis=0), values.max(axis=0)], axis=1),
            hovertemplate="%{y:.3f} (%{customdata[0]:.3f}-%{customdata[1]:.3f})",
        )  # fmt: skip
    html.update_xaxes(title=AXES["x"], row=1, col=column)
    html.update_yaxes(title=AXES["y"], row=1, col=column)


def ratio_bars(standing: Standing) -> tuple[list[float], list[str]]:
    """Return per share the median ratio that can be told (its lower bound, or the upper one below 1), and its text."""
    middles = [median_ratio(standing.ratios[share]) for share in SHARES]
    lengths = [one.low if one.low > 0.0 else (one.high if math.isfinite(one.high) else 0.0) for one in middles]
    return lengths, [str(one) for one in middles]


def efficiency_picture(axis: Any, arms: Sequence[Standing], colours: dict[str, str]) -> None:
    """Draw how many times fewer rollouts each arm needs than the baseline, a bar a target (matplotlib)."""
    for number, standing in enumerate(arms):
        lengths, texts = ratio_bars(standing)
        heights = [number + 0.27 * (place - 1) for place in range(len(SHARES))]
        bars = axis.barh(heights, lengths, height=0.24, color=colours[standing.arm])
        for bar, alpha in zip(bars, (0.45, 0.7, 1.0), strict=True):
            bar.set_alpha(alpha)
        for height, length, text in zip(heights, lengths, texts, strict=True):
            axis.text(length, height, f" {text}", va="center", fontsize=6)
    axis.axvline(1.0, color="black", linewidth=0.8)
    axis.set_yticks(range(len(arms)), [standing.arm for standing in arms])
    axis.invert_yaxis()
    axis.margins(x=0.15)
    shares = ", ".join(f"{share:.0%}" for share in SHARES)
    axis.set(title=arms[0].regime, xlabel=f"{EFFICIENCY}\n(light to dark: to {shares} of {BASELINE}'s best)")


def efficiency_page(html: Any, arms: Sequence[Standing], colours: dict[str, str], *, column: int) -> None:
    """Draw the same for the page (plotly)."""
    names = [standing.arm for standing in arms]
    for place, share in enumerate(SHARES):
        bars = [ratio_bars(standing) for standing in arms]
        html.add_bar(
            orientation="h", y=names, x=[lengths[place] for lengths, _ in bars],
            text=[texts[place] for _, texts in bars], name=f"to {share:.0%}", showlegend=column == 1,
            marker={"color": [colours[name] for name in names], "opacity": (0.45, 0.7, 1.0)[place]}, row=1, col=column,
        )  # fmt: skip
    html.update_xaxes(title=EFFICIENCY, row=1, col=column)
    html.update_yaxes(autorange="reversed", row=1, col=column)
