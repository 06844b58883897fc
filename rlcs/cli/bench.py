"""`rlcs bench`: measurements that anyone can rerun, one command each."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rlcs.cli.options import ConfigOption, Overrides

bench = typer.Typer(help="Measure a part of RLCS: a table, and every raw number with --json.", no_args_is_help=True)

JsonOption = Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write every raw number here as well.")]


@bench.command("throughput")
def throughput(
    config: ConfigOption,
    overrides: Overrides = None,
    repeats: Annotated[int, typer.Option(min=1, help="Measurements of each kind, in turn.")] = 5,
    json: JsonOption = None,
) -> None:
    """Compare rollout and learner with bare vLLM and bare torch, and time the weight sync."""
    from rlcs.bench.report import json_target
    from rlcs.preflight import in_empty_folder, prepare, require_engines

    require_engines()
    settings = prepare(config, overrides or [])
    target = json_target(json)
    with in_empty_folder():
        from rlcs.bench.throughput import run

        run(settings, repeats=repeats, json_target=target)


@bench.command("packing")
def packing(json: JsonOption = None) -> None:
    """Compare the packed with the padded layout, and calculate the balance over 2, 8 and 64 ranks."""
    from rlcs.bench.report import json_target
    from rlcs.preflight import require_engines

    require_engines()
    target = json_target(json)
    from rlcs.bench.packing import run

    run(json_target=target)
