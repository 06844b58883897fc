"""Functions in pieces are compared stretch by stretch, systems row by row."""

from __future__ import annotations

import pytest

from rewards.verifiers.mathematics.math_answer import quick_math


@pytest.mark.parametrize(
    ("answer", "gold", "score"),
    [
        (
            "\\begin{cases}t^3, & t>1\\\\ 1, & t\\le 1\\end{cases}",
            "\\begin{cases}1 & t\\le 1\\\\ t^3 & t>1\\end{cases}",
            1,
        ),
        (
            "\\begin{cases}t^3, & t\\ge1\\\\ 1, & t< 1\\end{cases}",
            "\\begin{cases}1 & t\\le 1\\\\ t^3 & t>1\\end{cases}",
            1,
        ),
        (
            "\\begin{cases}t^3+1, & t\\ge1\\\\ 1, & t< 1\\end{cases}",
            "\\begin{cases}1 & t\\le 1\\\\ t^3+1 & t>1\\end{cases}",
            0,
        ),
        (
            "\\begin{cases}t^3 & \\text{if } t>1\\\\ 1 & \\text{otherwise}\\end{cases}",
            "\\begin{cases}1 & t\\le 1\\\\ t^3 & t>1\\end{cases}",
            1,
        ),
        (
            "\\begin{cases}t^3 & \\text{if } t>2\\\\ 1 & \\text{otherwise}\\end{cases}",
            "\\begin{cases}1 & t\\le 1\\\\ t^3 & t>1\\end{cases}",
            0,
        ),
        (
            "\\begin{cases}t^2, & t>1\\\\ 1, & t\\le 1\\end{cases}",
            "\\begin{cases}1 & t\\le 1\\\\ t^3 & t>1\\end{cases}",
            0,
        ),
        ("t^3", "\\begin{cases}1 & t\\le 1\\\\ t^3 & t>1\\end{cases}", 0),
        ("\\begin{cases}5 & n=1\\\\ 3n & n\\ge 2\\end{cases}", "\\begin{cases}5, n=1\\\\ 3n, n\\ge 2\\end{cases}", 1),
        ("\\begin{cases}4 & n=1\\\\ 3n & n\\ge 2\\end{cases}", "\\begin{cases}5, n=1\\\\ 3n, n\\ge 2\\end{cases}", 0),
    ],
)
def test_functions_in_pieces_are_compared_where_they_hold(answer: str, gold: str, score: int) -> None:
    assert quick_math(answer, gold) == score


@pytest.mark.parametrize(
    ("answer", "gold", "score"),
    [
        ("\\begin{cases}u=3 \\\\ v=4\\end{cases}", "(3,4)", 1),
        ("\\begin{cases}u=4 \\\\ v=3\\end{cases}", "(3,4)", 0),
        ("u=3, v=4", "\\begin{cases}v=4\\\\u=3\\end{cases}", 1),
        ("u=4, v=3", "\\begin{cases}v=4\\\\u=3\\end{cases}", 0),
        ("u=3", "\\begin{cases}v=4\\\\u=3\\end{cases}", 0),
        ("\\begin{cases}u+v=7\\\\u-v=1\\end{cases}", "\\begin{cases}u-v=1\\\\ v+u=7\\end{cases}", 1),
        ("\\begin{cases}u+v=8\\\\u-v=1\\end{cases}", "\\begin{cases}u-v=1\\\\ v+u=7\\end{cases}", 0),
    ],
)
def test_systems_have_no_order(answer: str, gold: str, score: int) -> None:
    assert quick_math(answer, gold) == score
