"""The mixture: whole numbers of tasks for sources and tiers, so that shares hold exactly over the steps.

Largest remainders at every step would round a source worth 0.4 tasks a batch to none for ever. Here the rounding
is shifted by an offset in [0, 1): every count is its exact share rounded up or down, the counts always sum to the
total, and over offsets spread evenly each count is right on average.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curriculum.beliefs.difficulty import Floats, Ints

GOLDEN_RATIO = 0.6180339887498949


def step_offset(step: int) -> float:
    """Return the rounding offset of a step: multiples of the golden ratio modulo 1, as evenly spread as can be."""
    return (step * GOLDEN_RATIO) % 1.0


def apportion(total: int, weights: Sequence[float] | NDArray[Any], *, offset: float) -> Ints:
    """Split `total` into whole counts by weight, each its exact share rounded up or down.

    The whole parts are given out first. Of the fractions f_i, summing to a whole number, count i gets
    floor(f_1 + … + f_i + offset) - floor(f_1 + … + f_(i-1) + offset) more: 0 or 1, and never more than 0 of f_i = 0.
    Example: 3 over (0.5, 0.5) gives (1, 2) with offset 0.4 and (2, 1) with offset 0.5.
    """
    if total == 0:
        return np.zeros(len(weights), dtype=np.int64)
    shares = total * np.asarray(weights, dtype=np.float64) / np.sum(weights)
    # Rounded, because 10 x 0.3 must be 3 and not 2.999….
    whole = np.floor(np.round(shares, 9))
    fractions = np.maximum(np.round(shares - whole, 9), 0.0)
    num_left = total - whole.sum()
    if num_left == 0:
        return np.asarray(whole, dtype=np.int64)
    sums = np.round(np.cumsum(fractions) * (num_left / fractions.sum()), 9)
    # Cut to 30 bits, because 1 + 0.9999999999999999 is 2 in floating point and would give out one too many.
    offset = math.floor(offset * 2**30) / 2**30
    return np.asarray(whole + np.diff(np.floor(sums + offset), prepend=0.0), dtype=np.int64)


def capped_shares(total: int, weights: Floats, *, caps: NDArray[Any]) -> Floats:
    """Split `total` by weight with no share above its cap; what does not fit goes to the others by weight, or by cap
    where these have none.

    `total` is at most the sum of `caps`. Example: 50 by (1, 1) with caps (10, 90) gives (10, 40).
    """
    assert total <= caps.sum(), f"{total} tasks asked of {caps.sum()}"
    shares = np.zeros(len(weights))
    is_open = np.asarray(caps) > 0
    rest = float(total)
    while rest > 0 and is_open.any():
        wanted = weights[is_open] if weights[is_open].any() else caps[is_open]
        shares[is_open] = rest * wanted / wanted.sum()
        over = is_open & (shares >= caps)
        if not over.any():
            break
        shares[over] = caps[over]
        is_open &= ~over
        rest = total - shares[~is_open].sum()
        shares[is_open] = 0.0
    return shares
