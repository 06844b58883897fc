"""Values in words that need not be whole."""

from __future__ import annotations

from fractions import Fraction

import pytest

from rewards.reading.word_values import multiplied, word_value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("eight", Fraction(8)), ("one half", Fraction(1, 2)), ("a quarter", Fraction(1, 4)),
        ("three quarters", Fraction(3, 4)), ("five-eighths", Fraction(5, 8)), ("four and a half", Fraction(9, 2)),
        ("six point two five", Fraction(25, 4)), ("two point four million", Fraction(2_400_000)),
        ("half a million", Fraction(500_000)), ("minus nine", Fraction(-9)), ("one twentieth", Fraction(1, 20)),
    ],
)  # fmt: skip
def test_english_values_are_exact(text: str, value: Fraction) -> None:
    assert word_value(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("八", Fraction(8)), ("零点七五", Fraction(3, 4)), ("五分之三", Fraction(3, 5)), ("4分之3", Fraction(3, 4)),
        ("二又四分之一", Fraction(9, 4)), ("一半", Fraction(1, 2)), ("六成", Fraction(3, 5)),
        ("七成二", Fraction(18, 25)),
        ("负二点五", Fraction(-5, 2)), ("千分之六", Fraction(3, 500)), ("四点二亿", Fraction(420_000_000)),
    ],
)  # fmt: skip
def test_chinese_values_are_exact(text: str, value: Fraction) -> None:
    assert word_value(text) == value


@pytest.mark.parametrize(
    "text",
    ["", "second", "one second", "third", "point five", "two point", "four thirds and", "one one half", "点五",
     "三分之",
     "分之三", "零分之一", "一又二分之三", "九点", "cats", "half cats"],
)  # fmt: skip
def test_scraps_are_no_values(text: str) -> None:
    assert word_value(text) is None


def test_words_behind_digits_multiply_or_divide() -> None:
    assert multiplied(Fraction(4), ["lakh"]) == 400_000
    assert multiplied(Fraction(7), ["thirds"]) == Fraction(7, 3)
    assert multiplied(Fraction(3), ["hundred", "thousand"]) == 300_000
    assert multiplied(Fraction(2), ["and", "a", "half", "million"]) == 2_500_000
    assert multiplied(Fraction(-2), ["and", "a", "half"]) == Fraction(-5, 2)
    for words in (["apples"], ["thirds", "million"], ["and", "two"], ["million"] * 3):
        assert multiplied(Fraction(2), words) is None
