"""The verifier `grounding_point`: do the points lie on the objects, one point for each?"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from rewards.reading.boxes import MAX_BOXES, BoxReader, best_total, read_gold_boxes
from rewards.reading.json_values import Unreadable
from rewards.reading.points import (
    THOUSANDTHS,
    Box,
    Edges,
    Point,
    Spaces,
    decay,
    distance_to_box,
    inside,
    may_be_many,
    read_points,
)
from rewards.reading.spatial_answers import right_points
from rewards.registry import reward
from rlcs.records import Status, Verdict

PointScore = Literal["inside", "distance"]
_MAX_INLINE = 30


def check_point_gold(
    gold: Any,
    *,
    max_distance: float = 0.1,
    spaces: Spaces = THOUSANDTHS,
) -> str | None:
    """Return what is wrong with the gold boxes or the declared spaces, or None."""
    spaces.frame()
    if not read_gold_boxes(gold, BoxReader(spaces.gold_frame())):
        return "there is no gold box"
    return None if max_distance > 0 else f"max_distance must be positive, got {max_distance}"


def quick_grounding_point(answer: str, gold: Any, **params: Any) -> float | Verdict | None:
    """Judge at once unless both sides may be many."""
    return None if may_be_many(answer, gold, _MAX_INLINE) else grounding_point(answer, gold, **params)


@reward(
    "grounding_point",
    domains=["grounding.point"],
    runs="worker",
    quick=quick_grounding_point,
    check_gold=check_point_gold,
    right_answer=right_points,
)
def grounding_point(
    answer: str,
    gold: Any,
    *,
    score: PointScore = "inside",
    edges: Edges = "inclusive",
    max_distance: float = 0.1,
    spaces: Spaces = THOUSANDTHS,
) -> float | Verdict:
    """Points on objects: the share of gold boxes that have a point of their own, over max(#points, #boxes).

    score: `inside`: 1 for a point in its box, else 0; `distance`: 1 inside, then falling with the distance d to the
    box as 1 - d / max_distance. edges: a point on the edge is inside (`inclusive`) or not (`strict`). max_distance: in
    fractions of the image. space, gold_space: `0-1000`, `0-1`, `pixels` (needs image_width, image_height) or
    `resized` (needs resized_width, resized_height).
    """
    boxes = [one.box for one in read_gold_boxes(gold, BoxReader(spaces.gold_frame()))]
    try:
        points = read_points(answer, spaces.frame())
    except Unreadable as fault:
        return fault.verdict()
    if len(points) > MAX_BOXES:
        return Verdict(score=0.0, status=Status.OVER_LIMIT, message=f"more than {MAX_BOXES} points")
    weights = np.array([[_pair(point, box, score, edges, max_distance) for box in boxes] for point in points])
    return best_total(weights) / max(len(points), len(boxes))


def _pair(point: Point, box: Box, score: PointScore, edges: Edges, max_distance: float) -> float:
    if score == "distance":
        return decay(distance_to_box(point, box), max_distance)
    return float(inside(point, box, edges))
