"""`rlcs dashboard RUN --export report.html`: figures, tables, alarms and a sample of rollouts in one file to send."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from dash import html
from dash.development.base_component import Component

from rlcs.dashboard.address import Address
from rlcs.dashboard.app import PAGE_OF, open_runs
from rlcs.dashboard.data.domains import domain_states
from rlcs.dashboard.data.rollouts import RolloutQuery, find_rollouts, group
from rlcs.dashboard.data.run import Run
from rlcs.dashboard.pages.groups import group_view
from rlcs.dashboard.static_page import page
from rlcs.errors import UserError
from rlcs.process.console import say, waiting

MAX_DOMAINS = 4
"""Weakest domains of which the file shows a failing group."""
MAX_READ_S = 60.0
"""How long a huge run may take to be read as far as its figures go; after that they show what has been read."""


def write(folders: Sequence[Path], target: Path) -> None:
    """Write the report of some run folders; raises UserError when the file cannot be written."""
    runs = open_runs(folders)
    if target.is_dir() or not target.absolute().parent.is_dir():
        raise UserError(f"--export {target}: expected a file in a folder that exists; choose another")
    with waiting(f"writing {target}"):
        text = page(f"{', '.join(runs)} · RLCS report", list(_parts(runs)))
        partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
        try:
            partial.write_text(text, encoding="utf-8")
            partial.rename(target)
        except OSError as error:
            raise UserError(f"--export {target}: {error.strerror or error}; choose another place") from error
    say(f"{target}: {len(text.encode()) / 1e6:.1f} MB, opens in any browser, needs no network")


def _parts(runs: dict[str, Run]) -> Iterator[Component]:
    for name, run in runs.items():
        yield html.H1(name)
        yield html.P(run.summary().state_text, className="note")
        for path in ("/", "/curriculum"):
            yield html.Div(_whole(run, Address(path)), className="stack")
        yield from _failing_groups(run)
    if len(runs) > 1:
        yield html.H1("Runs compared")
        yield html.Div(PAGE_OF["/compare"].body(list(runs.values()), Address("/compare")), className="stack")


def _whole(run: Run, address: Address) -> list[Component]:
    """Return a page made of everything its figures read: a huge run takes several calls."""
    deadline = time.monotonic() + MAX_READ_S
    while True:
        version, body = run.version(), PAGE_OF[address.page].body([run], address)
        if time.monotonic() > deadline or (run.read_share() >= 1 and run.version() == version):
            return body
        time.sleep(0.1)


def _failing_groups(run: Run) -> Iterator[Component]:
    """Yield the newest group with a wrong answer of each of the weakest domains."""
    for state in domain_states(run)[:MAX_DOMAINS]:
        query = RolloutQuery(domain=state.domain, status="incorrect", limit=1)
        for row in find_rollouts(run, query).rows:
            address = Address("/rollouts", {"index": str(row["index"])})
            yield html.H1(f"A failing rollout of {state.domain}")
            yield html.Div(group_view(run, group(run, row["step"], row["group"]), address), className="stack")
