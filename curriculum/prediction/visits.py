"""First visits: what came of tasks that were judged for the first time, and what a linear model learns of them.

A group is learned from with the residual and information of a Beta-binomial (beliefs/skill.py), around the offset that
is believed at present. Shapes: k visits.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from curriculum.beliefs.arrays import Floats, Rows, sigmoid
from curriculum.prediction.features import Vectors

LARGEST_MOVE = 3.0
"""Logits, from what is expected of a task to what its group seems to say, at most."""


@dataclass(frozen=True, kw_only=True)
class FirstVisits:
    """What came of k tasks that were judged for the first time."""

    rows: Rows
    features: Vectors
    given: Floats
    """[k] what their grades predicted, beyond the new rating."""
    before: Floats
    """[k] level + new rating of their strata before they were learned from."""
    after: Floats
    """[k] the same afterwards."""
    passed: Floats
    judged: Floats

    def take(self, chosen: NDArray[np.bool_]) -> FirstVisits:
        """Return some of them."""
        return FirstVisits(**{name: values[chosen] for name, values in vars(self).items()})

    def rates(self, offset: Floats, variance: Floats) -> Floats:
        """Return [k] the pass rates foretold with offsets that are known up to a variance."""
        return sigmoid(self.before + self.given + softened(offset, variance))

    def targets(self, offset: Floats, *, strength: float) -> tuple[Floats, Floats]:
        """Return [k] offsets that would have been right and [k] what each is worth, around `offset`."""
        rate = sigmoid(self.after + self.given + offset)
        weight = (strength + 1.0) / (strength + self.judged)
        residual = weight * (self.passed - self.judged * rate)
        # The model is linear only nearby: no single group asks for more than LARGEST_MOVE.
        information = np.maximum(weight * self.judged * rate * (1.0 - rate), np.abs(residual) / LARGEST_MOVE)
        return offset + residual / information, information


def softened(offset: Floats, variance: Floats) -> Floats:
    """Return offsets that are known up to a variance, nearer to 0: sigmoid of them is the mean over a normal."""
    return np.asarray(offset / np.sqrt(1.0 + np.pi / 8.0 * variance))
