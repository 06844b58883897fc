"""`rlcs train`."""

from __future__ import annotations

from typing import Annotated

import typer

from rlcs.cli.options import ConfigOption, Overrides


def train(
    config: ConfigOption,
    overrides: Overrides = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the newest checkpoint of the run.")] = False,
) -> None:
    """Train a policy by reinforcement learning with curriculum sampling."""
    from rlcs.preflight import in_run_folder, prepare, require_engines

    require_engines()
    settings = prepare(config, overrides or [])
    with in_run_folder(settings):
        from rlcs.train import run

        run(settings, resume=resume)
