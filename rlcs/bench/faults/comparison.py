"""Whether two run folders tell the same: tasks, responses, verdicts, advantages, beliefs, metrics, step by step.

    python -m rlcs.bench.faults.comparison RUN OTHER [--from STEP]

For a change that must leave behaviour as it is: run both versions with one configuration, or let the new one resume a
copy of a run folder of the old, and compare.
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

MEASURED = ("time/", "per_s", "memory", "worker_restarts", "stuck_workers", "env/seconds", "env/replays")
"""Parts of the names of metrics that no two runs share."""
MEASURED_OF_TURNS = ("seconds", "replays")
"""The same of the turns of episodes in a row of rollouts."""


def differences(one: Path, other: Path, first: int = 0) -> Iterator[str]:
    """Yield a line for everything in which two run folders differ from step `first` on."""
    for _, text in differences_by_step(one, other, first):
        yield text


def differences_by_step(one: Path, other: Path, first: int = 0) -> Iterator[tuple[int, str]]:
    """Yield (step, line) for everything in which two run folders differ from step `first` on."""
    ours, theirs = metrics_from(one, first), metrics_from(other, first)
    for step in sorted(ours.keys() ^ theirs.keys()):
        yield step, f"metrics of step {step} are there only once"
    for step in sorted(ours.keys() & theirs.keys()):
        for key in sorted(ours[step].keys() | theirs[step].keys()):
            if ours[step].get(key) != theirs[step].get(key):
                yield step, f"metrics of step {step}: {key} is {ours[step].get(key)} and {theirs[step].get(key)}"
    for part in ("rollouts", "curriculum"):
        yield from _table_differences(part, _files(one, part, first), _files(other, part, first))


def metrics_from(folder: Path, first: int) -> dict[int, dict[str, float]]:
    """Return the metrics of each step from `first` on, those that measure the machine left out."""
    lines = (folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    return {
        record["step"]: {key: value for key, value in record.items() if not any(part in key for part in MEASURED)}
        for record in map(json.loads, lines)
        if record["step"] >= first
    }


def _table_differences(part: str, mine: dict[int, Path], yours: dict[int, Path]) -> Iterator[tuple[int, str]]:
    for step in sorted(mine.keys() ^ yours.keys()):
        yield step, f"{part} of step {step} are there only once"
    for step in sorted(mine.keys() & yours.keys()):
        try:
            left, right = read_step_file(mine[step]), read_step_file(yours[step])
        except (OSError, pa.ArrowInvalid) as error:
            yield step, f"{part} of step {step} cannot be read: {str(error).splitlines()[0]}"
            continue
        unequal = [column for column in left.column_names if not left[column].equals(right[column])]
        if unequal:
            yield step, f"{part} of step {step}: {', '.join(unequal)} differ"


def _files(folder: Path, part: str, first: int) -> dict[int, Path]:
    """Return the step files of a part of a run folder from step `first` on, by step."""
    return {step_of(path): path for path in sorted((folder / part).glob("step-*.parquet")) if step_of(path) >= first}


def read_step_file(path: Path) -> pa.Table:
    """Return what a step file tells: one of the curriculum, the beliefs about all tasks seen by then."""
    if path.parent.name == "curriculum":
        return read_snapshot(path.parent.parent, step_of(path))
    table = pq.read_table(path)
    return without_measured(table) if "turns" in table.column_names else table


def without_measured(table: pa.Table) -> pa.Table:
    """Return rollouts without what was measured of their turns."""
    turns = [
        row and [{key: value for key, value in turn.items() if key not in MEASURED_OF_TURNS} for turn in row]
        for row in table["turns"].to_pylist()
    ]
    return table.set_column(table.column_names.index("turns"), "turns", pa.array(turns))


def step_of(path: Path) -> int:
    """Return the step of a file or folder: step-000010.parquet -> 10."""
    return int(path.stem.removeprefix("step-"))


def main() -> None:
    """Compare, print, exit: 0 where the folders tell the same, else 1."""
    parser = argparse.ArgumentParser(description="Compare two run folders, step by step.")
    parser.add_argument("run", type=Path)
    parser.add_argument("other", type=Path)
    parser.add_argument("--from", type=int, default=0, dest="first", metavar="STEP", help="first step to compare")
    arguments = parser.parse_args()
    found = list(differences(arguments.run, arguments.other, arguments.first))
    compared = len(metrics_from(arguments.run, arguments.first))
    print("\n".join(found) or f"{compared} steps tell the same")
    sys.exit(1 if found or not compared else 0)


if __name__ == "__main__":
    main()
