"""The verifier `math`: is this the same number, formula, set or word as the gold answer?

Spelling, numbers, units and words are decided at once, in the training process; only formulas go to a worker:
normalise -> same text -> same number -> cheap guards -> same value (plain formulas) -> math-verify.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from rewards.reading.brackets import closing_brace, split_top_level
from rewards.reading.numeric import equal_numbers
from rewards.reading.prose import final_answer
from rewards.registry import reward
from rewards.verifiers.mathematics.environments import has_rows, same_tables
from rewards.verifiers.mathematics.limits import MAX_CHARACTERS, over_limit, too_costly
from rewards.verifiers.mathematics.lists import same_lists
from rewards.verifiers.mathematics.text import MathText, read_math
from rewards.verifiers.mathematics.values import Near, same_value
from rlcs.records import Status, Verdict

Rest = Callable[[MathText, MathText], bool | None]
Percent = Literal["fraction", "number"]
Form = Literal["any", "evaluated", "expanded", "factored"]

_UNEVALUATED = re.compile(r"\\(?:int|iint|sum|prod|lim)(?![A-Za-z])")
_LETTER = re.compile(r"(?<![A-Za-z\\])[A-Za-z](?![A-Za-z])")
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


def check_math_gold(gold: Any, *, percent: Percent = "fraction") -> str | None:
    """Return what is wrong with a gold answer, or None: empty, not a number (nan), or beyond the limits."""
    golds = alternatives(gold)
    if not golds:
        return f"the gold answer must be text, a number or a list of alternatives, got {type(gold).__name__}"
    for one in golds:
        if broken := over_limit(one):
            return f"the gold answer has {broken}"
        text = read_math(one, percent)
        if not text.key:
            return "the gold answer is empty"
        if text.key.lower() in ("nan", "none", "null"):
            return f"the gold answer is {text.key!r}"
    return None


def quick_math(answer: str, gold: Any, *, rules: MathRules = EXACT, delimited: bool = True) -> float | Verdict | None:
    """Decide what needs no algebra; None leaves the answer to the worker."""
    answer = answer if delimited else final_answer(answer)
    if broken := over_limit(answer):
        return Verdict(score=0.0, status=Status.OVER_LIMIT, message=broken)
    found = read_math(answer, rules.percent)
    if not found.key:
        return Verdict(score=0.0, status=Status.NO_ANSWER, message="the answer is empty")
    golds = [read_math(one, rules.percent) for one in alternatives(gold)]
    decided = [_compare(found, one, rules) for one in golds]
    if True in decided:
        return 1.0
    if costly := too_costly(found.latex):
        return Verdict(score=0.0, status=Status.OVER_LIMIT, message=costly)
    decided = [
        decide(found, one, rules) if known is None else known for known, one in zip(decided, golds, strict=True)
    ]
    if True in decided:
        return 1.0
    return None if None in decided else 0.0


@reward(
    "math",
    domains=["stem.math"],
    runs="worker",
    quick=quick_math,
    check_gold=check_math_gold,
    preload=("math_verify",),
)
def math_answer(
    answer: str, gold: Any, *, rules: MathRules = EXACT, positive: bool = False, delimited: bool = True
) -> float | Verdict:
    """Mathematical equality: numbers, formulas, sets, intervals, matrices, words.

    rel_tol, abs_tol: allowed difference |answer - gold| <= max(rel_tol * |gold|, abs_tol); 0 means exact.
    percent: `fraction` reads 50% as 0.5, `number` as 50. require_form: `evaluated` (no open integral, sum or sum of
    numbers left), `expanded` or `factored`; `any` accepts every equal expression. positive: symbols stand for positive
    numbers, so that ln a + ln b is ln ab.
    """
    from rewards.verifiers.mathematics.symbolic import GoldUnreadable, same_formula  # imports SymPy: worker only

    def by_algebra(found: MathText, wanted: MathText) -> bool:
        return same_formula(
            found,
            wanted,
            percent=rules.percent,
            form=rules.require_form,
            rel_tol=rules.rel_tol,
            abs_tol=rules.abs_tol,
            positive=positive,
        )

    found = read_math(answer if delimited else final_answer(answer), rules.percent)
    unreadable = ""
    for one in (read_math(text, rules.percent) for text in alternatives(gold)):
        if _compare(found, one, rules) is False:
            continue
        try:
            decided = decide(found, one, rules, positive=positive, rest=by_algebra)
            if by_algebra(found, one) if decided is None else decided:
                return 1.0
        except GoldUnreadable as error:
            unreadable = str(error)
    return Verdict(score=None, status=Status.BAD_GOLD, message=unreadable) if unreadable else 0.0


def alternatives(gold: Any) -> list[str]:
    """Return the acceptable golds as text; an empty list when `gold` is of no use."""
    values = gold if isinstance(gold, list | tuple) else [gold]
    if any(isinstance(value, bool) or not isinstance(value, str | int | float) for value in values):
        return []
    return [str(value)[: MAX_CHARACTERS + 1] for value in values]


def _compare(answer: MathText, gold: MathText, rules: MathRules) -> bool | None:
    """Compare one answer with one gold by text and number: True, False, or None where algebra must decide."""
    if answer.unit and gold.unit and answer.unit != gold.unit:
        return False
    if answer.label and gold.label and answer.label != gold.label:
        is_other_case = len(answer.label) <= 2 and answer.label.casefold() == gold.label.casefold()
        return False if is_other_case or _letters_differ(answer.latex, gold.latex) else None
    if answer.key == gold.key:
        return True
    if answer.number and gold.number:
        return equal_numbers(answer.number, gold.number, rel_tol=rules.rel_tol, abs_tol=rules.abs_tol)
    if answer.is_prose or gold.is_prose or (answer.is_word and gold.is_word):
        return answer.key.casefold() == gold.key.casefold()
    if rules.require_form == "evaluated" and gold.number and _OPERATION.search(answer.body):
        return False
    return False if _surely_different(answer.body, gold) else None


def decide(
    answer: MathText, gold: MathText, rules: MathRules, *, positive: bool = False, rest: Rest | None = None
) -> bool | None:
    """Compare two formulas by value, lists and tables item by item: True, False, or None where algebra must decide.

    rest: compares two items that are beyond this.
    """
    if answer.label and gold.label and answer.label != gold.label:
        return None

    def same_item(one: str, other: str) -> bool | None:
        found, wanted = read_math(one, rules.percent), read_math(other, rules.percent)
        known = _compare(found, wanted, rules)
        known = decide(found, wanted, rules, positive=positive, rest=rest) if known is None else known
        return rest(found, wanted) if known is None and rest else known

    if has_rows(answer.body) or has_rows(gold.body):
        same = same_tables(answer.body, gold.body, same_item)
    else:
        near = Near(rules.rel_tol, rules.abs_tol)
        same = same_value(answer.body, gold.body, near=near, positive=positive)
        same = same_lists(answer.body, gold.body, same_item) if same is None else same
    return None if same and rules.require_form != "any" else same


def _surely_different(answer: str, gold: MathText) -> bool:
    """Tell what algebra would take for equal, or would need long to refuse: lists, other letters, bases, open sums."""
    if gold.number and len(split_top_level(answer.removeprefix("\\{").removesuffix("\\}"), ",;")) > 1:
        return True
    if _brackets_differ(answer, gold.body) or _letters_differ(answer, gold.body):
        return True
    if (bases := _BASE.findall(answer)) and bases != _BASE.findall(gold.body):
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
