"""What a run shows: the progress line of a step, the line of an evaluation, the tables at the end."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table

from rlcs.metrics import Metrics
from rlcs.process.console import command, console, say
from rlcs.records import TIERS

HEADER_EVERY = 25
_TIER_TITLES = {"very_hard": "v.hard", "very_easy": "v.easy"}
_PHASES = ("rollout", "score", "learn", "sync", "step")


def evaluation_line(step: int, metrics: Metrics) -> str:
    """Return a line with the held-out pass@1 of all tasks and of each tier."""
    tiers = [(tier, metrics.get(f"eval/tier/{tier}/pass@1")) for tier in (*TIERS, "ungraded")]
    parts = "  ".join(f"{name(tier)} {value:.3f}" for tier, value in tiers if value is not None)
    return f"       held-out pass@1 at step {step}: all {metrics.get('eval/all/pass@1', math.nan):.3f}  ({parts})"


def print_evaluation(metrics: Metrics) -> None:
    """Print every slice of one evaluation as a table: pass@1, pass@k, mean score."""
    ks = sorted({int(key.rsplit("@", 1)[1]) for key in metrics if "/pass@" in key})
    table = Table("held-out", "tasks", *[f"pass@{k}" for k in ks], "mean score", title="Evaluation")
    for part in slices(metrics):
        values = [metrics.get(f"eval/{part}/pass@{k}", math.nan) for k in ks]
        table.add_row(
            name(part),
            f"{metrics[f'eval/{part}/num_tasks']:.0f}",
            *[f"{v:.3f}" for v in values],
            f"{metrics[f'eval/{part}/score']:.3f}",
        )
    console.print(table)


def print_before_after(records: list[dict[str, float]], folder: Path) -> None:
    """Print the table that ends a run: held-out pass@1 of each slice at the first and the last evaluation."""
    evaluations = [record for record in records if "eval/all/pass@1" in record]
    if len(evaluations) < 2:
        return
    first, last = evaluations[0], evaluations[-1]
    columns = ("held-out pass@1", "tasks", f"before (step {first['step']})", f"after (step {last['step']})", "gain")
    table = Table(*columns, title=f"Before and after: {folder}")
    for part in slices(last):
        before, after = first.get(f"eval/{part}/pass@1", math.nan), last[f"eval/{part}/pass@1"]
        tasks = f"{last[f'eval/{part}/num_tasks']:.0f}"
        table.add_row(
            name(part),
            tasks,
            f"{before:.3f}",
            f"{after:.3f}",
            f"{after - before:+.3f}",
            style="bold" if part == "all" else "",
            end_section=part in ("all", _last_tier(last)),
        )
    console.print(table)


def say_next_commands(folder: Path, step: int) -> None:
    """Tell a newcomer what to try next with a run that ended at `step`."""
    rlcs, config = command("rlcs"), f"--config {folder}/config.yaml"
    say("\nWhat to try next:")
    say(f"  {rlcs} dashboard {folder}     # the run as a page: curves, curriculum, every rollout")
    say(f"  {rlcs} eval {config} --checkpoint {folder} eval.num_completions=4 eval.k=[1,4]")
    say(f"  {rlcs} train {config} --resume run.steps={step + 20}     # go on")
    say(f"  {rlcs} train --config stem model.path=… data.train.0.path=…     # your model, your data")


def slices(metrics: Metrics) -> list[str]:
    """Return the slices of an evaluation in reading order: all, tiers from easy to hard, the rest."""
    suffix = "/num_tasks"
    found = [key[len("eval/") : -len(suffix)] for key in metrics if key.startswith("eval/") and key.endswith(suffix)]
    tiers = [f"tier/{tier}" for tier in (*reversed(TIERS), "ungraded")]
    first = [part for part in ("all", *tiers) if part in found]
    return first + sorted(part for part in found if part not in first)


def name(part: str) -> str:
    """Return a slice's or tier's name as people say it: tier/very_hard -> very hard."""
    return (
        part.removeprefix("tier/").removeprefix("domain/").replace("_", " ")
        if part.startswith("tier/") or part in TIERS
        else part
    )


def _last_tier(metrics: Metrics) -> str:
    tiers = [part for part in slices(metrics) if part.startswith("tier/")]
    return tiers[-1] if tiers else ""


@dataclass(frozen=True)
class Column:
    """One column: what stands above it, its width, and its text in a step."""

    title: str
    width: int
    text: Callable[[Metrics], str]
    group: str = ""
    """What stands above the titles of several columns, given at the first of them."""


def _share(tier: str) -> Callable[[Metrics], str]:
    return lambda metrics: f"{100 * metrics.get(f'curriculum/tier/{tier}/share', 0.0):.0f}"


def _seconds(phase: str) -> Callable[[Metrics], str]:
    return lambda metrics: f"{metrics.get(f'time/{phase}_s', 0.0):.1f}"


def _trained(metrics: Metrics) -> str:
    return f"{metrics['curriculum/num_selected']:.0f}/{metrics['rollout/num_tasks']:.0f}"


COLUMNS = (
    Column("reward", 6, lambda metrics: f"{metrics['reward/mean']:.3f}"),
    *(
        Column(_TIER_TITLES.get(tier, tier), 6, _share(tier), group="" if number else "% of tasks drawn, by tier")
        for number, tier in enumerate(TIERS)
    ),
    Column("expand", 6, lambda metrics: f"{metrics['curriculum/expansion_ema']:.2f}"),
    Column("drawn", 8, _trained, group="trained/"),
    Column("tokens/s", 8, lambda metrics: f"{metrics['rollout/tokens_per_s']:,.0f}"),
    Column("rollout", 7, _seconds("rollout"), group="seconds"),
    *(Column("all" if phase == "step" else phase, 5, _seconds(phase)) for phase in _PHASES[1:]),
)


def header() -> list[str]:
    """Return the two lines above the steps."""
    above, titles = " " * 9, "     step"
    for column in COLUMNS:
        above = f"{above:<{len(titles) + 1}}{column.group:>{column.width}}" if column.group else above
        titles += f" {column.title:>{column.width}}"
    return [above, f"{titles}   left"]


def step_line(step: int, num_steps: int, metrics: Metrics, *, seconds_left: float) -> str:
    """Return the progress line of a step; `header` names its columns."""
    cells = " ".join(f"{column.text(metrics):>{column.width}}" for column in COLUMNS)
    return f"{f'{step}/{num_steps}':>9} {cells} {_minutes(seconds_left):>6}"


def print_step(step: int, num_steps: int, first_step: int, metrics: Metrics, *, seconds_left: float) -> None:
    """Print the line of a step, with the header above the first and every 25th."""
    if (step - first_step) % HEADER_EVERY == 0:
        for line in header():
            say(line)
    say(step_line(step, num_steps, metrics, seconds_left=seconds_left))


def _minutes(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"
