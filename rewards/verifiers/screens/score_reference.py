"""Action matching as two public benchmarks define it: Android in the Wild and Mind2Web."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from rewards.reading.json_values import JsonValue, Unreadable, read_json
from rewards.reading.points import ROUNDING, Box, Frame, Point, as_numbers, one_key

SwipeRule = Literal["direction", "axis"]

DUAL_POINT, TYPE = 4, 3
MAX_TAP_DISTANCE = 0.14
MAX_TAP_MOVE = 0.04
BOX_GROWTH = 2.4
_TYPES = {
    "type": 3,
    "dual_point": 4,
    "go_back": 5,
    "go_home": 6,
    "enter": 7,
    "task_complete": 10,
    "task_impossible": 11,
}


@dataclass(frozen=True, slots=True)
class Gesture:
    """An action of Android in the Wild. Points are (y, x) as fractions of the screen, (-1, -1) where there is none."""

    type: int
    touch: Point
    lift: Point
    text: str = ""

    @property
    def is_tap(self) -> bool:
        """A movement of at most 0.04 of the screen is a tap."""
        return math.dist(self.touch, self.lift) <= MAX_TAP_MOVE


def read_gesture(value: str | JsonValue) -> Gesture:
    """Read {"action_type": 4, "touch_point": [y, x], "lift_point": [y, x], "typed_text": ""}; raises Unreadable."""
    fields = read_json(value) if isinstance(value, str) else value
    if not isinstance(fields, dict):
        raise Unreadable('expected {"action_type": …, "touch_point": [y, x], "lift_point": [y, x]}')
    unknown = fields.keys() - {
        "action_type",
        "type",
        "touch_point",
        "touch",
        "lift_point",
        "lift",
        "typed_text",
        "text",
    }
    if unknown:
        raise Unreadable(f"unknown fields {', '.join(sorted(unknown))[:60]}")
    kind = _type_of(fields[one_key(fields, ("action_type", "type"))])
    text = fields.get("typed_text", fields.get("text", ""))
    if not isinstance(text, str):
        raise Unreadable("typed_text must be text")
    touch = _point(fields, ("touch_point", "touch"), kind)
    return Gesture(kind, touch, _point(fields, ("lift_point", "lift"), kind), text)


def _type_of(value: JsonValue) -> int:
    number = _TYPES.get(value.lower()) if isinstance(value, str) else value
    if isinstance(number, bool) or not isinstance(number, int):
        raise Unreadable(f"unknown action type {str(value)[:40]!r}")
    return number


def _point(fields: dict[str, JsonValue], names: tuple[str, ...], kind: int) -> Point:
    if kind != DUAL_POINT:
        return -1.0, -1.0
    numbers = as_numbers(fields[one_key(fields, names)])
    if len(numbers) != 2:
        raise Unreadable(f"{names[0]} must be [y, x]")
    return Frame(1, 1).point(*numbers)


def read_ui_boxes(value: Any) -> list[Box]:
    """Return the boxes (y, x, height, width) of what is on the screen; raises ValueError."""
    boxes = [as_numbers(list(box)) for box in value]
    if any(len(box) != 4 for box in boxes):
        raise ValueError("ui_boxes must be a list of [y, x, height, width]")
    return [(box[0], box[1], box[2], box[3]) for box in boxes]


def same_gesture(answer: Gesture, gold: Gesture, ui_boxes: Sequence[Box] = (), swipe: SwipeRule = "direction") -> bool:
    """Tell whether two actions do the same (Rawles et al. 2023, action matching); typed text is not compared here.

    Taps agree inside one UI box (y, x, height, width) made 2.4 times as large, or within 0.14 of the screen; swipes
    by their main `axis`, as the benchmark has it, or also by their `direction`.
    """
    if answer.type != gold.type or gold.type != DUAL_POINT:
        return answer.type == gold.type
    if answer.is_tap != gold.is_tap:
        return False
    if not gold.is_tap:
        return _swipe(answer, swipe) == _swipe(gold, swipe)
    if math.dist(answer.touch, gold.touch) <= MAX_TAP_DISTANCE:
        return True
    return any(_in_grown(answer.touch, box) and _in_grown(gold.touch, box) for box in ui_boxes)


def _swipe(gesture: Gesture, rule: SwipeRule) -> tuple[int, bool]:
    """Return the main axis (0: y) of a swipe, and whether it goes up the axis where that counts."""
    moves = [end - start for start, end in zip(gesture.touch, gesture.lift, strict=True)]
    axis = int(abs(moves[1]) > abs(moves[0]))
    return axis, rule == "direction" and moves[axis] > 0


def _in_grown(point: Point, box: Box) -> bool:
    """Tell whether (y, x) lies in a box grown around its centre, as the benchmark clips it to the screen."""
    top, left, height, width = box
    grown = (BOX_GROWTH - 1) / 2
    top, left = max(0.0, top - grown * height), max(0.0, left - grown * width)
    height, width = min(1.0, BOX_GROWTH * height), min(1.0, BOX_GROWTH * width)
    return (
        top - ROUNDING <= point[0] <= top + height + ROUNDING
        and left - ROUNDING <= point[1] <= left + width + ROUNDING
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Operation:
    """A gold step of Mind2Web: what to do, as words (`TYPE new york`), and the box of the element, if it has one."""

    words: str
    box: Box | None = None


def _operation_words(text: str) -> set[str]:
    """Return the words of an operation, its name in capitals: `type` is TYPE."""
    name, *value = text.split() or [""]
    return {name.upper().rstrip(":"), *value} - {""}


def operation_f1(answer: str, gold: str) -> float:
    """Return the F1 of the sets of words of two operations such as `TYPE new york` (Deng et al. 2023)."""
    found, wanted = _operation_words(answer), _operation_words(gold)
    if not found and not wanted:
        return 1.0
    return 2 * len(found & wanted) / (len(found) + len(wanted))
