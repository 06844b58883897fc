"""Pools of tasks for `rlcs bench curriculum`, and how good the policy is that starts on them.

A regime is how often each level of difficulty occurs, and a starting policy: the shipped one after training on traces
in which other shares of the steps go wrong. Held out are tasks of all levels alike, the same in every regime. A task
carries its kind as subcategory and no grade, unless the study grades its pools.

A task of d steps is solved with probability (1 - slips)^d by a policy that has learnt its traces to the end, and the
levels of most kinds have d = level. Pass rates of the starting policies on addition, as measured:

    level      1     2     3     4     5     6     7     8
    steep   1.00  0.94  0.49  0.21  0.24  0.10  0.08  0.05
    weak    0.42  0.15                          0.00  0.00
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from rlcs.tiny.generate import generate_rows, parse_path


@dataclass(frozen=True, kw_only=True, slots=True)
class Start:
    """How a starting policy is made of the shipped one."""

    slips: dict[str, int]
    """Levels to the per cent of steps that go wrong in its traces."""
    num_traces: int
    """Traces of each entry of `slips`. To go wrong more often is soon learnt, to go wrong less often takes more."""
    lr: float
    """Learning rate on them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Regime:
    """A kind of pool."""

    levels: dict[int, float]
    """Weight of each level in the pool."""
    start: str
    """Name of the starting policy."""
    lr: float
    """Learning rate of all arms: of those tried, the one at which uniform sampling ends highest."""


STARTS: dict[str, Start] = {
    "steep": Start(slips={"1-2": 1, "3-8": 30}, num_traces=12_000, lr=2e-3),
    "weak": Start(slips={"1-8": 60}, num_traces=9600, lr=5e-4),
}

REGIMES: dict[str, Regime] = {
    # About a fifth of the tasks in each tier of pass rates: level 1 is very easy, 8 is very hard.
    "balanced": Regime(levels={1: 1.0, 2: 1.0, 3: 1.0, 4: 1.0, 8: 1.0}, start="steep", lr=5e-4),
    "easy-heavy": Regime(levels={1: 16.0, 3: 1.0, 4: 1.0, 5: 1.0, 6: 1.0}, start="steep", lr=1e-3),
    "hard-heavy": Regime(levels={1: 1.0, 2: 1.0, 7: 9.0, 8: 9.0}, start="weak", lr=1e-3),
}

HELD_OUT_LEVELS = "1-8"
NUM_HELD_OUT = 80
"""Held-out tasks of each kind, ten of each level."""


def definition(regime: str) -> dict[str, Any]:
    """Return what makes a regime, as JSON writes it: runs of one that was defined otherwise tell another story."""
    chosen = REGIMES[regime]
    levels = {str(level): weight for level, weight in chosen.levels.items()}
    return {"levels": levels, "start": asdict(STARTS[chosen.start]), "lr": chosen.lr}


def traces_of(start: str) -> list[str]:
    """Return the overrides that name the traces of a starting policy, and how it learns them."""
    chosen = STARTS[start]
    count = chosen.num_traces
    sources = [
        f"{{name: traces_{levels[0]}, path: 'tiny://traces?levels={levels}&count={count}&slips={slips}&seed=7'}}"
        for levels, slips in chosen.slips.items()
    ]
    return [f"data.train=[{', '.join(sources)}]", f"learner.lr={chosen.lr}"]


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
