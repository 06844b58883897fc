"""The verifier `grounding_box`: how well do the boxes cover the gold boxes, one to one?

Every score is divided by the larger number of boxes (or is an F1), so that neither many boxes nor few pay.
"""

from __future__ import annotations

from typing import Any, Literal

from rewards.reading.boxes import BoxReader, Corners, LabelledBox, OutOfRange, best_total, overlaps, read_gold_boxes
from rewards.reading.json_values import Unreadable
from rewards.reading.points import ROUNDING, THOUSANDTHS, Spaces, may_be_many
from rewards.reading.spatial_answers import right_boxes
from rewards.registry import reward
from rlcs.records import Verdict

BoxScore = Literal["iou", "threshold", "f1", "giou"]
_MAX_INLINE = 30
"""Matching n boxes with m takes min(n, m)^2 steps; beyond this many on the smaller side a worker does it."""


def check_grounding_gold(
    gold: Any,
    *,
    threshold: float = 0.5,
    spaces: Spaces = THOUSANDTHS,
    gold_corners: Corners = "xyxy",
) -> str | None:
    """Return what is wrong with gold boxes or the declared spaces, or None; an empty list means "no such object"."""
    spaces.frame()
    read_gold_boxes(gold, BoxReader(spaces.gold_frame(), gold_corners))
    return None if 0 < threshold <= 1 else f"threshold must lie in (0, 1], got {threshold}"


def quick_grounding_box(answer: str, gold: Any, **params: Any) -> float | Verdict | None:
    """Judge at once unless both sides may have many boxes."""
    return None if may_be_many(answer, gold, _MAX_INLINE) else grounding_box(answer, gold, **params)


@reward(
    "grounding_box",
    domains=["grounding.box"],
    runs="worker",
    quick=quick_grounding_box,
    check_gold=check_grounding_gold,
    right_answer=right_boxes,
)
def grounding_box(
    answer: str,
    gold: Any,
    *,
    score: BoxScore = "iou",
    threshold: float = 0.5,
    spaces: Spaces = THOUSANDTHS,
    corners: Corners = "xyxy",
    gold_corners: Corners = "xyxy",
    out_of_range: OutOfRange = "invalid",
    match_labels: bool = True,
) -> float | Verdict:
    """Bounding boxes against gold boxes: IoU, share above a threshold, or F1, matched one to one.

    score: `iou`: sum of matched IoU / max(#answer, #gold), which is the IoU where there is one box of each;
    `threshold`: matched pairs with IoU >= threshold / max(#answer, #gold) (GLM-V paper, table 1); `f1`: of those pairs;
    `giou`: as iou with (GIoU + 1) / 2. threshold: of IoU, in (0, 1]. space, gold_space: `0-1000`, `0-1`, `pixels`
    (needs image_width, image_height) or `resized` (pixels of the image the model was shown: resized_width,
    resized_height). corners, gold_corners: `xyxy`, or `xywh` for left, top, width, height. out_of_range: a box that
    leaves the image is `invalid`, or is cut by `clip`. match_labels: labels must agree where the gold has them.
    """
    golds = read_gold_boxes(gold, BoxReader(spaces.gold_frame(), gold_corners))
    try:
        answers = BoxReader(spaces.frame(), corners, out_of_range).read(answer)
    except Unreadable as fault:
        return fault.verdict()
    if not answers or not golds:
        return float(not answers and not golds)
    return _scored(answers, golds, score, threshold, match_labels)


def _scored(
    answers: list[LabelledBox], golds: list[LabelledBox], score: BoxScore, threshold: float, match_labels: bool
) -> float:
    weights = overlaps(answers, golds, generalized=score == "giou")
    if score in ("threshold", "f1"):
        weights = (weights >= threshold - ROUNDING).astype(float)
    if match_labels:
        weights = weights * [[one.label == gold.label or not gold.label for gold in golds] for one in answers]
    total = best_total(weights)
    if score == "f1":
        return 2 * total / (len(answers) + len(golds))
    return min(total / max(len(answers), len(golds)), 1.0)
