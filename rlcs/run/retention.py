"""Whose rollouts stay in the run folder: those of the newest steps, and of one step in so many."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_NAME = re.compile(r"step-(\d+)\.parquet")


@dataclass(frozen=True, kw_only=True)
class Kept:
    """Which steps keep their rollouts: run.keep_rollouts and run.keep_rollouts_every."""

    newest: int
    """Number of newest steps; 0: all."""
    every: int
    """Every so many steps one keeps them for good; 0: none."""

    def holds(self, step: int, *, newest_step: int) -> bool:
        """Tell whether a step keeps its rollouts when `newest_step` is done."""
        is_picked = self.every > 0 and step % self.every == 0
        return self.newest == 0 or step > newest_step - self.newest or is_picked

    def in_words(self) -> str:
        """Return whose rollouts are kept. Example: those of the newest 100 steps, and of one step in 50."""
        rest = f", and of one step in {self.every:,}" if self.every else ""
        return f"those of the newest {self.newest:,} steps{rest}"


def step_files(folder: Path) -> dict[int, Path]:
    """Return the files of a folder that belong to steps, by step."""
    found = {path: _NAME.fullmatch(path.name) for path in folder.glob("step-*.parquet")}
    return {int(match.group(1)): path for path, match in found.items() if match}


def drop_rollouts(folder: Path, kept: Kept) -> None:
    """Delete the rollouts that `kept` does not hold, of a folder with the rollouts of a run."""
    files = step_files(folder)
    for step, path in files.items():
        if not kept.holds(step, newest_step=max(files)):
            path.unlink()
