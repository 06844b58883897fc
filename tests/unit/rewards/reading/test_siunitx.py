"""Commands of the LaTeX package siunitx."""

from __future__ import annotations

import pytest

from rewards.reading.siunitx import plain_siunitx
from rewards.reading.unit_text import read_unit


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("\\num{4.5e6}", "4.5e6"), ("\\SI{7}{m/s}", "7 m/s"), ("\\qty[per-mode = symbol]{7}{\\metre}", "7 metre"),
        ("\\SI{-3}{\\kilo\\joule\\per\\mole}", "-3 kilojoule mole^{-1}"), ("\\ang{12;30;}", "12°30'"),
        ("8 \\unit{\\square\\metre}", "8  metre^{2}"), ("5 m", "5 m"), ("\\qty{5}", "\\qty{5}"),
    ],
)  # fmt: skip
def test_commands_are_written_plainly(text: str, plain: str) -> None:
    assert plain_siunitx(text) == plain


@pytest.mark.parametrize(
    ("macros", "unit"),
    [
        ("\\metre\\per\\second\\squared", "m/s^2"), ("\\metre\\per\\square\\second", "m/s^2"),
        ("\\joule\\per\\kilogram\\per\\kelvin", "J/(kg K)"), ("\\kilo\\gram\\cubic\\metre", "kg m^3"),
        ("\\newton\\tothe{2}", "N^2"), ("\\degreeCelsius", "°C"), ("\\micro\\ohm", "μΩ"), ("\\per\\second", "1/s"),
        ("\\mega\\electronvolt", "MeV"),
    ],
)  # fmt: skip
def test_per_and_powers_hold_for_one_unit(macros: str, unit: str) -> None:
    assert read_unit(plain_siunitx(f"\\si{{{macros}}}")) == read_unit(unit) != ()


def test_two_numbers_do_not_run_together_and_a_flood_ends() -> None:
    assert plain_siunitx("\\num{5}\\num{6}").split() == ["5", "6"]
    assert plain_siunitx("\\num{5}" * 1000).count("\\num") == 1000 - 8
