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


@bench.command("verifiers")
def verifiers(
    items: Annotated[int, typer.Option(min=2, help="Items for each verifier.")] = 400,
    repeats: Annotated[int, typer.Option(min=1, help="Measurements of each side of the comparison, in turn.")] = 3,
    only: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Measure this verifier only; may be given several times.")
    ] = None,
    golds: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="Golds to compare on as well, JSON or JSONL; may be given several times."),
    ] = None,
    json: JsonOption = None,
) -> None:
    """Time every verifier on generated answers, and compare math with math-verify called bare."""
    from rlcs.bench.report import json_target
    from rlcs.bench.verifiers import run

    run(json_target=json_target(json), num_items=items, repeats=repeats, only=only or [], golds=golds or [])


@bench.command("curriculum")
def curriculum(
    scale: Annotated[bool, typer.Option("--scale", help="Cost of drawing and of state as the pool grows.")] = False,
    tasks: Annotated[int, typer.Option(min=1000, help="Largest pool; powers of ten below it come first.")] = 10_000_000,
    sampler: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Measure this sampler only; may be given several times.")
    ] = None,
    json: JsonOption = None,
) -> None:
    """With --scale: time the samplers on pools from 10,000 to 10 million tasks, and count bytes a task."""
    from rlcs.errors import UserError

    if not scale:
        raise UserError("rlcs bench curriculum compares no training runs yet; add --scale to measure cost and memory")
    from rlcs.bench.curriculum_scale import run
    from rlcs.bench.report import json_target
    from rlcs.registry import SAMPLERS

    names = sampler or SAMPLERS.names()
    for name in names:
        SAMPLERS.get(name)
    run(samplers=names, largest=tasks, json_target=json_target(json))
