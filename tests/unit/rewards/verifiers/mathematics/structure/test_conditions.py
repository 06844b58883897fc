"""What is said about an answer is read apart from it."""

from __future__ import annotations

import pytest

from rewards.verifiers.mathematics.math_answer import quick_math


@pytest.mark.parametrize(
    ("answer", "gold", "score"),
    [
        ("b_n = 4n+3, n\\in\\mathbb{N}^*", "4n+3", 1),
        ("b_n = 4n+2, n\\in\\mathbb{N}^*", "4n+3", 0),
        ("3^n \\text{ where } n \\text{ is a positive integer}", "3^n", 1),
        ("3^n (n为正整数)", "3^n", 1),
    ],
)
def test_integers_may_be_declared_by_one_side_alone(answer: str, gold: str, score: int) -> None:
    assert quick_math(answer, gold) == score


@pytest.mark.parametrize(
    ("answer", "gold", "score"),
    [
        ("\\frac{2}{x}, x \\ne 0", "\\frac2x, x\\neq 0", 1),
        ("\\frac{2}{x}, x \\ne 1", "\\frac2x, x\\neq 0", 0),
        ("\\frac{2}{x}", "\\frac2x, x\\neq 0", 0),
        ("x=8, x>0", "8", 1),
        ("x=8, x<0", "8", 0),
    ],
)
def test_other_conditions_must_agree(answer: str, gold: str, score: int) -> None:
    assert quick_math(answer, gold) == score
