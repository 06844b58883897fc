"""Turns: tasks in waiting lines by the step of their last turn, longest unseen first, unseen ones before all."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from curriculum.difficulty import Ints, Rows
from curriculum.waiting import Entries, Of, WaitingLines


class Turns:
    """`num_lines` waiting lines. A checkpoint keeps the turns that were judged; the lines follow from them."""

    def __init__(self, num_tasks: int, *, num_lines: int, line_of: Of, seed: int) -> None:
        self._num_lines = num_lines
        self._line_of = line_of
        self._seed = seed
        self.load(np.zeros(num_tasks, dtype=np.int32))

    def load(self, judged: NDArray[Any]) -> None:
        """Go on from kept turns."""
        self.judged = judged.astype(np.int32)
        """[N] 1 + step of the last turn that was judged, 0 before the first."""
        self._turn = self.judged.copy()
        self._lines = WaitingLines(self._num_lines, seed=self._seed, line_of=self._line_of, key_of=self._turn_of)
        self._lines.put(np.arange(len(self._turn), dtype=np.int32))

    def take(self, lines: Ints, counts: Ints) -> Ints:
        """Return the first `counts[i]` tasks of line `lines[i]`, which must hold that many; `mark_planned` them."""
        return self._lines.take(lines, counts)

    def mark_planned(self, step: int, rows: Rows) -> None:
        """Send tasks drawn for `step` to the end of their lines; lost when the step is interrupted."""
        self._turn[rows] = step + 1
        self.line_up(rows)

    def mark_judged(self, step: int, rows: Rows) -> None:
        """Send judged tasks to the end of their lines, for good."""
        self._turn[rows] = np.maximum(self._turn[rows], step + 1)
        self.judged[rows] = self._turn[rows]
        self.line_up(rows)

    def line_up(self, rows: Rows) -> None:
        """Put tasks whose line or turn has changed where they belong now."""
        self._lines.put(rows)

    def _turn_of(self, rows: Entries) -> Entries:
        return self._turn[rows]
