"""The final answer of running text."""

from __future__ import annotations

import time

import pytest

from rewards.reading.prose import final_answer


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("The answer is 42", "42"),
        ("The answer is **42**.", "42"),
        ("Final Answer: The final answer is $10,455$. I hope it is correct.", "$10,455$"),
        ("so $x = 4$. Thus the value is $\\frac{1}{2}$.", "\\frac{1}{2}"),
        ("first \\boxed{4}, wait, \\boxed{5}", "5"),
        ("\\boxed{1} and \\boxed{2}", "1, 2"),
        ("\\boxed{4} was wrong; the answer is 5", "5"),
        ("They have 12 + 30 = 42 apples in all", "42"),
        ("答案是42。", "42"),
        ("弗兰克一共有**858颗**糖果。", "858"),
        ("la réponse est 7.", "7"),
        ("\\frac{1}{2}", "\\frac{1}{2}"),
        ("33.5 pct", "33.5 pct"),
        ("A", "A"),
        ("4 + 5 = 9\n#### 9", "9"),
        ("#### 9\nNo: the answer is 8.", "8"),
        ("**Answer**: 9", "9"),
        ("Answer：9", "9"),
        ("所以，y 的值为 9。", "9"),
        ("The answers are 4 and 9.", "4 and 9"),
        ("The answer is nine.", "nine"),
        ("The answer is therefore 9.", "9"),
        ("The answer would be 9, because 3 * 3 = 9.", "9"),
        ("The answer is 9 (since 18/2 = 9).", "9"),
        ("The answer is 9 (or perhaps 8).", "9 (or perhaps 8)"),
        ("The answer is 4 (mod 9).", "4 (mod 9)"),
        ("The answer is $\\$7{,}200$.", "$\\$7{,}200$"),
        ("La respuesta es 9.", "9"),
        ("Die Antwort lautet 9.", "9"),
    ],
)
def test_the_last_answer_counts(text: str, answer: str) -> None:
    assert final_answer(text) == answer


@pytest.mark.parametrize(
    "text",
    ["answer " * 30_000, "$" * 100_000, "\\[" * 50_000, "\\boxed{" * 100_000, "the answer is " * 20_000, "1 " * 50_000],
)
def test_hostile_texts_take_no_time(text: str) -> None:
    start = time.perf_counter()
    final_answer(text)
    assert time.perf_counter() - start < 1.0
