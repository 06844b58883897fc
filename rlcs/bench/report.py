"""What every benchmark needs to tell its result: medians, paired ratios, a table, a JSON file.

Measurements of two sides are made in turn and compared in pairs: another program on the machine then slows both sides
of a pair, and the median of the pairs' ratios hardly moves.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from rich.table import Table

from rlcs.config.schema import Config
from rlcs.errors import UserError
from rlcs.process.environment import num_cores
from rlcs.run.folder import describe_environment


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One quantity, more is better, measured on two sides in turn. Example: rollout, tokens/s, ours against bare."""

    what: str
    unit: str
    ours: Sequence[float]
    """[R] one value a repeat, all above 0."""
    bare: Sequence[float]
    """[R] the other side of each pair, all above 0."""
    aim: float | None = None
    """The ratio that ours should reach, where there is one."""

    @property
    def ratios(self) -> list[float]:
        """Ours divided by bare, [R], pair by pair."""
        return [mine / other for mine, other in zip(self.ours, self.bare, strict=True)]

    @property
    def ratio(self) -> float:
        """The median of `ratios`."""
        return median(self.ratios)

    def summary(self) -> dict[str, Any]:
        """Return what goes into the JSON file."""
        return {
            "unit": self.unit,
            "ours": list(self.ours),
            "bare": list(self.bare),
            "ratios": self.ratios,
            "median_ours": median(self.ours),
            "median_bare": median(self.bare),
            "ratio": self.ratio,
            "aim": self.aim,
        }


def comparison_table(
    title: str, comparisons: Sequence[Comparison], *, sides: tuple[str, str] = ("ours", "bare")
) -> Table:
    """Return a table with a row per comparison; the ratio is green where it reaches the aim, yellow elsewhere."""
    table = Table(title=title)
    table.add_column("what", no_wrap=True)
    table.add_column("unit", no_wrap=True)
    for heading in (*sides, "ratio", "of pairs", "aim"):
        table.add_column(heading, justify="right", no_wrap=True)
    for one in comparisons:
        values = (_figure(median(one.ours)), _figure(median(one.bare)))
        extremes = f"{min(one.ratios):.2f}-{max(one.ratios):.2f}"
        aim = "" if one.aim is None else f"≥ {one.aim:.2f}"
        table.add_row(one.what, one.unit, *values, _coloured(one), extremes, aim)
    return table


def _figure(value: float) -> str:
    """Return a number with three digits, larger ones whole."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _coloured(one: Comparison) -> str:
    if one.aim is None:
        return f"{one.ratio:.2f}"
    colour = "green" if one.ratio >= one.aim else "yellow"
    return f"[{colour}]{one.ratio:.2f}[/{colour}]"


def in_turn(number: int) -> tuple[str, str]:
    """Return the order of the two sides in a repeat; it alternates, so that neither is always the first."""
    return ("ours", "bare") if number % 2 == 0 else ("bare", "ours")


def surroundings(config: Config, *, threads: int) -> dict[str, Any]:
    """Return on what a benchmark ran: versions, hardware, usable cores, threads of a process, load of the machine."""
    busy = {"usable_cores": num_cores(), "threads": threads, "load_average": list(os.getloadavg())}
    return {**describe_environment(config), **busy}


def json_target(path: Path | None) -> Path | None:
    """Return the file to write, absolute; raises UserError now rather than after minutes of measuring."""
    if path is None:
        return None
    target = path.expanduser().absolute()
    if target.is_dir() or not target.parent.is_dir():
        raise UserError(f"--json {path}: expected a file in a folder that exists; make {target.parent} or name a file")
    return target


def write_json(target: Path | None, benchmark: str, content: dict[str, Any]) -> None:
    """Write the result of `benchmark` where there is a target."""
    if target is not None:
        target.write_text(json.dumps({"benchmark": benchmark, **content}, indent=2) + "\n", encoding="utf-8")
