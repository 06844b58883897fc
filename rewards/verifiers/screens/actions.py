"""Actions on a screen: the three action spaces of the GLM-V agents, read into one typed record, never evaluated.

Mobile (AndroidWorld) is JSON, desktop (OSWorld) a call, web (WebVoyager) a line on numbered marks or a call. The fields
of every action are fixed: an unknown one, or one of the wrong kind, makes the answer invalid.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rewards.reading.json_values import JsonLimits, JsonValue, Unreadable, read_call, read_json
from rewards.reading.points import Box, Frame, Point, as_numbers, as_point, number_groups, plain_text
from rewards.verifiers.screens.spaces import ACTIONS, ALIASES, NEEDS_TARGET, ActionSpace, Fields, with_our_names
from rlcs.records import Status

FieldValue = str | int | float | bool | Point | Box
_LIMITS = JsonLimits(characters=16_384)
_PREFIX = re.compile(r"\s*(?:Memory|Reason|Thought|Action)\s*:")
_PLAIN_PLACE = re.compile(r"\[[\d., \[\]-]{1,80}\]")
_BARE = re.compile(r"[A-Za-z_]{2,30}")
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
    elif space == "mobile" or text.startswith("{"):
        written, values = _json_action(read_json(text, _LIMITS))
    elif _BARE.fullmatch(text):
        written, values = text, {}
    else:
        written, values = read_call(text, _LIMITS)
    written = written.removeprefix("pyautogui.")
    name = ALIASES[space].get(written.lower(), written.lower())
    if name not in ACTIONS[space]:
        raise Unreadable(f"unknown {space} action {written[:40]!r}")
    kinds = ACTIONS[space][name]
    fields = _checked(name, with_our_names(name, values, kinds, space), kinds, frame)
    if space == "mobile" and name in NEEDS_TARGET and fields.keys().isdisjoint(("box_2d", "index")):
        raise Unreadable(f"{name} needs a place: box_2d, x and y, or index")
    return Action(space, name, written, fields, kinds)


def _action_part(answer: str) -> str:
    """Take the action out of a reply of labelled parts: Memory, Reason or Thought, Action."""
    if not _PREFIX.match(answer) or "Action:" not in answer:
        return answer
    return answer.rpartition("Action:")[2].partition("\nMemory")[0]


def _json_action(value: JsonValue) -> tuple[str, dict[str, JsonValue]]:
    if isinstance(value, dict) and isinstance(inner := value.get("arguments"), dict):
        value = inner  # a tool call
    key = "action_type" if isinstance(value, dict) and "action_type" in value else "action"
    if not isinstance(value, dict) or not isinstance(name := value.get(key), str):
        raise Unreadable('expected {"action_type": "…", …}')
    return name, {other: field for other, field in value.items() if other != key}


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
    unknown = [key for key in values if key not in kinds]
    missing = [key for key, kind in kinds.items() if key not in values and not kind.endswith("?")]
    if unknown or missing:
        raise Unreadable(f"{name} takes {', '.join(kinds) or 'nothing'}; unknown {unknown}, missing {missing}")
    return {key: _field(value, kinds[key].rstrip("?"), key, frame) for key, value in values.items()}


def _field(value: JsonValue, kind: str, key: str, frame: Frame) -> FieldValue:
    """Return one field in its type; raises Unreadable."""
    if kind in ("text", "note", "word", "mark", "keys") and isinstance(value, str):
        return value
    if kind == "mark" and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if kind == "keys" and isinstance(value, list):
        return "+".join(str(one) for one in value)
    if kind == "flag" and isinstance(value, bool):
        return value
    if kind == "number" and isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= 10**6:
        return value
    if kind == "direction" and isinstance(value, str) and value.lower() in ("up", "down", "left", "right"):
        return value.lower()
    if kind == "place":
        return as_point(_coordinates(value), frame, accept_boxes=True)
    if kind == "target":
        numbers = _coordinates(value)
        return frame.point(*numbers) if len(numbers) == 2 else _box(numbers, frame)
    if kind == "box":
        return _box(_coordinates(value), frame)
    raise Unreadable(f"{key} must be a {kind}, got {str(value)[:40]!r}")


def _coordinates(value: JsonValue) -> tuple[float, ...]:
    """Return the numbers of [x, y], '[x, y]', '<point>x y</point>' or [[x1, y1, x2, y2]]."""
    if isinstance(value, str) and _PLAIN_PLACE.fullmatch(value):
        value = read_json(value, _LIMITS)
    if isinstance(value, str):
        groups = number_groups(plain_text(value))
        numbers = tuple(number for group in groups for number in group)
        if len(groups) != 1 and not (len(groups) == 2 and len(numbers) == 4):
            raise Unreadable(f"expected one place, got {value[:40]!r}")
        return numbers
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], list):
        value = value[0]
    return as_numbers(value)


def _box(numbers: tuple[float, ...], frame: Frame) -> Box:
    if len(numbers) != 4 or numbers[0] >= numbers[2] or numbers[1] >= numbers[3]:
        raise Unreadable(f"expected a box [[x1, y1, x2, y2]], got {list(numbers)[:6]}")
    return (*frame.point(*numbers[:2]), *frame.point(*numbers[2:]))
