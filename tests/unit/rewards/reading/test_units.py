"""Units are split off and never converted."""

from __future__ import annotations

import pytest

from rewards.reading.units import split_unit


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5\\text{ cm}", ("5", "cm")),
        ("5 centimeters", ("5", "cm")),
        ("5.8米", ("5.8", "m")),
        ("90^\\circ", ("90", "degree")),
        ("72 °", ("72", "degree")),
        ("\\$18", ("18", "$")),
        ("18 dollars", ("18", "$")),
        ("25 cm^{2}", ("25", "cm2")),
        ("5\\text{ m/s}", ("5", "m/s")),
        ("18 eggs", ("18", "egg")),
        ("5 kg", ("5", "kg")),
        ("31个", ("31", "个")),
        ("31平方米", ("31", "m2")),
        ("31 square metres", ("31", "m2")),
        ("31 sq. ft", ("31", "ft2")),
        ("31千米每小时", ("31", "km/h")),
        ("31 \\mathrm{m s^{-2}}", ("31", "m/s2")),
        ("31\\text{ m}/\\text{s}", ("31", "m/s")),
        ("31\\text{ cm$^3$}", ("31", "cm3")),
        ("4 million people", ("4 million", "people")),
        ("4.2万元", ("4.2万", "yuan")),
        ("-$7", ("-7", "$")),
        ("CNY 7", ("7", "yuan")),
        ("$7 per hour", ("7", "$/h")),
        ("$7/hour", ("7", "$/h")),
        ("12°45'", ("51/4", "degree")),
        ("7 degrees Celsius", ("7", "degreeC")),
        ("7 (cm)", ("7", "cm")),
        ("8.1 \\times 10^{22} atoms", ("8.1 \\times 10^{22}", "atom")),
    ],
)
def test_a_unit_is_split_off_in_one_spelling(text: str, expected: tuple[str, str]) -> None:
    assert split_unit(text) == expected


@pytest.mark.parametrize(
    "text",
    ["5", "5x", "5m", "3c", "5 million", "7 or 8", "7 squared", "7 pi", "not 7", "x^{2}", "\\text{cat}",
     "7 \\text{ or }", "5 x", "8 crore", "8 lakhs", "8 tens", "8 sevenths", "8 bn", "8 mil", "8 point two", "8 five",
     "8 at least", "8 below zero", "8 th", "8多", "8左右", "8以上", "8个左右", "8或9个", "8成", "8折", "8ab/c", "2mn"],
)  # fmt: skip
def test_what_changes_the_value_is_no_unit(text: str) -> None:
    assert split_unit(text) == (text, "")
