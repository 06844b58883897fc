"""Whole answers that people spell in several ways, in one: times of day, ratios, numbers with a base."""

from __future__ import annotations

import re

_TIME = re.compile(r"(\d{1,2})(?::(\d{2}))?\s*([AaPp])\.?\s?[Mm]\.?|(上午|下午|晚上)\s*(\d{1,2})[:：点](\d{2})?分?")
_RATIO = re.compile(r"(\d[\d.]*)\s+to\s+(\d[\d.]*)(?:\s+to\s+(\d[\d.]*))?|(\d[\d.]*)\s*比\s*(\d[\d.]*)")
_SPACED_RATIO = re.compile(r"(?<=[\w)}])\s*(?:[:：∶]|\\colon(?![A-Za-z]))\s*(?=[\w({\\])")
_WITH_BASE = re.compile(r"\(\s*([0-9A-Za-z]+)\s*\)\s*_\s*\{?\s*(\d+)\s*\}?")
_DATE = re.compile(
    r"\d{4}([-/.])\d{1,2}\1\d{1,2}|\d{1,2}([-/.])\d{1,2}\2\d{4}|\d{3}-(?:\d{3}-)?\d{4}|0\d-\d\d|\d\dh\d\d"
)
_MONEY_IN_TEXT = re.compile(r"\\text\s*\{\s*(\\?[$€£¥])\s*\}")


def one_spelling(text: str) -> str:
    """Return an answer with what is spelled here written in one way."""
    if "text" in text:
        text = _MONEY_IN_TEXT.sub(r"\1", text)
    if len(text) > 80 or not any(map(str.isdecimal, text)):
        return text
    if time := _TIME.fullmatch(text):
        return _time(time)
    if ratio := _RATIO.fullmatch(text):
        return ":".join(filter(None, ratio.groups()))
    if based := _WITH_BASE.fullmatch(text):
        return f"{based[1]}_{based[2]}"
    return _SPACED_RATIO.sub(":", text) if ":" in text or "∶" in text or "colon" in text else text


def _time(match: re.Match[str]) -> str:
    """Write a time of day by 24 hours, as no ratio: 5 p.m. and 5:00 PM are 17h00."""
    hour, minutes = int(match[1] or match[5]), match[2] or match[6] or "00"
    half = (match[3] or "").lower()
    is_late = half == "p" or match[4] in ("下午", "晚上")
    if not 1 <= hour <= 12:
        return match.group()
    return f"{hour % 12 + 12 * is_late:02}h{minutes}"


def is_date(text: str) -> bool:
    """Tell whether a text is a date, a time or a number of a telephone: 2024-01-02 is no difference."""
    return bool(_DATE.fullmatch(text))
