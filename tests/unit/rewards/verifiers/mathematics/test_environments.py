"""Matrices are compared cell by cell."""

from __future__ import annotations

import pytest

from rewards.verifiers.mathematics.environments import read_table, same_tables
from rewards.verifiers.mathematics.values import same_value

COLUMN = r"\begin{pmatrix} 7 \\ 9 \end{pmatrix}"
SQUARE = r"\begin{pmatrix} 7 & 8 \\ 9 & \frac{1}{4} \end{pmatrix}"


@pytest.mark.parametrize(
    ("answer", "gold", "same"),
    [
        (r"\begin{bmatrix}7\\9\end{bmatrix}", COLUMN, True),
        (r"\begin{pmatrix}7\\[2pt] 9 \\ \end{pmatrix}", COLUMN, True),
        (r"\begin{pmatrix}9\\7\end{pmatrix}", COLUMN, False),
        (r"\begin{pmatrix}7&9\end{pmatrix}", COLUMN, False),
        (r"\begin{pmatrix}7\\9\\0\end{pmatrix}", COLUMN, False),
        ("(7, 9)", COLUMN, True),
        ("[7, 9]", COLUMN, True),
        (r"\langle 7, 9\rangle", COLUMN, True),
        ("(9, 7)", COLUMN, False),
        ("63", COLUMN, False),
        ("[[7, 8], [9, 1/4]]", SQUARE, True),
        ("[7 8; 9 0.25]", SQUARE, True),
        ("[7 9; 8 0.25]", SQUARE, False),
        (r"(\begin{array}{cc}7&8\\ \hline 9&0.25\end{array})", SQUARE, True),
        (r"|\begin{array}{cc}7&8\\9&0.25\end{array}|", SQUARE, False),
        (r"\begin{vmatrix}7&8\\9&0\end{vmatrix}", r"\begin{vmatrix}7&9\\8&0\end{vmatrix}", None),
        ("2" + COLUMN, COLUMN, None),
    ],
)
def test_cells_and_shape_count(answer: str, gold: str, same: bool | None) -> None:
    assert same_tables(answer, gold, lambda one, other: same_value(one, other)) is same
    assert same_tables(gold, answer, lambda one, other: same_value(one, other)) is same


def test_other_environments_are_no_tables() -> None:
    assert read_table(r"\begin{cases}x=1\\y=2\end{cases}") is None
    assert read_table("(1, 2)") is None
