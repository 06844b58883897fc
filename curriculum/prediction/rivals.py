"""Two linear models side by side, of which the second sees more features, weighted by what they foretold.

More features may tell more, and where they tell nothing they mislead. So both learn, and before a visit is learned from
both say how it will turn out. What the second is better by in log-likelihood adds up, and the two are averaged by it:

    lead    <- MEMORY lead + gain of a visit,  START at first, within -MOST and MOST      gain: nats
    weight   = 1 / (1 + exp(-lead)) of the second                                         the odds of two models

Shapes: k rows, D features of the second model.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from curriculum.beliefs.arrays import Floats, sigmoid
from curriculum.prediction.linear import LinearModel
from curriculum.prediction.spread import log_likelihood

MEMORY = 0.99
"""Weight of the past in the lead, at each visit: about a hundred visits."""
START = -1.0
"""Nats: what takes more into account has to show that it is worth it."""
MOST = 4.0
"""Nats of lead at most: a fiftieth of the weight is always left, and what has become better is soon found out."""


class Rivals:
    """A linear model of D features that is weighted against one of the first `num_first` of them."""

    def __init__(self, num_first: int, num_features: int, *, spread: float) -> None:
        self._num_first = num_first
        self._models = [LinearModel(num, spread=spread) for num in (num_first, num_features)]
        self._lead = START

    @property
    def weight(self) -> float:
        """How far the second model is gone by, 0 to 1."""
        return float(sigmoid(np.array(self._lead)))

    def add(self, features: NDArray[Any], target: Floats, precision: Floats) -> None:
        """Let both learn, as LinearModel does."""
        for model, seen in zip(self._models, self._seen(features), strict=True):
            model.add(seen, target, precision)

    def fade(self, share: float) -> None:
        """Let what was told so far count only `share` of what it did."""
        for model in self._models:
            model.fade(share)

    def predict(self, features: NDArray[Any]) -> tuple[Floats, Floats]:
        """Return [k] expectations and [k] variances for features [k, D]: the weighted means of both."""
        (first, doubt), (second, other) = self._each(features)
        weight = self.weight
        return first + weight * (second - first), doubt + weight * (other - doubt)

    def judge(self, features: NDArray[Any], base: Floats, passed: Floats, judged: Floats, *, strength: float) -> None:
        """Weigh the models by visits [k] that neither has learned from; `base` is what their predictions add to."""
        found = [
            log_likelihood(sigmoid(base + mean / np.sqrt(1.0 + np.pi / 8.0 * variance)), strength, passed, judged)
            for mean, variance in self._each(features)
        ]
        gain = np.clip(found[1] - found[0], -2.0, 2.0)
        self._lead = float(np.clip(MEMORY ** len(gain) * self._lead + gain.sum(), -MOST, MOST))

    def state_dict(self) -> dict[str, Any]:
        """Return what a checkpoint keeps, to the bit: JSON-able."""
        return {"lead": self._lead, "models": [model.state_dict() for model in self._models]}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take back what `state_dict` returned; of one model alone, what the first can use."""
        self._lead = state.get("lead", START)
        for model, kept in zip(self._models, state.get("models", [state, state]), strict=True):
            model.load_state_dict(kept)

    def _seen(self, features: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        return features[:, : self._num_first], features

    def _each(self, features: NDArray[Any]) -> list[tuple[Floats, Floats]]:
        return [model.predict(seen) for model, seen in zip(self._models, self._seen(features), strict=True)]
