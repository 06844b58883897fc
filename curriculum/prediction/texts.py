"""Features of tasks from their texts (features.py), those last looked at kept: some of them will be visited."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from curriculum.beliefs.arrays import Ints, Rows
from curriculum.beliefs.strata import Strata
from curriculum.prediction.features import NUM_FEATURES, Vectors, text_features

Texts = Callable[[Rows], Sequence[str]]
"""[k] rows of the pool to the questions of these tasks."""


class SeenTexts:
    """Features of tasks; `texts` gives the questions of rows."""

    def __init__(self, texts: Texts, strata: Strata) -> None:
        self._texts, self._strata = texts, strata
        self._names = strata.names
        self._known_rows: Ints = np.empty(0, dtype=np.int64)
        self._known: Vectors = np.zeros((0, NUM_FEATURES), dtype=np.float32)
        """Features of `_known_rows`, ascending."""

    def features(self, rows: Rows) -> Vectors:
        """Return [k, NUM_FEATURES] what is seen of tasks."""
        found = np.empty((len(rows), NUM_FEATURES), dtype=np.float32)
        place = np.minimum(np.searchsorted(self._known_rows, rows), max(len(self._known_rows) - 1, 0))
        is_known = self._known_rows[place] == rows if len(self._known_rows) else np.zeros(len(rows), dtype=bool)
        found[is_known] = self._known[place[is_known]]
        other = rows[~is_known]
        found[~is_known] = text_features(
            self._texts(other), [self._names[one] for one in self._strata.of[other].tolist()]
        )
        if len(other):
            order = np.argsort(rows)
            self._known_rows, self._known = rows[order], found[order]
        return found
