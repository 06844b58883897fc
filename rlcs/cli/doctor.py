"""`rlcs doctor`."""

from __future__ import annotations

import typer


def doctor() -> None:
    """Tell what is installed, what works, and what to do about the rest; exit code 1 if something needed is broken."""
    from rlcs.doctor import run

    if not run():
        raise typer.Exit(1)
