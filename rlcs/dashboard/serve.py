"""`rlcs dashboard`: makes the app, guards it, says where it is, and serves it until Ctrl-C."""

from __future__ import annotations

import logging
import webbrowser
from collections.abc import Sequence
from pathlib import Path

from rlcs.dashboard.app import build_app, open_runs
from rlcs.dashboard.server import Access, access, guard, listen
from rlcs.process.console import say


def run(folders: Sequence[Path], *, host: str | None, port: int | None, opens_browser: bool) -> None:
    """Serve the dashboard of some run folders until Ctrl-C."""
    logging.basicConfig(format="%(levelname)s: %(message)s", level=logging.WARNING)
    # A page asks for a dozen files at once; that some wait for a thread is no news.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    runs = open_runs(folders)
    reached = access(host, port)
    app = build_app(runs)
    guard(app.server, reached, script_hashes=lambda: list(app.csp_hashes()))
    server = listen(app.server, reached)
    _tell(reached, list(runs))
    if opens_browser:
        _open(reached.address)
    # Ends by Ctrl-C: the server stops by itself then.
    server.run()


def _open(address: str) -> None:
    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return
    # Exactly this class are browsers of text, which would take over the terminal.
    if type(browser) is not webbrowser.GenericBrowser:
        browser.open(address)


def _tell(reached: Access, names: Sequence[str]) -> None:
    say(f"dashboard of {', '.join(names)}: {reached.address}")
    if reached.token is not None:
        say("whoever has this address can read the runs: prompts, responses, images; it is not encrypted on the way")
    say("Ctrl-C ends it")
