"""`rlcs eval`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rlcs.cli.options import ConfigOption, Overrides


def evaluate(
    config: ConfigOption,
    overrides: Overrides = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Run folder or checkpoint to evaluate instead of model.path."),
    ] = None,
) -> None:
    """Measure pass@1 and pass@k on held-out tasks, per source and domain."""
    from rlcs.preflight import in_empty_folder, prepare, require_engines

    require_engines()
    settings = prepare(config, overrides or [])
    folder = None if checkpoint is None else checkpoint.expanduser().absolute()
    with in_empty_folder():
        from rlcs.evaluate import run

        run(settings, checkpoint=folder)
