"""What the benchmarks of the curriculum show: a table per regime, learning curves, efficiency, and every raw number.

Training (rlcs bench curriculum) and simulation (--simulate) share it. All arms are shown, the losing ones too.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from itertools import groupby
from pathlib import Path
from statistics import median
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table

from rlcs.bench.curriculum.plots import write_plots
from rlcs.bench.curriculum.rollouts_to_target import (
    SHARES,
    Curve,
    Interval,
    Point,
    Standing,
    median_ratio,
    read_curve,
    standings,
)
from rlcs.bench.curriculum.study import BASELINE, IGNORE_GRADES, REFILL
from rlcs.bench.report import write_json
from rlcs.process.console import console, say


def report(
    results: Sequence[Mapping[str, Any]],
    *,
    title: str,
    benchmark: str,
    about: Mapping[str, Any],
    out: Path | None,
    json_target: Path | None,
) -> None:
    """Print the tables of some runs; write plots into `out`, and the raw numbers to the target, where these are given.

    `results` is what the runs wrote (read_curve says what it holds), `about` what else the JSON file is to say.
    """
    found = standings(
        [read_curve(result) for result in results], baseline=BASELINE, refill=REFILL, without_grades=IGNORE_GRADES
    )
    for regime, arms in groupby(found, key=lambda standing: standing.regime):
        console.print(regime_tables(f"{title}, {regime}", list(arms)), soft_wrap=False)
    if out is not None and found:
        say(f"plots: {', '.join(str(file) for file in write_plots(found, out, title=title))}")
    content = {**about, "summary": [summary(standing) for standing in found], "runs": list(results)}
    write_json(json_target, benchmark, content)


def regime_tables(title: str, arms: Sequence[Standing]) -> RenderableType:
    """Return what there is to say of a regime, a row an arm: medians over the seeds, below each its range."""
    headings = [f"{share:.0%} of {BASELINE}'s best" for share in SHARES]
    rollouts = _table(f"{title}: completions until", headings)
    others = _table(
        f"{title}: compared", [f"{BASELINE} / arm", "net of grades", "refill / arm", "final accuracy", "valid groups"]
    )
    costs = _table(f"{title}: to {SHARES[1]:.0%}", ["generated tokens", "seconds of training"])
    middle = SHARES[1]
    for standing in arms:
        count = partial(_count, budget=standing.budget)
        rollouts.add_row(standing.arm, *(_with_range(standing.rollouts[share], count) for share in SHARES))
        others.add_row(
            standing.arm,
            _ratio_cell(standing.ratios[middle]),
            _ratio_cell(standing.net_ratios[middle]),
            _ratio_cell(standing.refill_ratios[middle]),
            _with_range(standing.final, "{:.3f}".format),
            _with_range([share for curve in standing.curves for share in _valid_shares(curve)], "{:.0%}".format),
        )
        costs.add_row(standing.arm, *(_with_range(of[middle], _amount) for of in (standing.tokens, standing.seconds)))
    is_told = any(not math.isnan(value) for standing in arms for value in standing.tokens[middle])
    return Group(rollouts, others, *([costs] if is_told else []), *_remarks(arms))


def _table(title: str, headings: Sequence[str]) -> Table:
    table = Table(title=title, box=SIMPLE_HEAD, padding=0)
    table.add_column("arm", no_wrap=True)
    for heading in headings:
        table.add_column(heading.replace(" ", "\n", 2 if "best" in heading else 1), justify="right", no_wrap=True)
    return table


def _remarks(arms: Sequence[Standing]) -> list[str]:
    """Return the lines below the tables of a regime."""
    budget, num_seeds = arms[0].budget, max(len(standing.final) for standing in arms)
    lines = [
        f"Reached: on two evaluations in a row, within {budget:,} completions generated. Ratios: at {SHARES[1]:.0%}.",
        f"Median and range of {num_seeds} paired {'seed' if num_seeds == 1 else 'seeds'}.",
    ]
    if grading := max(curve.grading for standing in arms for curve in standing.curves):
        lines.append(f"Offline grading took {grading:,} completions, which only the figures net of grades count.")
    return [*lines, ""]


def _with_range(values: Sequence[float], show: Callable[[float], str]) -> str:
    if not values:
        return ""
    low, high = show(min(values)), show(max(values))
    return show(median(values)) if low == high else f"{show(median(values))}\n{low}-{high}"


def _count(value: float, *, budget: int) -> str:
    return f"{value:,.0f}" if math.isfinite(value) else f">{budget:,}"


def _amount(value: float) -> str:
    return f"{value:,.0f}" if math.isfinite(value) else "not reached"


def _ratio_cell(ratios: Sequence[Interval]) -> str:
    """Return the median, and the range of what can be told: exact ratios and bounds."""
    if not ratios:
        return ""
    told = [one.low if one.low > 0.0 else one.high for one in ratios if one.low > 0.0 or math.isfinite(one.high)]
    middle = str(median_ratio(ratios))
    return middle if len(told) < 2 else f"{middle}\n{min(told):.2f}-{max(told):.2f}"


def _valid_shares(curve: Curve) -> list[float]:
    """Return the mean valid share of a run, alone in a list; an empty list where it is not known."""
    known = [point.valid_share for point in curve.points if point.valid_share is not None]
    return [sum(known) / len(known)] if known else []


def summary(standing: Standing) -> dict[str, Any]:
    """Return what the JSON file says of an arm; rollouts that were never reached are null."""
    last: list[Point] = [curve.points[-1] for curve in standing.curves]
    return {
        "arm": standing.arm,
        "regime": standing.regime,
        "budget": standing.budget,
        "seeds": [curve.seed for curve in standing.curves],
        "rollouts_to_target": {str(share): _finite(values) for share, values in standing.rollouts.items()},
        "ratio_to_baseline": {str(share): _bounds(median_ratio(found)) for share, found in standing.ratios.items()},
        "net_ratio_to_baseline": {
            str(share): _bounds(median_ratio(found)) for share, found in standing.net_ratios.items()
        },
        "tokens_to_target": {str(share): _finite(values) for share, values in standing.tokens.items()},
        "seconds_to_target": {str(share): _finite(values) for share, values in standing.seconds.items()},
        "ratio_to_refill": {
            str(share): _bounds(median_ratio(found)) for share, found in standing.refill_ratios.items() if found
        },
        "final_accuracy": standing.final,
        "final_points": [asdict(point) for point in last],
    }


def _finite(values: Sequence[float]) -> list[float | None]:
    return [value if math.isfinite(value) else None for value in values]


def _bounds(interval: Interval) -> list[float | None]:
    return [interval.low, interval.high if math.isfinite(interval.high) else None]
