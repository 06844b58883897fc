"""The verifier `gui_point`: is this the place to click?"""

from __future__ import annotations

import math
from typing import Any, Literal

from rewards.reading.json_values import Unreadable
from rewards.reading.points import (
    THOUSANDTHS,
    Box,
    Edges,
    Point,
    Spaces,
    click_target,
    decay,
    distance_to_box,
    inside,
    read_points,
)
from rewards.reading.spatial_answers import right_click
from rewards.registry import reward
from rlcs.records import Verdict

ClickScore = Literal["inside", "distance"]


def check_click_gold(
    gold: Any,
    *,
    max_distance: float = 0.1,
    power: float = 2.0,
    spaces: Spaces = THOUSANDTHS,
) -> str | None:
    """Return what is wrong with a gold box or point or the declared spaces, or None."""
    spaces.frame()
    click_target(gold, spaces.gold_frame())
    if power <= 0:
        return f"power must be positive, got {power}"
    return None if max_distance > 0 else f"max_distance must be positive, got {max_distance}"


@reward("gui_point", domains=["gui.point"], runs="inline", check_gold=check_click_gold, right_answer=right_click)
def gui_point(
    answer: str,
    gold: Any,
    *,
    score: ClickScore = "inside",
    edges: Edges = "inclusive",
    max_distance: float = 0.1,
    power: float = 2.0,
    accept_boxes: bool = True,
    spaces: Spaces = THOUSANDTHS,
) -> float | Verdict:
    """One point to click against a gold box `[x1, y1, x2, y2]` or a gold point `[x, y]`.

    score: `inside`: 1 in the gold box, or within max_distance of the gold point, else 0; `distance`:
    (1 - d / max_distance)^power, d from the gold point or from the box (0 inside). edges: whether a point on the edge
    of the box is inside. max_distance: in fractions of the image, x and y alike. accept_boxes: a box as an answer
    stands for its centre (ScreenSpot). space, gold_space: `0-1000`, `0-1`, `pixels` (needs image_width,
    image_height) or `resized` (needs resized_width, resized_height).
    """
    target = click_target(gold, spaces.gold_frame())
    try:
        points = read_points(answer, spaces.frame(), accept_boxes=accept_boxes)
        if len(points) != 1:
            raise Unreadable(f"expected one point, got {len(points)}")
    except Unreadable as fault:
        return fault.verdict()
    if score == "distance":
        return decay(_distance(points[0], target), max_distance, power)
    if len(target) == 4:
        return float(inside(points[0], target, edges))
    return float(_distance(points[0], target) <= max_distance)


def _distance(point: Point, target: Point | Box) -> float:
    return distance_to_box(point, target) if len(target) == 4 else math.dist(point, target)
