"""The completions of one group side by side: response, verdict, what it did to the training, images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from rlcs.dashboard.address import Address
from rlcs.dashboard.data.run import Run
from rlcs.dashboard.marking import SHOWN, SHOWN_IN_FULL, mark_plain, mark_response, one_line, visible
from rlcs.dashboard.pages.images import drawn_images
from rlcs.dashboard.pages.verdicts import badge, reason
from rlcs.dashboard.pages.widgets import (
    Child,
    Column,
    aria,
    card,
    link,
    marked,
    note,
    number,
    origin,
    present,
    table,
    tiles,
)
from rlcs.dashboard.pictures import judging_params

LEGEND = {
    "think": "thinking",
    "answer": "answer",
    "box": "box: what is judged",
    "tag": "tag",
    "inserted": "inserted, not sampled: no gradient",
    "code": "invisible character",
}


def group_view(run: Run, rows: Sequence[Mapping[str, Any]], address: Address) -> list[Component]:
    """Return a group: the task, a line per completion, then every completion; the one asked for comes first."""
    first = rows[0]
    asked = address.number("index")
    ordered = sorted(rows, key=lambda row: row["index"] != asked)
    cards = [_completion(run, row, address, is_asked=row["index"] == asked) for row in ordered]
    return [
        _task(first, address),
        card("Its completions", _table(rows, address)),
        html.Div([html.Span(text, className=kind) for kind, text in LEGEND.items()], className="legend"),
        html.Div(cards, className="side"),
    ]


def inserted_text(run: Run) -> str:
    """Return what force answering inserts in this run."""
    return f"{run.setting('rollout.think_end', '</think>')}{run.setting('rollout.answer_start', '<answer>')}"


def _task(row: Mapping[str, Any], address: Address) -> Component:
    task = link(one_line(row["task_id"], 120), address.about("/tasks", task=row["task_id"]))
    values = {
        "step": f"{row['step']:,}",
        "group": f"{row['group']:,}",
        **origin(row),
        "trained on": "yes" if row["selected"] else "no",
    }
    limit = SHOWN_IN_FULL if address["full"] == "prompt" else SHOWN
    return card(
        "One task, one group",
        html.P(["Task ", task]),
        tiles(values),
        html.H3("Prompt"),
        marked(mark_plain(row["prompt"], search=address["text"], limit=limit)),
        _rest(row["prompt"], limit, address.but(full="prompt")),
        html.H3("Gold answer"),
        marked(mark_plain(row["answer"] or "", search=address["text"])),
    )


def _table(rows: Sequence[Mapping[str, Any]], address: Address) -> Component:
    def opened(row: Mapping[str, Any]) -> Component:
        return link(f"#{row['index'] + 1}", address.but(index=row["index"]), anchor=f"completion-{row['index']}")

    columns = [
        Column(head="completion", cell=opened),
        Column(head="verdict", cell=lambda row: badge(row["status"])),
        Column(head="score", cell=lambda row: number(row["score"], 2), is_number=True),
        Column(head="advantage", cell=lambda row: number(row["advantage"], 2, sign=True), is_number=True),
        Column(head="tokens", cell=lambda row: f"{row['num_tokens']:,}", is_number=True),
        Column(head="forced", cell=lambda row: "forced" if row["forced"] else ""),
        Column(head="answer found", cell=lambda row: one_line(row["extracted"] or "", 60)),
    ]
    return table(columns, rows, label="Completions of this group")


def _completion(run: Run, row: Mapping[str, Any], address: Address, *, is_asked: bool) -> Component:
    index, response = row["index"], row["response"] or ""
    limit = SHOWN_IN_FULL if address["full"] == str(index) else SHOWN
    inserted = inserted_text(run) if row["forced"] else None
    facts = {
        "score": number(row["score"], 2),
        "advantage": number(row["advantage"], 2, sign=True),
        **{visible(name): number(value, 2) for name, value in (row["components"] or {}).items()},
        "tokens": f"{row['num_tokens']:,}",
        "ended by": {"stop": "the model", "length": "a budget"}.get(row["finish_reason"], "?"),
        "weights": f"version {row['policy_version']:,}, {row['staleness'] or 0} behind those trained",
    }
    save = html.Button(
        "Save", id={"type": "text", "index": index}, className="small", **aria(label=f"Save response {index + 1}")
    )
    forced = html.Span("forced answer", className="status forced") if row["forced"] else None
    title = html.H3([f"Completion {index + 1} ", badge(row["status"]), " ", *present([forced])])
    params = judging_params(run.config, row["source"], row["params"])
    children: list[Child | None] = [
        html.Div([title, save], className="head"),
        html.P(reason(row), className="reason"),
        tiles(facts),
        *drawn_images(row, params),
        marked(mark_response(response, inserted=inserted, search=address["text"], limit=limit)),
        _rest(response, limit, address.but(full=str(index)), anchor=f"completion-{index}"),
    ]
    name = "card completion asked" if is_asked else "card completion"
    return html.Section(present(children), className=name, id=f"completion-{index}")


def _rest(text: str, limit: int, more: Address, *, anchor: str = "") -> Component | None:
    """Return what tells that a text is cut, and how to see more of it."""
    if len(text) <= limit:
        return None
    cut = f"The first {limit:,} of {len(text):,} characters. "
    if limit >= SHOWN_IN_FULL:
        return note(cut + "The whole text is in the file that Save writes.")
    return html.P([cut, link("show more", more, anchor=anchor)], className="note")
