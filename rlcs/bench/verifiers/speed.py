"""`rlcs bench verifiers`: how fast every verifier judges, and the verifier `math` beside math-verify called bare.

Items of each verifier's own kind (rlcs.bench.verifiers.items), half of them right: one at a time for the time of a
judgement, there and back, then all at once for the throughput of one worker. The comparison runs both sides in the
same kind of worker, in turn.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from rich.table import Table

from rewards import Scorer
from rewards.registry import REWARDS
from rewards.routes import default_reward
from rewards.verdicts import Pending
from rlcs.bench.report import Comparison, comparison_table, in_turn, write_json
from rlcs.bench.verifiers.bare_math import NAME as BARE
from rlcs.bench.verifiers.cpu_time import cpu_seconds
from rlcs.bench.verifiers.items import (
    GENERATORS,
    Generator,
    Item,
    formula,
    fraction,
    generate,
    integer,
    make_items,
)
from rlcs.config.schema import RewardConfig, ScoringConfig
from rlcs.errors import UserError
from rlcs.process.console import console, say, waiting
from rlcs.process.environment import num_cores
from rlcs.records import Status, Task, Verdict

ONE_BY_ONE = 100
WARM_UP = 8
KINDS: dict[str, Generator] = {"integers": integer, "fractions": fraction, "formulas": formula}
TIMEOUT_S = 20.0
FAULTS = (Status.TIMEOUT, Status.WORKER_DIED)


@dataclass(frozen=True, kw_only=True)
class Speed:
    """How fast one verifier judged."""

    verifier: str
    items: int
    items_per_s: float
    """All items at once, one worker."""
    p50_ms: float
    p99_ms: float
    """One item at a time, there and back."""
    cpu_ms: float | None
    """CPU time of an item, one at a time: of this process and all that it started, such as browsers."""
    inline_share: float
    """Share of the items that were decided in this process."""
    as_expected: float
    """Share of the items where right paid more than half, and wrong at most half."""


def run(
    *,
    json_target: Path | None,
    num_items: int = 400,
    repeats: int = 3,
    only: Sequence[str] = (),
    golds: Sequence[Path] = (),
) -> None:
    """Measure, print the tables, and write the JSON file."""
    names = [name for name in REWARDS if name != BARE and (not only or name in only)]
    if unknown := set(only) - set(names):
        raise UserError(f"no verifier {', '.join(sorted(unknown))}; known: {', '.join(REWARDS.names())}")
    sets = {path.name: read_golds(path) for path in golds}
    speeds = []
    for name in names:
        if name not in GENERATORS:
            say(f"{name}: no items are generated for it, left out")
            continue
        try:
            with waiting(f"measuring {name}"):
                speeds.append(measure(name, make_items(name, fewer(name, num_items))))
        except UserError as error:  # it needs something that this machine lacks
            say(f"{name}: {error}; left out")
    comparisons = compare(num_items, repeats, sets) if "math" in names else {}
    console.print(speed_table(speeds), soft_wrap=False)
    if comparisons:
        title = "math and math-verify called bare, one worker each"
        console.print(comparison_table(title, list(comparisons.values()), sides=("math", "bare")), soft_wrap=False)
    content = {
        "machine": machine(),
        "verifiers": {one.verifier: asdict(one) for one in speeds},
        "comparisons": {name: one.summary() for name, one in comparisons.items()},
    }
    write_json(json_target, "verifiers", content)


def fewer(name: str, num_items: int) -> int:
    """Return how many items to judge: what starts programs takes a hundred times as long as anything else."""
    return max(num_items // 20, 2) if name in ("code", "webpage") else num_items


def measure(name: str, items: Sequence[Item]) -> Speed:
    """Judge the items one at a time, then all at once."""
    with scorer_for(name) as scorer:
        warm_up(scorer, make_items(name, WARM_UP, seed=1))  # other items: a verifier may remember what it has judged
        before = cpu_seconds()
        seconds = sorted(one_by_one(scorer, items[:ONE_BY_ONE]))
        used = None if before is None else (cpu_seconds() or before) - before
        start = time.perf_counter()
        pending = [begin(scorer, item) for item in items]
        verdicts = [one.result() for one in pending]
        elapsed = time.perf_counter() - start
    return Speed(
        verifier=name,
        items=len(items),
        items_per_s=len(items) / elapsed,
        p50_ms=1000 * seconds[len(seconds) // 2],
        p99_ms=1000 * seconds[min(len(seconds) - 1, round(0.99 * len(seconds)))],
        cpu_ms=None if used is None else 1000 * used / len(seconds),
        inline_share=sum(isinstance(one.judgement, Verdict) for one in pending) / len(items),
        as_expected=sum(map(is_as_expected, items, verdicts)) / len(items),
    )


def compare(num_items: int, repeats: int, sets: dict[str, list[Item]]) -> dict[str, Comparison]:
    """Measure items/s of `math` and of math-verify bare, on generated items and on the golds of files."""
    work = {kind: generate(make, num_items) for kind, make in KINDS.items()} | sets
    found = {}
    with scorer_for("math") as ours, scorer_for(BARE) as bare:
        sides = {"ours": ours, "bare": bare}
        for kind, items in work.items():
            speeds: dict[str, list[float]] = {"ours": [], "bare": []}
            for scorer in sides.values():
                warm_up(scorer, items)
            with waiting(f"comparing on {kind}"):
                for number in range(repeats):
                    for side in in_turn(number):
                        speeds[side].append(throughput(sides[side], items))
            found[kind] = Comparison(what=kind, unit="items/s", ours=speeds["ours"], bare=speeds["bare"])
    return found


def throughput(scorer: Scorer, items: Sequence[Item]) -> float:
    """Return items/s, all at once."""
    start = time.perf_counter()
    for pending in [begin(scorer, item) for item in items]:
        pending.result()
    return len(items) / (time.perf_counter() - start)


def read_golds(path: Path) -> list[Item]:
    """Return each gold of a file against itself: JSON or JSONL, `answer` (after `####` if there) or `answer_number`."""
    if not path.is_file():
        raise UserError(f"--golds {path} does not exist")
    text = path.read_text(encoding="utf-8")
    try:
        rows = (
            json.loads(text)
            if text.lstrip().startswith("[")
            else list(map(json.loads, filter(str.strip, text.splitlines())))
        )
        golds = [str(row.get("answer_number", row.get("answer", ""))).rpartition("####")[2].strip() for row in rows]
    except (ValueError, AttributeError) as error:
        raise UserError(f"--golds {path}: expected JSON objects with answer or answer_number: {error}") from error
    return [Item(answer=gold, gold=gold, is_right=True) for gold in golds if gold]


def scorer_for(name: str) -> Scorer:
    """Return a scorer with one verifier and one worker; responses are bare answers."""
    config = RewardConfig(verifier=BARE) if name == BARE else default_reward(name)
    return Scorer({name: replace(config, timeout_s=TIMEOUT_S)}, {name: name}, ScoringConfig(num_workers=1))


def begin(scorer: Scorer, item: Item) -> Pending:
    """Begin to judge an item."""
    (source,) = scorer.routes
    task = Task(
        id=f"{source}:0", source=source, domain="general", prompt=item.question, answer=item.gold, params=item.params
    )
    return scorer.begin(item.answer, task, bare=True)


def warm_up(scorer: Scorer, items: Sequence[Item]) -> None:
    """Have the worker running and its libraries loaded."""
    for pending in [begin(scorer, item) for item in items[:WARM_UP]]:
        pending.result()


def one_by_one(scorer: Scorer, items: Sequence[Item]) -> Iterator[float]:
    """Yield the seconds that each item takes, there and back."""
    for item in items:
        start = time.perf_counter()
        begin(scorer, item).result()
        yield time.perf_counter() - start


def is_as_expected(item: Item, verdict: Verdict) -> bool:
    """Tell whether a right answer got more than half of the score, or a wrong one at most half."""
    if verdict.score is None or verdict.status in FAULTS:
        return False
    return (verdict.score > 0.5) == item.is_right


def speed_table(speeds: Sequence[Speed]) -> Table:
    """Return a table with a row for each verifier."""
    table = Table(title="Verifiers: generated items, half of them right, one worker")
    table.add_column("verifier", no_wrap=True)
    for title in ("items/s", "p50 ms", "p99 ms", "CPU ms", "inline", "as expected"):
        table.add_column(title, justify="right", no_wrap=True)
    for one in speeds:
        style = "" if one.as_expected == 1.0 else "yellow"
        table.add_row(
            one.verifier,
            f"{one.items_per_s:,.0f}" if one.items_per_s >= 10 else f"{one.items_per_s:.1f}",
            f"{one.p50_ms:.2f}",
            f"{one.p99_ms:.2f}",
            "" if one.cpu_ms is None else f"{one.cpu_ms:.1f}",
            f"{100 * one.inline_share:.0f}%",
            f"{100 * one.as_expected:.0f}%",
            style=style,
        )
    return table


def machine() -> dict[str, Any]:
    """Return on what it was measured. (No GPU is looked for, so torch stays unloaded.)"""
    packages = ("rlcs", "math-verify", "sympy", "pebble")
    return {
        "python": platform.python_version(),
        "versions": {name: importlib.metadata.version(name) for name in packages},
        "platform": platform.platform(),
        "usable_cores": num_cores(),
        "load_average": list(os.getloadavg()),
    }
