"""`rlcs check`."""

from __future__ import annotations

from typing import Annotated

import typer

from rlcs.cli.options import ConfigOption, Overrides


def check(
    config: ConfigOption,
    overrides: Overrides = None,
    sft: Annotated[bool, typer.Option("--sft", help="The configuration is for rlcs sft: traces, no rewards.")] = False,
    reward_model: Annotated[
        bool, typer.Option("--reward-model", help="The configuration is for rlcs reward-model: preference pairs.")
    ] = False,
) -> None:
    """Tell what is wrong with a configuration, its data and its rewards, before any model loads."""
    from rlcs.preflight import in_empty_folder, prepare

    settings = prepare(config, overrides or [], is_judged=not (sft or reward_model))
    with in_empty_folder():
        from rlcs.check import run, run_reward_model, run_sft

        (run_sft if sft else run_reward_model if reward_model else run)(settings)
