"""`rlcs grade`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rlcs.cli.options import ConfigOption, Overrides


def grade(
    config: ConfigOption,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Parquet file that the grades go to.")],
    overrides: Overrides = None,
    restart: Annotated[
        bool, typer.Option("--restart", help="Forget what was graded into --out before, and begin anew.")
    ] = False,
) -> None:
    """Measure how hard the training tasks are, with one or several models; given again after a stop it goes on."""
    from rlcs.errors import UserError
    from rlcs.preflight import in_empty_folder, prepare, require_engines

    require_engines()
    settings = prepare(config, overrides or [])
    target = out.expanduser().absolute()
    if target.is_dir() or not target.parent.is_dir():
        raise UserError(f"--out {out}: expected a file in a folder that exists, for example grades.parquet")
    with in_empty_folder():
        from rlcs.grade import run

        run(settings, out=target, restart=restart)
