"""Numbers read exactly, and compared by what was declared."""

from __future__ import annotations

import math
import time
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards.reading.numeric import equal_numbers, parse_number, parse_suffixed


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("42", Fraction(42)),
        ("-8,192", Fraction(-8192)),
        ("12 345 678", Fraction(12345678)),
        ("+7", Fraction(7)),
        ("15.", Fraction(15)),
        (".5", Fraction(1, 2)),
        ("1.23E-4", Fraction(123, 1_000_000)),
        ("2e3", Fraction(2000)),
        ("2 \\times 10^{8}", Fraction(200_000_000)),
        ("10^{-3}", Fraction(1, 1000)),
        ("3/4", Fraction(3, 4)),
        ("\\frac{3}{4}", Fraction(3, 4)),
        ("-\\frac34", Fraction(-3, 4)),
        ("1 1/2", Fraction(3, 2)),
        ("-1\\frac{1}{2}", Fraction(-3, 2)),
        ("50\\%", Fraction(1, 2)),
        ("33.5 pct", Fraction(67, 200)),
        ("0,5", Fraction(1, 2)),
        ("七", Fraction(7)),
        ("三百零五", Fraction(305)),
        ("负二十", Fraction(-20)),
        ("十二万", Fraction(120_000)),
    ],
)
def test_a_number_is_read_exactly(text: str, value: Fraction) -> None:
    number = parse_number(text)
    assert number is not None
    assert number.value == value


@pytest.mark.parametrize(
    "text",
    ["", "nan", "inf", "-inf", "0b1111", "0x1F", "1_000", "1,23,4", "0/0", "1/0", "7 8", "3+4", "7!", "x",
     "1e99999", "7" * 300],
)  # fmt: skip
def test_what_is_no_number_is_not_read_as_one(text: str) -> None:
    assert parse_number(text) is None


def test_percent_follows_the_declared_convention() -> None:
    fraction, number = parse_number("28\\%"), parse_number("28\\%", percent="number")
    assert fraction is not None and fraction.value == Fraction(28, 100)
    assert number is not None and number.value == 28


@pytest.mark.parametrize(
    ("answer", "gold", "equal"),
    [
        ("7.0", "7", True),
        ("7.0000001", "7", False),
        ("0.333333", "1/3", True),
        ("0.333", "1/3", False),
        ("100000000000000000001", "100000000000000000000", False),
        ("0.5", "1/2", True),
    ],
)
def test_without_tolerance_only_the_number_itself_is_equal(answer: str, gold: str, equal: bool) -> None:
    left, right = parse_number(answer), parse_number(gold)
    assert left is not None and right is not None
    assert equal_numbers(left, right) is equal


def test_tolerance_is_relative_to_the_gold_or_absolute() -> None:
    gold, zero, near = parse_number("200"), parse_number("0"), parse_number("202")
    small = parse_number("0.001")
    assert gold and zero and near and small
    assert equal_numbers(near, gold, rel_tol=0.01)
    assert not equal_numbers(near, gold, rel_tol=0.009)
    assert not equal_numbers(small, zero, rel_tol=0.5)
    assert equal_numbers(small, zero, abs_tol=0.001)


@given(st.integers(-(10**40), 10**40))
def test_any_integer_survives_with_and_without_separators(value: int) -> None:
    for text in (str(value), f"{value:,}"):
        number = parse_number(text)
        assert number is not None and number.value == value and number.is_integer


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=1e-300, max_value=1e300))
def test_any_float_is_read_as_python_reads_it(value: float) -> None:
    number = parse_number(repr(value))
    assert number is not None
    assert math.isclose(float(number.value), value, rel_tol=1e-15)


@pytest.mark.parametrize("text", ["1," * 500, "1 " * 500, "1/" * 500, "." * 1000, "\\frac" * 200, "1.1" * 300])
def test_hostile_numbers_take_no_time(text: str) -> None:
    start = time.perf_counter()
    parse_number(text)
    assert time.perf_counter() - start < 0.2


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("二百五", Fraction(250)), ("负两万", Fraction(-20_000)), ("一百〇一", Fraction(101)),
        ("百分之五十", Fraction(1, 2)),
        ("0.\\overline{3}", Fraction(1, 3)), ("-1.1\\overline{6}", Fraction(-7, 6)), (".\\bar{12}", Fraction(4, 33)),
        ("50 per cent", Fraction(1, 2)), ("50percent", Fraction(1, 2)),
    ],
)  # fmt: skip
def test_chinese_numerals_percents_and_repeating_decimals_are_exact(text: str, value: Fraction) -> None:
    number = parse_number(text)
    assert number is not None and number.value == value


@pytest.mark.parametrize("text", ["五六", "百", "一二", "百分之", "0.\\overline{}", "0.\\overline{" + "3" * 300 + "}"])
def test_estimates_and_scraps_are_no_numbers(text: str) -> None:
    assert parse_number(text) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12,34,567", Fraction(1_234_567)), ("2.345,75", Fraction(9383, 4)), ("2.345.678", Fraction(2_345_678)),
        ("2 345,5", Fraction(4691, 2)), ("2'345'678", Fraction(2_345_678)), ("2{,}345", Fraction(2345)),
        ("2~345", Fraction(2345)), ("0,375", Fraction(3, 8)), ("4.5 x 10^-2", Fraction(9, 200)),
        ("8‰", Fraction(1, 125)),
        ("4.5 million", Fraction(4_500_000)), ("4.5\\text{ million}", Fraction(4_500_000)),
        ("6 crore", Fraction(60_000_000)),
        ("7 sixths", Fraction(7, 6)), ("4 and a half", Fraction(9, 2)), ("(-7)", Fraction(-7)),
        ("0.(7)", Fraction(7, 9)),
        ("4.5亿", Fraction(450_000_000)), ("6千", Fraction(6000)), ("2万3千", Fraction(23_000)),
        ("六分之五", Fraction(5, 6)),
    ],
)  # fmt: skip
def test_groups_scales_and_fractions_are_read(text: str, value: Fraction) -> None:
    number = parse_number(text)
    assert number is not None and number.value == value


@pytest.mark.parametrize("text", ["(7)", "2,34,5", "2.34.5", "6 crores of", "7 sixths million", "5mn", "5th"])
def test_half_written_numbers_are_refused(text: str) -> None:
    assert parse_number(text) is None


def test_letters_that_multiply_are_read_only_where_asked_for() -> None:
    assert parse_number("6k") is None
    found = parse_suffixed("6.5M users")
    assert found is not None and (found[0].value, found[1]) == (6_500_000, "users")
    assert parse_suffixed("6 M") is None and parse_suffixed("6Mx") is None
