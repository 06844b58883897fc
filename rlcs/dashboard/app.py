"""The dashboard as a Dash app: one address in, one page out, again when the run folder has something new.

    address -> page: controls and body        a control, a click on a curve, a link -> another address
    tick    -> body, when there is something new

The server keeps nothing but what it has read of the run folders: the address is the whole state.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dash
from dash import ALL, Input, Output, State, dcc, html
from dash.development.base_component import Component

from rlcs.dashboard.address import PAGES, Address, read_address
from rlcs.dashboard.data.run import Run
from rlcs.dashboard.downloads import figure_file, response_file
from rlcs.dashboard.events import after_events
from rlcs.dashboard.marking import visible
from rlcs.dashboard.pages import compare, curriculum, overview, rollouts, tasks
from rlcs.dashboard.pages.widgets import dropdown, link, named

log = logging.getLogger("rlcs.dashboard")

TICK_MS = 3000
FAULT = "Something went wrong in the dashboard; the terminal that runs it says what."
INDEX = """<!DOCTYPE html>
<html lang="en">
  <head>{%metas%}<title>{%title%}</title>{%favicon%}{%css%}</head>
  <body>{%app_entry%}<footer>{%config%}{%scripts%}{%renderer%}</footer></body>
</html>"""
SHOWN = (
    ("navigation", "children"),
    ("state", "children"),
    ("controls", "children"),
    ("body", "children"),
    ("fault", "children"),
    ("shown", "data"),
)
"""What a page consists of: element and its property."""
Runs = Mapping[str, Run]
Shown = dict[str, str]
"""What the browser shows: href, version of the data, a key of the controls, and the title."""
Render = Callable[[Sequence[Run], Address], list[Component]]


@dataclass(frozen=True, slots=True)
class Page:
    """How a page is made."""

    controls: Render
    body: Render
    is_live: bool = True
    """Made again when the run folder has something new; not where a person reads."""


PAGE_OF = {
    "/": Page(overview.page_controls, overview.page_body),
    "/curriculum": Page(curriculum.page_controls, curriculum.page_body),
    "/tasks": Page(tasks.page_controls, tasks.page_body),
    "/rollouts": Page(rollouts.page_controls, rollouts.page_body, is_live=False),
    "/compare": Page(compare.page_controls, compare.page_body),
}


def open_runs(folders: Sequence[Path]) -> dict[str, Run]:
    """Return the runs by a name each of its own; raises UserError where a folder is none."""
    runs: dict[str, Run] = {}
    for folder in dict.fromkeys(folder.resolve() for folder in folders):
        run = Run(folder)
        name, count = run.name, 2
        while name in runs:
            name, count = f"{run.name} ({count})", count + 1
        runs[name] = run
    return runs


def build_app(runs: Runs) -> dash.Dash:
    """Return the app over some runs; its Flask server is `app.server`."""
    app = dash.Dash(
        "rlcs.dashboard",
        assets_folder=str(Path(__file__).with_name("assets")),
        title="RLCS",
        index_string=INDEX,
        update_title="",
        serve_locally=True,
        # Our own pages, no others, and no other way in.
        use_pages=False,
        pages_folder="",
        enable_mcp=False,
        suppress_callback_exceptions=True,
        on_error=_on_error,
    )
    app.layout = layout()
    _register(app, runs)
    return app


def layout() -> Component:
    """Return the frame that all pages share."""
    return html.Div(
        [
            html.A("Skip to the content", href="#content", className="skip"),
            dcc.Location(id="url", refresh="callback-nav"),
            dcc.Interval(id="tick", interval=TICK_MS),
            dcc.Store(id="shown"),
            dcc.Store(id="arrived"),
            dcc.Download(id="download"),
            html.Header([html.Nav(id="navigation"), html.Div(id="state", role="status")]),
            html.Div(id="stale", role="alert"),
            html.Div(id="fault", role="alert"),
            html.Main([html.Div(id="controls"), html.Div(id="body")], id="content", tabIndex="-1"),
        ]
    )


def chosen(runs: Runs, address: Address) -> list[Run]:
    """Return the runs a page is about: all of them to compare, else the one of the address, else the first."""
    if address.page == "/compare":
        return list(runs.values())
    return [runs.get(address["run"]) or next(iter(runs.values()))]


def screen(runs: Runs, address: Address, shown: Shown | None) -> tuple[Any, ...]:
    """Return the values of SHOWN; dash.no_update for what stays."""
    old = shown or {}
    page, concerned = PAGE_OF[address.page], chosen(runs, address)
    version = " ".join(run.version() for run in concerned)
    is_elsewhere = old.get("href") != address.href
    if not is_elsewhere and old.get("version") == version:
        return (dash.no_update,) * 6
    controls = page.controls(concerned, address)
    key = str(controls)
    new = {"href": address.href, "version": version, "controls": key, "title": title(concerned, address)}
    return (
        navigation(runs, address) if is_elsewhere else dash.no_update,
        visible("; ".join(run.summary().state_text for run in concerned[:1])),
        controls if is_elsewhere or old.get("controls") != key else dash.no_update,
        page.body(concerned, address) if is_elsewhere or page.is_live else dash.no_update,
        "",
        new,
    )


def navigation(runs: Runs, address: Address) -> list[Component]:
    """Return the head of every page: what this is, the pages, and which run."""
    links = []
    for path, name in PAGES.items():
        links.append(html.Li(link(name, address.but(path)), className="here" if path == address.page else ""))
    if address.page == "/compare":
        return [html.Strong("RLCS"), html.Ul(links)]
    choice = dropdown("run", "Run", named(runs), address["run"] or next(iter(runs)), everything="")
    only = html.Span(visible(next(iter(runs))), className="run")
    return [html.Strong("RLCS"), html.Ul(links), choice if len(runs) > 1 else only]


def title(concerned: Sequence[Run], address: Address) -> str:
    """Return the title of the browser's window."""
    return visible(f"{PAGES[address.page]} · {', '.join(run.name for run in concerned)} · RLCS")


