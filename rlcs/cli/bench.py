"""`rlcs bench`: measurements that anyone can rerun, one command each."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rlcs.cli.bench_curriculum import JsonOption, curriculum
from rlcs.cli.commands import ConfigOption, Overrides

bench = typer.Typer(help="Measure a part of RLCS: a table, and every raw number with --json.", no_args_is_help=True)


@bench.command("throughput")
def throughput(
    config: ConfigOption,
    overrides: Overrides = None,
    repeats: Annotated[int, typer.Option(min=1, help="Measurements of each kind, in turn.")] = 5,
    json: JsonOption = None,
) -> None:
    """Compare rollout and learner with bare vLLM and bare torch, and time the weight sync."""
    from rlcs.bench.report import json_target
    from rlcs.run.preflight import in_empty_folder, prepare, require_engines

    require_engines()
    settings = prepare(config, overrides or [])
    target = json_target(json)
    with in_empty_folder():
        from rlcs.bench.engines.throughput import run

        run(settings, repeats=repeats, json_target=target)


@bench.command("packing")
def packing(
    run_folder: Annotated[
        Path | None, typer.Argument(metavar="RUN", help="Pack what this run trained on (default: made-up samples).")
    ] = None,
    json: JsonOption = None,
) -> None:
    """Compare packed with padded, shared prompts with packed, and calculate the balance over 2, 8 and 64 ranks."""
    from rlcs.bench.report import json_target
    from rlcs.run.preflight import require_engines

    require_engines()
    target = json_target(json)
    from rlcs.bench.engines.packing import run
    from rlcs.bench.engines.recorded import recorded_work

    run(json_target=target, work=None if run_folder is None else recorded_work(run_folder))


@bench.command("learner")
def learner(
    shape: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="Shape of the model, weights are random: tiny, 135m, 0.5b, 1.5b, 7b, vision-tiny, vision-3b or "
            "vision-7b.",
        ),
    ] = "tiny",
    prompt: Annotated[int, typer.Option(min=8, help="Tokens of a prompt, those of its image included.")] = 256,
    answer: Annotated[int, typer.Option(min=1, help="Tokens of an answer, on average.")] = 256,
    group: Annotated[int, typer.Option(min=1, help="Answers to a prompt.")] = 8,
    groups: Annotated[int, typer.Option(min=1, help="Prompts of an update.")] = 4,
    pack_tokens: Annotated[int, typer.Option(min=16, help="Token slots of a micro-step.")] = 16384,
    dtype: Annotated[
        str, typer.Option(help="Weight type: float32, bfloat16 or auto (bfloat16 on GPU, float32 on CPU).")
    ] = "auto",
    steps: Annotated[int, typer.Option(min=1, help="Updates measured of each arm, after one that warms up.")] = 3,
    only: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="This arm only, such as packed+lora; may be given several times."),
    ] = None,
    json: JsonOption = None,
) -> None:
    """Time one rank of the learner alone, without Ray and vLLM: layouts, gradient checkpointing, adapters."""
    from rlcs.bench.learner.arms import choose
    from rlcs.bench.learner.report import run
    from rlcs.bench.learner.work import Load
    from rlcs.bench.report import json_target

    load = Load(prompt=prompt, answer=answer, group=group, groups=groups, pack_tokens=pack_tokens)
    arms = choose(only or [])
    run(shape=shape, arms=arms, load=load, dtype=dtype, steps=steps, json_target=json_target(json))


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
    fuzz: Annotated[
        bool, typer.Option("--fuzz", help="Judge drawn answers whose verdicts are known, and tell which differ.")
    ] = False,
    seconds: Annotated[float, typer.Option(min=1.0, help="--fuzz: how long; the last round is finished.")] = 60.0,
    seed: Annotated[int, typer.Option(help="--fuzz: the same seed draws the same answers.")] = 0,
    json: JsonOption = None,
) -> None:
    """Time every verifier on generated answers, and compare math with math-verify called bare; or --fuzz them."""
    from rlcs.bench.report import json_target

    target = json_target(json)
    if fuzz:
        from rlcs.bench.verifiers.fuzzing import fuzz as fuzzing

        fuzzing.run(only=only or [], seed=seed, seconds=seconds, json_target=target)
        return
    from rlcs.bench.verifiers.speed import run

    run(json_target=target, num_items=items, repeats=repeats, only=only or [], golds=golds or [])


bench.command("curriculum")(curriculum)


@bench.command("dashboard")
def dashboard(
    steps: Annotated[int, typer.Option(min=100, help="Steps of the run; each has 100 rollouts.")] = 100_000,
    folder: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Keep the made-up run here; one that is here already is taken.")
    ] = None,
    json: JsonOption = None,
) -> None:
    """Time the pages of the dashboard on a made-up run of 100,000 steps and 10 million rollouts."""
    from rlcs.bench.dashboard.pages import run
    from rlcs.bench.report import json_target

    run(num_steps=steps, folder=folder, json_target=json_target(json))


@bench.command("faults")
def faults(
    runs: Annotated[
        int, typer.Option(min=1, help="Injections of each fault that ends a run; the others are injected more often.")
    ] = 1,
    only: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="This fault only; may be given several times.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Decides at which moments of which steps.")] = 0,
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="Where runs and results are kept; injections made before stay.")
    ] = Path("runs/bench_faults"),
    json: JsonOption = None,
) -> None:
    """Inject faults into short real runs: processes that die or hang, exceptions, full disks, torn files, Ctrl-C."""
    from rlcs.bench.report import json_target
    from rlcs.run.preflight import require_engines

    require_engines()
    from rlcs.bench.faults.suite import run

    run(out=out, num_runs=runs, only=only or [], seed=seed, json_target=json_target(json))


@bench.command("overlap")
def overlap(
    engines: Annotated[
        list[int] | None, typer.Option(min=1, help="Sleeping engines; may be given several times (default: 1 to 64).")
    ] = None,
    seconds: Annotated[
        float, typer.Option(min=0.1, help="Work of the slower side in a step of sleeping workers.")
    ] = 4.0,
    steps: Annotated[int, typer.Option(min=3, help="Steps of each run; the first and the last are not counted.")] = 6,
    real: Annotated[bool, typer.Option("--real/--no-real", help="Measure a real engine and learner as well.")] = True,
    json: JsonOption = None,
) -> None:
    """Do the same work by both values of run.schedule: what a step takes, and what it should."""
    from rlcs.bench.report import json_target
    from rlcs.run.preflight import require_engines

    require_engines()
    target = json_target(json)
    from rlcs.bench.overlap.report import run

    run(engines=engines or [1, 4, 16, 64], seconds=seconds, num_steps=steps, real=real, json_target=target)


@bench.command("environments")
def environments(
    pages: Annotated[
        list[int] | None,
        typer.Option(min=1, help="Pages of the browser (default: 1 and 8); may be given several times."),
    ] = None,
    seconds: Annotated[float, typer.Option(min=1.0, help="For each number of pages.")] = 20.0,
    observe: Annotated[str, typer.Option(help="What each turn shows: screenshot, text or both.")] = "screenshot",
    scale: Annotated[float, typer.Option(help="Pixels of the screenshot for each pixel of the page.")] = 2.0,
    engine: Annotated[
        bool, typer.Option("--engine", help="Instead: what turns cost the engine where an environment answers at once.")
    ] = False,
    json: JsonOption = None,
) -> None:
    """Measure pages of MiniWoB++: calls a second, time and processor time of a call, memory of a browser."""
    from rlcs.bench.environments import run
    from rlcs.bench.report import json_target

    if engine:
        from rlcs.bench.episodes import run as run_engine

        run_engine(json_target=json_target(json))
        return
    run(pages=pages or [1, 8], seconds=seconds, observe=observe, scale=scale, json_target=json_target(json))


@bench.command("folder")
def folder_size(
    steps: Annotated[int, typer.Option(min=10, help="Steps of the run.")] = 10_000,
    tasks: Annotated[int, typer.Option(min=1000, help="Tasks of its pool.")] = 1_000_000,
    drawn: Annotated[int, typer.Option(min=1, help="Tasks drawn at a step, 8 completions each.")] = 128,
    keep: Annotated[int, typer.Option(min=0, help="run.keep_rollouts of the run; 0 keeps all.")] = 100,
    folder: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Keep the made-up run here (default: it is deleted).")
    ] = None,
    json: JsonOption = None,
) -> None:
    """Write the folder of a long run, made up, with the code of a real one; tell the bytes of each of its parts."""
    from rlcs.bench.folder_size import LongRun, run
    from rlcs.bench.report import json_target

    shape = LongRun(num_steps=steps, num_tasks=tasks, num_drawn=drawn, keep_rollouts=keep)
    run(shape, folder=folder, json_target=json_target(json))


@bench.command("rivals")
def rivals(
    trl_python: Annotated[
        Path,
        typer.Option(
            metavar="FILE",
            help="Python of an environment with TRL, made by: "
            "python3 -m venv trl && trl/bin/pip install trl==1.16.0 torch==2.13.0+cpu",
        ),
    ] = Path("trl/bin/python"),
    overrides: Overrides = None,
    only: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="This case only, tiny or smollm2; may be given several times."),
    ] = None,
    smollm2: Annotated[
        Path, typer.Option(metavar="DIR", help="SmolLM2-135M-Instruct; `make smollm2` writes it there.")
    ] = Path("models/smollm2-135m-instruct"),
    rounds: Annotated[
        int | None, typer.Option(min=1, help="Rounds in which each side has its turn (default: tiny 5, smollm2 3).")
    ] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Steps of a turn (default: tiny 2, smollm2 1).")] = None,
    json: JsonOption = None,
) -> None:
    """Train side by side with TRL's GRPOTrainer, in turn: speed of a whole step, memory, and what is learned."""
    from rlcs.bench.report import json_target
    from rlcs.run.preflight import in_empty_folder, require_engines

    require_engines()
    from rlcs.bench.rivals.cases import check_models, choose
    from rlcs.bench.rivals.theirs import check_python

    cases = choose(only or [], rounds=rounds, steps=steps)
    models, target = {"smollm2": smollm2.expanduser().absolute()}, json_target(json)
    check_models(cases, models)
    python = check_python(trl_python)
    with in_empty_folder():
        from rlcs.bench.rivals.report import run

        run(cases, models=models, overrides=overrides or [], python=python, json_target=target)
