"""All sets of Reasoning Gym tried: how long an item and a verdict take, what is proven, which levels cannot be made.

    python -m rlcs.bench.reasoning_gym docs/reasoning_gym.md

writes the table of that page anew. Each set is tried in a process of its own, which is ended when it takes too long.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from rewards.verifiers.reasoning_gym import known_answer
from rlcs.errors import UserError
from rlcs.reasoning_gym import scoring
from rlcs.reasoning_gym.library import LEFT_OUT, load_library
from rlcs.reasoning_gym.paths import GymSource
from rlcs.reasoning_gym.rows import generate_rows
from rlcs.reasoning_gym.settings import num_levels

NUM_ITEMS = 8
DEADLINE_S = 20
"""Of the items of one level."""
NONSENSE = ("I do not know", "0", "1 2 3", "[[1]]", "True", "x")
START, END = "<!-- table -->\n", "<!-- end of the table -->\n"


def main(page: Path) -> None:
    """Try every set and write the table into the page, between its two marks."""
    names = sorted(load_library().DATASETS.keys() - LEFT_OUT.keys())
    rows = [row_of(name, ask(name)) for name in names]
    head = "| set | domain | levels | ms an item | ms a verdict | gold is 1 | nonsense | cannot be made |\n"
    before, _, rest = page.read_text(encoding="utf-8").partition(START)
    after = rest.partition(END)[2]
    page.write_text(f"{before}{START}{head}|{'---|' * 8}\n{''.join(rows)}{END}{after}", encoding="utf-8")


def ask(name: str) -> list[dict[str, Any]]:
    """Return what was found of each level of a set, in order; the last may be one that took too long."""
    command = [sys.executable, "-P", "-m", "rlcs.bench.reasoning_gym", "--set", name]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    if len(found) <= num_levels(name):
        found.append({"level": len(found) - 1, "fault": f"more than {DEADLINE_S / NUM_ITEMS:g} s an item"})
    return found


def row_of(name: str, found: Sequence[dict[str, Any]]) -> str:
    """Return the row of the table of a set."""
    made = [one for one in found if "fault" not in one]
    if not made:
        return f"| `{name}` | | | | | | | {found[0]['fault']} |\n"
    levels = [one["level"] for one in made if one["level"] is not None]
    times = [one["item_ms"] for one in made]
    proven, tried = sum(one["proven"] for one in made), sum(one["tried"] for one in made)
    cells = [
        f"`{name}`",
        made[0]["domain"].partition(".")[2],
        spans(levels) or "none",
        in_ms(times[0]) if len(times) == 1 else f"{in_ms(min(times))} to {in_ms(max(times))}",
        in_ms(max(one["verdict_ms"] for one in made)),
        f"{proven} of {tried}" if tried else "not known",
        f"{max(one['nonsense'] for one in made):.2g}",
        "; ".join(f"level {one['level']}: {one['fault']}" for one in found if "fault" in one),
    ]
    return f"| {' | '.join(cells)} |\n".replace(" |  |", " | |")


def in_ms(value: float) -> str:
    """Return milliseconds in two digits: 0.033, 1.5, 110."""
    return f"{value:.2g}" if value < 10 else f"{float(f'{value:.2g}'):,.0f}"


def spans(levels: Sequence[int]) -> str:
    """Return numbers in words: [0, 1, 2, 5] as `0-2, 5`."""
    runs: list[list[int]] = []
    for level in levels:
        if runs and level == runs[-1][-1] + 1:
            runs[-1].append(level)
        else:
            runs.append([level])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)


def try_set(name: str) -> Iterator[dict[str, Any]]:
    """Yield what is found of the defaults of a set (level None) and of each level."""
    for level in (None, *range(num_levels(name))):
        signal.alarm(DEADLINE_S)
        try:
            yield {"level": level, **try_level(name, level)}
        except UserError as error:
            yield {"level": level, "fault": str(error).partition(": ")[2].partition("; give")[0]}


def try_level(name: str, level: int | None) -> dict[str, Any]:
    """Return times of items and verdicts, how many golds score 1, and the best score of answers that say nothing."""
    source = GymSource(path=name, name=name, levels=() if level is None else (level,))
    start = time.process_time()
    rows = list(islice(generate_rows(source), NUM_ITEMS))
    item_s = (time.process_time() - start) / NUM_ITEMS
    golds = [(row, gold) for row in rows if (gold := known_answer(row["answer"])) is not None]
    start = time.process_time()
    proven = sum(score(row, gold) == 1.0 for row, gold in golds)
    nonsense = [score(row, text) for row in rows for text in NONSENSE if text != row["answer"]]
    verdict_s = (time.process_time() - start) / (len(golds) + len(nonsense))
    return {
        "domain": rows[0]["domain"],
        "item_ms": 1000 * item_s,
        "verdict_ms": 1000 * verdict_s,
        "proven": proven,
        "tried": len(golds),
        "nonsense": max(nonsense),
    }


def score(row: dict[str, Any], answer: str) -> float:
    """Return what the scorer says of an answer to a row, 0 where it raises."""
    given = {key: row["params"][key] for key in ("dataset", "level", "settings", "metadata")}
    try:
        return scoring.score(answer, row["answer"], row["prompt"], **given)
    except Exception:  # the reward system lays it where it belongs; here it is no score
        return 0.0


if __name__ == "__main__":
    if sys.argv[1] == "--set":
        with os.fdopen(os.dup(1), "w") as found:
            os.dup2(2, 1)  # what a set prints is nothing that was found
            for one in try_set(sys.argv[2]):
                print(json.dumps(one), file=found, flush=True)
    else:
        main(Path(sys.argv[1]))
