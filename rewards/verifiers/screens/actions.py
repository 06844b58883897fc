"""Actions on a screen: the three action spaces of the GLM-V agents, read into one typed record, never evaluated.

Mobile (AndroidWorld) is JSON, desktop (OSWorld) a call, web (WebVoyager) a line on numbered marks or a call. The fields
of every action are fixed: an unknown one, or one of the wrong kind, makes the answer invalid.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from rewards.reading.json_values import JsonLimits, JsonValue, Unreadable, read_call, read_json
from rewards.reading.points import Box, Frame, Point, as_numbers, as_point
from rlcs.records import Status

ActionSpace = Literal["mobile", "desktop", "web"]
FieldValue = str | int | float | bool | Point | Box
Fields = dict[str, str]
"""Kind of every field by name; a kind that ends in "?" may be left out."""

_LIMITS = JsonLimits(characters=16_384)
_CLICK: Fields = {"start_box": "place", "element_info": "note?"}
_POINT: Fields = {"point": "place", "box": "box?", "element_info": "note?"}
_SCROLL: Fields = {**_POINT, "distance": "number?"}
ACTIONS: dict[ActionSpace, dict[str, Fields]] = {
    "mobile": {
        "status": {"goal_status": "word"},
        "answer": {"text": "text"},
        "click": {"box_2d": "box"},
        "long_press": {"box_2d": "box"},
        "input_text": {"text": "text", "box_2d": "box?", "override": "flag?"},
        "keyboard_enter": {},
        "navigate_home": {},
        "navigate_back": {},
        "swipe": {"direction": "direction", "box_2d": "box?"},
        "open_app": {"app_name": "word"},
        "wait": {},
    },
    "desktop": {
        **dict.fromkeys(("left_click", "right_click", "middle_click", "hover", "left_double_click"), _CLICK),
        "left_drag": {"start_box": "place", "end_box": "place", "element_info": "note?"},
        "key": {"keys": "keys"},
        "type": {"content": "text"},
        "scroll": {"start_box": "place?", "direction": "direction", "step": "number?", "element_info": "note?"},
        **dict.fromkeys(("wait", "done", "fail"), Fields()),
    },
    "web": {
        "click_mark": {"mark": "mark"},
        "type_mark": {"mark": "mark", "text": "text"},
        "scroll_mark": {"mark": "mark", "direction": "direction"},
        "click": _POINT,
        "type": {**_POINT, "text": "text?"},
        "scroll_up": _SCROLL,
        "scroll_down": _SCROLL,
        "key": {"key": "keys"},
        "answer": {"content": "text"},
        **dict.fromkeys(("wait", "goback", "bing", "google"), Fields()),
    },
}
ALIASES: dict[ActionSpace, dict[str, str]] = {
    "mobile": {"tap": "click"},
    "desktop": {
        "click": "left_click",
        "double_click": "left_double_click",
        "drag": "left_drag",
        "hotkey": "key",
        "finished": "done",
    },
    "web": {"key_press": "key", "go_back": "goback"},
}
_FIELD_ALIASES = {("key", "key"): "keys"}
"""The desktop prompt itself writes both key(keys='') and key(key='')."""
_PREFIX = re.compile(r"\s*(?:Memory|Reason|Thought|Action)\s*:")
_FENCE = re.compile(r"\A```[A-Za-z]{0,12}\s|```\Z")
_SEP = r"\s*+(?:;\s*+|(?<=\s))"
"""A semicolon or white space, each tried once: two runs of spaces side by side would take n^2 steps to refuse."""
_MARK_LINE = re.compile(
    r"(?P<click>click)\s*\[?(?P<click_mark>\d{1,6})\]?"
    rf"|(?P<type>type)\s*\[?(?P<type_mark>\d{{1,6}})\]?{_SEP}(?P<type_text>.+)"
    rf"|(?P<scroll>scroll)\s*\[?(?P<scroll_mark>\d{{1,6}}|window)\]?{_SEP}\[?(?P<direction>up|down|left|right)\]?"
    rf"|(?P<key>key){_SEP}(?P<key_text>.+)"
    rf"|(?P<answer>answer){_SEP}(?P<answer_text>.+)"
    r"|(?P<bare>wait|goback|google|bing)",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Action:
    """One action with its fields checked; coordinates are fractions of the screen."""

    space: ActionSpace
    name: str
    written: str
    """The name as it was written, letter case kept."""
    fields: dict[str, FieldValue]
    kinds: Fields


def read_action(answer: str, space: ActionSpace, frame: Frame) -> Action:
    """Return the one action that is all of an answer (after "Action:" in a full reply); raises Unreadable."""
    text = _FENCE.sub("", _action_part(answer).strip()).strip()
    if len(text) > _LIMITS.characters:
        raise Unreadable(f"longer than {_LIMITS.characters} characters", Status.OVER_LIMIT)
    if space == "web" and (line := _MARK_LINE.fullmatch(text)):
        written, values = _mark_action(line)
    elif space == "mobile":
        written, values = _json_action(read_json(text, _LIMITS))
    else:
        written, values = read_call(text, _LIMITS)
    name = ALIASES[space].get(written.lower(), written.lower())
    if name not in ACTIONS[space]:
        raise Unreadable(f"unknown {space} action {written[:40]!r}")
    return Action(space, name, written, _checked(name, values, ACTIONS[space][name], frame), ACTIONS[space][name])


def _action_part(answer: str) -> str:
    """Take the action out of a reply of labelled parts: Memory, Reason or Thought, Action."""
    if not _PREFIX.match(answer) or "Action:" not in answer:
        return answer
    return answer.rpartition("Action:")[2].partition("\nMemory")[0]


def _json_action(value: JsonValue) -> tuple[str, dict[str, JsonValue]]:
    if not isinstance(value, dict) or not isinstance(name := value.get("action_type"), str):
        raise Unreadable('expected {"action_type": "…", …}')
    return name, {key: field for key, field in value.items() if key != "action_type"}


def _mark_action(line: re.Match[str]) -> tuple[str, dict[str, JsonValue]]:
    """Read `Click [3]`, `Type [3]; [text]`, `Scroll [WINDOW]; [up]`, `Key; [Return]`, `ANSWER; <content>…`."""
    if line["bare"]:
        return line["bare"], {}
    if line["click"]:
        return "click_mark", {"mark": str(int(line["click_mark"]))}
    if line["type"]:
        return "type_mark", {"mark": str(int(line["type_mark"])), "text": _unbracketed(line["type_text"])}
    if line["scroll"]:
        mark = line["scroll_mark"]
        return "scroll_mark", {"mark": str(int(mark)) if mark.isdigit() else "WINDOW", "direction": line["direction"]}
    if line["key"]:
        return "key", {"key": _unbracketed(line["key_text"])}
    content = line["answer_text"].strip().removeprefix("<content>").removesuffix("</content>")
    return "answer", {"content": _unbracketed(content)}


def _unbracketed(text: str) -> str:
    text = text.strip()
    return text[1:-1] if text.startswith("[") and text.endswith("]") else text


def _checked(name: str, values: dict[str, JsonValue], kinds: Fields, frame: Frame) -> dict[str, FieldValue]:
    """Check that the fields are those of the action and have the right kinds."""
    values = {_FIELD_ALIASES.get((name, key), key) if key not in kinds else key: v for key, v in values.items()}
    unknown = [key for key in values if key not in kinds]
    missing = [key for key, kind in kinds.items() if key not in values and not kind.endswith("?")]
    if unknown or missing:
        raise Unreadable(f"{name} takes {', '.join(kinds) or 'nothing'}; unknown {unknown}, missing {missing}")
    return {key: _field(value, kinds[key].rstrip("?"), key, frame) for key, value in values.items()}


def _field(value: JsonValue, kind: str, key: str, frame: Frame) -> FieldValue:
    """Return one field in its type; raises Unreadable."""
    if kind in ("text", "note", "word", "mark") and isinstance(value, str):
        return value
    if kind == "keys" and isinstance(value, str):
        return value
    if kind == "flag" and isinstance(value, bool):
        return value
    if kind == "number" and isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= 10**6:
        return value
    if kind == "direction" and isinstance(value, str) and value.lower() in ("up", "down", "left", "right"):
        return value.lower()
    if kind == "place":
        return as_point(_coordinates(value), frame, accept_boxes=True)
    if kind == "box":
        return _box(_coordinates(value), frame)
    raise Unreadable(f"{key} must be a {kind}, got {str(value)[:40]!r}")


def _coordinates(value: JsonValue) -> tuple[float, ...]:
    """Return the numbers of [x, y], '[x, y]' or [[x1, y1, x2, y2]]."""
    if isinstance(value, str):
        value = read_json(value, _LIMITS)
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], list):
        value = value[0]
    return as_numbers(value)


def _box(numbers: tuple[float, ...], frame: Frame) -> Box:
    if len(numbers) != 4 or numbers[0] >= numbers[2] or numbers[1] >= numbers[3]:
        raise Unreadable(f"expected a box [[x1, y1, x2, y2]], got {list(numbers)[:6]}")
    return (*frame.point(*numbers[:2]), *frame.point(*numbers[2:]))
