"""The options of a multiple-choice question: declared by the task, or printed in the question."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rewards.reading.normalize import normalize, unwrap
from rewards.reading.numeric import parse_number

MAX_QUESTION = 100_000
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
EDGES = " \t.。,、;:!*$'\"“”"
"""What may stand around an option or an answer without meaning anything."""
_OPTION = re.compile(r"(?:(?<=\s)|(?<![^\s,;?:]))(?:\(([A-Z]|\d{1,2})\)|([A-Z]|\d{1,2})[.):、](?!\d))\s*")
_LOOKS = re.compile(r"[$\s]|\\(?:left|right|displaystyle)(?![a-z])|\\[,;:! ]")
_ARTICLE = re.compile(r"(?:a|an|the)\s+")


@dataclass(frozen=True, slots=True)
class Options:
    """The options of one question."""

    labels: tuple[str, ...]
    """Labels that may be chosen, in upper case."""
    texts: Mapping[str, str]
    """Folded text of each option, by label; empty when the texts are unknown."""

    def label_of(self, text: str) -> str | None:
        """Return the label of the option whose text this is, or None (also when two options have the same text)."""
        folded = fold(text)
        for spelled in (str, _squeezed, _as_number):
            key = spelled(folded) if self.texts else None
            found = [label for label, option in self.texts.items() if option and key and spelled(option) == key]
            if found:
                return found[0] if len(found) == 1 else None
        return None


def fold(text: str) -> str:
    """Return a text without case, article, and punctuation at its ends, for comparing it with an option's text."""
    return _ARTICLE.sub("", unwrap(normalize(text)).strip(EDGES).casefold(), count=1)


def _squeezed(text: str) -> str:
    """Return a text without spaces and what TeX has for looks only."""
    return _LOOKS.sub("", text).replace("dfrac", "frac").replace("tfrac", "frac")


def _as_number(text: str) -> str:
    number = parse_number(_squeezed(text)) if any(map(str.isdigit, text)) else None
    return str(number.value) if number else ""


def read_options(declared: Any, question: str, labels: str) -> Options:
    """Return the options: the declared ones (list of texts, or label -> text), else those printed in the question.

    labels: characters that may be chosen where nothing declares options; "" stands for A to Z, or what the question
    prints.
    """
    if isinstance(declared, Mapping):
        texts = {str(label).upper(): fold(str(text)) for label, text in declared.items()}
    elif isinstance(declared, Sequence) and not isinstance(declared, str) and declared:
        if len(declared) > len(labels or LETTERS):
            raise ValueError(f"{len(declared)} options, but {len(labels or LETTERS)} labels")
        texts = {(labels or LETTERS)[index]: fold(str(text)) for index, text in enumerate(declared)}
    else:
        texts = options_in(question)
        if labels:
            texts = {label: text for label, text in texts.items() if label in labels}
            return Options(tuple(labels.upper()), texts)
    return Options(tuple(texts) or tuple(LETTERS), texts)


def options_in(question: str) -> dict[str, str]:
    """Return the options printed in a question, `(A) cat (B) dog` or one a line: the longest run A, B, … or 1, 2, …"""
    question = normalize_lines(question[-MAX_QUESTION:])
    best: list[re.Match[str]] = []
    for first in ("A", "1"):
        run: list[re.Match[str]] = []
        for match in _OPTION.finditer(question):
            label = match[1] or match[2]
            if label == first:
                run = []
            elif not run or label != _next_label(run[-1][1] or run[-1][2]):
                continue
            run = [*run, match]
            best = run if len(run) >= max(2, len(best)) else best
    if not best:
        return {}
    ends = [match.start() for match in best[1:]] + [len(question)]
    return {
        match[1] or match[2]: fold(question[match.end() : end].partition("\n\n")[0])
        for match, end in zip(best, ends, strict=True)
    }


def normalize_lines(text: str) -> str:
    """Normalise a text line by line, so that lines stay lines."""
    return "\n".join(normalize(line) for line in text.split("\n"))


def _next_label(label: str) -> str:
    return str(int(label) + 1) if label.isdigit() else chr(ord(label) + 1)
