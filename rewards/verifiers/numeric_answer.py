"""The verifier `numeric`: the same number within a declared tolerance; no algebra."""

from __future__ import annotations

import re
from typing import Any, Literal

from rewards.reading.normalize import normalize
from rewards.reading.numeric import MAX_DIGITS, Number, equal_numbers, parse_suffixed
from rewards.reading.prose import final_answer
from rewards.registry import reward
from rewards.verifiers.mathematics.text import read_math
from rlcs.records import Status, Verdict

MAX_CHARACTERS = 4 * MAX_DIGITS
Percent = Literal["fraction", "number"]
_WHOLE = re.compile(r"[+-]?\d[\d, ]*")


def check_numeric_gold(gold: Any, *, percent: Percent = "fraction") -> str | None:
    """Return what is wrong with a gold number, or None; nan, inf, true and text are none."""
    for one in _golds(gold):
        if isinstance(one, bool) or not isinstance(one, str | int | float):
            return f"the gold answer must be a number, got {type(one).__name__}"
        if read_number(str(one), percent) is None:
            return f"the gold answer must be a finite number, got {one!r:.60}"
    return None if _golds(gold) else "the gold answer is empty"


@reward("numeric", runs="inline", check_gold=check_numeric_gold)
def numeric(
    answer: str,
    gold: Any,
    *,
    rel_tol: float = 0.0,
    abs_tol: float = 0.0,
    integers: Literal["exact", "tolerance"] = "exact",
    percent: Percent = "fraction",
    delimited: bool = True,
) -> float | Verdict:
    """A number within a declared tolerance: |answer - gold| <= max(rel_tol * |gold|, abs_tol).

    integers: `exact` holds a gold written as a whole number to the digit; `tolerance` treats it like any other.
    percent: `fraction` reads 50% as 0.5, `number` as 50. A unit must be the gold's where both have one.
    """
    answer = answer if delimited else final_answer(answer)
    if len(answer) > MAX_CHARACTERS:
        return Verdict(
            score=0.0, status=Status.OVER_LIMIT, message=f"a number of more than {MAX_CHARACTERS} characters"
        )
    found = read_number(answer, percent)
    if found is None:
        return Verdict(score=0.0, status=Status.INCORRECT, message="not a finite number")
    return float(any(_same(found, str(one), rel_tol, abs_tol, integers, percent) for one in _golds(gold)))


def read_number(text: str, percent: Percent) -> tuple[Number, str] | None:
    """Return the finite number that is all of `text` and its unit ("" when it has none), or None.

    percent: the convention of `numeric.parse_number`.
    """
    if len(text) > MAX_CHARACTERS:
        return None
    found = read_math(text, percent)
    if found.number is not None:
        return found.number, found.unit
    return parse_suffixed(normalize(text).rstrip(".。").lstrip("$\\€£¥ "))


def _golds(gold: Any) -> list[Any]:
    return list(gold) if isinstance(gold, list | tuple) else [gold]


def _same(
    found: tuple[Number, str], gold: str, rel_tol: float, abs_tol: float, integers: str, percent: Percent
) -> bool:
    wanted = read_number(gold, percent)
    if wanted is None or (found[1] and wanted[1] and found[1] != wanted[1]):
        return False
    exact = integers == "exact" and _WHOLE.fullmatch(normalize(gold)) is not None
    tolerances = (0.0, 0.0) if exact else (rel_tol, abs_tol)
    return equal_numbers(found[0], wanted[0], rel_tol=tolerances[0], abs_tol=tolerances[1])
