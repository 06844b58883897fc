"""Words and symbols that say one thing."""

from __future__ import annotations

import pytest

from rewards.verifiers.mathematics.math_answer import quick_math


@pytest.mark.parametrize(
    ("answer", "gold", "score"),
    [
        ("DNE", "does not exist", 1),
        ("不存在", "DNE", 1),
        ("无解", "no solution", 1),
        ("No solutions.", "\\text{no solution}", 1),
        ("no real solution", "no solution", 0),
        ("infinity", "\\infty", 1),
        ("-\\infty", "\\infty", 0),
        ("yes", "Yes", 1),
        ("no", "yes", 0),
        ("undefined", "does not exist", 0),
    ],
)
def test_words_and_symbols_that_say_one_thing(answer: str, gold: str, score: int) -> None:
    assert quick_math(answer, gold) == score
