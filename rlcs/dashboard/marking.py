"""A response as a person should see it: parts marked, every invisible character made visible, never more than fits.

Model text is hostile. What leaves this file is plain text with names of parts; the pages hand it to the browser as
text nodes, so nothing in it is markup.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from rewards.extraction import ANSWER, ANSWER_END, BOX, BOX_END, THINK, THINK_END
from rewards.reading.brackets import argument_of

SHOWN = 4_000
"""Characters of a text that are shown at first."""
SHOWN_IN_FULL = 100_000
"""Characters shown after "show more"; the rest is in the download."""
MAX_MARKED_CODES = 500
"""Invisible characters that get a mark of their own; those after them are written out in the text."""
MAX_SPANS = 1_000
"""Tags, and hits of a search, that are marked in one text."""

_CONTROL, _FORMAT, _SURROGATE, _PRIVATE = "Cc", "Cf", "Cs", "Co"
_INVISIBLE = {_CONTROL, _FORMAT, _SURROGATE, _PRIVATE, "Cn", "Zl", "Zp"}
_TAGS = re.compile("|".join(map(re.escape, (THINK, THINK_END, ANSWER, ANSWER_END, BOX, BOX_END))))
_LATEX_BOX = re.compile(r"\\(?:boxed|fbox)(?![A-Za-z])")
_PART_OF = {THINK: "think", ANSWER: "answer", BOX: "box"}
_PART_ENDED_BY = {THINK_END: "think", ANSWER_END: "answer", BOX_END: "box"}


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of text and what it is: any of think, answer, box, tag, inserted, hit, code; or nothing special."""

    text: str
    kinds: tuple[str, ...] = ()
    title: str = ""
    """What a code stands for, in words."""


@dataclass(frozen=True, slots=True)
class Span:
    """Characters [start, end) of a text belong to a part of this kind."""

    start: int
    end: int
    kind: str


def mark_response(text: str, *, inserted: str | None = None, search: str = "", limit: int = SHOWN) -> list[Segment]:
    """Return a response in segments: its first `limit` characters.

    Args:
        inserted: what force answering put into this response (think_end and answer_start); None when it did not.
        search: marked wherever it occurs, whatever its case.
    """
    text = text[:limit]
    spans = [*islice(_parts(text), MAX_SPANS), *_inserted(text, inserted), *islice(_hits(text, search), MAX_SPANS)]
    return list(_with_codes(_cut(text, spans)))


def mark_plain(text: str, *, search: str = "", limit: int = SHOWN) -> list[Segment]:
    """Return any other text (a prompt, an answer, a message) in segments: only hits and codes are marked."""
    text = text[:limit]
    return list(_with_codes(_cut(text, list(islice(_hits(text, search), MAX_SPANS)))))


def visible(text: str) -> str:
    """Return a text with every invisible character written out: for titles, table cells and files."""
    return "".join(f"⟨{_code(character)}⟩" if is_invisible(character) else character for character in text)


def one_line(text: str, limit: int = 200) -> str:
    """Return the beginning of a text as one visible line."""
    start = " ".join(text[: 4 * limit].split())
    return visible(start[:limit]) + ("…" if len(start) > limit or len(text) > 4 * limit else "")


def is_invisible(character: str) -> bool:
    """Tell whether a character shows nothing or turns others around: control, bidi, zero width, no character."""
    return character not in "\n\t" and unicodedata.category(character) in _INVISIBLE


def _parts(text: str) -> Iterator[Span]:
    """Yield the thinking, answer and box parts, and the tags that limit them; tags inside the thinking are text."""
    body = 0
    if (end := text.find(THINK_END)) >= 0 or text.lstrip().startswith(THINK):
        start = text.find(THINK, 0, end if end >= 0 else None)
        body = end + len(THINK_END) if end >= 0 else len(text)
        yield Span(0, body, "think")
        if start >= 0:
            yield Span(start, start + len(THINK), "tag")
        if end >= 0:
            yield Span(end, body, "tag")
    opened: dict[str, int] = {}
    for match in _TAGS.finditer(text, body):
        yield Span(match.start(), match.end(), "tag")
        if match.group() in _PART_OF:
            opened[_PART_OF[match.group()]] = match.end()
        elif (kind := _PART_ENDED_BY[match.group()]) in opened:
            yield Span(opened.pop(kind), match.start(), kind)
    for kind, start in opened.items():
        yield Span(start, len(text), kind)
    yield from _latex_box(text, body)


def _latex_box(text: str, start: int) -> Iterator[Span]:
    match = _LATEX_BOX.search(text, start)
    if match is not None and (span := argument_of(text, match.end())) is not None:
        yield Span(match.start(), span[0], "tag")
        yield Span(*span, "box")
        yield Span(span[1], span[1] + 1, "tag")


def _inserted(text: str, inserted: str | None) -> Iterator[Span]:
    """Yield what forcing put in: thinking was open until then, so it is the first end of thinking."""
    if inserted and (start := text.find(inserted)) >= 0:
        yield Span(start, start + len(inserted), "inserted")


def _hits(text: str, search: str) -> Iterator[Span]:
    if search:
        for match in re.finditer(re.escape(search), text, re.IGNORECASE):
            yield Span(match.start(), match.end(), "hit")


def _cut(text: str, spans: list[Span]) -> Iterator[Segment]:
    """Yield the text cut wherever a span starts or ends."""
    starts: dict[int, list[str]] = {}
    ends: dict[int, list[str]] = {}
    for span in spans:
        if span.start < span.end:
            starts.setdefault(span.start, []).append(span.kind)
            ends.setdefault(span.end, []).append(span.kind)
    active: list[str] = []
    borders = sorted({0, len(text), *starts, *ends})
    for start, end in zip(borders, borders[1:], strict=False):
        for kind in ends.get(start, []):
            active.remove(kind)
        active += starts.get(start, [])
        yield Segment(text[start:end], tuple(dict.fromkeys(active)))


def _with_codes(segments: Iterator[Segment]) -> Iterator[Segment]:
    """Yield the segments with runs of an invisible character as segments of their own, the first ones of them."""
    num_codes = 0
    for segment in segments:
        for is_code, run in _runs(segment.text):
            num_codes += is_code
            if not is_code:
                yield Segment(run, segment.kinds)
            elif num_codes <= MAX_MARKED_CODES:
                times = f" ×{len(run)}" if len(run) > 1 else ""
                title = unicodedata.name(run[0], "no printable character").lower()
                yield Segment(f"{_code(run[0])}{times}", (*segment.kinds, "code"), title)
            else:
                yield Segment(visible(run[:100]), segment.kinds)


def _runs(text: str) -> Iterator[tuple[bool, str]]:
    """Yield (False, visible text) and (True, the same invisible character once or several times)."""
    start, position = 0, 0
    while position < len(text):
        if not is_invisible(text[position]):
            position += 1
            continue
        if start < position:
            yield False, text[start:position]
        start = position
        while position < len(text) and text[position] == text[start]:
            position += 1
        yield True, text[start:position]
        start = position
    if start < len(text):
        yield False, text[start:]


def _code(character: str) -> str:
    return f"U+{ord(character):04X}"
