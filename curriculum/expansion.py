"""Expansion: how many tasks to draw so that, after the useless groups are gone, a batch remains (paper 5.3.1).

    invalid rate = share of the groups of the whole oversampled pool that teach nothing
    ratio        = 1 / (1 - invalid rate), at most `cap`
    ema          = beta x ema + (1 - beta) x ratio, 1.0 at the start
    next draw    = ceil(batch size x ema)

The number is known before generation starts; nothing is re-drawn.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True, slots=True)
class Expansion:
    """Invalid rate and ratio of the last step, and the EMA of the ratio over all steps."""

    invalid_rate: float = 0.0
    ratio: float = 1.0
    ema: float = 1.0


def invalid_rate(is_valid: NDArray[np.bool_]) -> float:
    """Return the share of groups that are not valid; 0 of no groups."""
    return 1.0 - float(is_valid.mean()) if is_valid.size else 0.0


def expansion_ratio(rate: float, *, cap: float) -> float:
    """Return 1 / (1 - rate), at most `cap`: 0.2 gives 1.25, 0.5 gives 2, 1 gives the cap."""
    return cap if rate >= 1.0 else min(1.0 / (1.0 - rate), cap)


def expanded(expansion: Expansion, is_valid: NDArray[np.bool_], *, beta: float, cap: float) -> Expansion:
    """Return the expansion after a step whose groups were valid or not as told; no groups change nothing."""
    if not is_valid.size:
        return expansion
    rate = invalid_rate(is_valid)
    ratio = expansion_ratio(rate, cap=cap)
    return Expansion(invalid_rate=rate, ratio=ratio, ema=beta * expansion.ema + (1.0 - beta) * ratio)


def num_to_draw(batch_size: int, *, ema: float) -> int:
    """Return ceil(batch_size x ema), where 32 x 1.0000000001 is still 32."""
    return max(batch_size, math.ceil(batch_size * ema - 1e-6))
