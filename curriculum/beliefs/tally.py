"""What a step's groups say, as arrays: the form in which the curriculum takes them in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curriculum.beliefs.difficulty import Floats, Ints
from rlcs.records import Group

SAME_SCORE = 1e-6
"""Scores of a group that differ by no more than this are the same: their advantages would be rounding noise."""


@dataclass(frozen=True, kw_only=True)
class Tally:
    """One entry a group, in plan order."""

    rows: Ints
    """Row of the task in the pool."""
    num_judged: Ints
    """Completions with a score; those that could not be judged are left out everywhere."""
    successes: Floats
    """Sum of the scores."""
    is_valid: NDArray[np.bool_]
    """At least two judged completions with scores apart: the group teaches something."""

    @property
    def mean(self) -> Floats:
        """Mean score, 0 where nothing was judged."""
        return np.asarray(self.successes / np.maximum(self.num_judged, 1))

    def by_task(self) -> tuple[Ints, Floats]:
        """Return the tasks, ascending and no row twice, and the mean score of each; NaN where nothing was judged."""
        rows, place = np.unique(self.rows, return_inverse=True)
        num_judged = np.bincount(place, weights=self.num_judged, minlength=len(rows))
        total = np.bincount(place, weights=self.successes, minlength=len(rows))
        return rows, np.divide(total, num_judged, out=np.full(len(rows), np.nan), where=num_judged > 0)

    def judged_of(self, rows: Ints) -> tuple[Floats, Floats]:
        """Return what was judged of each of `rows` (ascending, all among those of `by_task`): passed, and in all."""
        place, is_theirs = np.searchsorted(rows, self.rows), np.isin(self.rows, rows)
        chosen = place[is_theirs]
        passed = np.bincount(chosen, weights=self.successes[is_theirs], minlength=len(rows))
        judged = np.bincount(chosen, weights=self.num_judged[is_theirs], minlength=len(rows))
        return passed.astype(np.float64), judged.astype(np.float64)


def teaches(scores: Sequence[float], *, min_spread: float = 0.0) -> bool:
    """Tell whether a group has something to teach: two scores that are more than `min_spread` apart."""
    return len(scores) >= 2 and max(scores) - min(scores) > max(min_spread, SAME_SCORE)


def tally(groups: Sequence[Group], *, min_spread: float = 0.0) -> Tally:
    """Count up the verdicts of `groups`; each task must carry its row of the pool."""
    scores = [group.scores for group in groups]
    rows = _array([group.task.row for group in groups], np.int64)
    assert (rows >= 0).all(), "a group's task has no row in the pool"
    return Tally(
        rows=rows,
        num_judged=_array([len(values) for values in scores], np.int64),
        successes=_array([sum(values) for values in scores], np.float64),
        is_valid=_array([teaches(values, min_spread=min_spread) for values in scores], np.bool_),
    )


def _array(values: list[Any], kind: Any) -> NDArray[Any]:
    return np.array(values, dtype=kind)
