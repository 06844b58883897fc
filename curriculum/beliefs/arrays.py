"""Arrays of the curriculum by name, and the two functions between pass rates and ratings."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[Any]
"""[k] rows of the task pool, any integer type."""
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def sigmoid(value: NDArray[Any]) -> Floats:
    """Return 1 / (1 + exp(-value)); exact 0 and 1 are never reached."""
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(value, -30.0, 30.0))), dtype=np.float64)


def logit(rate: NDArray[Any]) -> Floats:
    """Return log(rate / (1 - rate)), the inverse of `sigmoid`; NaN stays NaN."""
    rate = np.asarray(rate, dtype=np.float64)
    return np.asarray(np.log(rate) - np.log1p(-rate))
