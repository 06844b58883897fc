"""Times, ratios and numbers with a base are spelled in several ways."""

from __future__ import annotations

import pytest

from rewards.verifiers.mathematics.math_answer import quick_math


@pytest.mark.parametrize(
    ("answer", "gold", "score"),
    [
        ("8:15 a.m.", "8:15 AM", 1),
        ("8:15 pm", "8:15 AM", 0),
        ("9 PM", "9:00 p.m.", 1),
        ("下午9:00", "9:00 PM", 1),
        ("5 to 7", "5:7", 1),
        ("7 to 5", "5:7", 0),
        ("5比7", "5:7", 1),
        ("(312)_4", "312_4", 1),
        ("(312)_5", "312_4", 0),
        ("∛64", "4", 1),
        ("∛64", "8", 0),
        ("2023-11-05", "2023-11-05", 1),
        ("2023-11-05", "2023-05-11", 0),
        ("七只", "7", 1),
        ("八只", "7", 0),
        ("三角形", "3", 0),
    ],
)
def test_times_ratios_and_bases(answer: str, gold: str, score: int) -> None:
    assert quick_math(answer, gold) == score
