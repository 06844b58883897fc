"""Units in text, with their powers."""

from __future__ import annotations

import pytest

from rewards.reading.unit_text import read_unit


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("kJmol^{-1}", "kJ/mol"), ("Wm^{-2}K^{-1}", "W/(m^2 K)"), ("kgms^{-2}", "kg m/s^2"), ("Nm", "N m"),
        ("gcm^{-3}", "g/cm^3"), ("ms^{-1}", "m/s"), ("rads^{-1}", "rad/s"), ("mAs", "mA s"), ("N-m", "N m"),
        ("degrees Celsius", "°C"), ("deg. F", "°F"), ("decibels", "dB"), ("kilowatt hours", "kWh"), ("ft-lb", "ft lbf"),
        ("mega electron volts", "MeV"), ("light-years", "ly"), ("mm Hg", "mmHg"), ("metric tons", "tonne"),
        ("千米每小时", "km/h"), ("平方厘米", "cm^2"), ("\\text{kg$\\cdot$m}", "kg m"), ("m2", "m^2"), ("s-1", "1/s"),
        ("oC", "°C"), ("revolutions per minute", "rpm"),
    ],
)  # fmt: skip
def test_one_unit_has_many_spellings(text: str, same: str) -> None:
    assert read_unit(text) == read_unit(same)
    assert read_unit(text) not in (None, ())


@pytest.mark.parametrize(
    ("text", "other"),
    [("ms", "m s"), ("ms^{-1}", "1/ms"), ("mW", "MW"), ("kJmol^{-1}", "kJ mol"), ("Wm^{-2}", "W/m"), ("°C", "°F")],
)
def test_what_looks_alike_is_another_unit(text: str, other: str) -> None:
    assert read_unit(text) != read_unit(other)


@pytest.mark.parametrize("text", ["m 2", "m 1", "m - 1", "-1 m", "cats", "m or s", "m^99", "m^2^2", "s'", "x" * 1000])
def test_what_is_no_unit_is_not_read(text: str) -> None:
    assert read_unit(text) is None
