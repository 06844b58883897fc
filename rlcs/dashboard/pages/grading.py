"""What grading has cost and saved, a row a source: a part of the page of the curriculum."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from curriculum.graded_visits import KINDS
from rlcs.dashboard.address import Address
from rlcs.dashboard.data.grading import SourceGrading, names_grades, source_gradings
from rlcs.dashboard.data.run import Run
from rlcs.dashboard.marking import visible
from rlcs.dashboard.pages.widgets import UNKNOWN, Column, card, note, number, percent, table

TITLE = "What grading has cost and saved"
EXPLANATION = (
    "In completions. Valid is a group whose scores differ, so that it teaches something. Saved is by how much more of "
    "the first visits of graded tasks were valid than of other tasks, times their completions; ± is one standard error."
)
NO_GRADES = "Of what is shown no source has grades (data.train.0.grades): nothing was spent on grading."
OLDER = "An older version began this run and did not write down what its grades took: no grades.json."
UNTOLD = (
    "{names}: what was saved cannot be told. It takes first visits of graded and of other tasks of the source, and one "
    "kind has had none; a run without the grades would tell."
)
TOO_LITTLE = (
    "{names}: measured tasks are compared with those predicted from the same grades, as none without a grade was "
    "visited. Predictions are bought by grading too, so this tells only what measuring more of the tasks would save."
)
NO_COST = "{names}: the file of grades does not say what it took, as those of rlcs grade do."


def grading_card(run: Run, address: Address) -> Component:
    """Return what the grades of each source took and what they saved, or why that is not told."""
    rows = source_gradings(run, address.view)
    if not rows:
        return card(
            TITLE, note(OLDER if names_grades(run) and not (run.folder / "grades.json").exists() else NO_GRADES)
        )
    shown = table(_columns(), [{"grading": row} for row in rows], label=TITLE)
    return card(TITLE, note(EXPLANATION), shown, *(note(text) for text in remarks(rows)))


def remarks(rows: Sequence[SourceGrading]) -> list[str]:
    """Return in words why a number is missing, or says too little."""
    named = {
        UNTOLD: [row.source for row in rows if not row.against],
        TOO_LITTLE: [row.source for row in rows if row.against == "predicted"],
        NO_COST: [row.source for row in rows if math.isnan(row.cost)],
    }
    return [text.format(names=visible(", ".join(names))) for text, names in named.items() if names]


def _columns() -> list[Column]:
    def of(row: Mapping[str, Any]) -> SourceGrading:
        found: SourceGrading = row["grading"]
        return found

    def kind_column(kind: str) -> Column:
        return Column(head=f"{kind} tasks", cell=lambda row: _kind(of(row), kind), is_number=True)

    return [
        Column(head="source", cell=lambda row: visible(of(row).source)),
        *(kind_column(kind) for kind in KINDS),
        Column(head="grades took", cell=lambda row: _cost(of(row)), is_number=True),
        Column(head="saved so far", cell=lambda row: _amount(of(row).saved, of(row).error), is_number=True),
        Column(head="net", cell=lambda row: _amount(of(row).net, of(row).error), is_number=True),
    ]


def _kind(row: SourceGrading, kind: str) -> Component:
    visits = row.visits[kind]
    below = (
        f"{percent(visits.share)} of {visits.groups:,.0f} first visits valid" if visits.groups else "no first visits"
    )
    return _two_lines(f"{row.tasks[kind]:,}", below)


def _cost(row: SourceGrading) -> Component:
    below = f"{percent(row.cost_share)} of the run's" if math.isfinite(row.cost_share) else ""
    return _two_lines(number(row.cost, 0), below)


def _amount(value: float, error: float) -> str:
    return f"{number(value, 0, sign=True)} ± {number(error, 0)}" if math.isfinite(value) else UNKNOWN


def _two_lines(above: str, below: str) -> Component:
    return html.Div([above, html.Div(below, className="below")])
