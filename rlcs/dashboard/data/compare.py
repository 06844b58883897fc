"""Several runs side by side: what each reached, and what it cost to reach it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from rlcs.dashboard.data.curves import AXES
from rlcs.dashboard.data.parquet import Rows
from rlcs.dashboard.data.run import HELD_OUT, Run

NUM_TARGETS = 4
ROUNDING = 1e-6
"""Metrics are kept as float32: 0.7 is a little less than 0.7."""
COSTS = tuple(AXES)
"""What reaching a target costs: step, rollouts, tokens, hours."""


def metric_keys(runs: Sequence[Run]) -> list[str]:
    """Return the keys that at least one run has in metrics.jsonl."""
    return sorted({key for run in runs for key in run.curves().keys()})


def targets(runs: Sequence[Run]) -> list[float]:
    """Return held-out pass@1 worth comparing at: even steps from the highest start to the best that a run reached.

    Rounded to 0.01. Empty when no run got better than every run started.
    """
    values = [finished for run in runs if len(finished := _held_out(run)[1])]
    if not values:
        return []
    start, best = max(one[0] for one in values), max(one.max() for one in values)
    found = np.floor(np.linspace(start, best, NUM_TARGETS + 1)[1:] * 100.0) / 100.0
    return sorted({float(round(target, 2)) for target in found if target > start})


def rollouts_to_target(runs: Sequence[Run], target: float | None = None) -> Rows:
    """Return, for each target and run, what the first evaluation that reached it had cost.

    Columns: run, target, reached, step, rollouts, tokens, hours (None where not reached), and ratio: its rollouts over
    those of the first run. An evaluation happens every few steps, so a cost is that much too high at most.
    """
    chosen = targets(runs) if target is None else [target]
    return [row for one in chosen for row in _reached(runs, one)]


def run_table(runs: Sequence[Run]) -> Rows:
    """Return a row per run: run, state, step, rollouts, tokens, hours, reward, held_out, best_held_out, best_step."""
    rows = []
    for run in runs:
        summary = run.summary()
        steps, values = _held_out(run)
        best = int(np.argmax(values)) if len(values) else None
        rows.append(
            {
                "run": run.name, "state": summary.state, "step": summary.last_step, "rollouts": summary.num_generated,
                "tokens": summary.num_tokens, "hours": summary.hours, "reward": summary.reward,
                "held_out": summary.held_out, "best_held_out": None if best is None else float(values[best]),
                "best_step": None if best is None else int(steps[best]),
            }
        )  # fmt: skip
    return rows


def _reached(runs: Sequence[Run], target: float) -> Rows:
    costs = [_cost(run, target) for run in runs]
    base = costs[0]["rollouts"] if costs else None
    return [
        {"run": run.name, "target": target, "reached": cost["step"] is not None, **cost,
         "ratio": cost["rollouts"] / base if base and cost["rollouts"] is not None else None}
        for run, cost in zip(runs, costs, strict=True)
    ]  # fmt: skip


def _cost(run: Run, target: float) -> dict[str, Any]:
    curves = run.curves()
    place = np.flatnonzero(curves.get(HELD_OUT) >= target - ROUNDING)
    return {axis: float(curves.axis(axis)[place[0]]) if len(place) else None for axis in COSTS}


def _held_out(run: Run) -> tuple[Any, Any]:
    """Return steps and held-out pass@1 of the evaluations."""
    curves = run.curves()
    values = curves.get(HELD_OUT)
    known = np.isfinite(values)
    return curves.steps[known], values[known]
