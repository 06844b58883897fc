"""The verifier `gui_action`: is this the right next action on the screen?"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any, Literal

from rewards.reading.boxes import BoxReader
from rewards.reading.json_values import Unreadable, read_json
from rewards.reading.points import Box, Frame, Spaces, as_numbers, as_point, frame_of, inside, one_key
from rewards.registry import reward
from rewards.running.call import as_verdict
from rewards.verifiers.screens.actions import Action, read_action
from rewards.verifiers.screens.score import Comparison, TargetScore, TextScore, field_scores, text_score, total
from rewards.verifiers.screens.score_glm import glm_score
from rewards.verifiers.screens.score_reference import (
    TYPE,
    Gesture,
    Operation,
    SwipeRule,
    operation_f1,
    read_gesture,
    read_ui_boxes,
    same_gesture,
)
from rewards.verifiers.screens.spaces import ActionSpace
from rlcs.records import Status, Verdict

_LIKE_WEB = re.compile(r"(?:CLICK|TYPE|KEY_PRESS|SCROLL_UP|SCROLL_DOWN|ANSWER)\b|Wait\Z")
"""What the web's calls look like, some of which the desktop could have meant as well."""
AnySpace = Literal["mobile", "desktop", "web", "by_gold", "aitw", "mind2web"]
ScreenSpace = Literal["0-1000", "0-1", "pixels"]
_MAX_OPERATION = 4096


def check_action_gold(
    gold: Any,
    *,
    actions: AnySpace = "mobile",
    space: ScreenSpace = "0-1000",
    image_width: int = 0,
    image_height: int = 0,
    target_box: Any = None,
    ui_boxes: Any = (),
    max_distance: float = 0.05,
) -> str | None:
    """Return what is wrong with a gold action, or None."""
    frame = frame_of(space, Spaces(image_width=image_width, image_height=image_height))
    _box_of(target_box, frame)
    read_ui_boxes(ui_boxes)
    _read_gold(gold, actions, frame)
    return None if max_distance > 0 else f"max_distance must be positive, got {max_distance}"


@reward("gui_action", domains=["gui.action"], runs="inline", check_gold=check_action_gold)
def gui_action(
    answer: str,
    gold: Any,
    *,
    actions: AnySpace = "mobile",
    scoring: Literal["fields", "glm"] = "fields",
    text: TextScore = "exact",
    target: TargetScore = "inside",
    max_distance: float = 0.05,
    target_box: Any = None,
    swipe: SwipeRule = "direction",
    ui_boxes: Any = (),
    space: ScreenSpace = "0-1000",
    image_width: int = 0,
    image_height: int = 0,
) -> float | Verdict:
    """One action on a screen: the same action with the same fields, times the score of each field.

    actions: the action space: `mobile` (AndroidWorld JSON), `desktop` (OSWorld calls), `web` (WebVoyager marks or
    calls), `by_gold` (that of the three in which the gold is written), `aitw` (Android in the Wild), `mind2web`.
    scoring: `fields`, or `glm` for the scores of GLM-V's released scripts. text: typed text `exact` after
    normalisation, `casefold`, `similarity` (1 - d_edit / max length, 0 below 0.5) or `ignore`. target: where two boxes
    are given, the centre `inside` the gold box, or their `iou`. max_distance: in fractions of the screen; a click falls
    linearly from 1 at the gold point, or at the edge of the gold box, to 0 there. target_box: the element to hit
    [x1, y1, x2, y2], where the gold action has a point only. swipe, ui_boxes: for aitw, swipes by `direction` or only
    by `axis`, and the boxes [y, x, height, width] on the screen. space: of all coordinates but aitw's: `0-1000`, `0-1`
    or `pixels` (needs image_width, image_height).
    """
    frame = frame_of(space, Spaces(image_width=image_width, image_height=image_height))
    wanted, element, elements = _read_gold(gold, actions, frame), _box_of(target_box, frame), read_ui_boxes(ui_boxes)
    try:
        if isinstance(wanted, Gesture):
            found = read_gesture(answer)
            agrees = same_gesture(found, wanted, elements, swipe)
            return text_score(found.text, wanted.text, text) if agrees and wanted.type == TYPE else float(agrees)
        if isinstance(wanted, Operation):
            return _judge_operation(answer, wanted, frame)
        action = read_action(answer, wanted.space, frame)
        if scoring == "glm":
            return glm_score(action, wanted)
        scores = field_scores(action, wanted, Comparison(text, target, max_distance, element))
    except Unreadable as fault:
        return fault.verdict()
    return replace(as_verdict(total(scores)), components=scores)


def _read_gold(gold: Any, actions: AnySpace, frame: Frame) -> Action | Gesture | Operation:
    """Return the gold action: text as a model writes it, or the JSON object itself; raises ValueError."""
    if actions == "aitw":
        return read_gesture(gold)
    if actions == "mind2web":
        return _operation(gold, frame)
    text = gold if isinstance(gold, str) else json.dumps(gold)
    if actions != "by_gold":
        return read_action(text, actions, frame)
    if text.lstrip().startswith("{"):
        return read_action(text, "mobile", frame)
    spaces: tuple[ActionSpace, ...] = ("desktop", "web")
    first, second = spaces[::-1] if _LIKE_WEB.match(text.strip()) else spaces
    try:
        return read_action(text, first, frame)
    except Unreadable:
        return read_action(text, second, frame)


def _operation(gold: Any, frame: Frame) -> Operation:
    if isinstance(gold, str):
        return Operation(gold)
    if not isinstance(gold, dict) or not isinstance(words := gold.get("operation"), str):
        raise ValueError('a gold operation is text, or {"operation": "TYPE new york", "box": [x1, y1, x2, y2]}')
    return Operation(words, _box_of(gold.get("box"), frame))


def _box_of(value: Any, frame: Frame) -> Box | None:
    return None if value is None else BoxReader(frame).box(as_numbers(value))


def _judge_operation(answer: str, gold: Operation, frame: Frame) -> float:
    """F1 of the words of the operation, times 1 or 0 for the element where the gold has one."""
    if len(answer) > _MAX_OPERATION:
        raise Unreadable(f"longer than {_MAX_OPERATION} characters", Status.OVER_LIMIT)
    if gold.box is None:
        return operation_f1(answer, gold.words)
    found = read_json(answer)
    if not isinstance(found, dict) or not isinstance(words := found.get("operation"), str):
        raise Unreadable('expected {"operation": "…", "point": [x, y]}')
    point = as_point(as_numbers(found[one_key(found, ("point", "box"))]), frame, accept_boxes=True)
    return operation_f1(words, gold.words) * inside(point, gold.box)
