"""The action spaces of public GUI agents: which actions there are, their fields, and other names of both.

mobile   AndroidWorld and AndroidControl, as GLM-V writes them
desktop  OSWorld, as GLM-V and UI-TARS write it
web      WebVoyager marks, and GLM-V's calls
"""

from __future__ import annotations

from typing import Literal

from rewards.reading.json_values import JsonValue

ActionSpace = Literal["mobile", "desktop", "web"]
Fields = dict[str, str]
"""Kind of every field by name; a kind that ends in "?" may be left out."""

_CLICK: Fields = {"start_box": "place", "element_info": "note?"}
_POINT: Fields = {"point": "place", "box": "box?", "element_info": "note?"}
_SCROLL: Fields = {**_POINT, "distance": "number?"}
_TARGET: Fields = {"box_2d": "target?", "index": "mark?"}
_MOVE: Fields = {"direction": "direction", **_TARGET}
ACTIONS: dict[ActionSpace, dict[str, Fields]] = {
    "mobile": {
        "status": {"goal_status": "word"},
        "answer": {"text": "text"},
        **dict.fromkeys(("click", "double_tap", "long_press"), _TARGET),
        "input_text": {"text": "text", **_TARGET, "override": "flag?"},
        **dict.fromkeys(("swipe", "scroll"), _MOVE),
        "open_app": {"app_name": "word"},
        "press_keyboard": {"keycode": "word"},
        **dict.fromkeys(("keyboard_enter", "navigate_home", "navigate_back", "wait", "unknown"), Fields()),
    },
    "desktop": {
        **dict.fromkeys(("left_click", "right_click", "middle_click", "hover", "left_double_click"), _CLICK),
        "left_drag": {"start_box": "place", "end_box": "place", "element_info": "note?"},
        "key": {"keys": "keys"},
        "type": {"content": "text"},
        "scroll": {"start_box": "place?", "direction": "direction", "step": "number?", "element_info": "note?"},
        "wait": {},
        **dict.fromkeys(("done", "fail"), {"content": "note?"}),
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
NEEDS_TARGET = frozenset({"click", "double_tap", "long_press"})
"""Mobile actions that need a place or the index of an element."""
ALIASES: dict[ActionSpace, dict[str, str]] = {
    "mobile": {
        "tap": "click", "double_click": "double_tap", "long_tap": "long_press", "type": "input_text",
        "type_text": "input_text", "open": "open_app", "back": "navigate_back", "press_back": "navigate_back",
        "go_back": "navigate_back", "home": "navigate_home", "press_home": "navigate_home", "go_home": "navigate_home",
        "enter": "keyboard_enter", "press_enter": "keyboard_enter",
    },
    "desktop": {
        "click": "left_click", "left_single": "left_click", "right_single": "right_click", "rightclick": "right_click",
        "double_click": "left_double_click", "left_double": "left_double_click", "doubleclick": "left_double_click",
        "middleclick": "middle_click", "moveto": "hover", "mouse_move": "hover", "drag": "left_drag",
        "left_click_drag": "left_drag", "hotkey": "key", "press": "key", "press_key": "key", "write": "type",
        "typewrite": "type", "input": "type", "finished": "done",
    },
    "web": {"key_press": "key", "go_back": "goback", "back": "goback"},
}  # fmt: skip
_PLACE_NAMES = ("point", "coordinate", "coordinates", "start_point", "start_coordinate")
_FIELD_NAMES: dict[ActionSpace, dict[str, str]] = {
    "mobile": {
        **dict.fromkeys((*_PLACE_NAMES, "bbox", "start_box"), "box_2d"),
        "clear_text": "override",
        "app": "app_name",
    },
    "desktop": {**dict.fromkeys(_PLACE_NAMES, "start_box"), "end_point": "end_box", "end_coordinate": "end_box"},
    "web": {},
}
_OWN_FIELD_NAMES: dict[tuple[str, str], str] = {
    ("key", "key"): "keys", ("key", "0"): "keys", ("type", "text"): "content", ("type", "message"): "content",
    ("type", "0"): "content", ("open_app", "text"): "app_name", ("input_text", "content"): "text",
    ("left_drag", "1"): "end_box",
}  # fmt: skip
"""The desktop prompt itself writes both key(keys='') and key(key='')."""


def with_our_names(
    name: str, values: dict[str, JsonValue], kinds: Fields, space: ActionSpace
) -> dict[str, JsonValue]:  # fmt: skip
    """Return the fields of an action under the names of ours; x and y, or two bare numbers, as one place."""
    if values.keys() <= kinds.keys():
        return values
    place = next((key for key, kind in kinds.items() if kind.rstrip("?") in ("place", "target")), None)
    for pair in (("x", "y"), ("0", "1")):
        if place and place not in values and all(_is_number(values.get(key)) for key in pair):
            coordinates: JsonValue = [values[key] for key in pair]
            values = {place: coordinates, **{key: one for key, one in values.items() if key not in pair}}
    if name == "key" and "1" in values:  # hotkey('ctrl', 'c')
        keys: list[JsonValue] = [values[str(n)] for n in range(len(values)) if str(n) in values]
        values = {"keys": keys}
    if place and place not in values and "0" in values:
        values = {place if key == "0" else key: value for key, value in values.items()}
    other = _FIELD_NAMES[space]
    renamed: dict[str, JsonValue] = {}
    for key, value in values.items():
        ours = key if key in kinds else _OWN_FIELD_NAMES.get((name, key), other.get(key, key))
        renamed[key if ours in values and ours != key else ours] = value  # a second name of a field is an unknown one
    return renamed


def _is_number(value: JsonValue) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
