"""Quantities in several units."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards.verifiers.science.compound import read_compound


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("3 h 45 min", 225, "minute"), ("3h45m", 225, "minute"), ("3 hours and 45 minutes", 225, "minute"),
        ("3 hours, 45 minutes, and 6 seconds", 13_506, "second"), ("3小时45分", 225, "minute"),
        ("-3 h 45 min", -225, "minute"),
        ("6 ft 4 in", 76, "inch"), ("6'4\"", 76, "inch"), ("6′4″", 76, "inch"), ("7°12'", 432, "arcminute"),
        ("7°12'30\"", 25_950, "arcsecond"), ("7度12分", 432, "arcminute"), ("2米35厘米", 235, "centimeter"),
        ("4 lb 3 oz", 67, "ounce"), ("1 kg 50.5 g", Fraction(2101, 2), "gram"), ("2 years 3 months", 27, "month"),
    ],
)  # fmt: skip
def test_the_value_is_in_the_smallest_unit(text: str, value: int, unit: str) -> None:
    assert read_compound(text) == (value, unit)


@pytest.mark.parametrize(
    "text",
    ["3 h", "45 min 3 h", "3 h 75 min", "3.5 h 15 min", "3 m 15 kg", "3 m 15 km", "3 h or 45 min", "3 h 45",
     "3 h; 45 min",
     "3 h - 45 min", "6'", "", "h min", "1 h " * 100],
)  # fmt: skip
def test_two_answers_are_no_quantity(text: str) -> None:
    assert read_compound(text) is None


@given(st.integers(0, 99), st.integers(0, 59), st.integers(0, 59))
def test_hours_minutes_and_seconds_add_up(hours: int, minutes: int, seconds: int) -> None:
    assert read_compound(f"{hours} h {minutes} min {seconds} s") == (3600 * hours + 60 * minutes + seconds, "second")
