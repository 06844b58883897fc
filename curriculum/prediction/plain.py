"""What is foretold of tasks never judged by those that know no text: a prediction must be better than all of them.

    believed   level + new rating of the stratum (beliefs/skill.py): what is believed without a prediction
    constant   a number of the stratum, learned from the same visits, that stands still where level and rating move
    blind      the linear model of the predictor, shown empty texts: what it corrects of all tasks of a stratum alike

The first follows a policy that learns, behind which the second lags; the second is right where the first moves for
nothing. Where both lie off, as at the start of a pool in which hardly a task is passed, the weights of texts that tell
nothing correct that, too, and are no better than the third. Each has a spread of its own (spread.py).

Shapes: k visits, G strata.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from curriculum.beliefs.arrays import Floats, Rows, sigmoid
from curriculum.beliefs.skill import SPREAD
from curriculum.beliefs.strata import Strata
from curriculum.prediction.features import COUNT_SLOTS, text_features
from curriculum.prediction.linear import LinearModel
from curriculum.prediction.spread import Spread
from curriculum.prediction.visits import FirstVisits

NUM_PLAIN = 3
CONSTANT_DRIFT = 0.1
"""Logits that a constant moves in a step: a policy that learns makes 0.05 to 0.1, and more would make it easy prey."""


class Plain:
    """The three, each with how widely single tasks lie around what it says."""

    def __init__(self, strata: Strata, *, weight_spread: float) -> None:
        self._strata = strata
        names = strata.names
        self._nothing = text_features([""] * len(names), names)[:, :COUNT_SLOTS]
        """[G, COUNT_SLOTS] features of no text in each stratum: there is nothing in the other slots."""
        self.constant: Floats = np.zeros(len(strata))
        """[G] level and rating of first visits, learned without features."""
        self._constant_variance: Floats = np.full(len(strata), SPREAD**2)
        self._blind = LinearModel(COUNT_SLOTS, spread=weight_spread)
        self._spreads = [Spread() for _ in range(NUM_PLAIN)]

    def observe(self, visits: FirstVisits, *, elapsed: int, share: float) -> Floats:
        """Return [NUM_PLAIN, k] log-likelihoods of first visits, and learn from them.

        elapsed: steps since the last ones; share: what the model still counts of what it was told until then.
        """
        strata = self._strata.of[visits.rows]
        self._constant_variance += elapsed * CONSTANT_DRIFT**2
        constant = sigmoid(self.constant[strata] + visits.given)
        offset, variance = self._blind.predict(self._nothing[strata])
        rates = (sigmoid(visits.before + visits.given), constant, visits.rates(offset, variance))
        told = [
            spread.observe(rate, visits.passed, visits.judged)
            for spread, rate in zip(self._spreads, rates, strict=True)
        ]
        self._learn_constant(strata, constant, visits.passed, visits.judged)
        self._blind.fade(share)
        self._blind.add(self._nothing[strata], *visits.targets(offset, strength=self._spreads[-1].strength))
        return np.stack(told)

    def state_dict(self) -> dict[str, Any]:
        """Return what a checkpoint keeps, by the names of strata: JSON-able."""
        constants = zip(self._strata.keys, self.constant.tolist(), self._constant_variance.tolist(), strict=True)
        return {
            "constants": [[*key, *values] for key, *values in constants],
            "blind": self._blind.state_dict(),
            "spreads": [spread.state_dict() for spread in self._spreads],
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take back what `state_dict` returned; strata that are new start anew."""
        for spread, kept in zip(self._spreads, state["spreads"], strict=True):
            spread.load_state_dict(kept)
        self._blind.load_state_dict(state["blind"])
        place = {key: number for number, key in enumerate(self._strata.keys)}
        for source, subcategory, mean, variance in state["constants"]:
            number = place.get((source, subcategory))
            if number is not None:
                self.constant[number], self._constant_variance[number] = mean, variance

    def _learn_constant(self, strata: Rows, rate: Floats, passed: Floats, judged: Floats) -> None:
        """Move the constant of each stratum as skill.py moves an offset."""
        strength = self._spreads[1].strength
        weight = (strength + 1.0) / (strength + judged)
        num = len(self.constant)
        residual = np.bincount(strata, weights=weight * (passed - judged * rate), minlength=num)
        information = np.bincount(strata, weights=weight * judged * rate * (1.0 - rate), minlength=num)
        share = 1.0 / (1.0 + self._constant_variance * information)
        self.constant += np.clip(self._constant_variance * residual * share, -1.0, 1.0)
        self._constant_variance *= share
