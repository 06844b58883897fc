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
from rlcs.environment import num_cores
from rlcs.errors import UserError
from rlcs.surroundings import describe_environment


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One quantity, more is better, measured on two sides in turn. Example: rollout, tokens/s, ours against bare."""

    what: str
    unit: str
    ours: Sequence[float]
    """[R] one value a repeat, all above 0."""
    bare: Sequence[float]
    """[R] the other side of each pair, all above 0."""
    aim: float
    """The ratio that ours should reach."""

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


def comparison_table(title: str, comparisons: Sequence[Comparison]) -> Table:
    """Return a table with a row per comparison; the ratio is green where it reaches the aim, yellow elsewhere."""
    table = Table("what", "unit", title=title)
    for heading in ("ours", "bare", "ratio", "lowest", "highest", "aim"):
        table.add_column(heading, justify="right")
    for one in comparisons:
        colour = "green" if one.ratio >= one.aim else "yellow"
        ratio = f"[{colour}]{one.ratio:.2f}[/{colour}]"
        extremes = (f"{min(one.ratios):.2f}", f"{max(one.ratios):.2f}")
        values = (f"{median(one.ours):,.0f}", f"{median(one.bare):,.0f}")
        table.add_row(one.what, one.unit, *values, ratio, *extremes, f"≥ {one.aim:.2f}")
    return table


def in_turn(number: int) -> tuple[str, str]:
    """Return the order of the two sides in a repeat; it alternates, so that neither is always the first."""
    return ("ours", "bare") if number % 2 == 0 else ("bare", "ours")


def surroundings(config: Config, *, threads: int) -> dict[str, Any]:
    """Return on what a benchmark ran: versions, hardware, usable cores, threads of each process, load of the machine."""
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
