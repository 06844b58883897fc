"""Lists have no order, tuples have one, and ± gives both values."""

from __future__ import annotations

import pytest

from rewards.verifiers.mathematics.math_answer import quick_math


@pytest.mark.parametrize(
    ("answer", "gold", "score"),
    [
        ("4 and 9", "4, 9", 1),
        ("9, 4", "4, 9", 1),
        ("4和9", "4, 9", 1),
        ("4、9", "4, 9", 1),
        ("x=4或x=9", "4, 9", 1),
        ("4 and 8", "4, 9", 0),
        ("4", "4, 9", 0),
        ("4, 9, 10", "4, 9", 0),
        ("x_1=4, x_2=9", "9, 4", 1),
        ("x_1=4, x_2=8", "9, 4", 0),
        ("4, 4, 9", "4, 9", 0),
        ("\\{4,4,9\\}", "\\{9,4\\}", 1),
        ("9, 4", "4,9", 1),
        ("4;9", "4, 9", 1),
    ],
)
def test_lists_are_read_in_every_spelling(answer: str, gold: str, score: int) -> None:
    assert quick_math(answer, gold) == score


@pytest.mark.parametrize(
    ("answer", "gold", "score"),
    [
        ("u=4, v=9", "(4,9)", 1),
        ("v=9, u=4", "(4,9)", 1),
        ("u=9, v=4", "(4,9)", 0),
        ("v=9 and u=4", "u=4, v=9", 1),
        ("v=4 and u=9", "u=4, v=9", 0),
    ],
)
def test_named_values_are_in_the_order_of_their_names(answer: str, gold: str, score: int) -> None:
    assert quick_math(answer, gold) == score


@pytest.mark.parametrize(
    ("answer", "gold", "score"),
    [
        ("Q(4,9)", "(4,9)", 1),
        ("Q(9,4)", "(4,9)", 0),
        ("Q(4,9)", "R(4,9)", 0),
        ("(4; 9)", "(4,9)", 1),
        ("\\langle 4,9\\rangle", "(4,9)", 1),
        ("(4,9),(1,2)", "(1,2),(4,9)", 1),
        ("(9,4),(1,2)", "(1,2),(4,9)", 0),
    ],
)
def test_points_may_have_a_name(answer: str, gold: str, score: int) -> None:
    assert quick_math(answer, gold) == score


@pytest.mark.parametrize(
    ("answer", "gold", "score"),
    [
        ("\\pm 6", "6, -6", 1),
        ("6, -6", "\\pm 6", 1),
        ("6", "\\pm 6", 0),
        ("\\pm 6", "6", 0),
        ("\\frac{3\\pm\\sqrt{7}}{2}", "\\frac{3+\\sqrt7}{2}, \\frac{3-\\sqrt7}{2}", 1),
        ("\\frac{3+\\sqrt{7}}{2}, \\frac{3-\\sqrt{7}}{2}", "\\frac{3\\pm\\sqrt7}{2}", 1),
        ("\\frac{3\\pm\\sqrt{6}}{2}", "\\frac{3\\pm\\sqrt7}{2}", 0),
        ("\\frac{3\\mp\\sqrt{7}}{2}", "\\frac{3\\pm\\sqrt7}{2}", 1),
        ("3(2\\pm i)", "6+3i, 6-3i", 1),
        ("(\\pm4, 9)", "(4,9), (-4,9)", 1),
        ("(\\pm4,\\pm9)", "(4,9),(4,-9),(-4,9),(-4,-9)", 1),
        ("(\\pm4,\\mp9)", "(4,-9),(-4,9)", 1),
        ("(\\pm4,\\mp9)", "(4,9),(-4,-9)", 0),
        ("2x\\pm5y=0", "y=\\pm\\frac25 x", 1),
        ("2x\\pm4y=0", "y=\\pm\\frac25 x", 0),
    ],
)
def test_plus_minus_is_two_values(answer: str, gold: str, score: int) -> None:
    assert quick_math(answer, gold) == score


@pytest.mark.parametrize(
    ("answer", "gold", "score"),
    [
        ("如果下雨，那么带伞", "如果带伞，那么下雨", 0),
    ],
)
def test_words_keep_their_order(answer: str, gold: str, score: int) -> None:
    assert quick_math(answer, gold) == score
