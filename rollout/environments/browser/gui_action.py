"""An action of GLM's spaces (desktop, mobile, web), read and done on a page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from rewards.reading.json_values import Unreadable
from rewards.reading.points import Frame, frame_of
from rewards.verifiers.screens.actions import Action, read_action
from rewards.verifiers.screens.spaces import ActionSpace
from rollout.environments.browser.gestures import Hands, Place

Does = Literal["gesture", "wait", "done", "fail"]
_FRAME: Frame = frame_of("0-1000")
_MIDDLE: Place = (0.5, 0.5)
_NOTCHES = 5.0
_CLICKS: dict[tuple[str, str], tuple[str, int]] = {
    ("desktop", "left_click"): ("left", 1), ("desktop", "right_click"): ("right", 1),
    ("desktop", "middle_click"): ("middle", 1), ("desktop", "left_double_click"): ("left", 2),
    ("mobile", "click"): ("left", 1), ("mobile", "double_tap"): ("left", 2), ("mobile", "long_press"): ("right", 1),
    ("web", "click"): ("left", 1),
}  # fmt: skip
"""Space and action -> button, number of clicks."""
_PLACES = ("start_box", "point", "box_2d")
_OPPOSITE = {"up": "down", "down": "up", "left": "right", "right": "left"}


@dataclass(frozen=True, slots=True)
class Done:
    """What became of the text of a turn."""

    does: Does
    problem: str = ""
    """Why nothing was done; empty when something was."""


def read_turn(text: str, space: ActionSpace) -> Action:
    """Return the action that a turn answers with; raises Unreadable."""
    return read_action(text, space, _FRAME)


def act(text: str, space: ActionSpace, hands: Hands) -> Done:
    """Do what a turn says. Raises BrowserFault; what cannot be read or done is told."""
    try:
        action = read_turn(text, space)
    except Unreadable as fault:
        return Done("gesture", str(fault))
    if (ends := _ending(action)) is not None:
        return Done(ends)
    if action.name == "wait":
        return Done("wait")
    return Done("gesture", _gesture(action, hands))


def _ending(action: Action) -> Does | None:
    """Return how an action ends the episode, or None."""
    if action.name in ("done", "answer"):
        return "done"
    if action.name == "status":
        return "done" if action.fields["goal_status"] in ("complete", "success") else "fail"
    return "fail" if action.name == "fail" else None


def _gesture(action: Action, hands: Hands) -> str:
    """Make the gesture of an action; what is wrong, or an empty text."""
    fields, name = action.fields, action.name
    place = _place(fields)
    if clicks := _CLICKS.get((action.space, name)):
        if place is None:
            return f"{name} needs a place"
        hands.click(place, button=clicks[0], count=clicks[1])
    elif name == "hover" and place is not None:
        hands.hover(place)
    elif name == "left_drag" and place is not None:
        hands.drag(place, _point(fields["end_box"]))
    elif name in ("type", "input_text"):
        _type(fields, place, hands)
    elif name in ("key", "press_keyboard", "keyboard_enter"):
        keys = str(fields.get("keys") or fields.get("key") or fields.get("keycode") or "Enter")
        keys = keys.removeprefix("KEYCODE_")
        return "" if hands.press(keys) else f"there is no key {keys[:40]!r}"
    elif name in ("scroll", "scroll_up", "scroll_down", "swipe"):
        direction = str(fields.get("direction") or name.removeprefix("scroll_"))
        notches = fields.get("step", _NOTCHES)
        direction = _OPPOSITE[direction] if name == "swipe" else direction
        hands.scroll(place or _MIDDLE, direction, float(notches) if isinstance(notches, int | float) else _NOTCHES)
    else:
        return f"{name} can do nothing here"
    return ""


def _type(fields: dict[str, Any], place: Place | None, hands: Hands) -> None:
    if place is not None:
        hands.click(place)
    if fields.get("override"):
        hands.press("ctrl+a")
    text = str(fields.get("content") or fields.get("text") or "")
    # Models write \n for the key that ends a line.
    hands.type(text)


def _place(fields: dict[str, Any]) -> Place | None:
    return next((_point(fields[name]) for name in _PLACES if name in fields), None)


def _point(value: Any) -> Place:
    if len(value) == 4:
        return (value[0] + value[2]) / 2, (value[1] + value[3]) / 2
    return value[0], value[1]
