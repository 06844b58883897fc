"""The verifier `chart`: relaxed accuracy for questions about charts; years exact, lists by their elements."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from rewards.reading.normalize import normalize, unwrap
from rewards.reading.numeric import Number, parse_number, parse_suffixed, strip_percent
from rewards.reading.prose import final_answer
from rewards.reading.units import split_unit
from rewards.registry import reward
from rewards.verifiers.mathematics.text import clean
from rlcs.records import Status, Verdict

MAX_CHARACTERS = 4096
MAX_ELEMENTS = 64
Percent = Literal["either", "fraction", "number"]
_YEAR = re.compile(r"[12]\d{3}年?")
_ABOUT = re.compile(r"(?:about|approximately|approx\.?|around|roughly|circa|~|≈|大约|约|大概)\s*(?=\S)", re.IGNORECASE)
_BEFORE_YEAR = re.compile(r"\A(?:in|during)?\s*(?:the\s+)?(?:year\s+)?(?=[12]\d{3}\b)", re.IGNORECASE)
_AFTER_YEAR = re.compile(r"(?<=\d{4})\s*(?:年|A\.?D\.?|C\.?E\.?)\Z", re.IGNORECASE)
_SEPARATOR = re.compile(r"\s*(?:[;、\n&]|,(?!\d{3}(?!\d))|\band\b|和|与)\s*(?:and\b\s*)?")
_TRUE = frozenset("true t yes y correct right 对 正确 是 √ ✓".split())
_FALSE = frozenset("false f no n incorrect wrong 错 错误 否 不是 × ✗".split())
_NOT_FINITE = frozenset("nan inf -inf +inf infinity -infinity +infinity".split())
_EDGES = " 。,;:!\"'“”*"
_SPACED_SIGN = re.compile(r"\s*([-:/])\s*")


@dataclass(frozen=True, slots=True)
class _Value:
    """A reading of one answer: as text and, where it is one, as a number."""

    key: str
    number: Number | None
    unit: str
    is_percent: bool


@dataclass(frozen=True, slots=True)
class _Rules:
    rel_tol: float
    abs_tol: float
    years: str
    percent: str


def check_chart_gold(gold: Any) -> str | None:
    """Return what is wrong with a gold answer, or None: text, a number, or a list of them; never nan or inf."""
    values = gold if isinstance(gold, list | tuple) else [gold]
    if not values or any(isinstance(one, bool) or not isinstance(one, str | int | float) for one in values):
        return f"the gold answer must be text, a number or a list of them, got {gold!r:.60}"
    for one in values:
        key = str(one).strip().lower()
        if not key or key in _NOT_FINITE:
            return f"the gold answer must be text or a finite number, got {one!r:.60}"
    return None


@reward("chart", domains=["chart"], runs="inline", check_gold=check_chart_gold)
def chart(
    answer: str,
    gold: Any,
    *,
    rel_tol: float = 0.05,
    abs_tol: float = 0.0,
    years: Literal["exact", "relaxed"] = "exact",
    percent: Percent = "either",
    ordered: bool = False,
    delimited: bool = True,
) -> float | Verdict:
    """Relaxed accuracy: a number within the tolerance, or the same text without case; all elements of a list.

    rel_tol, abs_tol: |answer - gold| <= max(rel_tol * |gold|, abs_tol); a gold 0 needs abs_tol (ChartQA uses 0.05).
    years: `exact` holds a gold of four digits, 1000 to 2999, to the digit. percent: `either` lets 2% stand for 2 and
    for 0.02; `fraction` and `number` for one of the two only. ordered: elements of a list count in their order.
    """
    answer = answer if delimited else final_answer(answer)
    if len(answer) > MAX_CHARACTERS:
        return Verdict(score=0.0, status=Status.OVER_LIMIT, message=f"more than {MAX_CHARACTERS} characters")
    rules = _Rules(rel_tol, abs_tol, years, percent)
    if not isinstance(gold, list | tuple) and _same(answer, str(gold), rules):
        return 1.0
    wanted = [str(one) for one in gold] if isinstance(gold, list | tuple) else _elements(str(gold))
    if len(wanted) < 2 and not isinstance(gold, list | tuple):
        return 0.0
    found = _elements(answer)
    if len(found) != len(wanted) or len(found) > MAX_ELEMENTS:
        return 0.0
    return float(_all_match(found, wanted, rules, ordered))


def _elements(text: str) -> list[str]:
    """Split a list at commas, semicolons, lines and "and"; brackets around it are taken off."""
    lines = "\n".join(normalize(line) for line in text.split("\n"))
    parts = _SEPARATOR.split(unwrap(_without_edges(lines)).strip("[](){} "))
    return [bare for part in parts if (bare := _without_edges(part))]


def _without_edges(text: str) -> str:
    """Take off what may stand around an answer; the point of .5 stays."""
    return text.strip(_EDGES).rstrip("." + _EDGES)


def _all_match(found: Sequence[str], wanted: Sequence[str], rules: _Rules, ordered: bool) -> bool:
    """Tell whether the elements can be paired one to one, each answer with a gold that it matches."""
    if ordered:
        return all(_same(one, other, rules) for one, other in zip(found, wanted, strict=True))
    matches = [[_same(one, other, rules) for other in wanted] for one in found]
    owner: dict[int, int] = {}

    def place(row: int, seen: set[int]) -> bool:
        """Give a row a gold of its own, moving rows placed before it where need be (augmenting paths)."""
        for column, fits in enumerate(matches[row]):
            if fits and column not in seen:
                seen.add(column)
                if column not in owner or place(owner[column], seen):
                    owner[column] = row
                    return True
        return False

    return all(place(row, set()) for row in range(len(found)))


def _same(answer: str, gold: str, rules: _Rules) -> bool:
    found, wanted = _read(answer), _read(gold)
    if not found.key or found.key in _NOT_FINITE:
        return False
    if found.number is not None and wanted.number is not None:
        return not (found.unit and wanted.unit and found.unit != wanted.unit) and _close(found, wanted, gold, rules)
    if wanted.key in _TRUE or wanted.key in _FALSE:
        return found.key in (_TRUE if wanted.key in _TRUE else _FALSE)
    return found.key == wanted.key


def _close(found: _Value, wanted: _Value, gold: str, rules: _Rules) -> bool:
    assert found.number is not None and wanted.number is not None
    if rules.years == "exact" and _YEAR.fullmatch(gold.strip()):
        return found.number.value == wanted.number.value
    scales = {Fraction(1)}
    if found.is_percent != wanted.is_percent and rules.percent != "number":
        hundredth = Fraction(1, 100) if found.is_percent else Fraction(100)
        scales = {Fraction(1), hundredth} if rules.percent == "either" else {hundredth}
    target = wanted.number.value
    allowed = max(Fraction(str(rules.rel_tol)) * abs(target), Fraction(str(rules.abs_tol)))
    return any(abs(found.number.value * scale - target) <= allowed for scale in scales)


def _read(text: str) -> _Value:
    """Read one answer: `about 5 million`, `$1,200`, `50 %`, `180 °`, `In 2010`, `seven`, `29个`, `blue`."""
    in_tex = "\\" in text or not text.isascii()
    plain = _without_edges(clean(text) if in_tex else unwrap(normalize(text)))
    plain = _ABOUT.sub("", plain, count=1) if _ABOUT.match(plain) else plain
    key = _SPACED_SIGN.sub(r"\1", plain.casefold())
    bare, is_percent = strip_percent(plain)
    if (number := parse_number(bare)) is not None:
        return _Value(key, number, "", is_percent)
    if not any(map(str.isdecimal, bare)):
        return _Value(key, None, "", is_percent)
    if (number := parse_number(_AFTER_YEAR.sub("", _BEFORE_YEAR.sub("", bare, count=1)))) is not None:
        return _Value(key, number, "", is_percent)
    rest, unit = split_unit(bare)
    if found := parse_suffixed(rest) or parse_suffixed(bare):
        return _Value(key, found[0], unit or split_unit(f"1 {found[1]}")[1], is_percent)
    number = parse_number(rest) if unit else None
    return _Value(key, number, unit if number else "", is_percent)
