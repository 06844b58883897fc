"""`rlcs bench curriculum`: its options, and which of its three benchmarks they ask for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rlcs.cli.commands import Overrides

if TYPE_CHECKING:
    from rlcs.bench.curriculum.study import Study

JsonOption = Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write every raw number here as well.")]
Names = list[str] | None
OwnOption = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Train as this configuration says, on its data (default: the tiny policy)."),
]
ScaleOption = Annotated[bool, typer.Option("--scale", help="Cost of drawing and of state as the pool grows.")]
SimulateOption = Annotated[
    bool, typer.Option("--simulate", help="Rollouts to target on a simulated learner: many seeds, large pools.")
]
TasksOption = Annotated[
    int | None,
    typer.Option(
        min=100,
        help="Tasks of a pool (default: 1,000; with --simulate 100,000); with --scale of the largest (default: "
        "10,000,000), powers of ten below it come first.",
    ),
]
SamplerOption = Annotated[
    Names, typer.Option(metavar="NAME", help="--scale: this sampler only; may be given several times.")
]
ArmOption = Annotated[Names, typer.Option(metavar="NAME", help="This arm only; may be given several times.")]
RegimeOption = Annotated[
    Names, typer.Option(metavar="NAME", help="This kind of pool only; may be given several times.")
]
SeedsOption = Annotated[int | None, typer.Option(min=1, help="Seeds, the same for all arms.")]
BudgetOption = Annotated[
    int | None, typer.Option(min=1, help="Completions of a run (default: 5,120; simulated, 160 batches).")
]
GradedOption = Annotated[bool, typer.Option("--graded", help="Tell the curriculum pass@8 of the untrained policy.")]
SampleOption = Annotated[
    float | None,
    typer.Option(
        min=0.001, max=1.0, metavar="SHARE", help="Grade this share of a pool, 4 completions each, predict the rest."
    ),
]
ShuffledOption = Annotated[
    bool, typer.Option("--shuffled", help="The curriculum sees the text of another task, which tells nothing.")
]
QuickOption = Annotated[bool, typer.Option("--quick", help="Few seeds: a first look.")]
OutOption = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Keep finished runs here, they are not run again; write plots.")
]


def curriculum(
    overrides: Overrides = None,
    config: OwnOption = None,
    scale: ScaleOption = False,
    simulate: SimulateOption = False,
    tasks: TasksOption = None,
    sampler: SamplerOption = None,
    arm: ArmOption = None,
    regime: RegimeOption = None,
    seeds: SeedsOption = None,
    budget: BudgetOption = None,
    graded: GradedOption = False,
    sample: SampleOption = None,
    shuffled: ShuffledOption = False,
    quick: QuickOption = False,
    out: OutOption = None,
    json: JsonOption = None,
) -> None:
    """Compare curricula by rollouts to target: by training, on a simulated learner, or (--scale) by what they cost."""
    from rlcs.bench.report import json_target
    from rlcs.errors import UserError

    if scale and simulate:
        raise UserError("rlcs bench curriculum: give --simulate or --scale, not both; without them it trains")
    if config is not None and (scale or simulate):
        raise UserError("rlcs bench curriculum: --config is for training; leave --simulate and --scale out")
    if shuffled and scale:
        raise UserError("rlcs bench curriculum: --shuffled is for --simulate and for training; leave --scale out")
    if sample and graded:
        raise UserError("rlcs bench curriculum: --graded grades every task, --sample a share of them; give one")
    target = json_target(json)
    asked: dict[str, Any] = {
        "arms": arm, "regimes": regime, "num_seeds": seeds, "num_tasks": tasks, "budget": budget, "quick": quick,
        "is_graded": graded, "overrides": overrides or [],
    }  # fmt: skip
    if scale:
        _measure_scale(sampler, tasks, out, target)
    elif simulate:
        from rlcs.bench.curriculum.simulated_text import SHUFFLED, TELLING
        from rlcs.bench.curriculum.simulation import plan_simulation, run

        simulation = plan_simulation(**asked, sample=sample or 0.0, text=SHUFFLED if shuffled else TELLING)
        run(simulation, out=out, json_target=target)
    else:
        from rlcs.bench.curriculum.study import plan_study

        _train(plan_study(out=out, config=config, sample=sample, is_shuffled=shuffled, **asked), target)


def _measure_scale(samplers: list[str] | None, tasks: int | None, out: Path | None, target: Path | None) -> None:
    from rlcs.bench.curriculum.scale import run
    from rlcs.plugins import SAMPLERS

    names = samplers or SAMPLERS.names()
    for name in names:
        SAMPLERS.get(name)
    run(samplers=names, largest=tasks or 10_000_000, out=out, json_target=target)


def _train(study: Study, target: Path | None) -> None:
    from rlcs.run.preflight import require_engines

    require_engines()
    with study.working_folder():
        from rlcs.bench.curriculum.training import run

        run(study, json_target=target)
