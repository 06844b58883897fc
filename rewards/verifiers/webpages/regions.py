"""Blocks of a picture where there is no page behind it: connected regions that differ from their ground.

A gold answer may be a screenshot alone. Its text cannot be read then, so the answer's picture is cut up in the same way
and regions are compared by their looks.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rewards.verifiers.webpages.blocks import Block, cut
from rewards.verifiers.webpages.layout import Box
from rewards.verifiers.webpages.pixels import Picture, difference, median_colour, strongest
from rewards.verifiers.webpages.resizing import resized

MIN_STEP = 24
"""Between neighbouring pixels, of 255: less is a shade of the ground."""
REACH = (3, 13)
"""Rows and columns: marks nearer to each other belong together, so that letters join to lines."""
MIN_AREA = 30
MAX_REGIONS = 1500
LOOK = (8, 64)
"""Rows and columns that a region is brought to for comparison."""

Marks = NDArray[np.bool_]


def regions(picture: Picture) -> list[Block]:
    """Return the regions of a picture, the MAX_REGIONS largest; the area of a region is that of its marks, joined."""
    from scipy.ndimage import find_objects, label

    light = np.asarray((picture[..., 0].astype(np.float32) + picture[..., 1] + picture[..., 2]) / 3, dtype=np.float32)
    numbers, _ = label(_joined(_edges(picture)))
    areas = np.bincount(numbers.ravel())[1:]
    found = enumerate(find_objects(numbers))
    boxes = [(_shrunk(rows, columns), float(areas[number])) for number, (rows, columns) in found]
    boxes = sorted((one for one in boxes if one[0].area >= MIN_AREA), key=lambda one: one[1], reverse=True)
    return [_block(picture, light, box, area) for box, area in boxes[:MAX_REGIONS]]


def _edges(picture: Picture) -> Marks:
    """Mark the pixels that differ from the next one, to the right or below, in any channel."""
    marks = np.zeros(picture.shape[:2], bool)
    marks[:, :-1] |= difference(picture[:, 1:], picture[:, :-1]) >= MIN_STEP
    marks[:-1] |= difference(picture[1:], picture[:-1]) >= MIN_STEP
    return marks


def _joined(marks: Marks) -> Marks:
    """Mark as well what is within REACH of a mark: a dilation, row-wise then column-wise."""
    for axis, reach in enumerate(REACH):
        marks = _spread(marks, axis, reach // 2)
    return marks


def _spread(marks: Marks, axis: int, steps: int) -> Marks:
    """Mark as well what is at most `steps` before or after a mark along an axis."""
    spread = marks.copy()
    source, target = np.moveaxis(marks, axis, 0), np.moveaxis(spread, axis, 0)
    for step in range(1, steps + 1):
        target[step:] |= source[:-step]
        target[:-step] |= source[step:]
    return spread


def _shrunk(rows: slice, columns: slice) -> Box:
    """Return the box of a region without what joining added around it."""
    more, wider = REACH[0] // 2, REACH[1] // 2
    return Box(columns.start + wider, rows.start + more, columns.stop - wider, rows.stop - more)


def _block(picture: Picture, light: NDArray[np.float32], box: Box, area: float) -> Block:
    pixels = cut(picture, box).reshape(-1, 3)
    # Twice the colours, so that the mean of two bytes is a whole number.
    distances = np.abs(2 * pixels.astype(np.int16) - (2 * median_colour(pixels)).astype(np.int16))
    furthest = np.maximum(np.maximum(distances[:, 0], distances[:, 1]), distances[:, 2])
    ink = median_colour(pixels[strongest(furthest)])
    return Block(box, area, (float(ink[0]), float(ink[1]), float(ink[2])), look=_look(cut(light, box)))


def _look(light: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return a region at one size as a vector of length 1 and mean 0, so that a product is a correlation.

    A region of one shade has the same vector everywhere, which is like itself and like nothing else.
    """
    vector = np.ravel(resized(light, LOOK))
    vector = vector - vector.mean()
    if np.linalg.norm(vector) < 1.0:
        vector = np.ones_like(vector)
    return np.asarray(vector / np.linalg.norm(vector), np.float32)
