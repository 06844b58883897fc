"""What the cards of a completion and of an episode share: numbers, and the way to the rest of a long text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import html
from dash.development.base_component import Component

from rlcs.dashboard.address import Address
from rlcs.dashboard.data.run import Run
from rlcs.dashboard.marking import SHOWN, SHOWN_IN_FULL, visible
from rlcs.dashboard.pages.verdicts import badge
from rlcs.dashboard.pages.widgets import aria, link, note, number, present

LEGEND = {
    "think": "thinking",
    "answer": "answer",
    "box": "box: what is judged",
    "tag": "tag",
    "inserted": "inserted, not sampled: no gradient",
    "code": "invisible character",
}


def legend() -> Component:
    """Return what the marks in a text mean."""
    return html.Div([html.Span(text, className=kind) for kind, text in LEGEND.items()], className="legend")


def inserted_text(run: Run) -> str:
    """Return what force answering inserts in this run."""
    return f"{run.setting('rollout.think_end', '</think>')}{run.setting('rollout.answer_start', '<answer>')}"


def head(name: str, row: Mapping[str, Any]) -> Component:
    """Return the heading of a card: which completion, its verdict, and the button that saves it."""
    index = row["index"]
    save = html.Button(
        "Save", id={"type": "text", "index": index}, className="small", **aria(label=f"Save response {index + 1}")
    )
    forced = html.Span("forced answer", className="status forced") if row["forced"] else None
    title = html.H3([f"{name} {index + 1} ", badge(row["status"]), " ", *present([forced])])
    return html.Div([title, save], className="head")


def facts(row: Mapping[str, Any]) -> dict[str, str]:
    """Return the numbers of a completion."""
    return {
        "score": number(row["score"], 2),
        "advantage": number(row["advantage"], 2, sign=True),
        **{visible(name): number(value, 2) for name, value in (row["components"] or {}).items()},
        "tokens": f"{row['num_tokens']:,}",
        "ended by": {"stop": "the model", "length": "a budget"}.get(row["finish_reason"], "?"),
        "weights": f"version {row['policy_version']:,}, {row['staleness'] or 0} behind those trained",
    }


def limit_of(address: Address, name: str) -> int:
    """Return how many characters of a text are shown: more of the one that was asked for."""
    return SHOWN_IN_FULL if address["full"] == name else SHOWN


def rest(text: str, address: Address, name: str, *, anchor: str = "") -> Component | None:
    """Return what tells that a text is cut, and how to see more of it; None where all of it is shown."""
    limit = limit_of(address, name)
    if len(text) <= limit:
        return None
    cut = f"The first {limit:,} of {len(text):,} characters. "
    if limit >= SHOWN_IN_FULL:
        return note(cut + "The whole text is in the file that Save writes.")
    return html.P([cut, link("show more", address.but(full=name), anchor=anchor)], className="note")
