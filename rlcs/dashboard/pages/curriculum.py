"""Curriculum: how tasks move from hard to easy, what is drawn, what is wasted, what is stuck."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from rlcs.dashboard.address import Address
from rlcs.dashboard.data.curves import AXES
from rlcs.dashboard.data.run import Run
from rlcs.dashboard.data.tasks import TaskQuery, find_tasks
from rlcs.dashboard.pages.parts import (
    SMOOTHING,
    card,
    controls,
    dropdown,
    figures,
    link,
    named,
    note,
)
from rlcs.dashboard.pages.tasks import task_table

NUM_SHOWN = 8


def page_controls(runs: Sequence[Run], address: Address) -> list[Component]:
    """Return what the figures are drawn over, and for which domain and source."""
    return [
        controls(
            dropdown("axis", "Over", AXES, address["axis"] or "step", everything=""),
            dropdown("smoothing", "Smoothing", SMOOTHING, address["smoothing"] or "1", everything=""),
            dropdown("domain", "Domain", named(runs[0].domains()), address["domain"]),
            dropdown("source", "Source", named(runs[0].sources()), address["source"]),
        )
    ]


def page_body(runs: Sequence[Run], address: Address) -> list[Component]:
    """Return the figures of the curriculum, and the tasks that need a look."""
    run = runs[0]
    few = [
        _few(
            run,
            address,
            "stuck",
            "Tasks stuck at 0",
            "No task is stuck at 0: each that was tried often enough has passed.",
        ),
        _few(
            run, address, "worse", "Tasks that got worse", "No task got clearly worse between the snapshots compared."
        ),
    ]
    return [figures("curriculum", [run], address), html.Div(few, className="figures")]


def _few(run: Run, address: Address, kind: str, title: str, empty: str) -> Component:
    query = TaskQuery(
        domain=address["domain"], source=address["source"], kind=kind, sort="num_seen", descending=True, limit=NUM_SHOWN
    )
    page = find_tasks(run, query)
    if not page.rows:
        return card(
            title, note(empty if page.step is not None else "No snapshot of the curriculum has been written yet.")
        )
    everything = link(f"all {page.total:,} of them", address.but("/tasks", kind=kind, sort="num_seen", order="down"))
    return card(title, task_table(page.rows, address, label=title), html.P(everything))
