"""Decides whether two formulas are the same with math-verify; runs in a worker process only, which can be killed.

The one door to math-verify and SymPy. Both of its own timeouts are off: they use signals, which do not stop C code.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from latex2sympy2_extended import NormalizationConfig
from math_verify import LatexExtractionConfig, parse, verify
from sympy import (
    Add,
    Complement,
    Derivative,
    Expr,
    Float,
    I,
    Integer,
    Integral,
    Intersection,
    Limit,
    Mul,
    Pow,
    Product,
    Rational,
    Sum,
    Symbol,
    Union,
    expand,
)
from sympy.matrices import MatrixBase, MatrixExpr

from rewards.reading.brackets import split_top_level
from rewards.reading.numeric import strip_percent
from rewards.verifiers.mathematics.latex import to_latex
from rewards.verifiers.mathematics.relations import equation_parts
from rewards.verifiers.mathematics.text import MathText

logging.getLogger("math_verify").setLevel(logging.ERROR)

_READER = LatexExtractionConfig(
    boxed_match_priority=0,
    # Units are compared before: here `5m` is a product and `3c` is not 3.
    normalization_config=NormalizationConfig(
        basic_latex=True, units=False, malformed_operators=True, nits=True, boxed="all", equations=False
    ),
)
_CURRENT = re.compile(r"\\[A-Za-z]+|I")
_AND_OR = re.compile(r"(?<![A-Za-z])(?:and|or)(?![A-Za-z])")
_SURELY_DIFFERENT = 1e-5
_PROBE_TOLERANCE, _EXACT_PROBE_TOLERANCE = 1e-3, 1e-9
_PROBE_DIGITS = 40
_MAX_PROBED = 8
_UNEVALUATED = (Integral, Sum, Product, Limit, Derivative)


class GoldUnreadable(ValueError):
    """The gold answer is no formula that can be compared."""


def same_formula(
    answer: MathText, gold: MathText, *, percent: str, form: str, rel_tol: float, abs_tol: float, positive: bool = False
) -> bool:
    """Tell whether the answer equals the gold and has the asked form; raises GoldUnreadable.

    positive: symbols stand for positive numbers, so that ln a + ln b = ln ab.
    """
    whole = bool(answer.label and gold.label) and answer.label != gold.label
    wanted = _read(gold.latex if whole else gold.body, percent, positive)
    if not wanted:
        raise GoldUnreadable(f"cannot read the gold answer {gold.latex[:80]!r} as a formula")
    found = [_read(part, percent, positive) for part in _answer_parts(answer, gold, whole)]
    equal = all(_equal(wanted, part, rel_tol=rel_tol, abs_tol=abs_tol) for part in found)
    return equal and all(_has_form(expression, form) for part in found for expression in part)


def _answer_parts(answer: MathText, gold: MathText, whole: bool) -> list[str]:
    """Return what must equal the gold: for a chain like 3 + 4 = 7 every part, so that `x + y + z = 5` is not 5.

    A label is dropped unless the other side has another one: 5 = (x = 5), but (y = 5) is not (x = 5).
    """
    if answer.label or "=" in gold.latex:
        return [answer.latex if whole else answer.body]
    is_list = len(split_top_level(answer.body, ",;")) > 1 or _AND_OR.search(answer.body)
    return [answer.body] if is_list else equation_parts(answer.body)


def _read(text: str, percent: str, positive: bool = False) -> list[Any]:
    """Parse one formula; an empty list when it is none."""
    bare, is_percent = strip_percent(text)
    latex = _CURRENT.sub(_current_symbol, to_latex(bare)) if positive else to_latex(bare)
    if is_percent and percent == "fraction":
        latex = f"\\frac{{{latex}}}{{100}}"
    found = parse(f"\\boxed{{{latex}}}", [_READER], fallback_mode="no_fallback", parsing_timeout=None)
    return [_settled(expression, positive) for expression in found]


def _current_symbol(match: re.Match[str]) -> str:
    """Write a capital I as another symbol: the parser takes it for the imaginary unit, in U = IR it is a current."""
    return "\\iota " if match.group() == "I" else match.group()


def constant_value(latex: str) -> float | None:
    """Return the value of a real constant such as `2\\pi` or `\\sqrt{2}/2`, or None when it is none."""
    found = _read(latex, "number")
    value = _constant(found[0]) if found else None
    return value.real if value is not None and value.imag == 0 else None


def values_of(latex: str, points: Sequence[Mapping[str, Fraction]]) -> list[Decimal | None] | None:
    """Return the real value of a formula at each point, None where it has none; None when it is no such formula."""
    found = _read(latex, "number")
    if not found or not _is_plain(found[0]):
        return None
    known = {str(symbol): symbol for symbol in found[0].free_symbols}
    if any(not known.keys() <= {name.lstrip("\\") for name in point} for point in points):
        return None
    return [_real_at(found[0], known, point) for point in points]


def _real_at(expression: Any, known: Mapping[str, Any], point: Mapping[str, Fraction]) -> Decimal | None:
    places = {known[name.lstrip("\\")]: value for name, value in point.items() if name.lstrip("\\") in known}
    exact = {symbol: Rational(value.numerator, value.denominator) for symbol, value in places.items()}
    try:
        value = expression.xreplace(exact).evalf(_PROBE_DIGITS)
    except (ArithmeticError, TypeError, ValueError):
        return None
    return Decimal(str(value)) if value.is_Float or value.is_Integer else None


def _settled(expression: Any, positive: bool) -> Any:
    """Read a free `i` as the imaginary unit, name alike what is written alike, and carry out operations on sets.

    The parser makes `i` a variable, so that (1 + i)^2 would not be 2i, and takes `x_{i}` for another symbol than `x_i`.
    """
    if isinstance(expression, Complement | Intersection | Union):
        return expression.doit()
    if not isinstance(expression, Expr) or isinstance(expression, MatrixExpr):
        return expression
    whole = {one: Integer(int(one)) for one in expression.atoms(Float) if float(one).is_integer()}  # 1.0 x is x
    if positive:
        return expression.xreplace(whole | {one: Symbol(one.name, positive=True) for one in expression.atoms(Symbol)})
    named = whole | {one: Symbol(one.name, real=True) for one in expression.atoms(Symbol)}
    return expression.xreplace(named | {one: I for one in expression.free_symbols if str(one) == "i"})


def _equal(gold: list[Any], answer: list[Any], *, rel_tol: float, abs_tol: float) -> bool:
    if not answer:
        return False
    expected, found = _constant(gold[0]), _constant(answer[0])
    if expected is not None and found is not None:
        difference = abs(found - expected)
        if difference > 0 and difference <= max(rel_tol * abs(expected), abs_tol):
            return True
        if difference > _SURELY_DIFFERENT * max(1.0, abs(expected)):
            return False  # spares the algebra, which takes ten times as long to say no
    if _differ_at_a_point(gold[0], answer[0]):
        return False
    if _same_when_expanded(gold[0], answer[0]):
        return True
    return bool(verify(gold, answer, allow_set_relation_comp=True, timeout_seconds=None))


def _differ_at_a_point(gold: Any, answer: Any) -> bool:
    """Tell formulas of the same symbols apart by their values at one point: several times cheaper than algebra."""
    if not (_is_plain(gold) and _is_plain(answer)):
        return False
    symbols = sorted(gold.free_symbols, key=str)
    if not 0 < len(symbols) <= _MAX_PROBED or answer.free_symbols != gold.free_symbols:
        return False
    point = {symbol: Float(0.7312 + 0.1739 * number, _PROBE_DIGITS) for number, symbol in enumerate(symbols)}
    expected, found = _constant(gold.xreplace(point)), _constant(answer.xreplace(point))
    if expected is None or found is None:
        return False
    tolerance = _PROBE_TOLERANCE if gold.has(Float) or answer.has(Float) else _EXACT_PROBE_TOLERANCE
    return abs(found - expected) > tolerance * max(1.0, abs(expected))


def _same_when_expanded(gold: Any, answer: Any) -> bool:
    """Tell what multiplying out shows to be the same: thirty times cheaper than to simplify the difference."""
    return _is_plain(gold) and _is_plain(answer) and expand(gold - answer) == 0


def _is_plain(expression: Any) -> bool:
    """Tell whether an expression is one value, with nothing open in it: no matrix, set, relation or integral."""
    return (
        isinstance(expression, Expr)
        and not isinstance(expression, MatrixExpr | MatrixBase)
        and not expression.has(*_UNEVALUATED)
    )


def _constant(expression: Any) -> complex | None:
    """Return the value of an expression without variables, or None when there is none of a usual size."""
    if not isinstance(expression, Expr) or isinstance(expression, MatrixExpr):
        return None
    if expression.free_symbols or expression.has(*_UNEVALUATED):
        return None
    try:
        value = complex(expression.evalf(20))
    except (ArithmeticError, TypeError):  # too large for a float, or no number after all
        return None
    return value if max(abs(value.real), abs(value.imag)) < 1e100 else None  # False for nan as well


def _has_form(expression: Any, form: str) -> bool:
    """Tell whether an expression is written in the asked form."""
    if isinstance(expression, MatrixBase | MatrixExpr) or form == "any":
        return True
    if form == "evaluated":
        return not expression.has(*_UNEVALUATED)
    if form == "factored":
        return not isinstance(expression, Add)
    return not any(_is_product_of_sums(node) for node in expression.atoms(Mul, Pow))


def _is_product_of_sums(node: Any) -> bool:
    if isinstance(node, Pow):
        return isinstance(node.base, Add) and bool(node.exp.is_integer and node.exp.is_positive)
    return any(isinstance(factor, Add) for factor in node.args)
