"""How every figure looks: colours that the colour-blind can tell apart, one layout, names that cannot be markup."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from rlcs.dashboard.data.sampling import Read
from rlcs.records import TIERS

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7F7F7F", "#000000")
"""Okabe and Ito (2008), yellow left out because it does not show on white."""
DASHES = ("solid", "dash", "dot", "dashdot")
"""Lines beyond the colours are told apart by these."""
TIER_COLOURS = dict(zip(TIERS, ("#440154", "#3B528B", "#21918C", "#5EC962", "#FDE725"), strict=True))
"""viridis: dark is hard, bright is easy."""
SCALE = "Cividis"
HEIGHT = 320
GRID = "#E5E7EB"
INK = "#1F2937"


def colour(number: int) -> str:
    """Return the colour of the line of this number."""
    return COLOURS[number % len(COLOURS)]


def dash(number: int) -> str:
    """Return the dash of the line of this number."""
    return DASHES[number // len(COLOURS) % len(DASHES)]


def safe(name: str) -> str:
    """Return a name that Plotly shows as it is: its texts are a kind of HTML, and names come from people's files."""
    return html.escape(name[:120], quote=False)


def blank(x_title: str, y_title: str, **layout: Any) -> go.Figure:
    """Return a figure without data in the common layout."""
    axis = {"gridcolor": GRID, "zeroline": False, "linecolor": GRID, "automargin": True, "title": {"standoff": 8}}
    figure = go.Figure()
    figure.update_layout(
        template="none", height=HEIGHT, autosize=True, uirevision="kept", hovermode="closest",
        margin={"l": 48, "r": 12, "t": 8, "b": 40}, paper_bgcolor="white", plot_bgcolor="white",
        font={"family": "system-ui, sans-serif", "size": 13, "color": INK},
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.02, "x": 0, "font": {"size": 12}},
        hoverlabel={"align": "left"},
    )  # fmt: skip
    figure.update_xaxes(**axis)
    figure.update_yaxes(**axis)
    figure.update_xaxes(title_text=x_title)
    figure.update_yaxes(title_text=y_title)
    figure.update_layout(**layout)
    return figure


def empty(why: str) -> go.Figure:
    """Return a figure that says why there is nothing to see."""
    figure = blank("", "")
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    figure.add_annotation(text=safe(why), showarrow=False, x=0.5, y=0.5, xref="paper", yref="paper")
    return figure


def with_progress(figure: go.Figure, reads: Sequence[Read]) -> go.Figure:
    """Say in the figure how many of its files have been read, where that is not all of them."""
    missing = [read for read in reads if not read.is_done]
    if missing:
        text = f"{missing[0].num_read} of {missing[0].num_wanted} steps read"
        figure.add_annotation(
            text=text, showarrow=False, x=1, y=1, xref="paper", yref="paper", xanchor="right", yanchor="top",
            bgcolor="white", bordercolor=GRID,
        )  # fmt: skip
    return figure
