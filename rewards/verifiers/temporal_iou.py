"""The verifier `temporal_iou`: how well does a span of time in a video overlap the gold span?"""

from __future__ import annotations

import re
from typing import Any, Literal

from rewards.reading.json_values import Unreadable
from rewards.reading.normalize import normalize
from rewards.reading.points import ROUNDING, as_numbers
from rewards.registry import reward
from rlcs.records import Status, Verdict

Clock = Literal["any", "seconds", "clock"]
SpanScore = Literal["iou", "threshold", "gated"]
Span = tuple[float, float]
"""Start and end in seconds, 0 <= start < end."""

_MAX_CHARACTERS = 2048
_SECONDS = {"": 1.0, "s": 1.0, "sec": 1.0, "second": 1.0, "秒": 1.0, "m": 60.0, "min": 60.0, "minute": 60.0,
            "分": 60.0, "分钟": 60.0, "h": 3600.0, "hr": 3600.0, "hour": 3600.0, "小时": 3600.0, "时": 3600.0,
            "ms": 0.001, "msec": 0.001, "millisecond": 0.001, "毫秒": 0.001}  # fmt: skip
_GLUED = re.compile(r"(?<=\d[hm])(?=\d)|(?<=秒|分|时)(?=\w)(?!钟)|(?<=钟)(?=\w)")
"""Where one time ends and the next begins without a space: 1m5s, 12秒到18秒."""
_WORD = re.compile(
    r"-?\.?\d[\w.:]*(?: ?(?:s|secs?|seconds?|ms|msecs?|milliseconds?|mins?|minutes?|m|h|hours?|hrs?"
    r"|毫秒|秒|分钟|分|小时|时)(?!\w))?"
)
_BARE = re.compile(r"\s*\[?(\d{1,9}(?:\.\d{1,9})?)(?: ?- ?|, ?)(\d{1,9}(?:\.\d{1,9})?)\]?(?: ?s)?\s*", re.ASCII)
"""Seconds, and nothing to tell apart."""
_RESPELLED = tuple(
    (re.compile(written, re.IGNORECASE), meant)
    for written, meant in (
        (r"(?<=:\d\d),(?=\d{3}(?!\d))", "."),  # 00:00:12,000 of subtitles
        (r"(?<![\d.:,])(\d{1,3}),(\d{3})(?= ?(?:s|secs?|seconds?|ms|milliseconds?|秒|毫秒)(?!\w))", r"\1\2"),
        (r"(\d{1,3}) ?['′’] ?(\d{1,2}(?:\.\d+)?) ?(?:[\"″”]|''|′′|’’)", r"\1m\2s"),
        (r"\.{2,}|到|至", " - "),
        (r"(?<=[a-z]), (?:and )?(?=[0-5]?\d(?:\.\d+)? ?(?:m|mins?|minutes?|s|secs?|seconds?)(?!\w))", " "),
    )
)
_AND = re.compile(r"(?<=[rnhems]) and (?=[0-5]?\d(?:\.\d+)? ?(?:s|secs?|seconds?)(?!\w))")
_DOUBT = re.compile(r"\bor\b|或", re.IGNORECASE)
_CLOCK = re.compile(r"(?:(\d{1,3}):)?(\d{1,3}):(\d{2}(?:\.\d{1,6})?)", re.ASCII)
_AMOUNT = re.compile(r"(\d{1,9}(?:\.\d{0,9})?|\.\d{1,9}) ?([A-Za-z毫秒分钟小时]*)", re.ASCII)


def check_span_gold(
    gold: Any, *, times: Clock = "any", duration: float = 0.0, threshold: float = 0.5
) -> str | None:  # fmt: skip
    """Return what is wrong with a gold span, or None."""
    gold_span(gold, times, duration)
    return None if 0 < threshold <= 1 else f"threshold must lie in (0, 1], got {threshold}"


@reward("temporal_iou", domains=["video.temporal"], runs="inline", check_gold=check_span_gold)
def temporal_iou(
    answer: str,
    gold: Any,
    *,
    score: SpanScore = "iou",
    threshold: float = 0.5,
    times: Clock = "any",
    duration: float = 0.0,
) -> float | Verdict:
    """One span of time in a video against the gold span [start, end]: overlap / union of the two.

    score: `iou`; `threshold`: 1 when the IoU reaches the threshold (R1@threshold), else 0; `gated`: the IoU when it
    reaches the threshold, else 0, so that "the whole video" earns nothing for a short gold. times: `seconds` (12, 9.5s,
    1 min 5 s), `clock` (mm:ss or hh:mm:ss), or `any` of both, told apart by the colon. duration: length of the video
    in seconds, which a span may not pass; 0 where it is not known.
    """
    wanted = gold_span(gold, times, duration)
    try:
        found = read_span(answer, times, duration)
    except Unreadable as fault:
        return fault.verdict()
    iou = span_iou(found, wanted)
    reached = iou >= threshold - ROUNDING
    if score == "threshold":
        return float(reached)
    return iou if reached or score == "iou" else 0.0


