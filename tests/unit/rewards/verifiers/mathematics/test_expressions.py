"""What the parser made of two formulas is compared by value before math-verify rounds it."""

from __future__ import annotations

import pytest
from sympy import Eq, FiniteSet, Float, Integral, Interval, Matrix, Rational, Symbol, sin

from rewards.verifiers.mathematics.expressions import constant, equal
from rewards.verifiers.mathematics.values import EXACTLY, Near

X, Y = Symbol("x", real=True), Symbol("y", real=True)
TINY, OTHER = Rational(1, 10**25), Rational(1, 10**26)


@pytest.mark.parametrize(
    ("gold", "answer", "same"),
    [
        (TINY, OTHER, False),
        (TINY, TINY, True),
        (TINY * X, OTHER * X, False),
        (FiniteSet(TINY), FiniteSet(OTHER), False),
        (FiniteSet(TINY, 1), FiniteSet(1, TINY), True),
        (Interval(0, TINY), Interval(0, OTHER), False),
        (Interval(0, TINY), Interval.open(0, TINY), False),
        (Matrix([TINY, 1]), Matrix([OTHER, 1]), False),
        (Matrix([[1, 2]]), Matrix([1, 2]), False),
        (X < TINY, X < OTHER, False),
        (X < 1, 2 * X < 2, True),
        (Eq(Y, X), Eq(2 * Y, 2 * X), True),
        (sin(2 * X), sin(X), False),
        (Integral(X, (X, 0, 1)), Integral(X, (X, 0, 2)), False),
        (Rational(1, 3), Float("0.333333"), True),
        (Rational(1, 3), Float("0.33"), False),
        ((1 + X) ** 90, (1 + X) ** 91, False),
    ],
)
def test_parts_and_values_decide(gold: object, answer: object, same: bool) -> None:
    assert equal(gold, answer, EXACTLY) is same


def test_a_tolerance_is_kept() -> None:
    assert equal(Rational(1, 3), Float("0.33"), Near(rel_tol=0.02))
    assert constant(X) is None
