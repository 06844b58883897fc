"""Did grading pay? First visits counted by what it knew of their tasks, and how many of their groups taught something.

Legend: S sources, K kinds of knowledge.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from curriculum.beliefs.arrays import Ints
from rlcs.records import TaskIndex

KINDS = ("measured", "predicted", "ungraded")
"""What grading knew of a task."""
COUNTS = ("groups", "valid")


class GradedVisits:
    """Counts since the run began, of the sources whose tasks have grades."""

    def __init__(self, index: TaskIndex) -> None:
        self._index = index
        self._counts = np.zeros((len(COUNTS), len(index.sources), len(KINDS)), dtype=np.int64)
        known = [one for one in (index.is_measured, index.is_predicted) if one is not None]
        self._is_graded = np.zeros(len(index.sources), dtype=bool)
        for one in known:
            self._is_graded[index.source[one]] = True

    def observe(self, rows: Ints, is_valid: NDArray[np.bool_]) -> None:
        """Count groups [G] of tasks that had not been seen before their step, whether they were valid."""
        source = self._index.source[rows].astype(np.int64)
        cells = source * len(KINDS) + self._kinds(rows)
        for number, chosen in enumerate((cells, cells[is_valid])):
            self._counts[number] += np.bincount(chosen, minlength=self._counts[number].size).reshape(-1, len(KINDS))

    def metrics(self) -> dict[str, float]:
        """Return the counts of sources that have grades; every key is explained in docs/metrics.md."""
        return {
            f"curriculum/first_visits/{name}/{kind}/{count}": float(self._counts[number, source, place])
            for source, name in enumerate(self._index.sources)
            if self._is_graded[source]
            for place, kind in enumerate(KINDS)
            for number, count in enumerate(COUNTS)
        }

    def state_dict(self) -> dict[str, Any]:
        """Return the counts [2, K] by source: JSON-able."""
        return {name: self._counts[:, source].tolist() for source, name in enumerate(self._index.sources)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from the counts of sources that are still there."""
        for source, name in enumerate(self._index.sources):
            self._counts[:, source] = state.get(name, 0)

    def _kinds(self, rows: Ints) -> Ints:
        """Return [G] places in KINDS."""
        kinds = np.full(len(rows), KINDS.index("ungraded"))
        for kind, known in (("predicted", self._index.is_predicted), ("measured", self._index.is_measured)):
            if known is not None:
                kinds[known[rows]] = KINDS.index(kind)
        return kinds
