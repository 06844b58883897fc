"""Curriculum: how tasks move from hard to easy, what is drawn, what is wasted, what is stuck."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from rlcs.dashboard.address import Address
from rlcs.dashboard.data.run import Run
from rlcs.dashboard.data.tasks import TaskQuery, find_tasks
from rlcs.dashboard.pages.grading import grading_card
from rlcs.dashboard.pages.tasks import task_table
from rlcs.dashboard.pages.widgets import card, controls, curve_choices, figures, link, note, part_choices

NUM_SHOWN = 8


def page_controls(runs: Sequence[Run], address: Address) -> list[Component]:
    """Return what the figures are drawn over, and for which part of the run."""
    return [controls(*curve_choices(address), *part_choices(runs[0], address))]


def page_body(runs: Sequence[Run], address: Address) -> list[Component]:
    """Return the figures of the curriculum, and the tasks that need a look."""
    run = runs[0]
    never = "No task is stuck at 0: each that was tried often enough has passed."
    no_worse = "No task got clearly worse between the snapshots compared."
    few = [
        _few(run, address, "stuck", "Tasks stuck at 0", never),
        _few(run, address, "worse", "Tasks that got worse", no_worse),
    ]
    deleted = run.deleted_rollouts()
    gap = [note(f"{deleted} Figures of what was drawn show the others.")] if deleted else []
    return [
        *gap,
        figures("curriculum", [run], address),
        grading_card(run, address),
        html.Div(few, className="figures"),
    ]


def _few(run: Run, address: Address, kind: str, title: str, empty: str) -> Component:
    page = find_tasks(run, TaskQuery(**address.part, kind=kind, sort="num_seen", descending=True, limit=NUM_SHOWN))
    if not page.rows:
        return card(
            title, note(empty if page.step is not None else "No snapshot of the curriculum has been written yet.")
        )
    everything = link(f"all {page.total:,} of them", address.but("/tasks", kind=kind, sort="num_seen", order="down"))
    return card(title, task_table(page.rows, address, label=title), html.P(everything))
