"""How well an action agrees with the gold action: 0 unless it is the same action with the same fields, else the
product of one score for each field, all in [0, 1].
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Literal

import numpy as np

from rewards.reading.boxes import LabelledBox, overlaps
from rewards.reading.edit_distance import edit_similarity, too_long
from rewards.reading.json_values import Unreadable
from rewards.reading.normalize import normalize
from rewards.reading.points import Box, Point, decay, distance_to_box
from rewards.verifiers.screens.actions import Action, FieldValue
from rlcs.records import Status

TextScore = Literal["exact", "casefold", "similarity", "ignore"]
TargetScore = Literal["inside", "iou"]

_DEFAULTS: dict[str, dict[str, FieldValue]] = {"scroll": {"step": 5}}
_MIN_SIMILARITY = 0.5
_MODIFIERS = {"control": "ctrl", "ctl": "ctrl", "command": "cmd", "option": "alt", "opt": "alt", "super": "win",
              "windows": "win", "meta": "win"}  # fmt: skip
_MODIFIER_KEYS = frozenset({*_MODIFIERS.values(), "shift"})
_KEYS = {"return": "enter", "esc": "escape", "del": "delete", "ins": "insert", "spacebar": "space", "bksp": "backspace",
         "arrowup": "up", "arrowdown": "down", "arrowleft": "left", "arrowright": "right", "uparrow": "up",
         "downarrow": "down", "leftarrow": "left", "rightarrow": "right", "pgup": "pageup", "pgdn": "pagedown",
         "pgdown": "pagedown", "prior": "pageup", "next": "pagedown"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Comparison:
    """What of an action must agree how well."""

    text: TextScore = "exact"
    target: TargetScore = "inside"
    max_distance: float = 0.05
    """In fractions of the screen."""
    target_box: Box | None = None
    """The element to hit, where the gold action itself gives a point only."""


def field_scores(answer: Action, gold: Action, rule: Comparison) -> dict[str, float]:
    """Return the score of every field by name; {"action": 0.0} when action or fields differ."""
    found, wanted = _compared(answer), _compared(gold)
    if answer.name != gold.name or found.keys() != wanted.keys():
        return {"action": 0.0}
    scores = {key: _field_score(key, found[key], gold, rule) for key in found}
    return {"action": 1.0, **scores}


def total(scores: dict[str, float]) -> float:
    """Return the product of the scores of the fields."""
    return math.prod(scores.values())


def same_keys(answer: str, gold: str) -> bool:
    """Compare keys and key combinations: case, spaces, order of the keys and usual names do not matter."""
    return _key_set(answer) == _key_set(gold)


def _compared(action: Action) -> dict[str, FieldValue]:
    """Return the fields that must agree: not the notes, and not the box that goes with a point."""
    fields = action.fields
    if defaults := _DEFAULTS.get(action.name):
        fields = {**{key: value for key, value in defaults.items() if key in action.kinds}, **fields}
    left_out = {key for key, kind in action.kinds.items() if kind.startswith("note") or key == "box"}
    return {key: value for key, value in fields.items() if key not in left_out}


def _field_score(key: str, value: FieldValue, gold: Action, rule: Comparison) -> float:
    wanted = gold.fields.get(key, _DEFAULTS.get(gold.name, {}).get(key))
    kind = gold.kinds[key].rstrip("?")
    if isinstance(value, tuple):
        return _place_score(value, _goal(key, gold, rule), rule)
    if kind == "text":
        return text_score(str(value), str(wanted), rule.text)
    if kind == "keys":
        return float(same_keys(str(value), str(wanted)))
    if kind == "word":
        return float(normalize(str(value)).casefold() == normalize(str(wanted)).casefold())
    if kind == "number" and isinstance(value, int | float) and isinstance(wanted, int | float):
        return _ratio(value, wanted)
    return float(value == wanted)


def text_score(answer: str, gold: str, rule: TextScore) -> float:
    """Compare typed texts: equal after normalisation, or 1 - d_edit / max(length), 0 below one half."""
    if excess := too_long(answer, gold):
        raise Unreadable(excess, Status.OVER_LIMIT)
    found, wanted = normalize(answer), normalize(gold)
    if rule == "ignore" or found == wanted:
        return 1.0
    if rule == "casefold":
        return float(found.casefold() == wanted.casefold())
    similarity = edit_similarity(found, wanted) if rule == "similarity" else 0.0
    return similarity if similarity >= _MIN_SIMILARITY else 0.0


def _goal(key: str, gold: Action, rule: Comparison) -> Point | Box:
    """Return where an action must land: the declared element, the gold's own box, or its point."""
    if key != "end_box" and rule.target_box is not None:
        return rule.target_box
    box, place = gold.fields.get("box"), gold.fields[key]
    goal = box if isinstance(box, tuple) else place
    assert isinstance(goal, tuple), "a place is a point or a box"
    return goal


def _place_score(place: Point | Box, goal: Point | Box, rule: Comparison) -> float:
    """1 inside the goal box or at the goal point, falling to 0 at max_distance; or the IoU of two boxes."""
    if len(place) == 4:
        if len(goal) == 4 and rule.target == "iou":
            return float(np.minimum(overlaps([LabelledBox(place)], [LabelledBox(goal)])[0, 0], 1.0))
        place = (place[0] + place[2]) / 2, (place[1] + place[3]) / 2
    away = distance_to_box(place, goal) if len(goal) == 4 else math.dist(place, goal)
    return decay(away, rule.max_distance)


def _ratio(value: float, wanted: float) -> float:
    """Return smaller over larger of two amounts (steps of a wheel): 1 when equal, 0 when one is 0 or negative."""
    if value == wanted:
        return 1.0
    return min(value, wanted) / max(value, wanted) if min(value, wanted) > 0 else 0.0


def _key_set(keys: str) -> frozenset[str]:
    """Return the keys of a combination; the key + itself stands at its end: `ctrl++`."""
    text = normalize(keys).casefold().replace("_", "")
    words = re.split(r"[\s-]+", text)
    if "+" not in text and len(words) > 1 and _MODIFIERS.get(words[0], words[0]) in _MODIFIER_KEYS:
        text = "+".join(words)  # `ctrl c`, `ctrl-c`; but `page down` is one key
    text = "".join(text.split())
    text = f"{text[:-1]}plus" if text.endswith("+") else text
    return frozenset(_MODIFIERS.get(part, _KEYS.get(part, part)) for part in text.split("+"))
