"""`rlcs sft`."""

from __future__ import annotations

from rlcs.cli.options import ConfigOption, Overrides


def sft(config: ConfigOption, overrides: Overrides = None) -> None:
    """Fine-tune a model on traces: the cold start before reinforcement learning."""
    from rlcs.preflight import in_run_folder, prepare, require_engines

    require_engines()
    settings = prepare(config, overrides or [], is_judged=False)
    with in_run_folder(settings):
        from rlcs.sft import run

        run(settings)
