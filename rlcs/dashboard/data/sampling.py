"""A few files out of very many, read within a time: what is missing comes at the next call, from a cache by then."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from rlcs.dashboard.data.parquet import Unreadable
from rlcs.dashboard.data.run import Run
from rlcs.dashboard.data.step_files import StepFiles, coarse_to_fine, every_few

Found = TypeVar("Found")
MAX_FILES = 60
"""Steps that a figure over snapshots or rollouts shows: more are no columns that a person tells apart."""


@dataclass(frozen=True, kw_only=True)
class Read:
    """How far a reading got."""

    num_read: int
    num_wanted: int
    """Files chosen, unreadable ones included."""
    num_files: int
    """Files there are."""

    @property
    def is_done(self) -> bool:
        """Whether nothing more would come with another call."""
        return self.num_read >= self.num_wanted


def read_evenly(
    run: Run, files: StepFiles, read: Callable[[int], Found], *, budget_s: float, limit: int = MAX_FILES
) -> tuple[dict[int, Found], Read]:
    """Apply `read` (cached by the caller) to at most `limit` steps at even distances; return {step: what it gave}.

    The run is covered evenly however early the time is over. Unreadable files are noted and left out.
    """
    deadline = time.perf_counter() + budget_s
    steps = every_few(files.steps(), limit)
    found: dict[int, Found] = {}
    num_looked_at = 0
    for step in coarse_to_fine(steps):
        if num_looked_at and time.perf_counter() > deadline:
            break
        num_looked_at += 1
        try:
            found[step] = read(step)
        except Unreadable as problem:
            run.note(problem)
    read_so_far = Read(num_read=num_looked_at, num_wanted=len(steps), num_files=len(files.steps()))
    if not read_so_far.is_done:
        run.note_unfinished()
    return found, read_so_far
