"""The verifier `physics`: quantities with units, and formulas.

A gold that is a value with a unit is compared as a quantity: dimension first, then magnitude; the unit that the
question asks for is found in it ("how many grams", "in km/h", "多少厘米"). Anything else is judged by the verifier
`math`, after vector arrows and the like are taken off.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal

from rewards.reading.numeric import equal_numbers
from rewards.reading.unit_text import Unit, read_unit
from rewards.registry import reward
from rewards.verifiers.mathematics.judging import MathRules
from rewards.verifiers.mathematics.limits import over_limit, too_costly
from rewards.verifiers.mathematics.math_answer import alternatives, check_math_gold, math_answer, quick_math
from rewards.verifiers.science.conversion import convert, is_temperature
from rewards.verifiers.science.formula_text import plain_formula, prose_key, same_prose
from rewards.verifiers.science.formulas import plain_chemistry
from rewards.verifiers.science.nuclides import WRONG_NUCLIDE, plain_nuclides
from rewards.verifiers.science.quantities import Quantity, read_quantity, with_unit, without_about
from rewards.verifiers.science.reactions import nuclear_score
from rlcs.records import Status, Verdict

UnitPolicy = Literal["optional", "required", "asked", "question"]
Kind = Literal["auto", "quantity", "formula"]
ROUNDING = 1e-9
"""Relative difference that the conversion of a unit may leave, whatever the declared tolerance."""
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
_DEGREES_IN_CONSTANT = re.compile(r"(\d+(?:\.\d+)?)\s*\^?\s*\{?\s*\\circ\s*\}?")
_DEGREES = (("degree", 1),)
_LETTER_UNITS = frozenset("m g s N J W V A K C T F L H Ω".split())


@dataclass(frozen=True, slots=True)
class QuantityRules:
    """Parameters that say when two quantities are the same; the verifier `physics` explains them."""

    rel_tol: float = 0.01
    abs_tol: float = 0.0
    unit: UnitPolicy = "optional"
    gold_unit: str = ""

    def for_formulas(self) -> MathRules:
        """Return the rules for what is no quantity."""
        return MathRules(rel_tol=self.rel_tol, abs_tol=self.abs_tol)


WITHIN_A_HUNDREDTH = QuantityRules()
_SCRIPTS = frozenset("^\\<")
_DIVIDES_BY_ZERO = re.compile(r"\d\s*/\s*0+(?![\d.,])")


def check_physics_gold(gold: Any, *, kind: Kind = "auto", gold_unit: str = "") -> str | None:
    """Return what is wrong with a gold answer, or None: no quantity although declared, or an unknown unit."""
    if fault := check_math_gold(gold):
        return fault
    for one in alternatives(gold):
        if _has_scripts(one) and plain_nuclides(plain_chemistry(one)).startswith(WRONG_NUCLIDE):
            return f"the gold answer {one[:60]!r} gives an element another atomic number than its own"
        if _DIVIDES_BY_ZERO.search(one):
            return f"the gold answer {one[:60]!r} divides by zero"
    if kind == "quantity":
        for one in golds_with_unit(gold, gold_unit):
            if read_quantity(one) is None:
                return f"the gold answer {one[:60]!r} is no quantity; expected one like '9.81 m/s^2', or kind: formula"
    return None


def _has_scripts(text: str) -> bool:
    return not text.isascii() or not _SCRIPTS.isdisjoint(text)


def quick_physics(
    answer: str,
    gold: Any,
    *,
    rules: QuantityRules = WITHIN_A_HUNDREDTH,
    kind: Kind = "auto",
    question: str = "",
    delimited: bool = True,
) -> float | Verdict | None:
    """Decide what needs no conversion and no algebra; None leaves the answer to the worker."""
    if broken := over_limit(answer):
        return Verdict(score=0.0, status=Status.OVER_LIMIT, message=broken)
    verdicts: list[float | Verdict | None] = []
    for one in golds_with_unit(gold, rules.gold_unit):
        if (nuclear := nuclear_score(answer, one)) is not None:
            verdicts.append(nuclear)
            continue
        wanted = gold_quantity(one, kind, question if rules.unit == "question" else "")
        if wanted is None:
            verdicts.append(_quick_formula(answer, one, rules.for_formulas(), delimited))
        else:
            verdicts.append(_quick_quantity(answer, wanted, rules, policy(rules.unit, wanted, question)))
    if 1.0 in verdicts or None in verdicts:
        return 1.0 if 1.0 in verdicts else None
    return verdicts[-1]


@reward(
    "physics",
    domains=["stem.physics"],
    runs="worker",
    quick=quick_physics,
    check_gold=check_physics_gold,
    preload=("math_verify", "pint"),
)
def physics(
    answer: str,
    gold: Any,
    *,
    rules: QuantityRules = WITHIN_A_HUNDREDTH,
    kind: Kind = "auto",
    question: str = "",
    delimited: bool = True,
) -> float | Verdict:
    """Physical quantities with units, and formulas.

    rel_tol, abs_tol: allowed difference |answer - gold| <= max(rel_tol * |gold|, abs_tol), in the gold's unit.
    unit: `optional` converts a unit and accepts a bare number, `required` refuses a bare number, `asked` refuses any
    other unit than the gold's, `question` does so where the question names the unit it wants. gold_unit: the unit of
    golds that are bare numbers. kind: `auto` takes a gold with a unit for a quantity, everything else for a formula.
    """
    faults = []
    for one in golds_with_unit(gold, rules.gold_unit):
        if nuclear_score(answer, one) is not None:
            continue  # decided by quick_physics
        wanted = gold_quantity(one, kind, question if rules.unit == "question" else "")
        if wanted is None:
            texts = plain_formula(without_about(answer)), plain_formula(one)
            verdict = math_answer(*texts, rules=rules.for_formulas(), positive=True, delimited=delimited)
        else:
            verdict = _same_quantity(answer, wanted, rules, policy(rules.unit, wanted, question))
        if verdict == 1.0:
            return 1.0
        faults += [verdict] if isinstance(verdict, Verdict) else []
    return faults[0] if faults else 0.0


def golds_with_unit(gold: Any, gold_unit: str) -> list[str]:
    """Return the acceptable golds; one that is a bare number gets the unit that is declared for it.

    Percent and dollars may be left out, as any unit may, and need no conversion: both spellings are acceptable.
    """
    golds = alternatives(gold)
    if not gold_unit:
        return golds
    if (sign := gold_unit.strip(" $\\") or "$") in ("%", "$"):
        return [*golds, *(f"{one} {sign}" if sign == "%" else f"\\${one}" for one in golds)]
    bare = {one for one in golds if (found := read_quantity(one)) is not None and not found.unit}
    return [with_unit(one, gold_unit) if one in bare else one for one in golds]


def gold_quantity(gold: str, kind: str, question: str) -> Quantity | None:
    """Return the gold as a quantity, or None when it is to be compared as a formula.

    The unit that the question asks for is the unit of a gold that is a bare number.
    """
    found = None if kind == "formula" else read_quantity(gold)
    if found is None or (found.letter and kind != "quantity"):  # 2\\pi h is a product
        return None
    if not found.unit:
        found = replace(found, unit=asked_unit(question) or ())
    return found if found.unit or kind == "quantity" else None


def policy(unit: UnitPolicy, gold: Quantity, question: str) -> str:
    """Return the rule for units that holds for one question: `question` becomes asked or optional."""
    if unit != "question":
        return unit
    return "asked" if asked_unit(question) == gold.unit else "optional"


def _quick_formula(answer: str, gold: str, rules: MathRules, delimited: bool) -> float | Verdict | None:
    if "→" in gold or "->" in gold:  # steps one after the other: words, whatever they look like
        return float(prose_key(answer) == prose_key(gold))
    if same_prose(answer, gold):
        return 1.0
    texts = plain_formula(without_about(answer)), plain_formula(gold)
    return quick_math(*texts, rules=rules, delimited=delimited)


def _quick_quantity(answer: str, wanted: Quantity, rules: QuantityRules, unit: str) -> float | Verdict | None:
    found = read_quantity(answer)
    if found is None or not _fits(found := _in_degrees_of(found, wanted, unit), wanted, unit):
        return 0.0
    if found.number and wanted.number and found.unit in ((), wanted.unit):
        return float(equal_numbers(found.number, wanted.number, rel_tol=rules.rel_tol, abs_tol=rules.abs_tol))
    if costly := too_costly(found.constant):
        return Verdict(score=0.0, status=Status.OVER_LIMIT, message=costly)
    return None


def _in_degrees_of(found: Quantity, wanted: Quantity, policy: str) -> Quantity:
    """Read the bare degrees of `15°` as the gold's, where it is in °C or °F; `required` and `asked` need its name."""
    if is_temperature(wanted.unit) and found.unit == _DEGREES and policy not in ("required", "asked"):
        return replace(found, unit=wanted.unit)
    return found


