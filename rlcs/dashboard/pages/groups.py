"""The completions of one group side by side: response, verdict, what it did to training, images; or its episodes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from rlcs.dashboard.address import Address
from rlcs.dashboard.data.run import Run
from rlcs.dashboard.marking import mark_plain, mark_response, one_line
from rlcs.dashboard.pages.episodes import episode_card
from rlcs.dashboard.pages.films import drawn_films
from rlcs.dashboard.pages.images import drawn_images
from rlcs.dashboard.pages.page_pairs import page_pair
from rlcs.dashboard.pages.responses import facts, head, inserted_text, legend, limit_of, rest
from rlcs.dashboard.pages.verdicts import badge, events_in_words, reason
from rlcs.dashboard.pages.widgets import Child, Column, card, link, marked, number, origin, present, table, tiles
from rlcs.dashboard.pictures import judging_params
from rlcs.dashboard.renderings import DOMAIN as WEBPAGE


def group_view(run: Run, rows: Sequence[Mapping[str, Any]], address: Address) -> list[Component]:
    """Return a group: the task, a line per completion, then every completion; the one asked for comes first.

    Of episodes the one asked for is shown alone: its turns have images each.
    """
    first, asked = rows[0], address.number("index")
    if any(row["num_turns"] is not None for row in rows):
        shown = next((row for row in rows if row["index"] == asked), first)
        listed = card("Its episodes", _table(rows, address))
        return [_task(first, address), listed, legend(), episode_card(run, shown, len(rows), address)]
    ordered = sorted(rows, key=lambda row: row["index"] != asked)
    cards = [_completion(run, row, address, asked) for row in ordered]
    listed = card("Its completions", _table(rows, address))
    return [_task(first, address), listed, legend(), html.Div(cards, className="side")]


def _task(row: Mapping[str, Any], address: Address) -> Component:
    task = link(one_line(row["task_id"], 120), address.about("/tasks", task=row["task_id"]))
    values = {
        "step": f"{row['step']:,}",
        "group": f"{row['group']:,}",
        **origin(row),
        "trained on": "yes" if row["selected"] else "no",
    }
    prompt = row["prompt"] or ""
    return card(
        "One task, one group",
        html.P(["Task ", task]),
        tiles(values),
        html.H3("Prompt"),
        marked(mark_plain(prompt, search=address["text"], limit=limit_of(address, "prompt"))),
        rest(prompt, address, "prompt"),
        html.H3("Gold answer"),
        marked(mark_plain(row["answer"] or "", search=address["text"])),
    )


def _table(rows: Sequence[Mapping[str, Any]], address: Address) -> Component:
    def opened(row: Mapping[str, Any]) -> Component:
        place = address.but(index=row["index"], turn=None, full=None)
        return link(f"#{row['index'] + 1}", place, anchor=f"completion-{row['index']}")

    columns = [
        Column(head="completion", cell=opened),
        Column(head="verdict", cell=lambda row: badge(row["status"])),
        Column(head="score", cell=lambda row: number(row["score"], 2), is_number=True),
        Column(head="advantage", cell=lambda row: number(row["advantage"], 2, sign=True), is_number=True),
        Column(head="tokens", cell=lambda row: f"{row['num_tokens']:,}", is_number=True),
        Column(head="forced", cell=lambda row: "forced" if row["forced"] else ""),
        Column(head="answer found", cell=lambda row: one_line(row["extracted"] or "", 60)),
    ]
    if any(row["num_turns"] is not None for row in rows):
        columns[4:4] = [
            Column(head="turns", cell=lambda row: str(row["num_turns"]), is_number=True),
            Column(head="in its turns", cell=lambda row: events_in_words(row["events"])),
        ]
    return table(columns, rows, label="Completions of this group")


def _completion(run: Run, row: Mapping[str, Any], address: Address, asked: int | None) -> Component:
    index, response, is_first = row["index"], row["response"] or "", row["index"] == (asked or 0)
    inserted = inserted_text(run) if row["forced"] else None
    params = judging_params(run.config, row["source"], row["params"])
    limit = limit_of(address, str(index))
    children: list[Child | None] = [
        head("Completion", row),
        html.P(reason(row), className="reason"),
        tiles(facts(row)),
        *_seen(row, params, address, is_first=is_first),
        marked(mark_response(response, inserted=inserted, search=address["text"], limit=limit)),
        rest(response, address, str(index), anchor=f"completion-{index}"),
    ]
    name = "card completion asked" if index == asked else "card completion"
    if is_first and (row["domain"] == WEBPAGE or row.get("videos")):
        name += " wide"  # frames in a row, or two pages beside one another
    return html.Section(present(children), className=name, id=f"completion-{index}")


def _seen(row: Mapping[str, Any], params: Mapping[str, Any], address: Address, *, is_first: bool) -> list[Component]:
    """Return what the policy was shown, with what its answer says of it."""
    if row["domain"] == WEBPAGE:
        return [page_pair(row, params, address, is_asked=is_first)]
    return [*drawn_images(row, params), *drawn_films(row, params, address, is_asked=is_first)]
