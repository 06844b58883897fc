"""Pools of tasks for `rlcs bench curriculum`, and how good the policy is that starts on them.

A regime is how often each level of difficulty occurs, and a starting policy: the shipped one, whose steps go wrong in
15 % of the cases, or that one after some training on worse traces. Held out are tasks of all levels alike, the same in
every regime. A task carries its kind as subcategory and no grade: difficulty has to be found out.

A task of d steps is solved with probability (1 - slips)^d at the start, and the levels of most kinds have d = level:

    balanced     35 % slips: levels 1 to 8 alike, pass rates from 0.65 to 0.03
    easy-heavy   15 % slips: of 20 tasks 17 are solved nearly always after a few steps
    hard-heavy   50 % slips: of 20 tasks 17 are solved once in 60 completions or less
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from rlcs.tiny.generate import generate_rows, parse_path


@dataclass(frozen=True, kw_only=True, slots=True)
class Regime:
    """A kind of pool."""

    levels: dict[int, float]
    """Weight of each level in the pool."""
    slips: int | None
    """Per cent of steps that go wrong in the starting policy; None: the shipped policy."""


REGIMES: dict[str, Regime] = {
    "balanced": Regime(levels={level: 1.0 for level in range(1, 9)}, slips=35),
    "easy-heavy": Regime(levels={1: 17.0, 5: 0.75, 6: 0.75, 7: 0.75, 8: 0.75}, slips=None),
    "hard-heavy": Regime(levels={1: 1.0, 2: 1.0, 7: 9.0, 8: 9.0}, slips=60),
}

HELD_OUT_LEVELS = "1-8"
NUM_HELD_OUT = 80
"""Held-out tasks of each kind, ten of each level."""


def level_counts(weights: dict[int, float], num_tasks: int) -> dict[int, int]:
    """Split `num_tasks` over levels by weight; the sum is exact."""
    total, counts, given, reached = sum(weights.values()), {}, 0, 0.0
    for level, weight in weights.items():
        reached += weight
        counts[level] = round(num_tasks * reached / total) - given
        given += counts[level]
    return counts


def write_pool(file: Path, regime: str, *, num_tasks: int, seed: int) -> None:
    """Write the training tasks of a regime as JSONL; another seed gives other tasks of the same mix."""
    rows: list[dict[str, Any]] = []
    for level, count in level_counts(REGIMES[regime].levels, num_tasks).items():
        source = parse_path(f"tiny://mixed?levels={level}-{level}&count={max(count, 1)}&seed={seed}")
        rows += islice(generate_rows(source), count)
    _write(file, rows)


def write_held_out(file: Path, kind: str, *, num_tasks: int) -> None:
    """Write held-out tasks of a kind, the same for every regime, arm and seed."""
    path = f"tiny://{kind}?levels={HELD_OUT_LEVELS}&count={num_tasks}&split=eval"
    _write(file, list(generate_rows(parse_path(path))))


def _write(file: Path, rows: list[dict[str, Any]]) -> None:
    kept = ("id", "prompt", "answer", "subcategory", "level")
    text = "".join(json.dumps({key: row[key] for key in kept}) + "\n" for row in rows)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
