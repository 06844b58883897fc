"""Skill: how the policy does in each stratum, tracked by what its groups score against what was expected of them.

Three numbers a stratum, each with a variance, updated at every step as in a Kalman filter:

    level        moves with the policy: what every task's pass rate (as a logit) has gained since the start
    new_rating   rating of the tasks without grade that were never judged: what first visits have shown on average
    gain         what the rating of a task that was trained on gains beyond the level: what is learned of it alone

A first visit of a graded task tells of the level, of one without grade of level + new_rating, and a later visit of
level + gain. With the number added to the level called the offset, its variance U (0 where there is none):

    residual     r = sum of w (passed - judged p)         p: expected pass rate
    information  I = sum of w judged p (1 - p)            w = (n + 1) / (n + judged): Beta-binomial, as p is uncertain
    update       level += V r / (1 + (V + U) I),  offset += U r / (1 + (V + U) I)
                 V -= V^2 I / (1 + (V + U) I),    U -= U^2 I / (1 + (V + U) I)

one kind of visit after the other; what the level has moved meanwhile, x, is taken from the residual: r - I x.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from curriculum.beliefs.arrays import Floats

DRIFT = 0.2
"""Standard deviation of the level's move in a step, in logits: of a policy that learns it is 0.05 to 0.1, upward."""
START = 0.25
"""Standard deviation of the level at the start: grades come from another model or another day."""
SPREAD = 2.0
"""Standard deviation of `new_rating` at the start: pass rates of 0.1 and 0.9 are about as likely as one half."""
GAIN_SPREAD = 0.3
"""Standard deviation of `gain` at the start."""
LARGEST_MOVE = 1.0
"""Logits that a number moves in a step, at most: the model is linear only nearby."""


class Offset:
    """A number of each of G strata that adds to the level in some visits; its expectation and variance."""

    def __init__(self, num_strata: int, *, spread: float) -> None:
        self.mean: Floats = np.zeros(num_strata)
        self.variance: Floats = np.full(num_strata, spread**2)


class Skill:
    """Level, new rating and gain of G strata."""

    def __init__(self, num_strata: int) -> None:
        self.level: Floats = np.zeros(num_strata)
        self._level_variance: Floats = np.full(num_strata, START**2)
        self._new = Offset(num_strata, spread=SPREAD)
        self._gain = Offset(num_strata, spread=GAIN_SPREAD)
        self._none = Offset(num_strata, spread=0.0)
        self._step = 0

    @property
    def new_rating(self) -> Floats:
        """[G] rating of tasks without grade that were never judged."""
        return self._new.mean

    @property
    def gain(self) -> Floats:
        """[G] what the rating of a task gains that was trained on."""
        return self._gain.mean

    def observe(
        self,
        step: int,
        stratum: NDArray[Any],
        *,
        is_new: NDArray[np.bool_],
        is_again: NDArray[np.bool_],
        expected: Floats,
        strength: Floats,
        passed: Floats,
        judged: Floats,
    ) -> None:
        """Learn from the groups of a step, one entry a task: its stratum, whether it is a first visit of a task
        without grade or a later visit of any, the pass rate expected and how many completions that belief is worth,
        what came of it.
        """
        self._level_variance += max(step - self._step, 0) * DRIFT**2
        self._step = max(self._step, step)
        weight = (strength + 1.0) / (strength + np.maximum(judged, 1.0))
        residual = weight * (passed - judged * expected)
        information = weight * judged * expected * (1.0 - expected)
        num, before = len(self.level), self.level.copy()

        def total(values: Floats, chosen: NDArray[np.bool_]) -> Floats:
            return np.asarray(np.bincount(stratum[chosen], weights=values[chosen], minlength=num), dtype=np.float64)

        for offset, chosen in ((self._none, ~is_new & ~is_again), (self._gain, is_again), (self._new, is_new)):
            told = total(information, chosen)
            self._update(offset, total(residual, chosen) - told * (self.level - before), told)

    def _update(self, offset: Offset, residual: Floats, information: Floats) -> None:
        """Move level and offset by what visits of one kind have told, and be surer of both."""
        share = information / (1.0 + (self._level_variance + offset.variance) * information)
        surprise = residual / (1.0 + (self._level_variance + offset.variance) * information)
        self.level += _bounded(self._level_variance * surprise)
        offset.mean += _bounded(offset.variance * surprise)
        self._level_variance -= self._level_variance**2 * share
        offset.variance -= offset.variance**2 * share

    def _numbers(self) -> tuple[Floats, ...]:
        """Return what is kept, in the order of checkpoints."""
        new, gain = self._new, self._gain
        return (self.level, new.mean, self._level_variance, new.variance, gain.mean, gain.variance)

    def state_dict(self, names: list[tuple[str, str]]) -> dict[str, Any]:
        """Return what a checkpoint keeps, by the names of the strata: JSON-able."""
        rows = zip(names, *(values.tolist() for values in self._numbers()), strict=True)
        return {"step": self._step, "strata": [[*name, *values] for name, *values in rows]}

    def load_state_dict(self, state: dict[str, Any], names: list[tuple[str, str]]) -> None:
        """Take back what `state_dict` returned; strata that are gone are dropped, new ones start anew."""
        place = {name: one for one, name in enumerate(names)}
        self._step = state["step"]
        for source, subcategory, *values in state["strata"]:
            one = place.get((source, subcategory))
            if one is not None:
                # Checkpoints from before there was a gain have two numbers less.
                for numbers, value in zip(self._numbers(), values, strict=False):
                    numbers[one] = value


def _bounded(move: Floats) -> Floats:
    return np.clip(move, -LARGEST_MOVE, LARGEST_MOVE)
