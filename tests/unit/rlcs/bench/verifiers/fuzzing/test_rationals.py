"""Numbers in every spelling: what is written is the number."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import pytest

from rlcs.bench.verifiers.fuzzing import rationals

HALF, THIRD = Fraction(1, 2), Fraction(1, 3)


@pytest.mark.parametrize(
    ("group", "name", "value", "text"),
    [
        (rationals.PLAIN, "plain", Fraction(-1, 4), "-0.25"),
        (rationals.PLAIN, "thousands", Fraction(-1234567), "-1,234,567"),
        (rationals.PLAIN, "thousands", Fraction(999), None),
        (rationals.PLAIN, "no leading zero", HALF, ".5"),
        (rationals.PLAIN, "full width", Fraction(12), "１２"),
        (rationals.POWERS, "1.5e3", Fraction(123000), "1.23e5"),
        (rationals.POWERS, r"1.5\times10^{3}", Fraction(-12, 10000), r"-1.2\times10^{-3}"),
        (rationals.POWERS, "1.5×10³", Fraction(5000), "5×10³"),
        (rationals.FRACTIONS, r"\frac12", HALF, r"\frac12"),
        (rationals.FRACTIONS, r"{a \over b}", -HALF, r"{-1 \over 2}"),
        (rationals.FRACTIONS, r"\frac{a}{-b}", -HALF, r"\frac{1}{-2}"),
        (rationals.FRACTIONS, r"1\frac{1}{2}", Fraction(-3, 2), r"-1\frac{1}{2}"),
        (rationals.FRACTIONS, "1 1/2", HALF, None),
        (rationals.FRACTIONS, r"0.\overline{3}", Fraction(4, 3), r"1.\overline{3}"),
        (rationals.FRACTIONS, "0.(3)", Fraction(1, 7), "0.(142857)"),
        (rationals.FRACTIONS, r"0.\dot{3}", Fraction(1, 7), r"0.\dot{1}4285\dot{7}"),
        (rationals.FRACTIONS, "0.(3)", HALF, None),
    ],
)
def test_a_number_in_a_spelling(
    group: dict[str, rationals.Spelling[Fraction]], name: str, value: Fraction, text: str
) -> None:
    assert group[name](value, Random(0)) == text


@pytest.mark.parametrize(
    ("value", "english", "chinese"),
    [
        (0, "zero", "零"), (12, "twelve", "十二"), (20, "twenty", "二十"), (105, "one hundred and five", "一百零五"),
        (110, "one hundred and ten", "一百一十"), (342, "three hundred and forty-two", "三百四十二"),
        (1012, "one thousand and twelve", "一千零一十二"), (5600, "five thousand six hundred", "五千六百"),
        (9999, "nine thousand nine hundred and ninety-nine", "九千九百九十九"),
    ],
)  # fmt: skip
def test_numbers_in_words(value: int, english: str, chinese: str) -> None:
    assert (rationals.in_english(value), rationals.in_chinese(value)) == (english, chinese)


def test_changes_change() -> None:
    source = Random(0)
    assert rationals.digits_swapped(Fraction(12), source) == 21
    assert rationals.digits_swapped(Fraction(11), source) is None
    assert rationals.digit_dropped(Fraction(-123, 7), source) == Fraction(-12, 7)
    assert rationals.turned_over(Fraction(0), source) is None
