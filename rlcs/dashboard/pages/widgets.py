"""What the pages are made of: cards, tables, links, controls, figures. Text is always a child, and so never markup."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import plotly.graph_objects as go
from dash import dcc, html
from dash.development.base_component import Component

from rlcs.dashboard.address import PART, Address
from rlcs.dashboard.data.curves import AXES
from rlcs.dashboard.data.run import Run
from rlcs.dashboard.data.snapshots import subcategories
from rlcs.dashboard.data.turns import has_episodes
from rlcs.dashboard.figures import FIGURES, FigureSpec
from rlcs.dashboard.marking import Segment, visible

Child = Component | str
UNKNOWN = "–"
SMOOTHING = {"1": "none", "5": "5 steps", "20": "20 steps", "100": "100 steps"}
HEIGHT_PX = 330
MAX_OPTIONS = 1000
"""Subcategories to choose from; any other can stand in the address."""
_GRAPH: Any = {"displaylogo": False, "displayModeBar": False, "responsive": True}


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """One column of a table: its head, and the cell of a row."""

    head: str
    cell: Callable[[Mapping[str, Any]], Child | None]
    is_number: bool = False
    is_long: bool = False
    """Words that need room: wide enough to be read on a phone."""
    sort: str = ""
    """Name that the rows can be sorted by; empty: not at all."""


def number(value: float | None, digits: int = 3, *, sign: bool = False) -> str:
    """Return a number for a person; a dash where it is unknown."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    return f"{value:{'+' if sign else ''},.{digits}f}"


def percent(share: float | None) -> str:
    """Return a share as a percentage."""
    if share is None or not math.isfinite(share):
        return UNKNOWN
    return "< 0.1 %" if 0 < share < 0.001 else f"{100 * share:.1f} %"


def link(text: str, address: Address, *, name: str = "", anchor: str = "") -> Component:
    """Return a link to a page of the dashboard."""
    return dcc.Link(visible(text), href=address.href + (f"#{anchor}" if anchor else ""), className=name)


def card(title: str, *children: Child | None, name: str = "") -> Component:
    """Return a part of a page with a heading."""
    return html.Section([html.H2(title), *present(children)], className=f"card {name}".strip())


def note(text: str) -> Component:
    """Return a sentence of small print: what is empty, cut or still being read."""
    return html.P(text, className="note")


def aria(**names: str) -> dict[str, Any]:
    """Return ARIA attributes: `label="Rewards"` is aria-label."""
    return {f"aria-{name}": value for name, value in names.items()}


def present(children: Iterable[Child | None]) -> list[Child]:
    """Return the children that there are."""
    return [child for child in children if child is not None]


def tiles(values: Mapping[str, str]) -> Component:
    """Return numbers with what they are, side by side."""
    return html.Dl(
        [html.Div([html.Dt(name), html.Dd(value)], className="tile") for name, value in values.items()],
        className="tiles",
    )


def origin(row: Mapping[str, Any]) -> dict[str, str]:
    """Return where a task comes from, as tiles: its domain and source, and its subcategory where it has one."""
    return {name: visible(row[name] or UNKNOWN) for name in PART if row[name] or name != "subcategory"}


def table(
    columns: Sequence[Column], rows: Sequence[Mapping[str, Any]], *, label: str, address: Address | None = None
) -> Component:
    """Return a table that scrolls sideways where it is too wide; `address` makes its heads sort."""
    head = html.Tr([_head(column, address) for column in columns])
    body = [html.Tr([_cell(column, row) for column in columns]) for row in rows]
    whole = html.Table([html.Thead(head), html.Tbody(body)], **aria(label=label))
    # A region that scrolls must be reachable by keyboard.
    return html.Div(whole, className="scroll", tabIndex="0", role="region", **aria(label=label))


def figures(page: str, runs: Sequence[Run], address: Address) -> Component:
    """Return all figures of a page; those of episodes where a run has some."""
    played = any(has_episodes(run) for run in runs)
    specs = [spec for spec in FIGURES.values() if spec.page == page and (played or not spec.of_episodes)]
    return html.Div([figure_card(spec, spec.build(runs, address.view)) for spec in specs], className="figures")


