"""The tier of every task at the present step, kept exact without ever looking at all tasks.

A tier changes in two ways: a task is observed, or its observations have decayed so far that the posterior mean
crosses an edge. The step of the second is known when the task is observed; it goes into a calendar, and each step
reads only the tasks that are due.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from curriculum.difficulty import Floats, Ints, Posterior, Rows, tier_of
from curriculum.strata import Strata
from rlcs.records import TIERS

CHUNK = 1 << 20
"""Tasks looked at together when the table is rebuilt, so that memory stays small."""

NOT_DUE = 0
FAR_AWAY_STEPS = 1e6
"""A crossing later than this is not waited for: the observation weighs nothing by then."""


class TierTable:
    """Tier of each task (`of`, [N], index into TIERS) and how many tasks each stratum has in each (`num_tasks`)."""

    def __init__(self, posterior: Posterior, *, strata: Strata, edges: Floats) -> None:
        self._posterior = posterior
        self.strata = strata
        self._edges = edges
        self.step = 0
        """The step that `of` is true for."""
        self.of = np.zeros(len(posterior), dtype=np.int8)
        self.num_tasks: Ints = np.zeros((len(strata), len(TIERS)), dtype=np.int64)
        """[number of strata, number of tiers]"""
        self.drifted: Rows = np.empty(0, dtype=np.int64)
        """Tasks whose tier changed at the last `advance`, by decay alone."""
        self.rebuild(0)

    def rebuild(self, step: int) -> None:
        """Work out everything anew for `step` from the posterior: at the start and after loading a checkpoint."""
        self.step = step
        self.num_tasks[:] = 0
        self.drifted = np.empty(0, dtype=np.int64)
        self._due = np.full(len(self.of), NOT_DUE, dtype=np.int32)
        self._calendar: dict[int, list[NDArray[np.int32]]] = {}
        for start in range(0, len(self.of), CHUNK):
            rows = np.arange(start, min(start + CHUNK, len(self.of)))
            self.of[rows] = tier_of(self._posterior.mean(rows, step), edges=self._edges)
            self._count(rows, 1)
            self._schedule(rows[self._posterior.num_seen[rows] > 0])

    def advance(self, step: int) -> None:
        """Go on to `step`: move the tasks that decay has carried into another tier, and list them in `drifted`."""
        self.step = max(self.step, step)
        days = [day for day in self._calendar if day <= self.step]
        due = [self._still_due(day, self._calendar.pop(day)) for day in days]
        rows = np.unique(np.concatenate([np.empty(0, dtype=np.int64), *due]))
        before = self.of[rows]
        self.update(rows)
        self.drifted = rows[self.of[rows] != before]

    def update(self, rows: Rows) -> None:
        """Read the tiers of `rows` (no row twice) anew, after an observation or when they are due."""
        self._count(rows, -1)
        self.of[rows] = tier_of(self._posterior.mean(rows, self.step), edges=self._edges)
        self._count(rows, 1)
        self._schedule(rows)

    def shares(self, rows: Rows) -> Floats:
        """Return [number of tiers] the share of `rows` in each tier; zeros for no rows."""
        return np.bincount(self.of[rows], minlength=len(TIERS)) / max(len(rows), 1)

    def pool_shares(self) -> Floats:
        """Return [number of tiers] the share of all tasks in each tier."""
        return np.asarray(self.num_tasks.sum(axis=0) / max(len(self.of), 1))

    def _still_due(self, day: int, pieces: list[NDArray[np.int32]]) -> Rows:
        """Return the rows that were put down for `day` and have not been put down for another day since."""
        rows = np.concatenate(pieces)
        return np.asarray(rows[self._due[rows] == day])

    def _count(self, rows: Rows, sign: int) -> None:
        cells = self.strata.of[rows].astype(np.int64) * len(TIERS) + self.of[rows]
        self.num_tasks += sign * np.bincount(cells, minlength=self.num_tasks.size).reshape(self.num_tasks.shape)

    def _schedule(self, rows: Rows) -> None:
        """Put `rows` into the calendar at the first step at which they could leave their tier."""
        wait = self._posterior.steps_to_next_tier(rows, tier=self.of[rows], edges=self._edges)
        soon = wait < FAR_AWAY_STEPS
        self._due[rows] = NOT_DUE
        rows = rows[soon]
        # Rounded down, and never today: looking a step too early costs nothing, a step too late would be wrong.
        due = self._posterior.last_step[rows] + np.floor(wait[soon] - 1e-6).astype(np.int64)
        due = np.maximum(due, self.step + 1)
        self._due[rows] = due
        order = np.argsort(due, kind="stable")
        days, first = np.unique(due[order], return_index=True)
        for day, piece in zip(days.tolist(), np.split(rows[order].astype(np.int32), first[1:]), strict=False):
            self._calendar.setdefault(day, []).append(piece)
