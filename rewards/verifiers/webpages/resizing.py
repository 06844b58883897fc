"""Brings a picture to a small size as `skimage.transform.resize` with anti-aliasing does, at a hundredth of the cost.

Both its steps, the Gaussian filter and the linear interpolation, are linear and work along one axis at a time. So a
size of picture and a size of result have two matrices, which are made once and kept.
"""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

_TRUNCATE = 4.0
"""Standard deviations after which the Gaussian ends (scipy.ndimage.gaussian_filter)."""


def resized(picture: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    """Return a picture [height, width] at another size [rows, columns]."""
    rows, columns = (_matrix(*lengths) for lengths in zip(picture.shape, size, strict=True))
    return np.asarray(rows @ picture @ columns.T, np.float32)


@functools.lru_cache(maxsize=128)
def _matrix(length: int, count: int) -> NDArray[np.float32]:
    """Return the [count, length] matrix that brings `length` values to `count` of them."""
    factor = length / count
    weights = _gaussian((factor - 1) / 2)
    centres = np.abs((np.arange(count) + 0.5) * factor - 0.5)  # mirrored at the first value
    before = np.minimum(centres.astype(int), length - 1)
    found = np.zeros((count, length))
    for beside, share in ((before, 1 - (centres - before)), (before + 1, centres - before)):
        places = _mirrored(beside[:, None] + np.arange(len(weights)) - len(weights) // 2, length)
        np.add.at(found, (np.arange(count)[:, None], places), share[:, None] * weights)
    return found.astype(np.float32)


def _gaussian(deviation: float) -> NDArray[np.float64]:
    """Return the weights of a Gaussian, or 1 where there is nothing to smooth."""
    if deviation <= 0:
        return np.ones(1)
    radius = int(_TRUNCATE * deviation + 0.5)
    weights = np.exp(-0.5 / deviation**2 * np.arange(-radius, radius + 1) ** 2)
    return np.asarray(weights / weights.sum())


def _mirrored(places: NDArray[np.int_], length: int) -> NDArray[np.int_]:
    """Return places inside 0 to length - 1, mirrored at the first and the last value."""
    if length == 1:
        return np.zeros_like(places)
    period = 2 * (length - 1)
    inside = np.mod(places, period)
    return np.asarray(np.minimum(inside, period - inside))
