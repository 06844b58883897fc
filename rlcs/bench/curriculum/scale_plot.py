"""Plot of `rlcs bench curriculum --scale`: a panel a quantity, a line a sampler, the aim dashed.

Written as scale.png for documents and as scale.html to look closer.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

NUM_COLUMNS = 3
X_TITLE = "tasks of the pool"

Lines = Mapping[str, Mapping[int, float]]
"""Sampler to number of tasks to what was measured."""


def write_plots(quantities: Mapping[str, Lines], aims: Mapping[str, float], out: Path) -> list[Path]:
    """Write both plots into `out` and return the files. `quantities` and `aims` go by the heading of a quantity."""
    out.mkdir(parents=True, exist_ok=True)
    files = [out / "scale.png", out / "scale.html"]
    picture(quantities, aims).savefig(files[0], dpi=130)
    page(quantities, aims).write_html(files[1], include_plotlyjs=True)
    return files


def picture(quantities: Mapping[str, Lines], aims: Mapping[str, float]) -> Any:
    """Return the matplotlib figure."""
    from matplotlib.figure import Figure

    num_rows = -(-len(quantities) // NUM_COLUMNS)
    figure = Figure(figsize=(4.2 * NUM_COLUMNS, 3.2 * num_rows), layout="constrained")
    panels = list(figure.subplots(num_rows, NUM_COLUMNS, squeeze=False).flat)
    for panel, (heading, lines) in zip(panels, quantities.items(), strict=False):
        for sampler, values in lines.items():
            panel.plot(list(values), list(values.values()), marker="o", label=sampler)
        if heading in aims:
            panel.axhline(aims[heading], color="black", linestyle="--", linewidth=0.8)
        panel.set(title=heading, xlabel=X_TITLE, xscale="log")
        panel.set_ylim(bottom=0.0)
        panel.grid(alpha=0.25)
    for panel in panels[len(quantities) :]:
        panel.set_axis_off()
    figure.axes[0].legend(fontsize=7)
    return figure


def page(quantities: Mapping[str, Lines], aims: Mapping[str, float]) -> Any:
    """Return the same as a plotly figure."""
    from plotly.colors import qualitative
    from plotly.subplots import make_subplots

    num_rows = -(-len(quantities) // NUM_COLUMNS)
    html = make_subplots(rows=num_rows, cols=NUM_COLUMNS, subplot_titles=list(quantities))
    for number, (heading, lines) in enumerate(quantities.items()):
        place = {"row": number // NUM_COLUMNS + 1, "col": number % NUM_COLUMNS + 1}
        for sampler, values, colour in zip(lines, lines.values(), qualitative.Plotly * len(lines), strict=False):
            html.add_scatter(
                x=list(values), y=list(values.values()), name=sampler, legendgroup=sampler, showlegend=number == 0,
                line={"color": colour}, **place,
            )  # fmt: skip
        if heading in aims:
            html.add_hline(aims[heading], line={"color": "black", "dash": "dash", "width": 1}, **place)
        html.update_xaxes(type="log", title=X_TITLE, **place)
        html.update_yaxes(rangemode="tozero", **place)
    html.update_layout(template="plotly_white", height=380 * num_rows)
    return html
