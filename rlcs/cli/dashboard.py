"""`rlcs dashboard`."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Annotated

import typer

NEEDED = ("dash", "plotly", "waitress", "PIL", "scipy")


def dashboard(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN", help="Run folders; they are read, never written.")],
    host: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Listen here instead of 127.0.0.1, and ask for a token: 0.0.0.0 is all."),
    ] = None,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Port; without it the first free one from 8050 on.")
    ] = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page in a browser.")] = True,
    export: Annotated[
        Path | None, typer.Option(metavar="FILE.html", help="Write one file to send to a colleague, and end.")
    ] = None,
) -> None:
    """Show what a run learns, wastes and gets wrong, down to one completion; live while it goes on."""
    require_dash()
    if export is not None:
        from rlcs.dashboard.export import write

        write(runs, export)
    else:
        from rlcs.dashboard.serve import run

        run(runs, host=host, port=port, opens_browser=browser)


def require_dash() -> None:
    """Raise a UserError when what the dashboard needs is not installed."""
    from rlcs.errors import UserError

    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise UserError(f"{', '.join(missing)} not installed; the dashboard needs them: pip install 'rlcs[dashboard]'")
