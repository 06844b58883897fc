"""Published measures, written here once more from their definitions: what graded answers must pay.

Slow and plain on purpose. Source of each: overlap of boxes and spans (intersection over union), Levenshtein's distance,
ANLS (Biten et al. 2019), the haversine formula.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import permutations
from typing import TypeVar

Box = tuple[int, int, int, int]
Point = tuple[int, int]
Span = tuple[Fraction, Fraction]
One = TypeVar("One")
Other = TypeVar("Other")
EARTH_KM = 6371.0088


def box_overlap(one: Box, other: Box) -> Fraction:
    """Return intersection over union of two boxes (left, top, right, bottom)."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    shared = max(width, 0) * max(height, 0)
    return Fraction(shared, _area(one) + _area(other) - shared)


def _area(box: Box) -> int:
    return (box[2] - box[0]) * (box[3] - box[1])


def best_matching(ours: Sequence[One], theirs: Sequence[Other], gain: Callable[[One, Other], Fraction]) -> Fraction:
    """Return the largest sum of gains of pairs, every one in a pair at most; by trying all ways."""
    if not ours or not theirs:
        return Fraction(0)
    if len(ours) > len(theirs):
        return best_matching(theirs, ours, lambda one, other: gain(other, one))
    ways = permutations(theirs, len(ours))
    return max(sum(map(gain, ours, way), Fraction(0)) for way in ways)


def is_inside(point: Point, box: Box) -> bool:
    """Tell whether a point is in a box, its edges included."""
    return box[0] <= point[0] <= box[2] and box[1] <= point[1] <= box[3]


def span_overlap(one: Span, other: Span) -> Fraction:
    """Return intersection over union of two spans of time."""
    shared = max(min(one[1], other[1]) - max(one[0], other[0]), Fraction(0))
    return shared / (one[1] - one[0] + other[1] - other[0] - shared)


def edits(one: str, other: str) -> int:
    """Return Levenshtein's distance: insertions, deletions and replacements of a character."""
    row = list(range(len(other) + 1))
    for place, letter in enumerate(one, 1):
        before, row[0] = row[0], place
        for at, mark in enumerate(other, 1):
            before, row[at] = row[at], min(row[at] + 1, row[at - 1] + 1, before + (letter != mark))
    return row[-1]


def similarity(one: str, other: str) -> float:
    """Return 1 - distance / length of the longer text; 1 for two empty ones."""
    longest = max(len(one), len(other))
    return 1.0 - edits(one, other) / longest if longest else 1.0


def anls(one: str, other: str, threshold: float = 0.5) -> float:
    """Return the similarity, 0 where it is not above the threshold."""
    found = similarity(one, other)
    return found if found > threshold else 0.0


def kilometres(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return the great-circle distance of two places (latitude, longitude, in degrees)."""
    (lat, lon), (lat2, lon2) = (tuple(map(math.radians, place)) for place in (one, other))
    half = math.sin((lat2 - lat) / 2) ** 2 + math.cos(lat) * math.cos(lat2) * math.sin((lon2 - lon) / 2) ** 2
    return 2 * EARTH_KM * math.asin(min(1.0, math.sqrt(half)))
