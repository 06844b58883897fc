"""Recurring decimals."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards.reading.recurring import MAX_CHARACTERS, recurring_decimal


@pytest.mark.parametrize(
    "text",
    ["0.(6)", "0.\\overline{6}", "0.\\bar6", "0.\\dot{6}", "0.666...", "0.66\\ldots", "0.6\u0305", "0.6\u0307", "0,(6)",
     "0.6 repeating", "0.6循环", ".(6)"],
)  # fmt: skip
def test_one_decimal_is_read_however_its_period_is_marked(text: str) -> None:
    assert recurring_decimal(text) == (Fraction(2, 3), False)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.\\dot{2}8571\\dot{4}", Fraction(2, 7)), ("-1.8(3)", Fraction(-11, 6)), ("0.8333...", Fraction(5, 6)),
        ("0.454545...", Fraction(5, 11)), ("2.\\overset{.}{7}", Fraction(25, 9)),
    ],
)  # fmt: skip
def test_longer_periods_and_fixed_digits_are_kept(text: str, value: Fraction) -> None:
    assert recurring_decimal(text) == (value, False)


def test_dots_without_a_period_continue_long_decimals_only() -> None:
    assert recurring_decimal("1.732050...") == (Fraction(1732050, 10**6), True)
    for text in ("1.73...", "0.6...", "1.41...", "0.(6", "0.()", "0.6", "(6)", "x.(6)"):
        assert recurring_decimal(text) is None


@given(st.integers(0, 99), st.integers(1, 9998), st.integers(0, 9))
def test_a_period_survives_its_own_spelling_and_no_other_does(whole: int, period: int, fixed: int) -> None:
    value = whole + (fixed + Fraction(period, 9999)) / 10
    assert recurring_decimal(f"{whole}.{fixed}({period:04d})") == (value, False)
    assert recurring_decimal(f"{whole}.{fixed}({period + 1:04d})") != (value, False)


def test_a_flood_of_digits_is_refused() -> None:
    assert recurring_decimal("0.(" + "3" * MAX_CHARACTERS + ")") is None
