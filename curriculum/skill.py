"""Skill: how the policy does in each stratum, tracked by what its groups score against what was expected of them.

Two numbers a stratum, each with a variance, updated at every step as in a Kalman filter:

    level        moves with the policy: what every task's pass rate (as a logit) has gained since the start
    new_rating   rating of the tasks without grade that were never judged: what first visits have shown on average

A known task (graded, or judged before) tells of the level, a first visit of the sum of both:

    residual     r = sum of w (passed - judged p)         p: expected pass rate
    information  I = sum of w judged p (1 - p)            w = (n + 1) / (n + judged): Beta-binomial, as p is uncertain
    gain         level += V r / (1 + V I),  V = V / (1 + V I)       for first visits with V + V_new in the divisor
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from curriculum.arrays import Floats

DRIFT = 0.1
"""Standard deviation of the level's move in a step, in logits: half a logit in a hundred steps, without direction."""
START = 0.25
"""Standard deviation of the level at the start: grades come from another model or another day."""
SPREAD = 2.0
"""Standard deviation of `new_rating` at the start: pass rates of 0.1 and 0.9 are about as likely as one half."""
LARGEST_MOVE = 1.0
"""Logits that a number moves in a step, at most: the model is linear only nearby."""


class Skill:
    """Level and new_rating of G strata."""

    def __init__(self, num_strata: int) -> None:
        self.level: Floats = np.zeros(num_strata)
        self.new_rating: Floats = np.zeros(num_strata)
        self._level_variance: Floats = np.full(num_strata, START**2)
        self._new_variance: Floats = np.full(num_strata, SPREAD**2)
        self._step = 0

    def observe(
        self,
        step: int,
        stratum: NDArray[Any],
        *,
        is_new: NDArray[np.bool_],
        expected: Floats,
        strength: Floats,
        passed: Floats,
        judged: Floats,
    ) -> None:
        """Learn from the groups of a step, one entry a task: its stratum, whether it is a first visit of a task
        without grade, the pass rate expected and how many completions that belief is worth, what came of it.
        """
        self._level_variance += max(step - self._step, 0) * DRIFT**2
        self._step = max(self._step, step)
        weight = (strength + 1.0) / (strength + np.maximum(judged, 1.0))
        residual = weight * (passed - judged * expected)
        information = weight * judged * expected * (1.0 - expected)
        num = len(self.level)

        def totals(values: Floats, chosen: NDArray[np.bool_]) -> Floats:
            return np.asarray(np.bincount(stratum[chosen], weights=values[chosen], minlength=num), dtype=np.float64)

        self._known(totals(residual, ~is_new), totals(information, ~is_new))
        self._first_visits(totals(residual, is_new), totals(information, is_new))

    def _known(self, residual: Floats, information: Floats) -> None:
        self._level_variance /= 1.0 + self._level_variance * information
        self.level += _bounded(self._level_variance * residual)

    def _first_visits(self, residual: Floats, information: Floats) -> None:
        divisor = 1.0 + (self._level_variance + self._new_variance) * information
        self.level += _bounded(self._level_variance / divisor * residual)
        self.new_rating += _bounded(self._new_variance / divisor * residual)
        self._level_variance -= self._level_variance**2 * information / divisor
        self._new_variance -= self._new_variance**2 * information / divisor

    def state_dict(self, names: list[tuple[str, str]]) -> dict[str, Any]:
        """Return what a checkpoint keeps, by the names of the strata: JSON-able."""
        numbers = (self.level, self.new_rating, self._level_variance, self._new_variance)
        rows = zip(names, *(values.tolist() for values in numbers), strict=True)
        return {"step": self._step, "strata": [[*name, *values] for name, *values in rows]}

    def load_state_dict(self, state: dict[str, Any], names: list[tuple[str, str]]) -> None:
        """Take back what `state_dict` returned; strata that are gone are dropped, new ones start anew."""
        place = {name: one for one, name in enumerate(names)}
        self._step = state["step"]
        for source, subcategory, level, new_rating, level_variance, new_variance in state["strata"]:
            one = place.get((source, subcategory))
            if one is not None:
                self.level[one], self.new_rating[one] = level, new_rating
                self._level_variance[one], self._new_variance[one] = level_variance, new_variance


def _bounded(move: Floats) -> Floats:
    return np.clip(move, -LARGEST_MOVE, LARGEST_MOVE)
