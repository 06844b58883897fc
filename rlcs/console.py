"""What a person sees: a line per step while the run goes on, the before / after table when it ends."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from rlcs.metrics import Metrics
from rlcs.records import TIERS

Item = TypeVar("Item")

console = Console(highlight=False, soft_wrap=True)

HEADER = (
    "  step  reward   draws by tier %: v.hard hard medium easy v.easy   expand  trained   tokens/s   "
    "seconds: rollout score learn  sync  all   left"
)
HEADER_EVERY = 25


def say(text: str) -> None:
    """Print one plain line."""
    console.print(text, markup=False)


@contextmanager
def waiting(text: str) -> Iterator[None]:
    """Show that something slow is going on: a spinner on a terminal, one line elsewhere."""
    if console.is_terminal:
        with console.status(text):
            yield
    else:
        say(text)
        yield


def track(items: Iterable[Item], *, total: int, text: str) -> Iterator[Item]:
    """Yield the items behind a progress bar that goes away when done; elsewhere than on a terminal, without one."""
    if not console.is_terminal:
        yield from items
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        yield from progress.track(items, total=total, description=text)


def step_line(step: int, num_steps: int, metrics: Metrics, *, seconds_left: float) -> str:
    """Return the progress line of a step; HEADER names its columns."""
    shares = " ".join(f"{100 * metrics.get(f'curriculum/tier/{tier}/share', 0.0):5.0f}" for tier in TIERS)
    phases = " ".join(
        f"{metrics.get(f'time/{phase}_s', 0.0):5.1f}" for phase in ("rollout", "score", "learn", "sync", "step")
    )
    kept = f"{metrics['curriculum/num_selected']:.0f}/{metrics['rollout/num_tasks']:.0f}"
    return (
        f"{step:>4}/{num_steps:<4} {metrics['reward/mean']:5.3f}                {shares}             "
        f"{metrics['curriculum/expansion_ema']:4.2f}  {kept:>9} {metrics['rollout/tokens_per_s']:>9,.0f}          "
        f"{phases} {_minutes(seconds_left):>6}"
    )


def print_step(step: int, num_steps: int, first_step: int, metrics: Metrics, *, seconds_left: float) -> None:
    """Print the line of a step, with the header above the first and every 25th."""
    if (step - first_step) % HEADER_EVERY == 0:
        say(HEADER)
    say(step_line(step, num_steps, metrics, seconds_left=seconds_left))


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


def _minutes(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"
