"""Spread: how far the pass rates of single tasks lie from what is predicted of them, learned from how they turned out.

A task whose pass rate is predicted as q is believed to have Beta(s q, s (1 - q)). The strength s is one of STRENGTHS,
each with a weight that follows from how well it would have told the groups so far:

    log weight <- MEMORY log weight + log-likelihood of a group (Beta-binomial)

Shapes: k groups, R strengths.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import betaln, logsumexp

from curriculum.beliefs.arrays import Floats

STRENGTHS: Floats = np.array([0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0])
MEMORY = 0.998
"""Weight of the past at each group: the last five hundred count."""
SURE = 1e-4
"""Pass rates are kept this far from 0 and 1, where the Beta distribution has no density."""


class Spread:
    """Weights of the strengths."""

    def __init__(self) -> None:
        self._log_weights: Floats = np.zeros(len(STRENGTHS))

    @property
    def strength(self) -> float:
        """The strength to go by: the mean of its logarithm."""
        return float(np.exp(self._weights() @ np.log(STRENGTHS)))

    def observe(self, rates: Floats, passed: Floats, judged: Floats) -> Floats:
        """Return [k] log-likelihoods of groups as predicted before they were seen, and learn from them."""
        by_strength = log_likelihood(rates, STRENGTHS[:, np.newaxis], passed, judged)
        told = logsumexp(by_strength, axis=0, b=self._weights()[:, np.newaxis])
        self._log_weights = MEMORY ** len(rates) * self._log_weights + by_strength.sum(axis=1)
        self._log_weights -= self._log_weights.max()
        return np.asarray(told)

    def _weights(self) -> Floats:
        weights = np.exp(self._log_weights)
        return np.asarray(weights / weights.sum())

    def state_dict(self) -> list[float]:
        """Return what a checkpoint keeps."""
        return [float(value) for value in self._log_weights]

    def load_state_dict(self, state: list[float]) -> None:
        """Take back what `state_dict` returned."""
        self._log_weights = np.array(state, dtype=np.float64)


def log_likelihood(rates: Floats, strength: Any, passed: Floats, judged: Floats) -> Floats:
    """Return log of the chance of groups [k] of tasks with Beta(s q, s (1 - q)), but for the binomial coefficient.

    `strength` may have further axes in front: [R, 1] gives [R, k].
    """
    alpha = strength * np.clip(rates, SURE, 1.0 - SURE)
    beta = strength - alpha
    return np.asarray(betaln(alpha + passed, beta + judged - passed) - betaln(alpha, beta))
