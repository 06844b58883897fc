"""Arithmetic on pictures, in whole numbers of a byte where that gives the same: a page has millions of them."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
"""[height, width, 3], sRGB."""

Number = TypeVar("Number", bound=np.generic)


def difference(one: Picture, other: Picture) -> NDArray[np.uint8]:
    """Return by how much each pixel differs in the channel that differs most: [height, width], in [0, 255]."""
    change = np.maximum(one, other)
    change -= np.minimum(one, other)
    return np.asarray(np.maximum(np.maximum(change[..., 0], change[..., 1]), change[..., 2]))


def reduced(picture: NDArray[Number], factor: int) -> NDArray[Number]:
    """Return the means of squares of `factor` x `factor`, in the picture's own type; what is left over is cut off.

    Means of bytes are rounded down. factor: at most 16.
    """
    height, width = (size // factor * factor for size in picture.shape[:2])
    is_bytes = picture.dtype == np.uint8
    total: NDArray[Any] = picture[0:height:factor, :width].astype(np.uint16 if is_bytes else picture.dtype)
    for start in range(1, factor):
        total += picture[start:height:factor, :width]
    columns = total.reshape(height // factor, width // factor, factor, picture.shape[2])
    total = sum((columns[:, :, place] for place in range(1, factor)), start=columns[:, :, 0])
    return np.asarray(total // factor**2 if is_bytes else total / factor**2, picture.dtype)


def median_colour(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return the median of each channel of [number, 3] pixels; of an even number, the mean of the middle two."""
    ordered = np.sort(np.ascontiguousarray(pixels.T), axis=1, kind="stable")
    last = ordered.shape[1] - 1
    return (ordered[:, last // 2].astype(np.float64) + ordered[:, (last + 1) // 2]) / 2


def strongest(change: NDArray[Any]) -> NDArray[np.bool_]:
    """Mark what changes by at least 0.8 of the largest change: ink, for the rest are its blurred edges."""
    return np.asarray(change >= np.ceil(0.8 * float(change.max())))
