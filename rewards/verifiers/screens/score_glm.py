"""The scores of GLM-V's released reward scripts (AndroidWorld, OSWorld, WebVoyager), to compare runs with theirs.

Kept as they are, with their edges: letter case counts, a distance of 21 pays 0.58 where one of 20 pays 0.80, a
repetitive text pays 0.3 for itself, Return for Enter pays 0.05. For a new run prefer our own field scores.
"""

from __future__ import annotations

import math
from collections import Counter

from rapidfuzz.distance import LCSseq

from rewards.reading.boxes import LabelledBox, overlaps
from rewards.reading.edit_distance import edit_similarity, too_long
from rewards.reading.json_values import Unreadable
from rewards.verifiers.screens.actions import Action
from rlcs.records import Status

_CRUMB = 0.05
_NEAR, _FAR = 20.0, 50.0
"""Distances in thousandths of the screen."""
_LAST_COORDINATE = 0.9995
"""The mobile script takes coordinates up to 999."""


def glm_score(answer: Action, gold: Action) -> float:
    """Return the score of the released script for the action space, in [0, 1]."""
    for key in ("text", "content"):
        if excess := too_long(str(answer.fields.get(key, "")), str(gold.fields.get(key, ""))):
            raise Unreadable(excess, Status.OVER_LIMIT)
    if answer.name != gold.name or (gold.space != "web" and answer.written != gold.written):
        return 0.0
    if gold.space == "mobile":
        return _mobile(answer, gold)
    return _desktop(answer, gold) if gold.space == "desktop" else _web(answer, gold)


def _mobile(answer: Action, gold: Action) -> float:
    """Product over the keys, which must be the same: equality, longest common subsequence of text, IoU of boxes."""
    if answer.fields.keys() != gold.fields.keys():
        return 0.0
    score = 1.0
    for key, wanted in gold.fields.items():
        found = answer.fields[key]
        if found == wanted:
            continue
        if key == "text":
            score *= _common(str(found), str(wanted))
        elif isinstance(found, tuple) and isinstance(wanted, tuple) and len(found) == len(wanted) == 4:
            score *= max(found) <= _LAST_COORDINATE and float(
                overlaps([LabelledBox(found)], [LabelledBox(wanted)])[0, 0]
            )
        else:
            return 0.0
    return score


def _desktop(answer: Action, gold: Action) -> float:
    if gold.written in ("hotkey", "drag", "click", "double_click"):  # names the script does not know
        return 0.0
    if gold.name == "left_drag":
        return math.sqrt(_near(answer, gold, "start_box") * _near(answer, gold, "end_box"))
    if gold.name == "key":
        return float(str(answer.fields["keys"]).lower() == str(gold.fields["keys"]).lower())
    if gold.name == "type":
        return _typed(str(answer.fields["content"]).strip().lower(), str(gold.fields["content"]).strip().lower())
    if gold.name == "scroll":
        same_direction = answer.fields["direction"] == gold.fields["direction"]
        return _near(answer, gold, "start_box") * same_direction * _steps(answer, gold)
    return _near(answer, gold, "start_box") if "start_box" in gold.fields else 1.0


def _near(answer: Action, gold: Action, key: str) -> float:
    """1 - 0.2 d / 20 up to d = 20, then 1 - d / 50."""
    found, wanted = answer.fields.get(key), gold.fields.get(key)
    if not isinstance(found, tuple) or not isinstance(wanted, tuple):
        return 0.0
    distance = 1000 * math.dist(found, wanted)
    if distance <= _NEAR + 1e-6:
        return 1.0 - 0.2 * distance / _NEAR
    return max(0.0, 1.0 - distance / _FAR)


def _steps(answer: Action, gold: Action) -> float:
    if "step" not in gold.fields:
        return 1.0
    found, wanted = answer.fields.get("step", 5), gold.fields["step"]
    assert isinstance(found, int | float) and isinstance(wanted, int | float), "checked when it was read"
    return max(0.0, 1.0 - abs(found - wanted) / (2 * wanted)) if wanted > 0 else float(found == wanted)


def _typed(answer: str, gold: str) -> float:
    """0.6 edit similarity + 0.4 Jaccard of letter pairs, less for a very different length or a repetitive text."""
    if not answer or not gold:
        return 0.0
    pairs, wanted_pairs = _pieces(answer, 2).keys(), _pieces(gold, 2).keys()
    either = pairs | wanted_pairs
    jaccard = len(pairs & wanted_pairs) / len(either) if either else 1.0
    ratio = min(len(answer), len(gold)) / max(len(answer), len(gold))
    penalty = (ratio if ratio < 0.3 else 1.0) * (0.3 if _repetitive(answer) or _repetitive(gold) else 1.0)
    return (0.6 * edit_similarity(answer, gold) + 0.4 * jaccard) * penalty


def _repetitive(text: str) -> bool:
    """Tell whether one piece of 1 to 4 letters covers more than 0.7 of a text of 10 letters or more."""
    if len(text) < 10:
        return False
    return any(max(_pieces(text, n).values()) * n / len(text) > 0.7 for n in (1, 2, 3, 4))


def _pieces(text: str, length: int) -> Counter[str]:
    return Counter(text[start : start + length] for start in range(len(text) - length + 1))


def _web(answer: Action, gold: Action) -> float:
    if gold.name == "click":
        if answer.fields["point"] == gold.fields["point"]:
            return 1.0
        return _CRUMB if answer.fields.get("element_info") == gold.fields.get("element_info") else 0.0
    if gold.name == "type":
        score = _common(str(answer.fields.get("text", "")), str(gold.fields.get("text", "")))
        if answer.fields["point"] == gold.fields["point"]:
            return score
        return 0.95 * score if score > _CRUMB else _CRUMB
    if gold.name == "key":
        return _web_key(str(answer.fields["key"]).lower(), str(gold.fields["key"]).lower(), answer.written)
    if gold.name in ("scroll_up", "scroll_down"):
        return _web_scroll(answer, gold)
    if gold.name in ("type_mark", "answer"):
        key = "text" if gold.name == "type_mark" else "content"
        same_mark = answer.fields.get("mark") == gold.fields.get("mark")
        return same_mark * _common(str(answer.fields[key]), str(gold.fields[key]))
    return float(answer.fields == gold.fields)


def _web_key(answer: str, gold: str, written: str) -> float:
    if answer == gold:
        return 1.0
    return _CRUMB if {answer, gold} == {"return", "enter"} and written.upper() == "KEY_PRESS" else 0.0


def _web_scroll(answer: Action, gold: Action) -> float:
    found, wanted = answer.fields.get("distance"), gold.fields.get("distance")
    if answer.fields["point"] != gold.fields["point"] or not isinstance(found, int | float):
        return 0.0
    if not isinstance(wanted, int | float):
        return 0.0
    largest = max(abs(found), abs(wanted))
    return max(0.0, 1.0 - abs(found - wanted) / largest) if largest else 1.0


def _common(answer: str, gold: str) -> float:
    """Return longest common subsequence / max(length); 1 when both are empty."""
    return LCSseq.normalized_similarity(answer, gold)
