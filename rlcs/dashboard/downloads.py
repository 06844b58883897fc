"""What a person takes away from a page: a figure as CSV, a response as text."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from rlcs.dashboard.address import Address
from rlcs.dashboard.data.rollouts import group, turns_of
from rlcs.dashboard.data.run import Run
from rlcs.dashboard.figures import FIGURES
from rlcs.dashboard.pages.episodes import images_of, said_in

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class File:
    """A file to save."""

    name: str
    text: str


def figure_file(name: str, runs: Sequence[Run], address: Address) -> File | None:
    """Return what a figure shows as CSV; None for a figure that there is not."""
    spec = FIGURES.get(name)
    if spec is None:
        return None
    return File(_file_name(runs[0].name, name, "csv"), as_csv(figure_rows(spec.build(runs, address.view))))


def response_file(run: Run, address: Address, index: int) -> File | None:
    """Return the whole response of a completion of the group that the address names."""
    step, number = address.number("step"), address.number("group")
    rows = group(run, step, number) if step is not None and number is not None else []
    row = next((row for row in rows if row["index"] == index), None)
    if row is None:
        return None
    name = _file_name(run.name, f"step-{step}-group-{number}-completion-{index + 1}", "txt")
    if row["num_turns"] is None:
        return File(name, row["response"] or "")
    return File(name, transcript(row, turns_of(run, row["step"], row["group"], index)))


def transcript(row: Mapping[str, Any], turns: Sequence[Mapping[str, Any]]) -> str:
    """Return an episode as text: what it began with, each turn and its answer, the end; images are named only."""
    parts = [("The task", row["prompt"] or "")]
    for number, turn in enumerate(turns, start=1):
        images = len(images_of(turn))
        answer = said_in(turn) + f"\n[{images} {'image' if images == 1 else 'images'}]" * bool(images)
        parts += [(f"Turn {number}", turn.get("text") or ""), ("The environment", answer or "(nothing)")]
    parts.append(("The end", f"{row['status']}: {row['outcome'] or ''}"))
    return "\n\n".join(f"=== {name}\n{text}" for name, text in parts) + "\n"


def figure_rows(figure: go.Figure) -> Iterator[list[Any]]:
    """Yield the points of a figure: series, x and y; of a heat map x, y and value."""
    has_values = any(trace.type == "heatmap" for trace in figure.data)
    x, y = _axis_title(figure, "xaxis"), _axis_title(figure, "yaxis")
    yield ["series", x, y, "value"] if has_values else ["series", x, y]
    for trace in figure.data:
        # Figures show names as a kind of HTML; a file has them as they are.
        name = html.unescape(trace.name or "")
        if trace.type != "heatmap":
            yield from ([name, *point] for point in zip(_list(trace.x), _list(trace.y), strict=False))
            continue
        for row, values in zip(_list(trace.y), _list(trace.z), strict=False):
            yield from ([name, column, row, value] for column, value in zip(_list(trace.x), values, strict=False))


def as_csv(rows: Iterable[Sequence[Any]]) -> str:
    """Return rows as CSV, with nothing in it that a spreadsheet would take for a formula."""
    text = io.StringIO()
    csv.writer(text).writerows([safe_cell(value) for value in row] for row in rows)
    return text.getvalue()


def safe_cell(value: Any) -> Any:
    """Return a text that starts like a formula with an apostrophe before it; anything else as it is."""
    return f"'{value}" if isinstance(value, str) and value.lstrip(" ").startswith(_FORMULA) else value


def _axis_title(figure: go.Figure, axis: str) -> str:
    return figure.layout[axis].title.text or axis[0]


def _list(values: Any) -> list[Any]:
    return [] if values is None else list(values)


def _file_name(run: str, name: str, ending: str) -> str:
    return f"{re.sub(r'[^A-Za-z0-9_.-]+', '-', run)[:80]}-{name}.{ending}"
