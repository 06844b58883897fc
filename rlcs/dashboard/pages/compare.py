"""Compare runs: the same curves over each other, and how many rollouts each took to a target."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from rlcs.dashboard.address import Address
from rlcs.dashboard.data.compare import metric_keys, rollouts_to_target, run_table, targets
from rlcs.dashboard.data.run import Run
from rlcs.dashboard.marking import visible
from rlcs.dashboard.pages.widgets import (
    UNKNOWN,
    Column,
    card,
    controls,
    curve_choices,
    dropdown,
    figures,
    named,
    note,
    number,
    table,
)


def page_controls(runs: Sequence[Run], address: Address) -> list[Component]:
    """Return what is compared, and over what."""
    metric = address["metric"] or "reward/mean"
    known = {f"{target:g}": f"{target:g}" for target in targets(runs)}
    return [
        controls(
            *curve_choices(address),
            dropdown(
                "domain", "Domain", named(sorted({name for run in runs for name in run.domains()})), address["domain"]
            ),
            dropdown("metric", "Metric", named(metric_keys(runs)), metric, everything=""),
            dropdown("target", "Held-out target", known, address["target"], everything="several"),
        )
    ]


def page_body(runs: Sequence[Run], address: Address) -> list[Component]:
    """Return the runs, their curves, and the rollouts to a target."""
    hint = note("One run only: rlcs dashboard takes several folders, runs/a runs/b.") if len(runs) < 2 else None
    tables = [card("Runs", _runs(runs), hint), card("Rollouts to a held-out target", _targets(runs, address))]
    return [html.Div(tables, className="stack"), figures("compare", runs, address)]


def _runs(runs: Sequence[Run]) -> Component:
    columns = [
        Column(head="run", cell=lambda row: visible(row["run"])),
        Column(head="state", cell=lambda row: row["state"]),
        Column(head="step", cell=lambda row: number(row["step"], 0), is_number=True),
        Column(head="completions", cell=lambda row: number(row["rollouts"], 0), is_number=True),
        Column(head="tokens", cell=lambda row: number(row["tokens"], 0), is_number=True),
        Column(head="hours", cell=lambda row: number(row["hours"], 2), is_number=True),
        Column(head="reward", cell=lambda row: number(row["reward"]), is_number=True),
        Column(head="held-out", cell=lambda row: number(row["held_out"]), is_number=True),
        Column(head="best held-out", cell=lambda row: number(row["best_held_out"]), is_number=True),
        Column(head="at step", cell=lambda row: number(row["best_step"], 0), is_number=True),
    ]
    return table(columns, run_table(runs), label="Runs")


def _targets(runs: Sequence[Run], address: Address) -> Component:
    rows = rollouts_to_target(runs, address.view.target)
    if not rows:
        return note("No held-out evaluation yet, so there is no target to reach.")
    columns = [
        Column(head="target", cell=lambda row: number(row["target"], 2), is_number=True),
        Column(head="run", cell=lambda row: visible(row["run"])),
        Column(head="reached", cell=lambda row: "yes" if row["reached"] else "not yet"),
        Column(head="at step", cell=lambda row: number(row["step"], 0), is_number=True),
        Column(head="completions", cell=lambda row: number(row["rollouts"], 0), is_number=True),
        Column(head="tokens", cell=lambda row: number(row["tokens"], 0), is_number=True),
        Column(head="hours", cell=lambda row: number(row["hours"], 2), is_number=True),
        Column(
            head="of the first run's completions",
            cell=lambda row: UNKNOWN if row["ratio"] is None else f"× {row['ratio']:.2f}",
            is_number=True,
        ),
    ]
    return table(columns, rows, label="Rollouts to a held-out target")
