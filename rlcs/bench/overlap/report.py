"""`rlcs bench overlap`: what generating while learning gains, against what it should."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.table import Table

from rlcs.bench.overlap.measure import AIM, Result, measure
from rlcs.bench.overlap.workloads import CONFIG, more_and_more, regimes, this_machine
from rlcs.bench.report import surroundings, write_json
from rlcs.config.load import load_config
from rlcs.process.cluster import Cluster
from rlcs.process.console import console, say
from rlcs.process.environment import num_cores, prepare_process

IDLE_AIM = 0.05


def run(*, engines: list[int], seconds: float, num_steps: int, real: bool, json_target: Path | None) -> None:
    """Measure and print: four regimes, more and more engines, and (real) an engine and a learner on these cores."""
    prepare_process()
    config = load_config(CONFIG, [])
    with Cluster(config.cluster, max(engines) + 2) as cluster:
        shared = [measure(one, cluster, num_steps) for one in [*regimes(seconds), *([this_machine()] if real else [])]]
        console.print(regimes_table(shared))
        say(balance_line(shared[0]))
        if real:
            say(f"real engines and learner share {num_cores()} cores here: side by side each is slower")
        scale = [measure(one, cluster, num_steps) for one in more_and_more(engines, seconds)]
        console.print(scale_table(scale, seconds))
    results = {one.name: summary(one) for one in [*shared, *scale]}
    about = surroundings(config, threads=1)
    write_json(json_target, "overlap", {"seconds": seconds, "surroundings": about, "results": results})


def regimes_table(results: Sequence[Result]) -> Table:
    """Return a row a regime: its parts in turn, and what an overlapped step takes, green where within its aim."""
    table = Table(
        title="A step in seconds, medians. r: generated and judged, l: learned, s: sync",
        caption=f"ratio: overlapped steps over max(r, l) + s + boundary, aim {AIM} at most; gain: in turn / overlapped",
    )
    table.add_column("regime", no_wrap=True)
    for heading in ("r", "l", "s", "boundary", "in turn", "overlapped", "ratio", "gain"):
        table.add_column(heading, justify="right", no_wrap=True)
    for one in results:
        parts = [one.middle("in_turn", f"time/{part}_s") for part in ("rollout", "score", "learn", "record", "sync")]
        rollout, score, learn, record, sync = parts
        cells = (
            rollout + score, learn + record, sync, one.middle("overlapped", "time/boundary_s"),
            one.middle("in_turn", "time/step_s"), one.middle("overlapped", "time/step_s"),
        )  # fmt: skip
        colour = "green" if one.ratio <= AIM else "yellow"
        ratio = f"[{colour}]{one.ratio:.2f}[/{colour}]"
        table.add_row(one.name, *(f"{cell:.2f}" for cell in cells), ratio, f"{one.gain:.2f}")
    return table


def balance_line(one: Result) -> str:
    """Return how evenly the engines of a regime were loaded, and how evenly they would have been."""
    before, after = (one.middle("overlapped", f"rollout/engine_balance{key}") for key in ("_in_turn", ""))
    return (
        f"most tokens of an engine over the mean of {one.num_engines}: {before:.2f} if dealt in turn, {after:.2f} as "
        "dealt, by the lengths that the curriculum knows"
    )


def scale_table(results: Sequence[Result], seconds: float) -> Table:
    """Return a row a number of engines: for how much of a step an engine has nothing to do."""
    table = Table(title=f"{seconds:g} s of work on either side; seconds, medians")
    for heading in ("engines", "overlapped", "boundary", "sync", f"idle (≤ {IDLE_AIM:.0%})", "gain"):
        table.add_column(heading, justify="right", no_wrap=True)
    for one in results:
        cells = [one.middle("overlapped", f"time/{part}_s") for part in ("step", "boundary", "sync")]
        idle = one.idle_share(seconds)
        colour = "green" if idle <= IDLE_AIM else "yellow"
        coloured = f"[{colour}]{idle:.1%}[/{colour}]"
        table.add_row(str(one.num_engines), *(f"{cell:.2f}" for cell in cells), coloured, f"{one.gain:.2f}")
    return table


def summary(one: Result) -> dict[str, Any]:
    """Return what goes into the JSON file."""
    balance = {key: one.middle("overlapped", f"rollout/{key}") for key in ("engine_balance", "engine_balance_in_turn")}
    return {
        "num_engines": one.num_engines,
        "ratio": one.ratio,
        "gain": one.gain,
        "calculated_s": one.calculated,
        **balance,
        "in_turn": one.in_turn,
        "overlapped": one.overlapped,
    }
