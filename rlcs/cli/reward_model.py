"""`rlcs reward-model`."""

from __future__ import annotations

from typing import Annotated

import typer

from rlcs.cli.options import ConfigOption, Overrides


def reward_model(
    config: ConfigOption,
    overrides: Overrides = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the newest checkpoint of the run.")] = False,
) -> None:
    """Train a reward model on preference pairs, for sources that no rule can judge."""
    from rlcs.preflight import in_run_folder, prepare, require_engines

    require_engines()
    settings = prepare(config, overrides or [], is_judged=False)
    with in_run_folder(settings):
        from rlcs.reward_model import run

        run(settings, resume=resume)
