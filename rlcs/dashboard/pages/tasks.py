"""Tasks: what the curriculum believes of each, and the history of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from rlcs.dashboard.address import PART, Address
from rlcs.dashboard.data.run import Run
from rlcs.dashboard.data.task_history import task_history
from rlcs.dashboard.data.tasks import TaskPage, TaskQuery, find_tasks
from rlcs.dashboard.figures import FIGURES
from rlcs.dashboard.marking import one_line, visible
from rlcs.dashboard.pages.widgets import (
    UNKNOWN,
    Column,
    card,
    controls,
    dropdown,
    figure_card,
    link,
    note,
    number,
    origin,
    part_choices,
    table,
    text_input,
    tiles,
)
from rlcs.records import TIERS

NUM_SHOWN = 50
MAX_OFFSET = 100_000_000
KINDS = {"stuck": "stuck at 0", "worse": "got worse"}
SORTS = ("task_id", *PART, "pass_rate", "tier", "trend", "num_seen", "last_step", "weight", "certainty")


def page_controls(runs: Sequence[Run], address: Address) -> list[Component]:
    """Return the filters; a single task has none."""
    if address["task"]:
        return []
    return [
        controls(
            *part_choices(runs[0], address),
            dropdown("tier", "Tier", {tier: tier.replace("_", " ") for tier in TIERS}, address["tier"]),
            dropdown("kind", "Only", KINDS, address["kind"]),
            text_input("min_seen", "Seen at least", address["min_seen"], hint="times", kind="number"),
            text_input("text", "Task id holds", address["text"], hint="press Enter"),
        )
    ]


def page_body(runs: Sequence[Run], address: Address) -> list[Component]:
    """Return the table of tasks, or one task."""
    return task_detail(runs[0], address) if address["task"] else [task_list(runs[0], address)]


def task_list(run: Run, address: Address) -> Component:
    """Return the tasks that the address asks for, one page of them."""
    found = find_tasks(run, query_of(address))
    if found.step is None:
        return card("Tasks", note("No snapshot of the curriculum has been written yet: it comes with the first step."))
    if not found.rows:
        return card(
            "Tasks", note(f"None of the tasks seen up to step {found.step:,} is like this; take a filter away.")
        )
    trend = f"trend: since step {found.earlier_step:,}" if found.earlier_step is not None else "no trend yet"
    head = note(f"{found.total:,} tasks, as believed after step {found.step:,}; {trend}.")
    listed = task_table(found.rows, address, label="Tasks", sortable=True)
    return card("Tasks", head, listed, _pager(found, address))


def query_of(address: Address) -> TaskQuery:
    """Return the filters of an address."""
    tier, kind, sort = address["tier"], address["kind"], address["sort"]
    return TaskQuery(
        **address.part,
        tier=tier if tier in TIERS else "",
        kind=kind if kind in KINDS else "",
        text=address["text"],
        min_seen=address.number("min_seen") or 0,
        sort=sort if sort in SORTS else "last_step",
        descending=address["order"] != "up",
        offset=min(address.number("offset") or 0, MAX_OFFSET),
        limit=NUM_SHOWN,
    )


def task_table(rows: Sequence[Mapping[str, Any]], address: Address, *, label: str, sortable: bool = False) -> Component:
    """Return tasks as a table whose ids open the task."""

    def task_link(row: Mapping[str, Any]) -> Component:
        return link(one_line(row["task_id"], 80), address.but("/tasks", task=row["task_id"]))

    columns = [
        Column(head="task", sort="task_id", cell=task_link),
        Column(head="pass rate", sort="pass_rate", cell=lambda row: number(row["pass_rate"], 2), is_number=True),
        Column(head="± ", sort="certainty", cell=lambda row: number(row["certainty"], 2), is_number=True),
        Column(head="tier", sort="tier", cell=lambda row: str(row["tier"]).replace("_", " ")),
        Column(head="trend", sort="trend", cell=lambda row: number(row["trend"], 2, sign=True), is_number=True),
        Column(head="seen", sort="num_seen", cell=lambda row: f"{row['num_seen']:,}", is_number=True),
        Column(head="last step", sort="last_step", cell=lambda row: f"{row['last_step']:,}", is_number=True),
        Column(head="weight", sort="weight", cell=lambda row: f"{row['weight']:.2g}", is_number=True),
        Column(head="domain", sort="domain", cell=lambda row: visible(row["domain"])),
    ]
    if any(row["subcategory"] for row in rows):
        columns.append(
            Column(head="subcategory", sort="subcategory", cell=lambda row: visible(row["subcategory"] or ""))
        )
    return table(columns, rows, label=label, address=address if sortable else None)


def task_detail(run: Run, address: Address) -> list[Component]:
    """Return one task: what is believed of it, how that came about, and its groups."""
    history = task_history(run, address["task"])
    back = html.P(link("← all tasks", address.but(task=None)))
    if history.task is None:
        return [back, card("Task", note(f"The newest snapshot knows no task {one_line(address['task'], 80)!r}."))]
    task = history.task
    values = {
        "pass rate (90 % interval)": _belief(history.visits[0]) if history.visits else number(task["pass_rate"], 2),
        "tier": str(task["tier"]).replace("_", " "),
        "times seen": f"{task['num_seen']:,}",
        "last step": f"{task['last_step']:,}",
        **origin(task),
    }
    spec = FIGURES["task_history"]
    missed = note(f"{history.num_missed:,} earlier visits are not listed.") if history.num_missed else None
    deleted = run.deleted_rollouts()
    gap = note(f"{deleted} Their groups are listed without scores.") if deleted else None
    return [
        back,
        card(f"Task {one_line(task['task_id'], 120)}", tiles(values)),
        figure_card(spec, spec.build([run], address.view)),
        card("Its groups, newest first", visit_table(history.visits, address), missed, gap),
    ]


def visit_table(visits: Sequence[Mapping[str, Any]], address: Address) -> Component:
    """Return the groups of a task, each with a link to its completions."""
    if not visits:
        return note("No rollouts of this task are on disk.")

    def group_link(row: Mapping[str, Any]) -> Component | str:
        if row["group"] is None:
            return UNKNOWN
        text = f"step {row['step']:,}: see its completions"
        return link(text, address.about("/rollouts", step=row["step"], group=row["group"]))

    columns = [
        Column(head="group", cell=group_link),
        Column(head="mean score", cell=lambda row: number(row["mean"]), is_number=True),
        Column(head="completions", cell=lambda row: f"{row['num_completions']:,}", is_number=True),
        Column(head="unjudged", cell=lambda row: f"{row['num_unjudged']:,}", is_number=True),
        Column(head="trained on", cell=lambda row: "yes" if row["selected"] else "no"),
        Column(head="pass rate after", cell=_belief, is_number=True),
    ]
    return table(columns, visits, label="Groups of this task")


def _belief(row: Mapping[str, Any]) -> str:
    return f"{number(row['pass_rate'], 2)} ({number(row['lower'], 2)} to {number(row['upper'], 2)})"


def _pager(found: TaskPage, address: Address) -> Component:
    offset = min(address.number("offset") or 0, MAX_OFFSET)
    last = offset + len(found.rows)
    before = link("← earlier", address.but(offset=max(offset - NUM_SHOWN, 0) or None)) if offset else ""
    after = link("more →", address.but(offset=last)) if last < found.total else ""
    return html.P([before, f" {offset + 1:,} to {last:,} of {found.total:,} ", after], className="pager")
