"""From a response to the answer in it, by the layout that the configuration declares: the first stage of judging.

It also gives the format part of the score. Every search here is a linear scan; a response is at most MAX_RESPONSE
characters. A response that breaks the layout has no answer to judge: its status says why.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rewards.reading.brackets import argument_of
from rlcs.config.schema import FormatConfig
from rlcs.records import Status

MAX_RESPONSE = 1_000_000
THINK, THINK_END = "<think>", "</think>"
ANSWER, ANSWER_END = "<answer>", "</answer>"
BOX, BOX_END = "<|begin_of_box|>", "<|end_of_box|>"
_LATEX_BOX = re.compile(r"\\(?:boxed|fbox)(?=\s*\{)(?!\s*\{\s*(?:\.\.\.|…|\\[lc]?dots)?\s*\})")
"""A box with something in it: text may name `\\boxed` or `\\boxed{}` without giving an answer."""
_BARE_BOX = re.compile(r"\\(?:boxed|fbox)(?![A-Za-z])(?!\s*\{)")
_INVISIBLE = "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
"""Of no width, at the ends of an answer: nobody wrote them on purpose, and JSON allows none."""
_END_TOKEN = re.compile(r"(?:<\|[^|<>\s]{1,40}\|>|<｜[^｜<>]{1,40}｜>|</s>|<eos>|<pad>|<end_of_turn>)\Z")


@dataclass(frozen=True, kw_only=True, slots=True)
class Extraction:
    """What was found in a response: an answer to judge, or the status that says why there is none."""

    answer: str | None = None
    delimited: bool = True
    """The answer stood in a box or an answer tag; False: it is the whole text after thinking."""
    status: Status | None = None
    """None when there is an answer; else no_answer, format_error or over_limit."""
    message: str = ""


class _Fault(Exception):
    """The response has no answer in the declared layout."""

    def __init__(self, status: Status, message: str) -> None:
        super().__init__(message)
        self.status = status


def extract(response: str, layout: FormatConfig) -> Extraction:
    """Take the answer out of a response; never raises. Boxes and tags inside the thinking part do not count."""
    if len(response) > MAX_RESPONSE:
        return Extraction(status=Status.OVER_LIMIT, message=f"response longer than {MAX_RESPONSE} characters")
    try:
        text = _after_thinking(without_end_tokens(response), layout.think)
        start, end, tagged = _answer_span(text, layout.answer_tag)
        box = _box_span(text, layout.box)
        if box is not None and not start <= box[0] <= box[1] <= end:
            raise _Fault(Status.FORMAT_ERROR, "the box stands outside <answer>")
        if box is None and layout.box != "none" and not (layout.box == "any" and tagged):
            raise _Fault(Status.NO_ANSWER, "no box with the final answer")
        answer = text[slice(*(box or (start, end)))].strip().strip(_INVISIBLE).strip()
        if not answer:
            raise _Fault(Status.NO_ANSWER, "the answer is empty")
    except _Fault as fault:
        return Extraction(status=fault.status, message=str(fault))
    return Extraction(answer=answer, delimited=box is not None or tagged)


def bare_answer(response: str) -> Extraction:
    """Take a response for the answer itself; the same limit holds."""
    if len(response) > MAX_RESPONSE:
        return Extraction(status=Status.OVER_LIMIT, message=f"response longer than {MAX_RESPONSE} characters")
    return Extraction(answer=response.strip(_INVISIBLE))


def without_end_tokens(text: str) -> str:
    """Strip white space around a response and the special tokens that end it (never the end of a box)."""
    text = text.strip()
    end = len(text)
    while (match := _END_TOKEN.search(text, max(0, end - 44), end)) and match.group() != BOX_END:
        end = match.start()
        while end > 0 and text[end - 1].isspace():
            end -= 1
    return text[:end]


def _after_thinking(text: str, rule: str) -> str:
    """Return what follows the thinking part; `rule` is required, optional or forbidden."""
    num_open, num_close = text.count(THINK), text.count(THINK_END)
    if rule == "forbidden" and num_open + num_close:
        raise _Fault(Status.FORMAT_ERROR, "thinking is not allowed here")
    if rule == "required" and not text.startswith(THINK):
        raise _Fault(Status.FORMAT_ERROR, "the response does not start with <think>")
    if num_open > 1 or num_close > 1:
        raise _Fault(Status.FORMAT_ERROR, "more than one thinking part")
    if num_open == 0 and num_close == 0:
        return text
    if num_close == 0:
        raise _Fault(Status.NO_ANSWER, "thinking never ended")
    thought, _, rest = text.partition(THINK_END)
    # A chat template may have opened the thinking part, so a missing <think> is fine; one that comes late is not.
    if num_open and not thought.startswith(THINK):
        raise _Fault(Status.FORMAT_ERROR, "<think> is not where the response starts")
    return rest.strip()


def _answer_span(text: str, rule: str) -> tuple[int, int, bool]:
    """Return start and end of the text that holds the answer, and whether an answer tag marks it."""
    num_open, num_close = text.count(ANSWER), text.count(ANSWER_END)
    if num_open == 0 and num_close == 0:
        if rule == "required":
            raise _Fault(Status.FORMAT_ERROR, "no <answer> part")
        return 0, len(text), False
    if rule == "forbidden":
        raise _Fault(Status.FORMAT_ERROR, "an <answer> tag is not allowed here")
    start, end = text.find(ANSWER) + len(ANSWER), text.find(ANSWER_END)
    if num_open != 1 or num_close != 1 or end < start:
        raise _Fault(Status.FORMAT_ERROR, "not exactly one <answer> … </answer>")
    if rule == "required" and (start != len(ANSWER) or end + len(ANSWER_END) != len(text)):
        raise _Fault(Status.FORMAT_ERROR, "text around <answer> … </answer>")
    return start, end, True


def _box_span(text: str, kind: str) -> tuple[int, int] | None:
    """Return the span inside the one box of this kind, or None when there is none; a second box is a fault."""
    if kind == "none":
        return None
    marked = _glm_box_span(text) if kind in ("glm", "any") else None
    if kind == "glm":
        return marked
    if marked is None:
        return _latex_box_span(text)
    if _LATEX_BOX.search(text, 0, marked[0]) or _LATEX_BOX.search(text, marked[1]):
        raise _Fault(Status.FORMAT_ERROR, "two boxes of different kinds")
    return marked


def _glm_box_span(text: str) -> tuple[int, int] | None:
    num_open, num_close = text.count(BOX), text.count(BOX_END)
    if num_open == 0 and num_close == 0:
        return None
    start, end = text.find(BOX) + len(BOX), text.find(BOX_END)
    if num_open != 1 or num_close != 1 or end < start:
        raise _Fault(Status.FORMAT_ERROR, "not exactly one box, opened and closed")
    return start, end


def _latex_box_span(text: str) -> tuple[int, int] | None:
    first = _LATEX_BOX.search(text)
    if first is None:
        if _BARE_BOX.search(text):
            raise _Fault(Status.FORMAT_ERROR, "the box has no braces")
        return None
    span = argument_of(text, first.end())
    if span is None:
        raise _Fault(Status.FORMAT_ERROR, "the box is not closed")
    if _LATEX_BOX.search(text, first.end()):
        raise _Fault(Status.FORMAT_ERROR, "more than one box")
    return span


def format_score(extraction: Extraction) -> float:
    """Return 1.0 when an answer stood where the layout wants it, else 0.0 (a box without content pays nothing)."""
    return 1.0 if extraction.status is None else 0.0


def format_reward(response: str, layout: FormatConfig) -> float:
    """Return the format score of a whole response."""
    return format_score(extract(response, layout))
