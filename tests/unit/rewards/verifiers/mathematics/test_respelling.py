"""A gold in another spelling is right as well; words have none."""

from __future__ import annotations

import pytest

from rewards.verifiers.mathematics.math_answer import quick_math
from rewards.verifiers.mathematics.respelling import respelled


@pytest.mark.parametrize(
    "gold",
    [
        "7", "\\frac{3}{8}", "x = 7", "2x+3y=6", "(1, 2)", "\\{1, 2\\}", "A\\cup B", "n\\equiv 4\\pmod 9", "\\pm 3",
        "k\\pi, k\\in\\mathbb{Z}", "\\begin{cases}t & t>0\\\\0 & t\\le 0\\end{cases}", "y > 3", "12\\text{ cm}",
        "\\left(\\frac{2}{3}\\right)^{5}", "x^2 - \\frac{1}{4}",
    ],
)  # fmt: skip
def test_a_gold_is_right_in_another_spelling(gold: str) -> None:
    other = respelled(gold)
    assert other is not None and other != gold
    assert quick_math(other, gold) == 1.0


@pytest.mark.parametrize("gold", ["Evelyn", "no solution", "\\text{Friday}", ""])
def test_words_have_no_other_spelling(gold: str) -> None:
    assert respelled(gold) is None


def test_sides_of_an_equation_are_swapped_and_fractions_get_a_slash() -> None:
    assert respelled("2x+3y=6") == "$ 6 = 2x + 3y $"
    assert respelled("\\frac{3}{8}") == "$ ((3)/(8)) $"
