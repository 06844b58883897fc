"""The verdict of an LLM judge out of its reply: one word or number of a closed set, and nothing else counts.

The whole reply must be one JSON object with one key. A verdict that stands somewhere inside a text may be a quotation
of what the judged model wrote; "the judge's last number" and "contains 1.0" have paid for many a wrong answer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

THINK, THINK_END = "<think>", "</think>"
MAX_REPLY = 1 << 20
"""Bytes of a reply that are read at most."""
_FENCED = re.compile(r"```(?:json)?[ \t]*\n(.*)\n```", re.DOTALL)
_NUM_TOLD = 60


@dataclass(frozen=True, slots=True)
class Grading:
    """A closed set of verdicts: the one key of the reply, its values, and the score that each stands for."""

    key: str
    scores: Mapping[str | int, float]
    best: str

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON schema of a reply, in the part of JSON schema that all servers know."""
        kind = "string" if all(isinstance(value, str) for value in self.scores) else "integer"
        properties = {self.key: {"type": kind, "enum": list(self.scores)}}
        return {"type": "object", "properties": properties, "required": [self.key], "additionalProperties": False}


GRADINGS = {
    "binary": Grading("verdict", {"CORRECT": 1.0, "INCORRECT": 0.0}, '{"verdict": "CORRECT"}'),
    "points": Grading("score", {points: points / 10 for points in range(11)}, '{"score": 10}'),
}


class NotAVerdict(Exception):
    """The judge replied, but without a verdict; the message says what came instead."""


def read_reply(content: bytes, grading: Grading) -> float:
    """Return the score in the body of a chat completion; NotAVerdict tells what is wrong with it."""
    try:
        choice = json.loads(content)["choices"][0]
        text, reason = choice["message"]["content"], choice.get("finish_reason")
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise NotAVerdict(f"the reply is no chat completion: {content[:_NUM_TOLD]!r}") from error
    if reason == "length":
        raise NotAVerdict("the reply was cut; raise max_tokens")
    if not isinstance(text, str) or reason not in ("stop", None):
        raise NotAVerdict(f"the reply has no text (finish_reason {reason!r:.20})")
    return read_verdict(text, grading)


def read_verdict(text: str, grading: Grading) -> float:
    """Return the score that the text of a reply stands for; thinking before it is passed over."""
    before, ended, after = text.rpartition(THINK_END)
    bare = (after if ended else text).strip()
    if fenced := _FENCED.fullmatch(bare):
        bare = fenced[1]
    try:
        pairs = json.loads(bare, object_pairs_hook=tuple)  # a dict would keep the second of two verdicts
    except (ValueError, RecursionError) as error:
        raise NotAVerdict(f"the reply is not {grading.best} or the like: {bare[:_NUM_TOLD]!r}") from error
    for known, score in grading.scores.items():
        if pairs == ((grading.key, known),) and type(pairs[0][1]) is type(known):
            return score
    raise NotAVerdict(f"the reply is not in the set: {bare[:_NUM_TOLD]!r}")
