"""Sets of real numbers are compared as unions of intervals."""

from __future__ import annotations

import pytest

from rewards.verifiers.mathematics.math_answer import quick_math


@pytest.mark.parametrize(
    ("answer", "gold", "score"),
    [
        ("y<2 or y>5", "(-\\infty,2)\\cup(5,\\infty)", 1),
        ("y>5 or y<2", "(-\\infty,2)\\cup(5,+\\infty)", 1),
        ("y<2 or y>=5", "(-\\infty,2)\\cup(5,\\infty)", 0),
        ("y<2 and y>5", "(-\\infty,2)\\cup(5,\\infty)", 0),
        ("y < 2, y > 5", "(-\\infty,2)\\cup(5,\\infty)", 1),
        ("2⩽y<5", "[2,5)", 1),
        ("2⩽y⩽5", "[2,5)", 0),
        ("5>y≥2", "[2,5)", 1),
        ("[2;5)", "[2,5)", 1),
        ("\\{y\\mid 2\\le y<5\\}", "[2,5)", 1),
        ("y\\in[2,5)", "[2,5)", 1),
        ("[2,4)∪[4,5)", "[2,5)", 1),
        ("[2,4)∪(4,5)", "[2,5)", 0),
        ("[2, +infty)", "[2,\\infty)", 1),
        ("y≠2", "(-\\infty,2)\\cup(2,\\infty)", 1),
        ("y≠3", "(-\\infty,2)\\cup(2,\\infty)", 0),
        ("y>-2 and y≠2", "(-2,2)\\cup(2,\\infty)", 1),
        ("y>-2 or y≠2", "(-2,2)\\cup(2,\\infty)", 0),
        ("y≠2且y≠3", "(-\\infty,2)\\cup(2,3)\\cup(3,\\infty)", 1),
        ("z>2", "y>2", 0),
        ("]2,5[", "(2,5)", 1),
        ("[2,5[", "[2,5)", 1),
        ("]2,5]", "[2,5]", 0),
        ("\\left\\{ y \\,\\middle|\\, y>2 \\right\\}", "(2,\\infty)", 1),
    ],
)
def test_sets_of_real_numbers_are_the_same_in_every_spelling(answer: str, gold: str, score: int) -> None:
    assert quick_math(answer, gold) == score


@pytest.mark.parametrize(
    ("answer", "gold", "score"),
    [
        ("all real numbers", "\\mathbb{R}", 1),
        ("ℝ", "\\mathbb{R}", 1),
        ("R", "\\mathbb{R}", 1),
        ("y∈R", "\\mathbb{R}", 1),
        ("(-\\infty,\\infty)", "\\mathbb{R}", 1),
        ("(0,\\infty)", "\\mathbb{R}", 0),
        ("\\{\\}", "\\emptyset", 1),
        ("the empty set", "\\emptyset", 1),
        ("空集", "\\varnothing", 1),
        ("0", "\\emptyset", 0),
        ("r", "R", 0),
    ],
)
def test_all_reals_and_the_empty_set(answer: str, gold: str, score: int) -> None:
    assert quick_math(answer, gold) == score