def span_iou(first: Span, second: Span) -> float:
    """Return overlap / union of two spans, in [0, 1]."""
    overlap = max(0.0, min(first[1], second[1]) - max(first[0], second[0]))
    return overlap / (first[1] - first[0] + second[1] - second[0] - overlap)


def read_span(answer: str, times: Clock = "any", duration: float = 0.0) -> Span:
    """Return the one span of a text with exactly two times: `12 - 18 s`, `[12, 18]`, `from 00:12 to 00:18`."""
    if len(answer) > _MAX_CHARACTERS:
        raise Unreadable(f"longer than {_MAX_CHARACTERS} characters", Status.OVER_LIMIT)
    if times != "clock" and (bare := _BARE.fullmatch(answer)):
        return checked_span(float(bare[1]), float(bare[2]), duration)
    if _DOUBT.search(answer):
        raise Unreadable("more than one span")
    found = [_time(amount, times) for amount in _amounts(_respelled(normalize(answer).rstrip(".。")))]
    if len(found) != 2:
        raise Unreadable(f"expected a start and an end, got {len(found)} times")
    (start, start_unit), (end, end_unit) = found
    if not start_unit:  # "1 - 2 minutes": the unit stands for both
        start *= _SECONDS[end_unit]
    return checked_span(start, end, duration)


def checked_span(start: float, end: float, duration: float = 0.0) -> Span:
    """Return a span; raises Unreadable unless 0 <= start < end <= duration."""
    if not 0 <= start < end:
        raise Unreadable(f"a span needs 0 <= start < end, got {start:g} to {end:g}")
    if duration and end > duration + 1.0:  # annotators round up to whole seconds
        raise Unreadable(f"the span ends at {end:g} s, after the video of {duration:g} s")
    return start, end


def gold_span(gold: Any, times: Clock = "any", duration: float = 0.0) -> Span:
    """Return a gold span: a text, [start, end], or {"start": …, "end": …}; raises Unreadable or ValueError."""
    if isinstance(gold, str):
        return read_span(gold, times, duration)
    numbers = as_numbers([gold.get("start"), gold.get("end")] if isinstance(gold, dict) else gold)
    if len(numbers) != 2:
        raise ValueError(f"a gold span is [start, end] in seconds, got {gold}")
    return checked_span(*numbers, duration)


def _respelled(text: str) -> str:
    """Write the commas of subtitles and thousands, 1'05", and `1 hour, 2 minutes and 3 seconds` in one way."""
    for written, meant in _RESPELLED:
        text = written.sub(meant, text)
    return text if "between" in text.lower() else _AND.sub(" ", text)


def _amounts(text: str) -> list[list[str]]:
    """Return the words that tell times, those of one time together: `1 min 5 s` is one, `12 18` two.

    A minus is a sign unless it comes right after a time: then it stands between two.
    """
    amounts: list[list[str]] = []
    last_end, last_unit = -2, 0.0
    for match in _WORD.finditer(_GLUED.sub(" ", text)):
        adjoins = match.start() - last_end <= 1
        is_joined = adjoins and not match[0].startswith("-")
        word = match[0].removeprefix("-") if adjoins else match[0]
        unit = _SECONDS.get(_unit(word), 0.0) if _unit(word) else 0.0
        if is_joined and 0 < unit < last_unit:
            amounts[-1].append(word)
        else:
            amounts.append([word])
        last_end, last_unit = match.end(), unit
    return amounts


def _unit(word: str) -> str:
    match = _AMOUNT.fullmatch(word)
    unit = match[2].lower() if match else ""
    return unit if unit in _SECONDS else unit.removesuffix("s")


def _time(words: list[str], times: Clock) -> tuple[float, str]:
    """Return a time in seconds and its unit, "" where none was written; raises Unreadable."""
    total, unit = 0.0, ""
    for word in words:
        word = word.rstrip(".:")
        if (match := _CLOCK.fullmatch(word)) and times != "seconds":
            total, unit = total + _clock_seconds(match), "s"
        elif (match := _AMOUNT.fullmatch(word)) and _unit(word) in _SECONDS and times != "clock":
            unit = _unit(word)
            total += float(match[1]) * _SECONDS[unit]
        else:
            raise Unreadable(f"{word[:40]!r} is no time ({times})")
    return total, unit


def _clock_seconds(match: re.Match[str]) -> float:
    hours, minutes, seconds = int(match[1] or 0), int(match[2]), float(match[3])
    if seconds >= 60 or (match[1] and minutes >= 60):
        raise Unreadable(f"{match[0]!r} is no time of a clock")
    return 3600 * hours + 60 * minutes + seconds
