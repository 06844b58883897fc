"""Nuclides, particles and nuclear equations."""

from __future__ import annotations

import pytest

from rewards.verifiers.science.chemistry import quick_chemistry
from rewards.verifiers.science.nuclides import nuclide_of, plain_nuclides
from rewards.verifiers.science.physics import check_physics_gold, quick_physics
from rewards.verifiers.science.reactions import is_balanced, is_nuclear, read_reaction


@pytest.mark.parametrize(
    "answer",
    ["^{60}_{27}Co", "{}^{60}Co", "_{27}^{60}Co", "⁶⁰Co", "⁶⁰₂₇Co", "\\ce{^{60}_{27}Co}",
     "{ }_{27}^{60} \\mathrm{Co}", "60Co",
     "Co-60", "cobalt-60", "钴-60", "钴60", "\\prescript{60}{27}{Co}", "\\isotope[60][27]{Co}", "<sup>60</sup>Co"],
)  # fmt: skip
def test_one_nuclide_has_many_spellings(answer: str) -> None:
    for gold in ("^{60}Co", "cobalt-60", "{}^{60}_{27}\\mathrm{Co}"):
        assert quick_chemistry(answer, gold) == quick_physics(answer, gold) == 1.0


@pytest.mark.parametrize(
    "answer",
    ["^{59}Co", "Co", "^{60}Ni", "^{60}_{28}Co", "Co-59", "nickel-60", "60", "CO-60", "Co^{60}", "^{60}Co^{2+}"],
)
def test_another_mass_number_element_or_charge_is_wrong(answer: str) -> None:
    for gold in ("^{60}Co", "cobalt-60"):
        assert quick_chemistry(answer, gold) == quick_physics(answer, gold) == 0.0


@pytest.mark.parametrize(
    ("particle", "spellings"),
    [
        ("^4_2He", ["α", "\\alpha", "alpha particle", "He-4", "^4_2\\alpha", "⁴He", "^4He^{2+}"]),
        ("^0_{-1}e", ["e^-", "β^-", "\\beta^{-}", "electron", "beta particle", "^{0}_{-1}\\beta"]),
        ("^0_{+1}e", ["e^+", "β+", "positron", "^0_1e"]), ("^1_0n", ["n", "neutron", "^1n"]),
        ("^1_1H", ["p", "proton", "^1_1p", "¹H"]),
    ],
)  # fmt: skip
def test_particles_have_names_letters_and_scripts(particle: str, spellings: list[str]) -> None:
    others = {"^4_2He", "^0_{-1}e", "^0_{+1}e", "^1_0n", "^1_1H"} - {particle}
    for spelling in spellings:
        assert quick_chemistry(spelling, particle) == 1.0, spelling
        assert not any(quick_chemistry(spelling, other) for other in others), spelling


DECAY = "^{226}_{88}Ra -> ^{222}_{86}Rn + ^4_2He"


@pytest.mark.parametrize(
    ("answer", "score"),
    [
        ("^{226}Ra → α + ^{222}Rn", 1.0), ("Ra-226 -> Rn-222 + He-4", 1.0),
        ("\\ce{^{226}_{88}Ra -> ^{222}_{86}Rn + \\alpha}", 1.0),
        ("^{226}_{88}Ra -> ^{222}_{86}Rn + ^4_2He + energy", 1.0), ("^{226}_{88}Ra -> ^{221}_{86}Rn + ^4_2He", 0.0),
        ("^{225}_{88}Ra -> ^{221}_{86}Rn + ^4_2He", 0.0), ("^{226}_{88}Ra -> ^{222}_{86}Rn + e^-", 0.0),
        ("^{222}_{86}Rn + ^4_2He -> ^{226}_{88}Ra", 0.0), ("^{226}_{88}Ra -> ^{222}_{86}Rn + ^4_2He + ^1_0n", 0.0),
        ("Ra -> Rn + He", 0.0),
    ],
)  # fmt: skip
def test_nuclear_equations_are_compared_by_their_nuclides(answer: str, score: float) -> None:
    assert quick_chemistry(answer, DECAY) == quick_physics(answer, DECAY) == score


@pytest.mark.parametrize(
    ("text", "balanced"),
    [
        (DECAY, True), ("^{239}_{94}Pu + n -> ^{144}Ba + ^{93}Sr + 3n", True),
        ("^{32}_{15}P -> ^{32}_{16}S + e^-", True),
        ("^{32}_{15}P -> ^{32}_{16}S + β^- + \\bar\\nu_e", True), ("^{32}_{15}P -> ^{32}_{16}S + e^+", False),
        ("^{239}_{94}Pu + n -> ^{144}Ba + ^{93}Sr + 2n", False),
    ],
)  # fmt: skip
def test_nucleons_and_charges_are_balanced(text: str, balanced: bool) -> None:
    reaction = read_reaction(text)
    assert reaction is not None and is_nuclear(reaction)
    assert is_balanced(reaction) is balanced


def test_what_cannot_be_a_nuclide_is_none() -> None:
    assert "⟨?⟩" in plain_nuclides("^{14}_{8}C")
    assert [nuclide_of(text) for text in ("C-2", "C-99", "Xx-12", "14C", "SO4-2", "carbon", "H2O")] == [None] * 7
    assert plain_nuclides("SO4^{2-}") == "SO4^{2-}"
    assert check_physics_gold("^{14}_{8}C")
