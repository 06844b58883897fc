"""Finds the unit that a question asks for: "how many grams", "in km/h", "(unit: N)", "多少厘米", "以米为单位"."""

from __future__ import annotations

import re
from functools import lru_cache

from rewards.quantities import Unit, read_unit

_MAX_QUESTION = 8000
_TEXT = r"(?=((?:[A-Za-zμΩ°²³·/^{}()\\*\d-]{1,32}|[\u4e00-\u9fff/]{1,16})(?: [A-Za-z/^\d-]{1,16}){0,3}))"
_ASKED = [
    re.compile(r"\bhow (?:many|much)\s+" + _TEXT, re.IGNORECASE),
    re.compile(r"(?:多少|几)\s*个?\s*" + _TEXT),
    re.compile(r"\b(?:in|unit|units)\s*(?::|is|are|of|units of)?\s+" + _TEXT, re.IGNORECASE),
    re.compile(r"单位\s*(?:为|是|用|取)?\s*[:：]?\s*" + _TEXT),
    re.compile(r"以\s*([^\s，。以]{1,16}?)\s*为单位"),
    re.compile(r"[(（]\s*([^\s()（）]{1,16})\s*[)）]\s*[?？.。]?\s*\Z"),
]
_LETTER_UNITS = frozenset("m g s N J W V A K C T F L H Ω".split())


@lru_cache(maxsize=1024)
def asked_unit(question: str) -> Unit | None:
    """Return the one unit that the question asks for, or None when it names none, or several."""
    question = question[-_MAX_QUESTION:]
    found = {_unit(match[1]) for pattern in _ASKED for match in pattern.finditer(question)} - {None}
    return found.pop() if len(found) == 1 else None


def _unit(text: str) -> Unit | None:
    """Read the longest beginning of a text that is a unit; `a` is an article here, not a year."""
    words = text.strip(" .?").split(" ")
    for num_words in range(len(words), 0, -1):
        candidate = " ".join(words[:num_words]).strip(",.?;:")
        if len(candidate) > 1 or candidate in _LETTER_UNITS:
            if unit := read_unit(candidate):
                return unit
    return _chinese_beginning(words[0])


def _chinese_beginning(text: str) -> Unit | None:
    if not text or text[0] < "\u4e00":
        return None
    for end in range(min(len(text), 8), 0, -1):
        if unit := read_unit(text[:end]):
            return unit
    return None
