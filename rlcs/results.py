"""Evaluations as people read them: a line while the run goes on, tables when it ends."""

from __future__ import annotations

import math
from pathlib import Path

from rich.table import Table

from rlcs.console import console
from rlcs.metrics import Metrics
from rlcs.records import TIERS


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
