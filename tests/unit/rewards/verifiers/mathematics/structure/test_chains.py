"""The last part of a chain is the answer; parts that disagree pay nothing."""

from __future__ import annotations

import pytest

from rewards.verifiers.mathematics.math_answer import quick_math


@pytest.mark.parametrize(
    ("answer", "gold", "score"),
    [
        ("t = \\frac{14}{2} = 7", "7", 1),
        ("t = 14/2 = 7", "7", 1),
        ("V = \\frac{4}{3}\\pi r^3 = 36\\pi", "36\\pi", 1),
        ("V = \\frac{4}{3}\\pi r^3 = 35\\pi", "36\\pi", 0),
        ("F = ma = 12", "12", 1),
        ("u = v = 7", "7", 1),
        ("g(x)=(x-2)^2=x^2-4x+4", "x^2-4x+4", 1),
    ],
)
def test_the_last_part_counts(answer: str, gold: str, score: int) -> None:
    assert quick_math(answer, gold) == score


@pytest.mark.parametrize(
    ("answer", "gold", "score"),
    [
        ("t = 14/2 = 8", "8", 0),
        ("t = 14/2 = 8", "7", 0),
        ("t = 7 = 8", "8", 0),
        ("t = 7 = 8", "7", 0),
        ("g(x)=(x-2)^2=x^2-4x+5", "x^2-4x+5", 0),
        ("a+b+c=7", "7", 0),
    ],
)
def test_parts_that_disagree_pay_nothing(answer: str, gold: str, score: int) -> None:
    assert quick_math(answer, gold) == score


@pytest.mark.parametrize(
    ("answer", "gold", "score"),
    [
        ("\\sqrt{5} \\approx 2.236", "\\sqrt5", 1),
        ("\\sqrt{5} \\approx 2.246", "\\sqrt5", 0),
        ("Q = \\frac{1}{7} = 0.1429", "\\frac17", 1),
        ("Q = \\frac{1}{7} = 0.1529", "\\frac17", 0),
        ("\\frac{2}{3}\\approx 0.66", "\\frac23", 1),
        ("\\frac{2}{3}\\approx 0.68", "\\frac23", 0),
        ("22/7 = 3", "3", 0),
    ],
)
def test_a_rounded_last_part_stands_for_what_it_rounds(answer: str, gold: str, score: int) -> None:
    assert quick_math(answer, gold) == score
