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
from math_verify import LatexExtractionConfig, parse
from sympy import Add, Complement, Expr, Float, I, Integer, Intersection, Mul, Pow, Rational, Symbol, Union
from sympy.core.function import AppliedUndef
from sympy.matrices import MatrixBase, MatrixExpr

from rewards.reading.brackets import split_top_level
from rewards.reading.numeric import strip_percent
from rewards.verifiers.mathematics.expressions import UNEVALUATED, constant, equal
from rewards.verifiers.mathematics.latex import to_latex
from rewards.verifiers.mathematics.marks import letters_of, written_out
from rewards.verifiers.mathematics.relations import equation_parts
from rewards.verifiers.mathematics.text import MathText
from rewards.verifiers.mathematics.values import Near

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
_RECKONS = re.compile(r"\\(?:gcd|lcm|max|min|mod|floor|ceil|[lr]floor|[lr]ceil)(?![A-Za-z])|(?<![\d.])0(?![\d.])")
_VALUE_DIGITS = 40
_INDEXED_NUMBER = re.compile(r"\d\s*_\s*\{?\s*\\?[A-Za-z]")
"""The parser drops the index."""
_WITNESS = "\\xi_{77}"
"""A letter that no answer uses."""
_MAY_VANISH = frozenset("dei")
"""Letters that stand for no symbol: of differentials and constants."""


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
    parts = _answer_parts(answer, gold, whole)
    found = [_read(part, percent, positive) for part in parts]
    near = Near(rel_tol, abs_tol)
    if not all(part and equal(wanted[0], part[0], near) for part in found):
        return False
    return all(map(_is_read_whole, parts)) and all(_has_form(one, form) for part in found for one in part)


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
    kept = written_out(latex)
    if kept is None or _INDEXED_NUMBER.search(kept):
        return []
    found = parse(f"\\boxed{{{kept}}}", [_READER], fallback_mode="no_fallback", parsing_timeout=None)
    if not found or _lost(kept, found[0]):
        return []
    return [_settled(expression, positive) for expression in found]


def _lost(latex: str, expression: Any) -> bool:
    """Tell whether a letter of the text is in no symbol of what was read: the parser has passed it over.

    Not where the letter may be gone because the parser has reckoned: x - x, gcd(a, b).
    """
    if not hasattr(expression, "atoms") or _RECKONS.search(latex):
        return False
    names = [one.name for one in expression.atoms(Symbol)] + [str(one.func) for one in expression.atoms(AppliedUndef)]
    missing = letters_of(latex) - set("".join(names).lower()) - _MAY_VANISH
    return any(len(re.findall(letter, latex, re.IGNORECASE)) == 1 for letter in missing)


def _is_read_whole(text: str) -> bool:
    """Tell whether a formula times a letter is read as the product.

    The parser passes over what it cannot place: \\frac{8}{3} \\cap 7 is 8/3 to it, and stays so times a letter.
    """
    bare, _ = strip_percent(text)
    alone, times = _read(bare, "number"), _read(f"\\left({bare}\\right) \\cdot {_WITNESS}", "number")
    if not alone or not isinstance(alone[0], Expr) or isinstance(alone[0], MatrixExpr | MatrixBase):
        return True
    return bool(times) and bool(alone[0] * _read(_WITNESS, "number")[0] == times[0])


def _current_symbol(match: re.Match[str]) -> str:
    """Write a capital I as another symbol: the parser takes it for the imaginary unit, in U = IR it is a current."""
    return "\\iota " if match.group() == "I" else match.group()


def constant_value(latex: str) -> float | None:
    """Return the value of a real constant such as `2\\pi` or `\\sqrt{2}/2`, or None when it is none."""
    found = _read(latex, "number")
    value = constant(found[0]) if found else None
    return float(value.real) if value is not None and value.imag == 0 else None


def values_of(latex: str, points: Sequence[Mapping[str, Fraction]]) -> list[Decimal | None] | None:
    """Return the real value of a formula at each point, None where it has none; None when it is no such formula."""
    found = _read(latex, "number")
    if not found or not isinstance(found[0], Expr) or isinstance(found[0], MatrixExpr | MatrixBase):
        return None
    if not _is_read_whole(latex):
        return None
    known = {str(symbol): symbol for symbol in found[0].free_symbols}
    if any(not known.keys() <= {name.lstrip("\\") for name in point} for point in points):
        return None
    return [_real_at(found[0], known, point) for point in points]


def _real_at(expression: Any, known: Mapping[str, Any], point: Mapping[str, Fraction]) -> Decimal | None:
    places = {known[name.lstrip("\\")]: value for name, value in point.items() if name.lstrip("\\") in known}
    exact = {symbol: Rational(value.numerator, value.denominator) for symbol, value in places.items()}
    try:
        value = expression.xreplace(exact).evalf(_VALUE_DIGITS)
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


def _has_form(expression: Any, form: str) -> bool:
    """Tell whether an expression is written in the asked form."""
    if isinstance(expression, MatrixBase | MatrixExpr) or form == "any":
        return True
    if form == "evaluated":
        return not expression.has(*UNEVALUATED)
    if form == "factored":
        return not isinstance(expression, Add)
    return not any(_is_product_of_sums(node) for node in expression.atoms(Mul, Pow))


def _is_product_of_sums(node: Any) -> bool:
    if isinstance(node, Pow):
        return isinstance(node.base, Add) and bool(node.exp.is_integer and node.exp.is_positive)
    return any(isinstance(factor, Add) for factor in node.args)
