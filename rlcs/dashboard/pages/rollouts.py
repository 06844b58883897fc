"""Rollouts: find completions by what became of them, and read those of a group side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from rlcs.dashboard.address import Address
from rlcs.dashboard.data.rollouts import RolloutPage, RolloutQuery, find_rollouts, group, statuses
from rlcs.dashboard.data.run import Run
from rlcs.dashboard.data.turns import FAILED, REPLAYED, has_episodes, words_counted
from rlcs.dashboard.marking import one_line, visible
from rlcs.dashboard.pages.groups import group_view
from rlcs.dashboard.pages.verdicts import badge, events_in_words
from rlcs.dashboard.pages.widgets import (
    Column,
    card,
    controls,
    dropdown,
    link,
    note,
    number,
    part_choices,
    table,
    text_input,
)
from rlcs.records import UNJUDGED, Status

NUM_SHOWN = 50
UNJUDGED_CHOICE = "unjudged"
YES_NO = {"yes": "yes", "no": "no"}
STATUSES = {str(status): str(status).replace("_", " ") for status in Status} | {UNJUDGED_CHOICE: "could not be judged"}


def page_controls(runs: Sequence[Run], address: Address) -> list[Component]:
    """Return the filters; a single group has none."""
    if address["group"]:
        return []
    return [
        controls(
            dropdown("status", "Verdict", STATUSES, address["status"]),
            *part_choices(runs[0], address),
            text_input("step", "Step", address["step"], hint="all", kind="number"),
            *_of_episodes(runs[0], address),
            dropdown("forced", "Forced", YES_NO, address["forced"], everything="either"),
            dropdown("selected", "Trained on", YES_NO, address["selected"], everything="either"),
            text_input("text", "Text holds", address["text"], hint="press Enter"),
        )
    ]


def _of_episodes(run: Run, address: Address) -> list[Component]:
    """Return the filters of episodes, none where a run has no episodes."""
    if not (has_episodes(run) or address["turns"] or address["fault"]):
        return []
    counted = {word: f"turn {word}".replace("_", " ") for word in words_counted(run)}
    faults = {FAILED: "environment failed", REPLAYED: "replayed, went on", **counted}
    return [
        text_input("turns", "Turns", address["turns"], hint="3 or 2-5"),
        dropdown("fault", "Fault", faults, address["fault"], everything="any or none"),
    ]


def page_body(runs: Sequence[Run], address: Address) -> list[Component]:
    """Return the completions that the address asks for, or those of one group."""
    step, number_ = address.number("step"), address.number("group")
    if step is None or number_ is None:
        return [_counts(runs[0], address), rollout_list(runs[0], address)]
    back = html.P(link("← back to the list", address.but(group=None, index=None, full=None, turn=None)))
    rows = group(runs[0], step, number_)
    if not rows:
        gone = f"Step {step:,} has no group {number_:,} on disk: its file is gone, or being written."
        gone = runs[0].deleted_rollouts(step) or gone
        return [back, card("Rollouts", note(gone))]
    return [back, *group_view(runs[0], rows, address)]


def rollout_list(run: Run, address: Address) -> Component:
    """Return completions as a table whose rows open their group."""
    found = find_rollouts(run, query_of(address))
    deleted = run.deleted_rollouts(address.number("step"))
    gap = note(deleted) if deleted else None
    listed = rollout_table(found, address) if found.rows else note(_empty(run, found))
    searched = note(visible(found.searched))
    return card("Completions, newest first", searched, listed, gap, _onward(found, address))


def query_of(address: Address) -> RolloutQuery:
    """Return the filters of an address."""
    before = address.numbers("before")
    return RolloutQuery(
        step=address.number("step"),
        **address.part,
        task_id=address["task"],
        status=address["status"] if address["status"] in STATUSES else "",
        turns=_ends(address),
        fault=address["fault"],
        forced=address.flag("forced"),
        selected=address.flag("selected"),
        text=address["text"],
        limit=NUM_SHOWN,
        before=None if before is None else (before[0], before[1] - 1),
    )


def _ends(address: Address) -> tuple[int, int] | None:
    """Return the fewest and the most turns that are asked for."""
    only = address.number("turns")
    return address.numbers("turns") if only is None else (only, only)


def rollout_table(found: RolloutPage, address: Address) -> Component:
    """Return one line a completion."""

    def group_link(row: Mapping[str, Any]) -> Component:
        place = address.but(step=row["step"], group=row["group"], index=row["index"], before=None)
        return link(one_line(row["task_id"], 60), place)

    columns = [
        Column(head="step", cell=lambda row: f"{row['step']:,}", is_number=True),
        Column(head="completion of task", cell=group_link),
        Column(head="verdict", cell=lambda row: badge(row["status"])),
        Column(head="score", cell=lambda row: number(row["score"], 2), is_number=True),
        Column(head="prompt", cell=lambda row: one_line(row["prompt"], 60), is_long=True),
        Column(head="answer found", cell=lambda row: one_line(row["extracted"] or "", 40)),
        Column(head="tokens", cell=lambda row: f"{row['num_tokens']:,}", is_number=True),
    ]
    if any(row["num_turns"] is not None for row in found.rows):
        columns.append(Column(head="turns", cell=lambda row: number(row["num_turns"], 0), is_number=True))
    if any(row.get("events") for row in found.rows):
        columns.append(Column(head="in its turns", cell=lambda row: events_in_words(row.get("events") or {})))
    if any(row["forced"] for row in found.rows):
        columns.append(Column(head="forced", cell=lambda row: "forced" if row["forced"] else ""))
    if any(row["message"] for row in found.rows):
        said = Column(head="message", cell=lambda row: one_line(row["message"] or "", 80), is_long=True)
        columns.append(said)
    return table(columns, found.rows, label="Completions")


def _onward(found: RolloutPage, address: Address) -> Component | None:
    """Return the link to what was not looked at yet; a place is written one row later, as it may be -1."""
    if found.next_before is None:
        return None
    step, row = found.next_before
    return html.P(link("more →" if found.rows else "search on →", address.but(before=f"{step}-{row + 1}")))


def _empty(run: Run, found: RolloutPage) -> str:
    if not len(run.rollout_steps()):
        return "No rollouts have been written yet: they come with the first step."
    return (
        "None found so far: search on, or take a filter away." if found.next_before else "No completion is like this."
    )


def _counts(run: Run, address: Address) -> Component:
    """Return how many completions of the step (the newest, where none is asked for) have each status, as links."""
    steps = run.rollout_steps()
    step = address.number("step")
    if step is None and len(steps):
        step = int(steps[-1])
    counts = statuses(run, step) if step is not None else {}
    links = [
        html.Li(link(f"{STATUSES.get(status, status)}: {count:,}", address.but(status=status, step=step, before=None)))
        for status, count in sorted(counts.items(), key=lambda item: -item[1])
    ]
    unjudged = sum(counts.get(str(status), 0) for status in UNJUDGED)
    head = f"Verdicts of step {step:,}" + (f", {unjudged:,} of them not judged" if unjudged else "") if counts else ""
    return html.Div([html.Span(head), html.Ul(links)], className="counts")
