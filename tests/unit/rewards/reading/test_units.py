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
    ],
)
def test_a_unit_is_split_off_in_one_spelling(text: str, expected: tuple[str, str]) -> None:
    assert split_unit(text) == expected


@pytest.mark.parametrize(
    "text",
    ["5", "5x", "5m", "3c", "5 million", "7 or 8", "7 squared", "7 pi", "not 7", "x^{2}", "\\text{cat}",
     "7 \\text{ or }", "5 x"],
)  # fmt: skip
def test_what_changes_the_value_is_no_unit(text: str) -> None:
    assert split_unit(text) == (text, "")
