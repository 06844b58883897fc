"""Compares what the parser made of two formulas; imports SymPy, so only for a worker.

math-verify rounds to six decimals, which makes all tiny numbers equal: numbers, and formulas at a few points, are
compared here to forty digits of their own size before it is asked, and sets, intervals and matrices by their parts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import comb, prod
from typing import Any

from math_verify import verify
from sympy import (
    Add,
    And,
    Basic,
    Derivative,
    Eq,
    Expr,
    FiniteSet,
    Float,
    Integral,
    Interval,
    Limit,
    Ne,
    Or,
    Pow,
    Product,
    Rational,
    Sum,
    Tuple,
    Union,
    expand,
)
from sympy.core.relational import Relational
from sympy.matrices import MatrixBase, MatrixExpr

from rewards.verifiers.mathematics.evaluate import context_of
from rewards.verifiers.mathematics.values import ROUNDED, Near

UNEVALUATED = (Integral, Sum, Product, Limit, Derivative)
_DIGITS = 60
_SAME = 1e-40
_POINTS = (("0.7312", "0.1739"), ("-1.3917", "0.2911"), ("2.7193", "-1.1873"))
_MAX_PROBED = 8
_MAX_TERMS, _MANY = 5000, 10**6
_TINY, _TINY_APART = 1e-4, 1e-9


def equal(gold: Any, answer: Any, near: Near) -> bool:
    """Tell whether two parsed formulas are equal."""
    decided = _by_parts(gold, answer, near)
    if decided is not None:
        return decided
    expected, found = constant(gold), constant(answer)
    if expected is not None and found is not None:
        return _near_enough(found, expected, near, rounded=_is_rounded(gold) or _is_rounded(answer))
    if _derivatives(gold) != _derivatives(answer):
        return False
    if _num_terms(gold) > _MAX_TERMS or _num_terms(answer) > _MAX_TERMS or _differ_when_open(gold, answer):
        return False
    if _differ_at_a_point(gold, answer) or _tiny_differ(gold, answer):
        return False
    if _is_plain(gold) and _is_plain(answer) and expand(gold - answer) == 0:
        return True
    return bool(verify([gold], [answer], allow_set_relation_comp=True, timeout_seconds=None))


def _num_terms(expression: Any) -> int:
    """Return about how many terms an expression has when it is multiplied out."""
    if not isinstance(expression, Basic) or not expression.args:
        return 1
    inner = [_num_terms(part) for part in expression.args]
    if isinstance(expression, Add):
        return min(sum(inner), _MANY)
    if isinstance(expression, Pow) and expression.exp.is_Integer:
        power = min(abs(int(expression.exp)), _MANY)
        return inner[0] if inner[0] == 1 else min(comb(power + inner[0] - 1, min(power, inner[0] - 1)), _MANY)
    return min(prod(inner), _MANY)


def _differ_when_open(gold: Any, answer: Any) -> bool:
    """Tell two integrals or sums without symbols apart by their values, which spares the search for a closed form."""
    if not all(isinstance(one, Expr) and not one.free_symbols for one in (gold, answer)):
        return False
    if not any(one.has(Integral) for one in (gold, answer)):
        return False
    try:
        expected, found = (complex(one.evalf(15)) for one in (gold, answer))
    except (ArithmeticError, TypeError, ValueError, NotImplementedError):
        return False
    return abs(expected - found) > 1e-6 * max(abs(expected), abs(found))


def _derivatives(expression: Any) -> set[Any]:
    """Return the derivatives in an expression: math-verify takes those of symbols for 0."""
    return expression.atoms(Derivative) if isinstance(expression, Basic) else set()


def _by_parts(gold: Any, answer: Any, near: Near) -> bool | None:
    """Compare matrices, sets, intervals and relations of one kind by their parts; None for anything else."""
    if isinstance(gold, MatrixBase) and isinstance(answer, MatrixBase):
        return gold.shape == answer.shape and _all_equal(gold, answer, near)
    if isinstance(gold, MatrixBase) != isinstance(answer, MatrixBase) and _is_plain(gold) == _is_plain(answer):
        return None
    if isinstance(gold, Interval) and isinstance(answer, Interval):
        same_ends = (gold.left_open, gold.right_open) == (answer.left_open, answer.right_open)
        return same_ends and _all_equal((gold.start, gold.end), (answer.start, answer.end), near)
    if isinstance(gold, Tuple) and isinstance(answer, Tuple):
        return len(gold) == len(answer) and _all_equal(gold, answer, near)
    for kind in (FiniteSet, And, Or):
        if isinstance(gold, kind) and isinstance(answer, kind):
            return _matched(gold.args, answer.args, near)
    if isinstance(gold, Union) and isinstance(answer, Union) and len(gold.args) == len(answer.args):
        return _matched(gold.args, answer.args, near)
    if isinstance(gold, Relational) and isinstance(answer, Relational):
        return _same_relation(gold, answer)
    return None


def _all_equal(golds: Iterable[Any], answers: Iterable[Any], near: Near) -> bool:
    return all(equal(gold, answer, near) for gold, answer in zip(golds, answers, strict=True))


def _matched(golds: Sequence[Any], answers: Sequence[Any], near: Near) -> bool:
    """Tell whether each has its equal on the other side, in any order."""
    table = [[equal(gold, answer, near) for answer in answers] for gold in golds]
    return all(map(any, table)) and all(map(any, zip(*table, strict=True)))


def _same_relation(gold: Any, answer: Any) -> bool | None:
    """Compare two relations by the quotient of their differences: the same number at all points, and of which sign."""
    if not all(isinstance(side, Expr) for one in (gold, answer) for side in (one.lhs, one.rhs)):
        return bool(gold == answer)  # x in a set
    kinds = [type(one.canonical if not isinstance(one, Eq | Ne) else one) for one in (gold, answer)]
    sides = [one.gts - one.lts if hasattr(one, "gts") else one.lhs - one.rhs for one in (gold, answer)]
    strict = [one.rel_op.strip("=") if one.rel_op not in ("==", "!=") else one.rel_op for one in (gold, answer)]
    is_strict = ["=" in one.rel_op for one in (gold, answer)]
    if is_strict[0] != is_strict[1] or (strict[0] in ("==", "!=")) != (strict[1] in ("==", "!=")):
        return False if len(set(kinds)) > 1 else None
    quotients = []
    for point in _points(*sides):
        values = [_value(side.xreplace(point)) for side in sides]
        if values[0] is None or values[1] is None or not values[0] or not values[1]:
            return None
        quotients.append(values[1] / values[0])
    if not quotients:
        return None
    first = quotients[0]
    if any(abs(one - first) > _SAME * abs(first) * 1e10 for one in quotients):
        return None
    is_order = strict[0] not in ("==", "!=")
    return not (is_order and (abs(first.imag) > 0 or first.real < 0))


def constant(expression: Any) -> Any:
    """Return the value (an mpmath number) of an expression without variables, or None when there is none."""
    if not isinstance(expression, Expr) or isinstance(expression, MatrixExpr):
        return None
    if expression.free_symbols or expression.has(*UNEVALUATED):
        return None
    return _value(expression)


def _value(expression: Any) -> Any:
    context = context_of(_DIGITS)
    try:
        exact = expression.xreplace({one: Rational(str(one)) for one in expression.atoms(Float)})
        real, imaginary = exact.evalf(_DIGITS).as_real_imag()
        value = context.mpc(*(context.convert(part._to_mpmath(200)) for part in (real, imaginary)))
    except (ArithmeticError, TypeError, AttributeError, ValueError):  # no number after all
        return None
    return value if abs(value) < 1e300 else None  # False for nan as well


def _near_enough(found: Any, expected: Any, near: Near, *, rounded: bool) -> bool:
    """Compare two numbers as values.same_value does."""
    difference, size = abs(found - expected), max(abs(found), abs(expected))
    if difference <= _SAME * size or difference <= max(near.rel_tol * abs(expected), near.abs_tol):
        return True
    is_whole = abs(expected - round(float(expected.real))) < _SAME * (1 + abs(expected))
    return bool(rounded and not is_whole and difference <= ROUNDED * abs(expected))


def _is_rounded(expression: Any) -> bool:
    """Tell whether an expression has a decimal of six digits or more."""
    return any(len(str(one).replace(".", "").strip("-0")) >= 6 for one in expression.atoms(Float))


def _points(*expressions: Any) -> list[dict[Any, Any]]:
    """Return values for the symbols of expressions, several times; an empty list where there are none or too many."""
    symbols = sorted(set().union(*(one.free_symbols for one in expressions)), key=str)
    if not 0 < len(symbols) <= _MAX_PROBED:
        return []
    return [
        {symbol: Float(start, _DIGITS) + number * Float(step, _DIGITS) for number, symbol in enumerate(symbols)}
        for start, step in _POINTS
    ]


def _differ_at_a_point(gold: Any, answer: Any) -> bool:
    """Tell formulas apart by their values at a point: several times cheaper than algebra."""
    if not (_is_plain(gold) and _is_plain(answer)):
        return False
    rounded = _is_rounded(gold) or _is_rounded(answer)
    for point in _points(gold, answer)[:1]:
        expected, found = (_value(one.xreplace(point)) for one in (gold, answer))
        if expected is None or found is None:
            return False
        size = max(abs(expected), abs(found))
        if abs(found - expected) > (ROUNDED if rounded else 1e-12) * size and abs(found - expected) > 1e-40:
            return True
    return False


def _is_plain(expression: Any) -> bool:
    """Tell whether an expression is one value, with nothing open in it: no matrix, set, relation or integral."""
    return (
        isinstance(expression, Expr)
        and not isinstance(expression, MatrixExpr | MatrixBase)
        and not expression.has(*UNEVALUATED)
    )


def _tiny_differ(gold: Any, answer: Any) -> bool:
    """Tell whether the small numbers in two expressions differ: math-verify would round them away."""
    if _is_plain(gold) and _is_plain(answer):
        return False
    expected, found = _tiny(gold), _tiny(answer)
    if len(expected) != len(found):
        return bool(expected and found)
    return any(abs(one - other) > _TINY_APART * abs(one) for one, other in zip(expected, found, strict=True))


def _tiny(expression: Any) -> list[Any]:
    """Return the values of the small numbers of an expression, sorted."""
    if not hasattr(expression, "atoms"):
        return []
    values = [_value(one) for one in expression.atoms(Rational, Float)]
    return sorted(abs(one) for one in values if one is not None and 0 < abs(one) < _TINY)
