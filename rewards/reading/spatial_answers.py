"""The answer that a gold box or point asks for, in the space in which the model answers; for `rlcs check`.

Example: gold [[100, 100, 300, 200]] in pixels of an image of 1000 x 500, answers in 0-1000: the box is
[[100, 200, 300, 400]], the point in it [[200, 300]].
"""

from __future__ import annotations

import json
from typing import Any

from rewards.reading.boxes import BoxReader, Corners, LabelledBox, read_gold_boxes
from rewards.reading.points import THOUSANDTHS, Box, Frame, Spaces, click_target


def right_boxes(
    gold: Any,
    *,
    spaces: Spaces = THOUSANDTHS,
    corners: Corners = "xyxy",
    gold_corners: Corners = "xyxy",
) -> str:
    """Return the gold boxes, labels kept, as an answer of `grounding_box`."""
    boxes = read_gold_boxes(gold, BoxReader(spaces.gold_frame(), gold_corners))
    return json.dumps([_as_record(one, spaces.frame(), corners) for one in boxes], ensure_ascii=False)


def right_points(gold: Any, *, spaces: Spaces = THOUSANDTHS) -> str:
    """Return the middles of the gold boxes as an answer of `grounding_point`."""
    boxes = read_gold_boxes(gold, BoxReader(spaces.gold_frame()))
    return json.dumps([_middle(one.box, spaces.frame()) for one in boxes])


def right_click(gold: Any, *, spaces: Spaces = THOUSANDTHS) -> str:
    """Return the gold point, or the middle of the gold box, as an answer of `gui_point`."""
    target, frame = click_target(gold, spaces.gold_frame()), spaces.frame()
    if len(target) == 4:
        return json.dumps(_middle(target, frame))
    return json.dumps([target[0] * frame.width, target[1] * frame.height])


def _middle(box: Box, frame: Frame) -> list[float]:
    left, top, right, bottom = box
    return [(left + right) / 2 * frame.width, (top + bottom) / 2 * frame.height]


def _as_record(one: LabelledBox, frame: Frame, corners: Corners) -> Any:
    left, top, right, bottom = (
        edge * side for edge, side in zip(one.box, (frame.width, frame.height) * 2, strict=True)
    )
    box = [left, top, right - left, bottom - top] if corners == "xywh" else [left, top, right, bottom]
    return {"bbox_2d": box, "label": one.label} if one.label else box
