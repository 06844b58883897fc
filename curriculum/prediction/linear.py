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

from curriculum.beliefs.arrays import Floats


class LinearModel:
    """Weights of D features, their expectation and certainty."""

    def __init__(self, num_features: int, *, spread: float) -> None:
        self._spread = spread
        self._told: Floats = np.zeros((num_features, num_features))
        """[D, D] A"""
        self._pull: Floats = np.zeros(num_features)
        """[D] b"""
        self._covariance: Floats | None = None
        """[D, D] of the weights; None: to be worked out anew."""

    def add(self, features: NDArray[Any], target: Floats, precision: Floats) -> None:
        """Learn from k observations: features [k, D], what was seen [k], and 1 / variance of that [k]."""
        scale = np.sqrt(precision)
        scaled = features.astype(np.float64) * scale[:, np.newaxis]
        # A product of a matrix with itself is symmetric to the bit, on which `state_dict` relies.
        self._told += scaled.T @ scaled
        self._pull += scaled.T @ (scale * target)
        self._covariance = None

    def fade(self, share: float) -> None:
        """Let what was told so far count only `share` of what it did."""
        self._told *= share
        self._pull *= share
        self._covariance = None

    def predict(self, features: NDArray[Any]) -> tuple[Floats, Floats]:
        """Return [k] expectations and [k] variances for features [k, D]."""
        if self._covariance is None:
            whole = self._told + np.eye(len(self._pull)) / self._spread**2
            self._covariance = np.linalg.inv(whole).astype(np.float64)
        seen: Floats = features.astype(np.float64) @ self._covariance
        return seen @ self._pull, np.maximum(np.einsum("kd,kd->k", seen, features), 0.0)

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
        self._covariance = None


def _packed(values: Floats) -> str:
    return base64.b64encode(zlib.compress(values.tobytes(), level=1)).decode()


def _unpacked(text: str) -> Floats:
    return np.frombuffer(zlib.decompress(base64.b64decode(text)), dtype=np.float64).copy()
