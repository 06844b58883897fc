"""Blocks of a picture where there is no page behind it: connected regions that differ from their ground.

A gold answer may be a screenshot alone. Its text cannot be read then, so the answer's picture is cut up in the same way
and regions are compared by their looks.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rewards.verifiers.webpages.blocks import Block, cut
from rewards.verifiers.webpages.layout import Box
from rewards.verifiers.webpages.render import Picture

MIN_STEP = 24.0
"""Between neighbouring pixels, of 255: less is a shade of the ground."""
REACH = (3, 13)
"""Rows and columns: marks nearer to each other belong together, so that letters join to lines."""
MIN_AREA = 30
MAX_REGIONS = 1500
LOOK = (8, 64)
"""Rows and columns that a region is brought to for comparison."""


def regions(picture: Picture) -> list[Block]:
    """Return the regions of a picture, the MAX_REGIONS largest; the area of a region is that of its marks, joined."""
    from scipy.ndimage import binary_dilation, find_objects, label

    light = picture.astype(np.float32).mean(axis=2)
    numbers, _ = label(binary_dilation(_edges(picture), np.ones(REACH, bool)))
    areas = np.bincount(numbers.ravel())[1:]
    found = enumerate(find_objects(numbers))
    boxes = [(_shrunk(rows, columns), float(areas[number])) for number, (rows, columns) in found]
    boxes = sorted((one for one in boxes if one[0].area >= MIN_AREA), key=lambda one: one[1], reverse=True)
    return [_block(picture, light, box, area) for box, area in boxes[:MAX_REGIONS]]


def _edges(picture: Picture) -> NDArray[np.bool_]:
    """Mark the pixels that differ from the next one, to the right or below, in any channel."""
    values = picture.astype(np.int16)
    marks = np.zeros(picture.shape[:2], bool)
    marks[:, :-1] |= np.abs(np.diff(values, axis=1)).max(axis=2) >= MIN_STEP
    marks[:-1] |= np.abs(np.diff(values, axis=0)).max(axis=2) >= MIN_STEP
    return marks


def _shrunk(rows: slice, columns: slice) -> Box:
    """Return the box of a region without what joining added around it."""
    more, wider = REACH[0] // 2, REACH[1] // 2
    return Box(columns.start + wider, rows.start + more, columns.stop - wider, rows.stop - more)


def _block(picture: Picture, light: NDArray[np.float32], box: Box, area: float) -> Block:
    pixels = cut(picture, box).reshape(-1, 3).astype(np.float64)
    distances = np.abs(pixels - np.median(pixels, axis=0)).max(axis=1)
    ink = np.median(pixels[distances >= 0.8 * distances.max()], axis=0)
    return Block(box, area, (float(ink[0]), float(ink[1]), float(ink[2])), look=_look(cut(light, box)))


def _look(light: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return a region at one size as a vector of length 1 and mean 0, so that a product is a correlation.

    A region of one shade has the same vector everywhere, which is like itself and like nothing else.
    """
    from skimage.transform import resize

    small = resize(light, LOOK, anti_aliasing=True, preserve_range=True)  # type: ignore[no-untyped-call]
    vector = np.ravel(small) - small.mean()
    if np.linalg.norm(vector) < 1.0:
        vector = np.ones_like(vector)
    return np.asarray(vector / np.linalg.norm(vector), np.float32)