def figure_card(spec: FigureSpec, figure: go.Figure) -> Component:
    """Return a figure with its title, what it shows, and the buttons that save it."""
    graph = dcc.Graph(
        figure=figure,
        id={"type": "figure", "name": spec.name},
        config=_GRAPH,
        responsive=True,
        style={"height": HEIGHT_PX},
    )
    drawn = html.Div(graph, role="img", className="graph", **aria(label=f"{spec.title}. {spec.explanation}"))
    head = html.Div([html.H2(spec.title, id=f"figure-{spec.name}"), html.Div(_savers(spec))], className="head")
    return html.Section([head, html.P(spec.explanation, className="note"), drawn], className="card figure")


def marked(segments: Sequence[Segment]) -> Component:
    """Return a text with its parts marked."""
    return html.Pre([_segment(segment) for segment in segments], className="text", tabIndex="0", dir="ltr")


def dropdown(name: str, label: str, options: Mapping[str, str], value: str, *, everything: str = "all") -> Component:
    """Return a choice of one value; clearing it means everything."""
    known = options if value in options or not value else {**options, value: value}
    chosen = [{"value": key, "label": visible(text)} for key, text in known.items()]
    control = dcc.Dropdown(
        chosen, value or None, id={"type": "control", "name": name}, placeholder=everything, clearable=bool(everything)
    )
    return _labelled(label, control)


def curve_choices(address: Address) -> list[Component]:
    """Return what every page of curves lets a person choose: the x axis and the smoothing."""
    return [
        dropdown("axis", "Over", AXES, address["axis"] or "step", everything=""),
        dropdown("smoothing", "Smoothing", SMOOTHING, address["smoothing"] or "1", everything=""),
    ]


def source_choices(run: Run, address: Address) -> list[Component]:
    """Return the choices of what metrics.jsonl tells apart: domain and source."""
    return [
        dropdown("domain", "Domain", named(run.domains()), address["domain"]),
        dropdown("source", "Source", named(run.sources()), address["source"]),
    ]


def part_choices(run: Run, address: Address) -> list[Component]:
    """Return the choices of a part of a run: domain, source, and subcategory where its folder has any."""
    known, choices = subcategories(run, address.view), source_choices(run, address)
    if known or address["subcategory"]:
        choices.append(dropdown("subcategory", "Subcategory", named(known[:MAX_OPTIONS]), address["subcategory"]))
    return choices


def text_input(
    name: str, label: str, value: str, *, hint: str = "", kind: Literal["search", "number"] = "search"
) -> Component:
    """Return a field that takes effect on Enter, or when it is left."""
    control = dcc.Input(
        id={"type": "control", "name": name}, value=value, type=kind, placeholder=hint, debounce=True, min=0
    )
    return _labelled(label, control)


def controls(*items: Component | None) -> Component:
    """Return a row of controls."""
    return html.Div(present(items), className="controls", role="group", **aria(label="Filters"))


def named(names: Iterable[str]) -> dict[str, str]:
    """Return options whose label is their value."""
    return {name: name for name in names if name}


def _labelled(label: str, control: Component) -> Component:
    return html.Label([html.Span(label), control], className="control")


def _savers(spec: FigureSpec) -> list[Component]:
    return [
        html.Button(
            text,
            id={"type": kind, "name": spec.name},
            className="small",
            title=f"Save “{spec.title}” as {text}",
            **aria(label=f"Save {spec.title} as {text}"),
        )
        for kind, text in (("png", "PNG"), ("csv", "CSV"))
    ]


def _head(column: Column, address: Address | None) -> Component:
    name = "number" if column.is_number else ""
    if address is None or not column.sort:
        return html.Th(column.head, className=name, scope="col")
    is_sorted, descends = address["sort"] == column.sort, address["order"] != "up"
    turned = "up" if is_sorted and descends else "down"
    arrow = (" ▼" if descends else " ▲") if is_sorted else ""
    sorter = link(column.head + arrow, address.but(sort=column.sort, order=turned, offset=None))
    state = ("descending" if descends else "ascending") if is_sorted else "none"
    return html.Th(sorter, className=name, scope="col", **aria(sort=state))


def _cell(column: Column, row: Mapping[str, Any]) -> Component:
    return html.Td(column.cell(row), className="number" if column.is_number else "long" if column.is_long else "")


def _segment(segment: Segment) -> Child:
    if not segment.kinds:
        return segment.text
    return html.Span(segment.text, className=" ".join(segment.kinds), title=segment.title or None)
