"""Overview: is it learning, on what, what is wrong, and where to look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from rlcs.dashboard.address import Address
from rlcs.dashboard.alarms import Alarm, alarms
from rlcs.dashboard.data.domains import DomainState, domain_states
from rlcs.dashboard.data.run import Run
from rlcs.dashboard.figures import FIGURES
from rlcs.dashboard.marking import visible
from rlcs.dashboard.pages.widgets import (
    Child,
    Column,
    card,
    controls,
    curve_choices,
    figures,
    link,
    note,
    number,
    percent,
    source_choices,
    table,
    tiles,
)
from rlcs.records import Status

SEVERITIES = {"bad": "▲ problem", "warn": "◆ warning", "info": "● note"}
MAX_ALARMS = 12
FREQUENT = 0.05
"""Share of verdicts of one kind from which a domain is about that kind."""


def page_controls(runs: Sequence[Run], address: Address) -> list[Component]:
    """Return what the curves are drawn over, and for which domain or source."""
    return [controls(*curve_choices(address), *source_choices(runs[0], address))]


def page_body(runs: Sequence[Run], address: Address) -> list[Component]:
    """Return the state of a run, its problems, its domains, and its curves."""
    run = runs[0]
    states = domain_states(run)
    return [
        summary(run),
        where_to_look(run, states, address),
        domain_table(states, address),
        figures("overview", [run], address),
    ]


def summary(run: Run) -> Component:
    """Return the numbers of a run at a glance."""
    state = run.summary()
    values = {
        "step": f"{state.last_step:,}" + (f" of {state.num_steps:,}" if state.num_steps else ""),
        "reward, last 10 steps": number(state.reward),
        "held-out accuracy": number(state.held_out),
        "completions": f"{state.num_generated:,.0f}",
        "tokens": f"{state.num_tokens:,.0f}",
        "hours of work": number(state.hours, 2),
    }
    problems = [note(visible(problem)) for problem in run.problems[-3:]]
    return html.Div([tiles(values), *problems])


def where_to_look(run: Run, states: Sequence[DomainState], address: Address) -> Component:
    """Return the weakest domain and every alarm, each with links to the tasks and rollouts behind it."""
    found = alarms(run)
    items = [html.Li(_alarm(alarm, address), className=f"alarm {alarm.severity}") for alarm in found[:MAX_ALARMS]]
    more = note(f"{len(found) - MAX_ALARMS} more are left out.") if len(found) > MAX_ALARMS else None
    calm = note("No alarm has gone off.") if not found else None
    return card("Where to look first", _weakest(states, address), html.Ul(items, className="alarms"), calm, more)


def most_frequent_fault(state: DomainState) -> str:
    """Return the status that shows best what is wrong in a domain: wrong answers, unless another kind is frequent."""
    shares = {status: getattr(state, status) for status in ("timeout", "no_answer", "format_error", "unjudged")}
    frequent = {status: share for status, share in shares.items() if share > FREQUENT}
    return max(frequent, key=frequent.__getitem__, default=Status.INCORRECT.value)


def domain_table(states: Sequence[DomainState], address: Address) -> Component:
    """Return the domains, weakest first."""
    if not states:
        return card("Domains, weakest first", note("No step has been written yet."))

    def domain_link(row: Mapping[str, Any]) -> Component:
        return link(row["state"].domain, hardest_tasks(address, domain=row["state"].domain))

    columns = [
        Column(head="domain", cell=domain_link),
        Column(head="reward", cell=lambda row: number(row["state"].reward), is_number=True),
        Column(head="since start", cell=lambda row: number(row["state"].reward_change, sign=True), is_number=True),
        Column(head="held-out", cell=lambda row: number(row["state"].held_out), is_number=True),
        Column(head="since start", cell=lambda row: number(row["state"].held_out_change, sign=True), is_number=True),
        Column(head="timed out", cell=lambda row: percent(row["state"].timeout), is_number=True),
        Column(head="unjudged", cell=lambda row: percent(row["state"].unjudged), is_number=True),
        Column(head="no answer", cell=lambda row: percent(row["state"].no_answer), is_number=True),
        Column(head="in words", cell=lambda row: visible(row["state"].why), is_long=True),
    ]
    rows = [{"state": state} for state in states]
    return card("Domains, weakest first", table(columns, rows, label="Domains, weakest first"))


def hardest_tasks(address: Address, **part: str) -> Address:
    """Return the page of the tasks of a part of the run, the least solved first."""
    return address.about("/tasks", **part, sort="pass_rate", order="up")


def _weakest(states: Sequence[DomainState], address: Address) -> Component | None:
    if not states:
        return None
    worst = states[0]
    tasks = hardest_tasks(address, domain=worst.domain)
    failing = address.about("/rollouts", domain=worst.domain, status=most_frequent_fault(worst))
    links: list[Child] = ["Look at ", link("its hardest tasks", tasks), " · ", link("its failing rollouts", failing)]
    return html.P(
        [
            html.Strong("Weakest domain: "),
            link(worst.domain, tasks, name="strong"),
            f" (reward {number(worst.reward)}, held-out {number(worst.held_out)}): {visible(worst.why)}. ",
            html.Span(links, className="links"),
        ],
        className="weakest",
    )


def _alarm(alarm: Alarm, address: Address) -> list[Child]:
    links: list[Child] = [link(text, target, anchor=anchor) for text, target, anchor in _targets(alarm, address)]
    for position in range(len(links) - 1, 0, -1):
        links.insert(position, " · ")
    badge = html.Span(SEVERITIES.get(alarm.severity, alarm.severity), className="badge")
    return [badge, f" {visible(alarm.text)} ", html.Span(links, className="links")]


def _targets(alarm: Alarm, address: Address) -> list[tuple[str, Address, str]]:
    """Return where an alarm can be looked into: text, page, place on it."""
    found = []
    filters = {"domain": alarm.domain, "source": alarm.source}
    if alarm.figure in FIGURES:
        spec = FIGURES[alarm.figure]
        page = "/" if spec.page == "overview" else f"/{spec.page}"
        found.append((f"figure “{spec.title}”", address.about(page, **filters), f"figure-{spec.name}"))
    if alarm.domain or alarm.source:
        found.append(("tasks", hardest_tasks(address, **filters), ""))
    if alarm.page == "rollouts" or alarm.status or alarm.forced:
        shown = {"status": alarm.status, "step": alarm.step, "forced": "yes" if alarm.forced else ""}
        found.append(("rollouts that show it", address.about("/rollouts", **filters, **shown), ""))
    return found
