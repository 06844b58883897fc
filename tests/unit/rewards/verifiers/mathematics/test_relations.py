"""A sign before an answer and a name for it change nothing; another value does, and so does another name."""

from __future__ import annotations

import pytest

from rewards.verifiers.mathematics.math_answer import quick_math


@pytest.mark.parametrize(
    ("answer", "gold", "score"),
    [
        ("= 17", "17", 1),
        ("= 18", "17", 0),
        ("≈ 2.72", "2.72", 1),
        ("\\therefore n = 17", "17", 1),
        ("\\Rightarrow 17", "17", 1),
        ("=> 18", "17", 0),
    ],
)
def test_a_sign_before_an_answer_is_passed_over(answer: str, gold: str, score: int) -> None:
    assert quick_math(answer, gold) == score


@pytest.mark.parametrize(
    ("answer", "gold", "score"),
    [
        ("\\angle PQR = 70^\\circ", "70", 1),
        ("m∠PQR = 70°", "70", 1),
        ("\\angle PQR = 71^\\circ", "70", 0),
        ("\\angle RQP = 70", "\\angle PQR = 70", 1),
        ("\\angle QPR = 70", "\\angle PQR = 70", 0),
        ("S_{\\triangle PQR}=9", "9", 1),
        ("S_{\\triangle PQR}=8", "9", 0),
        ("V_{\\text{cube}} = 27", "27", 1),
        ("P(A \\cup B) = \\frac{5}{6}", "\\frac56", 1),
        ("P(A \\cup B) = \\frac{1}{6}", "\\frac56", 0),
        ("P(X=3)=0.2", "0.2", 1),
        ("\\mathbb{E}[X]=3", "3", 1),
        ("\\text{Perimeter}=30", "30", 1),
        ("Volume of the box = 30", "30", 1),
        ("|\\vec{u}| = 4", "4", 1),
        ("\\overline{PQ}=4", "4", 1),
        ("\\frac{dy}{dx}=6x", "6x", 1),
        ("\\frac{dy}{dx}=5x", "6x", 0),
        ("\\cos\\theta = \\frac14", "0.25", 1),
        ("周长=30", "30", 1),
        ("周长为31", "30", 0),
        ("x不为30", "30", 0),
    ],
)
def test_names_of_measures_are_passed_over(answer: str, gold: str, score: int) -> None:
    assert quick_math(answer, gold) == score


@pytest.mark.parametrize(
    ("answer", "gold", "score"),
    [
        ("x+y=30", "30", 0),
        ("3x=30", "30", 0),
        ("x^2=30", "30", 0),
        ("n(n+1)=30", "30", 0),
        ("not x = 30", "30", 0),
    ],
)
def test_what_asserts_more_than_a_value_is_no_name(answer: str, gold: str, score: int) -> None:
    assert quick_math(answer, gold) == score


@pytest.mark.parametrize(
    ("answer", "gold", "score"),
    [
        ("u = 4", "v = 4", 0),
        ("area = 4", "S = 4", 1),
        ("area = 5", "S = 4", 0),
    ],
)
def test_names_must_agree_where_both_give_one(answer: str, gold: str, score: int) -> None:
    assert quick_math(answer, gold) == score
