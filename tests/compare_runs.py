"""Do two run folders tell the same? `python tests/compare_runs.py RUN OTHER [--from STEP]`

For a change that must leave behaviour as it is: run both commits with the same configuration, or let the new one
resume a copy of a run folder of the old, and compare. Of every step from STEP on: tasks, responses, verdicts, what was
trained with which advantage, the curriculum's beliefs, and all metrics but those of time, speed and memory. Prints
what differs and exits with 1; says so and exits with 0 where nothing does.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from curriculum.rebuilding import read_snapshot

MEASURED = ("time/", "per_s", "memory")
"""Parts of the names of metrics that no two runs share."""


def metrics(folder: Path, first: int) -> dict[int, dict[str, float]]:
    """Return the metrics of each step, those of the clock left out."""
    lines = (folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    return {
        record["step"]: {key: value for key, value in record.items() if not any(part in key for part in MEASURED)}
        for record in map(json.loads, lines)
        if record["step"] >= first
    }


def tables(folder: Path, part: str, first: int) -> dict[str, Path]:
    """Return the step files of a part of the run folder, by name."""
    return {path.name: path for path in sorted((folder / part).glob("step-*.parquet")) if number(path) >= first}


def read(path: Path) -> pa.Table:
    """Return what a step file tells: of the curriculum the beliefs about all tasks seen."""
    return read_snapshot(path.parent.parent, number(path)) if path.parent.name == "curriculum" else pq.read_table(path)


def number(path: Path) -> int:
    """Return the step of a file: step-000010.parquet -> 10."""
    return int(path.stem.removeprefix("step-"))


def differences(one: Path, other: Path, first: int) -> Iterator[str]:
    """Yield a line for everything in which the folders differ."""
    ours, theirs = metrics(one, first), metrics(other, first)
    if ours.keys() != theirs.keys():
        yield f"steps differ: {sorted(ours)} and {sorted(theirs)}"
    for step in sorted(ours.keys() & theirs.keys()):
        for key in sorted(ours[step].keys() | theirs[step].keys()):
            if ours[step].get(key) != theirs[step].get(key):
                yield f"step {step}: {key} is {ours[step].get(key)} and {theirs[step].get(key)}"
    for part in ("rollouts", "curriculum"):
        mine, yours = tables(one, part, first), tables(other, part, first)
        if mine.keys() != yours.keys():
            yield f"{part}: {len(mine)} and {len(yours)} files"
        for name in sorted(mine.keys() & yours.keys()):
            left, right = read(mine[name]), read(yours[name])
            unequal = [column for column in left.column_names if not left[column].equals(right[column])]
            if unequal:
                yield f"{part}/{name}: {', '.join(unequal)} differ"


def main() -> None:
    """Compare, print, exit."""
    parser = argparse.ArgumentParser(description="Compare two run folders, step by step.")
    parser.add_argument("run", type=Path)
    parser.add_argument("other", type=Path)
    parser.add_argument("--from", type=int, default=0, dest="first", metavar="STEP", help="first step to compare")
    arguments = parser.parse_args()
    found = list(differences(arguments.run, arguments.other, arguments.first))
    compared = len(metrics(arguments.run, arguments.first))
    print("\n".join(found) or f"{compared} steps tell the same")
    sys.exit(1 if found or not compared else 0)


if __name__ == "__main__":
    main()
