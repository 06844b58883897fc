"""The answer that a gold box or point asks for, in the space in which the model answers; for `rlcs check`.

Example: gold [[100, 100, 300, 200]] in pixels of an image of 1000 x 500, answers in 0-1000: the box is
[[100, 200, 300, 400]], the point in it [[200, 300]].
"""

from __future__ import annotations

import json
from typing import Any

from rewards.reading.boxes import BoxReader, Corners, LabelledBox, read_gold_boxes
from rewards.reading.points import Box, Frame, ImageSize, Space, click_target, frame_of


def right_boxes(
    gold: Any,
    *,
    space: Space = "0-1000",
    gold_space: Space = "0-1000",
    corners: Corners = "xyxy",
    gold_corners: Corners = "xyxy",
    **sizes: Any,
) -> str:
    """Return the gold boxes, labels kept, as an answer of `grounding_box`."""
    size = _size(sizes)
    boxes = read_gold_boxes(gold, BoxReader(frame_of(gold_space, size), gold_corners))
    return json.dumps([_as_record(one, frame_of(space, size), corners) for one in boxes], ensure_ascii=False)


def right_points(gold: Any, *, space: Space = "0-1000", gold_space: Space = "0-1000", **sizes: Any) -> str:
    """Return the middles of the gold boxes as an answer of `grounding_point`."""
    size = _size(sizes)
    boxes = read_gold_boxes(gold, BoxReader(frame_of(gold_space, size)))
    return json.dumps([_middle(one.box, frame_of(space, size)) for one in boxes])


def right_click(gold: Any, *, space: Space = "0-1000", gold_space: Space = "0-1000", **sizes: Any) -> str:
    """Return the gold point, or the middle of the gold box, as an answer of `gui_point`."""
    size = _size(sizes)
    target, frame = click_target(gold, frame_of(gold_space, size)), frame_of(space, size)
    if len(target) == 4:
        return json.dumps(_middle(target, frame))
    return json.dumps([target[0] * frame.width, target[1] * frame.height])


def _size(sizes: dict[str, Any]) -> ImageSize:
    return ImageSize(**{name: value for name, value in sizes.items() if name in ImageSize.__dataclass_fields__})


def _middle(box: Box, frame: Frame) -> list[float]:
    left, top, right, bottom = box
    return [(left + right) / 2 * frame.width, (top + bottom) / 2 * frame.height]


def _as_record(one: LabelledBox, frame: Frame, corners: Corners) -> Any:
    left, top, right, bottom = (
        edge * side for edge, side in zip(one.box, (frame.width, frame.height) * 2, strict=True)
    )
    box = [left, top, right - left, bottom - top] if corners == "xywh" else [left, top, right, bottom]
    return {"bbox_2d": box, "label": one.label} if one.label else box
