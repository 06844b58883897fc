"""Compares one answer with one gold, by text, structure and value; `Inline` is what can be told without a worker."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from rewards.reading.brackets import closing_brace, split_top_level
from rewards.reading.numeric import equal_numbers
from rewards.verifiers.mathematics.environments import has_rows, same_tables
from rewards.verifiers.mathematics.ratios import same_ratio
from rewards.verifiers.mathematics.relations import in_words
from rewards.verifiers.mathematics.spellings import is_date
from rewards.verifiers.mathematics.structure.algebra import Point, plain_values
from rewards.verifiers.mathematics.structure.compare import is_built, same_structure
from rewards.verifiers.mathematics.text import MathText, read_math
from rewards.verifiers.mathematics.values import Near, same_value

Percent = Literal["fraction", "number"]
Form = Literal["any", "evaluated", "expanded", "factored"]

MAX_COMPARISONS, MAX_DEPTH = 400, 12
_UNEVALUATED = re.compile(r"\\(?:int|iint|sum|prod|lim)(?![A-Za-z])")
_OPEN_ENDED = re.compile(r"\\(?:[lc]?dots|dots[bcm])(?![A-Za-z])|\.\.\.|[…⋯]")
_LETTER = re.compile(r"(?<![A-Za-z\\])[A-Za-z](?![A-Za-z])")
_MAY_BE_LIST = re.compile(r"-?\d+,-?\d+")
_BASE = re.compile(r"\d_\{?(\d+)")
_OPERATION = re.compile(r"(?<=[\w)}\s])[+*](?=[\w(\\\s])|(?<=[\w)}])\s*-|\\(?:times|cdot|div|sqrt|binom)\b|[!^]")


@dataclass(frozen=True, slots=True)
class MathRules:
    """Parameters that say when two values are the same; the verifier `math` explains them."""

    rel_tol: float = 0.0
    abs_tol: float = 0.0
    percent: Percent = "fraction"
    require_form: Form = "any"


EXACT = MathRules()


@dataclass
class Inline:
    """What can be told in the training process: text, structure, and the values of formulas that plain.py reads."""

    rules: MathRules
    positive: bool = False
    is_final: bool = False
    num_left: int = field(default=MAX_COMPARISONS)
    depth: int = 0

    def same(self, answer: str, gold: str) -> bool | None:
        """Compare two texts, which may be parts of longer ones."""
        self.num_left -= 1
        if self.num_left < 0 or self.depth >= MAX_DEPTH:
            return None
        self.depth += 1
        known = decide(read_math(answer, self.rules.percent), read_math(gold, self.rules.percent), self)
        self.depth -= 1
        return known

    def values(self, text: str, points: Sequence[Point]) -> list[Decimal | None] | None:
        """Return the values of a formula at points, where plain.py reads it."""
        return plain_values(text, points)


def decide(answer: MathText, gold: MathText, inline: Inline) -> bool | None:
    """Compare an answer with a gold as far as it can be told here."""
    return beyond_text(answer, gold, inline, same_text(answer, gold, inline.rules))


def beyond_text(answer: MathText, gold: MathText, inline: Inline, known: bool | None) -> bool | None:
    """Go on where `same_text` has said what is `known`."""
    if known is True or (answer.number and gold.number):
        return known
    if is_built(answer, gold):
        outcome = same_structure(answer, gold, inline)
        if outcome != "pass":
            return outcome
    return _same_value(answer, gold, inline) if known is None else known


def labels_differ(answer: MathText, gold: MathText) -> bool:
    """Tell whether both give a name to the value, and another one; `area` may be anybody's S."""
    if not (answer.label and gold.label) or answer.label == gold.label:
        return False
    return in_words(answer.label) == in_words(gold.label)


def same_text(answer: MathText, gold: MathText, rules: MathRules) -> bool | None:
    """Compare one answer with one gold by text and number: True, False, or None where algebra must decide."""
    if answer.unit and gold.unit and answer.unit != gold.unit:
        return False
    if labels_differ(answer, gold):
        if answer.number and gold.number:
            return False
        is_other_case = len(answer.label) <= 2 and answer.label.casefold() == gold.label.casefold()
        return False if is_other_case or _letters_differ(answer.latex, gold.latex) else None
    if answer.key == gold.key:
        return True
    if answer.number and gold.number:
        return equal_numbers(answer.number, gold.number, rel_tol=rules.rel_tol, abs_tol=rules.abs_tol)
    if is_date(gold.body) or is_date(answer.body):
        return False
    if answer.is_prose or gold.is_prose or (answer.is_word and gold.is_word):
        return answer.key.casefold() == gold.key.casefold()
    if rules.require_form == "evaluated" and gold.number and _OPERATION.search(answer.body):
        return False
    return False if _surely_different(answer.body, gold) else None


def _same_value(answer: MathText, gold: MathText, inline: Inline) -> bool | None:
    """Compare two formulas by value, tables cell by cell: True, False, or None where algebra must decide."""
    if labels_differ(answer, gold):
        return None
    rules = inline.rules
    if has_rows(answer.body) or has_rows(gold.body):
        same = same_tables(answer.body, gold.body, inline.same)
    else:
        near = Near(rules.rel_tol, rules.abs_tol)
        same = same_value(answer.body, gold.body, near=near, positive=inline.positive)
        same = same_ratio(answer.body, gold.body, inline.same) if same is None else same
    return None if same and rules.require_form != "any" else same


def _surely_different(answer: str, gold: MathText) -> bool:
    """Tell what algebra would take for equal, or would need long to refuse: lists, other letters, bases, open sums."""
    if (
        gold.number
        and not _MAY_BE_LIST.fullmatch(gold.body)
        and len(split_top_level(answer.removeprefix("\\{").removesuffix("\\}"), ",;")) > 1
    ):
        return True
    if _brackets_differ(answer, gold.body) or _letters_differ(answer, gold.body):
        return True
    if (bases := _BASE.findall(answer)) and bases != _BASE.findall(gold.body):
        return True
    if _OPEN_ENDED.search(answer) and not _OPEN_ENDED.search(gold.body):
        return True
    return bool(_UNEVALUATED.search(answer)) and not _UNEVALUATED.search(gold.body)


def _letters_differ(answer: str, gold: str) -> bool:
    """Tell whether one writes X where the other writes x: the parser would take them for the same symbol."""
    found, wanted = set(_LETTER.findall(answer)), set(_LETTER.findall(gold))
    return any(letter.swapcase() in wanted - found for letter in found - wanted)


def _brackets_differ(answer: str, gold: str) -> bool:
    """A tuple is not a set: (1, 2) against {1, 2}; a bare list 1, 2 may be either."""
    kinds = {_list_kind(answer), _list_kind(gold)}
    return kinds == {"tuple", "set"}


def _list_kind(text: str) -> str:
    for kind, left, right in (("tuple", "(", ")"), ("set", "\\{", "\\}")):
        inner = text[len(left) : -len(right)]
        if text.startswith(left) and text.endswith(right) and len(split_top_level(inner, ",;")) > 1:
            return kind if kind == "set" or _is_one_group(text) else ""
    return ""


def _is_one_group(text: str) -> bool:
    """Tell whether the first bracket closes at the very end: (1, 2), but not (1, 2), (3, 4)."""
    return closing_brace(text.replace("(", "{").replace(")", "}"), 0) == len(text) - 1
