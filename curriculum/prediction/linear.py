"""A Bayesian linear model: what a number follows from, known as far as the observations reach.

    weights ~ N(0, SPREAD^2 I),   target = features . weights + noise of variance 1 / precision

Kept is what the observations have told, A = sum of precision x x^T and b = sum of precision target x, from which the
posterior follows exactly (ridge regression): weights = (A + I / SPREAD^2)^-1 b, and the variance of a prediction is
x^T (A + I / SPREAD^2)^-1 x. What was told can be made to count less as time goes by. Shapes: D features, k rows.
"""

from __future__ import annotations

import base64
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve, solve_triangular

from curriculum.beliefs.arrays import Floats

Told = NDArray[np.float32]


class LinearModel:
    """Weights of D features, their expectation and certainty."""

    def __init__(self, num_features: int, *, spread: float) -> None:
        self._spread = spread
        self._told: Floats = np.zeros((num_features, num_features))
        """[D, D] A"""
        self._pull: Floats = np.zeros(num_features)
        """[D] b"""
        self._factor: Floats | None = None
        self._weights: Floats = np.zeros(num_features)

    def add(self, features: NDArray[Any], target: Floats, precision: Floats) -> None:
        """Learn from k observations: features [k, D], what was seen [k], and 1 / variance of that [k]."""
        features = features.astype(np.float64)
        weighted = features * precision[:, np.newaxis]
        self._told += weighted.T @ features
        self._pull += weighted.T @ target
        self._factor = None

    def fade(self, share: float) -> None:
        """Let what was told so far count only `share` of what it did."""
        self._told *= share
        self._pull *= share
        self._factor = None

    def predict(self, features: NDArray[Any]) -> tuple[Floats, Floats]:
        """Return [k] expectations and [k] variances for features [k, D]."""
        self._solve()
        features = features.astype(np.float64)
        spread = solve_triangular(self._factor, features.T, lower=True, check_finite=False)
        return features @ self._weights, np.einsum("dk,dk->k", spread, spread)

    def state_dict(self) -> dict[str, Any]:
        """Return what a checkpoint keeps, to the bit: JSON-able."""
        lower = self._told[np.tril_indices(len(self._pull))]
        return {"told": _packed(lower), "pull": _packed(self._pull)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take back what `state_dict` returned; of a model with other features nothing can be used."""
        pull, lower = _unpacked(state["pull"]), _unpacked(state["told"])
        if len(pull) != len(self._pull):
            return
        self._pull = pull
        self._told[np.tril_indices(len(pull))] = lower
        self._told = np.tril(self._told) + np.tril(self._told, -1).T
        self._factor = None

    def _solve(self) -> None:
        if self._factor is None:
            whole = self._told + np.eye(len(self._pull)) / self._spread**2
            factor = cho_factor(whole, lower=True, check_finite=False)
            self._factor, self._weights = factor[0], cho_solve(factor, self._pull, check_finite=False)


def _packed(values: Floats) -> str:
    return base64.b64encode(zlib.compress(values.tobytes(), level=1)).decode()


def _unpacked(text: str) -> Floats:
    return np.frombuffer(zlib.decompress(base64.b64decode(text)), dtype=np.float64).copy()
