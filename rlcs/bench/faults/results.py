"""What came of each injection: kept as a line of a file, read again, shown as a table."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.table import Column, Table

RESULTS = "results.jsonl"
OUTCOMES = ("goes on", "stops", "silent")
COLUMNS = (
    "fault", "injected", "at steps", *OUTCOMES, "median s", "max s", "quiet s", "equal", "left over",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Injection:
    """What came of one fault."""

    fault: str
    number: int
    step: int
    """The last whole step when it was injected."""
    delay_s: float
    """How long after that step's end."""
    outcome: str
    """goes on, stops, silent (it did neither in time, or said nothing for too long)."""
    seconds: float
    """From the fault to the replacement of what failed, to the end of the step where nothing is replaced, or to the end
    of the run."""
    silence_s: float
    """Longest time after the fault in which the run said nothing."""
    line: str
    """What the run said of it."""
    is_plain: bool
    """Whether a run that stopped said why in a line, and no run printed a traceback."""
    is_equal: bool
    """Whether the run, resumed where it stopped, is equal to the unbroken one up to the next fault."""
    left_over: int
    """Processes of the run that outlived it."""
    journey: str
    """Name of the run."""
    details: str = ""

    def is_as_promised(self, expected: str) -> bool:
        """Tell whether what came of it is what must come of it; going on is always right."""
        return self.outcome in (expected, "goes on") and self.is_equal and self.is_plain and not self.left_over


def read_results(out: Path) -> list[Injection]:
    """Return the injections that were made before."""
    return read_file(out / RESULTS)


def read_file(file: Path) -> list[Injection]:
    """Return the injections that a file holds, a line each."""
    return [Injection(**json.loads(line)) for line in file.read_text().splitlines()] if file.exists() else []


def add_results(out: Path, found: Iterable[Injection]) -> None:
    """Add what came of some injections to the file."""
    with (out / RESULTS).open("a") as stream:
        stream.writelines(json.dumps(asdict(one)) + "\n" for one in found)


def rows_of(shown: Sequence[Injection]) -> list[tuple[str, ...]]:
    """Return a row of COLUMNS for each fault, sorted by name, and one for all together."""
    by_fault: dict[str, list[Injection]] = defaultdict(list)
    for one in shown:
        by_fault[one.fault].append(one)
    rows = [_row(name, found) for name, found in sorted(by_fault.items())]
    return [*rows, _row("all", shown)] if shown else []


def _row(name: str, found: Sequence[Injection]) -> tuple[str, ...]:
    seconds = sorted(one.seconds for one in found)
    counts = [sum(one.outcome == outcome for one in found) for outcome in OUTCOMES]
    steps = sorted(one.step for one in found)
    return (
        name, str(len(found)), f"{steps[0]}-{steps[-1]}", *map(str, counts), f"{seconds[len(seconds) // 2]:.1f}",
        f"{seconds[-1]:.1f}", f"{max(one.silence_s for one in found):.0f}", str(sum(one.is_equal for one in found)),
        str(sum(one.left_over for one in found)),
    )  # fmt: skip


def table_of(shown: Sequence[Injection]) -> Table:
    """Return the rows as a table for the console."""
    table = Table(*(Column(name, no_wrap=number == 0) for number, name in enumerate(COLUMNS)))
    for row in rows_of(shown):
        table.add_row(*row)
    return table
