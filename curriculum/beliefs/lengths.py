"""How long the completions of a task were: what engines are dealt their work by. It has no part in what is drawn.

Shapes: N tasks of the pool, k tasks at hand, G strata.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curriculum.beliefs.arrays import Floats, Rows
from curriculum.beliefs.strata import Strata
from rlcs.records import Group

COLUMN = "tokens"


class Lengths:
    """Mean tokens of a completion of each task: the newest group counts half, those before it the other half."""

    def __init__(self, num_tasks: int, strata: Strata) -> None:
        self._strata = strata
        self.load_columns({COLUMN: np.zeros(num_tasks, dtype=np.float32)})

    def observe(self, groups: Sequence[Group]) -> None:
        """Take in the groups of a step."""
        for group in groups:
            if group.completions:
                mean = sum(one.num_tokens for one in group.completions) / len(group.completions)
                self._take(group.task.row, mean)

    def expected(self, rows: Rows) -> Floats:
        """Return [k] the tokens that a completion of each task will have; of a new one, as its stratum's; else 0."""
        own, stratum = self._tokens[rows].astype(np.float64), self._strata.of[rows]
        of_stratum = self._total[stratum] / np.maximum(self._num_known[stratum], 1)
        return np.where(own > 0, own, of_stratum)

    def columns(self) -> dict[str, NDArray[Any]]:
        """Return the array that a checkpoint keeps: 0 for a task that was never seen."""
        return {COLUMN: self._tokens}

    def load_columns(self, columns: dict[str, NDArray[Any]]) -> None:
        """Take back what `columns` gave; a checkpoint from before it was kept has none."""
        if COLUMN in columns:
            self._tokens = columns[COLUMN].astype(np.float32)
            self._total = self._by_stratum(self._tokens)
            self._num_known = self._by_stratum((self._tokens > 0).astype(np.float32))

    def _by_stratum(self, values: NDArray[np.float32]) -> Floats:
        return np.bincount(self._strata.of, weights=values, minlength=len(self._strata)).astype(np.float64)

    def _take(self, row: int, mean: float) -> None:
        before, stratum = float(self._tokens[row]), self._strata.of[row]
        self._tokens[row] = (before + mean) / 2.0 if before else mean
        self._total[stratum] += float(self._tokens[row]) - before
        self._num_known[stratum] += not before
