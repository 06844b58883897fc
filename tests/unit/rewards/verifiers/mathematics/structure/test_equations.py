"""Equations are the same when they hold for the same values; a solved gold asks for a solved answer."""

from __future__ import annotations

import pytest

from rewards.verifiers.mathematics.math_answer import quick_math


@pytest.mark.parametrize(
    ("answer", "gold", "score"),
    [
        ("4x-2y+6=0", "y=2x+3", 1),
        ("4x-2y+5=0", "y=2x+3", 0),
        ("y-3=2x", "y=2x+3", 1),
        ("2x+3=y", "y=2x+3", 1),
        ("-3y=-6x-9", "y=2x+3", 1),
        ("a=3b", "b=a/3", 1),
        ("a=3b", "b=3a", 0),
        ("\\frac{x^2}{9}+\\frac{y^2}{16}=1", "16x^2+9y^2=144", 1),
        ("\\frac{x^2}{9}+\\frac{y^2}{16}=1", "16x^2+9y^2=143", 0),
        ("xy=8", "y=8/x", 1),
        ("y=8/x", "xy=8", 1),
        ("xy=8", "y=7/x", 0),
        ("x_1+x_2=4", "x_2=4-x_1", 1),
        ("y-5=0", "y=5", 0),
        ("y=5", "y-5=0", 1),
        ("y=4", "y-5=0", 0),
        ("W=Fd", "F=W/d", 1),
        ("W=Fd", "F=d/W", 0),
        ("T=1/f", "f=1/T", 1),
        ("U=IR", "I=U/R", 1),
        ("U=IR", "I=R/U", 0),
    ],
)
def test_equations_of_one_curve_are_the_same(answer: str, gold: str, score: int) -> None:
    assert quick_math(answer, gold) == score


@pytest.mark.parametrize(
    ("answer", "gold", "score"),
    [
        ("x(x-y)=0", "x-y=0", 0),
        ("x-y=0", "x(x-y)=0", 0),
        ("(x-y)^2=0", "x-y=0", 0),
        ("0=0", "x=y", 0),
    ],
)
def test_a_multiple_that_may_be_zero_is_another_equation(answer: str, gold: str, score: int) -> None:
    assert quick_math(answer, gold) == score


@pytest.mark.parametrize(
    ("answer", "gold", "score"),
    [
        ("3x=12", "x=4", 0),
        ("x-4=0", "x=4", 0),
        ("x+1=5", "x=4", 0),
    ],
)
def test_the_question_again_is_no_solution(answer: str, gold: str, score: int) -> None:
    assert quick_math(answer, gold) == score