def _fits(found: Quantity, wanted: Quantity, policy: str) -> bool:
    """Tell whether the answer may name this unit, or none, and this axis, or none."""
    if found.axis not in ("", wanted.axis):
        return False
    if not found.unit:
        return policy != "required"
    return found.unit == wanted.unit or policy != "asked"


def _same_quantity(answer: str, wanted: Quantity, rules: QuantityRules, unit: str) -> float | Verdict:
    """Compare in the gold's unit; the conversion and constants such as 2π are worked out here, in the worker."""
    found = read_quantity(answer)
    if found is None or not _fits(found := _in_degrees_of(found, wanted, unit), wanted, unit):
        return 0.0
    target = _value(wanted)
    if target is None:
        return Verdict(score=None, status=Status.BAD_GOLD, message=f"the gold {wanted.constant!r:.80} has no value")
    try:
        value = _value(found)
        value = convert(value, found.unit, wanted.unit) if value is not None and found.unit else value
    except Exception as error:  # whatever a library makes of the answer's value or unit is the answer's fault
        return Verdict(score=0.0, status=Status.INVALID_ANSWER, message=f"{type(error).__name__}: {error}"[:200])
    if value is None or not math.isfinite(value):
        return 0.0
    return float(abs(value - target) <= max(max(rules.rel_tol, ROUNDING) * abs(target), rules.abs_tol))


def _value(quantity: Quantity) -> float | None:
    from rewards.verifiers.mathematics.symbolic import constant_value  # imports SymPy: worker only

    if quantity.number:
        return float(quantity.number.value)
    return constant_value(_DEGREES_IN_CONSTANT.sub(r"(\1\\pi/180)", quantity.constant))


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