def _register(app: dash.Dash, runs: Runs) -> None:
    where = [State("url", "pathname"), State("url", "search")]

    @app.callback(
        [Output(part, name) for part, name in SHOWN],
        [Input("url", "pathname"), Input("url", "search"), Input("tick", "n_intervals"), State("shown", "data")],
    )
    def _show(page: str | None, search: str | None, _tick: int | None, shown: Shown | None) -> tuple[Any, ...]:
        return screen(runs, read_address(page, search), shown)

    @app.callback(
        Output("url", "href"),
        [Input({"type": "control", "name": ALL}, "value"), Input({"type": "figure", "name": ALL}, "clickData"), *where],
        prevent_initial_call=True,
    )
    def _go(_values: list[Any], _clicks: list[Any], page: str | None, search: str | None) -> Any:
        address = read_address(page, search)
        values = {event["prop_id"]: event["value"] for event in dash.ctx.triggered}
        events = [(source, values[name]) for name, source in dash.ctx.triggered_prop_ids.items()]
        after = after_events(address, events, chosen(runs, address)[0])
        return dash.no_update if after == address else after.href

    @app.callback(
        Output("download", "data"),
        [Input({"type": "csv", "name": ALL}, "n_clicks"), Input({"type": "text", "index": ALL}, "n_clicks"), *where],
        prevent_initial_call=True,
    )
    def _save(_figures: list[Any], _texts: list[Any], page: str | None, search: str | None) -> Any:
        # Buttons that appear fire as well; only one that was pressed has counted a click.
        if not dash.ctx.triggered[0]["value"]:
            return dash.no_update
        address, button = read_address(page, search), dash.ctx.triggered_id
        concerned = chosen(runs, address)
        made = (
            figure_file(button["name"], concerned, address)
            if button["type"] == "csv"
            else response_file(concerned[0], address, button["index"])
        )
        return dash.no_update if made is None else {"content": made.text, "filename": made.name, "type": "text/plain"}

    _register_browser_side(app)


def _register_browser_side(app: Any) -> None:
    """Register what assets/behaviour.js does; `app` is Any because Dash does not type this call."""
    app.clientside_callback(
        dash.ClientsideFunction("dashboard", "arrive"),
        Output("arrived", "data"),
        [Input("shown", "data"), Input("url", "hash")],
    )
    app.clientside_callback(
        dash.ClientsideFunction("dashboard", "png"),
        Output({"type": "png", "name": dash.MATCH}, "data-saved"),
        Input({"type": "png", "name": dash.MATCH}, "n_clicks"),
        prevent_initial_call=True,
    )


def _on_error(error: Exception) -> None:
    log.error("a page could not be made", exc_info=error)
    dash.set_props("fault", {"children": FAULT})
