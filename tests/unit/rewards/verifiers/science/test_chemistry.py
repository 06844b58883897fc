"""The verifier `chemistry`: formulas, equations, names, structures and quantities."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rewards import Scorer
from rewards.verifiers.science.chemistry import Equality, check_chemistry_gold, quick_chemistry
from rewards.verifiers.science.formulas import read_species
from rewards.verifiers.science.reactions import is_balanced, read_reaction
from rewards.verifiers.science.substances import formula_of, main_name, with_formulas
from rlcs.config.schema import RewardConfig
from rlcs.records import Status, Verdict

Judge = Callable[..., Verdict]


@pytest.fixture(scope="module")
def judge(make_scorer: Callable[..., Scorer]) -> Iterator[Judge]:
    scorer = make_scorer(chemistry=RewardConfig(verifier="chemistry", timeout_s=10.0))

    def bare(answer: str, gold: Any, *, question: str = "", **params: Any) -> Verdict:
        return scorer.score_one(answer, gold, source="chemistry", question=question, bare=True, params=params)

    yield bare


@pytest.mark.parametrize(
    ("text", "atoms", "charge"),
    [
        ("H₂O", {"H": 2, "O": 1}, 0), ("H_{2}O", {"H": 2, "O": 1}, 0), ("$\\mathrm{H_2O}$", {"H": 2, "O": 1}, 0),
        ("\\ce{Ca(OH)2}", {"Ca": 1, "O": 2, "H": 2}, 0), ("SO4^2-", {"S": 1, "O": 4}, -2),
        ("SO₄²⁻", {"S": 1, "O": 4}, -2),
        ("SO_4^{2-}", {"S": 1, "O": 4}, -2), ("SO42-", {"S": 1, "O": 4}, -2), ("SO4 2-", {"S": 1, "O": 4}, -2),
        ("NH4+", {"N": 1, "H": 4}, 1), ("NO3-", {"N": 1, "O": 3}, -1), ("Fe3+", {"Fe": 1}, 3),
        ("Fe^{3+}", {"Fe": 1}, 3),
        ("I3-", {"I": 3}, -1), ("[Fe(CN)6]4-", {"Fe": 1, "C": 6, "N": 6}, -4), ("e-", {}, -1), ("Ca++", {"Ca": 1}, 2),
        ("[Cu(NH3)4]^{2+}", {"Cu": 1, "N": 4, "H": 12}, 2), ("CuSO4·5H2O", {"Cu": 1, "S": 1, "O": 9, "H": 10}, 0),
        ("CuSO_4 \\cdot 5H_2O", {"Cu": 1, "S": 1, "O": 9, "H": 10}, 0), ("AgCl↓", {"Ag": 1, "Cl": 1}, 0),
        ("Al2(SO4)3", {"Al": 2, "S": 3, "O": 12}, 0), ("Co", {"Co": 1}, 0), ("CO", {"C": 1, "O": 1}, 0),
    ],
)  # fmt: skip
def test_composition_and_charge_are_read_in_every_common_spelling(
    text: str, atoms: dict[str, int], charge: int
) -> None:
    species = read_species(text)
    assert species is not None
    assert (dict(species.composition), species.charge) == (atoms, charge)


@pytest.mark.parametrize(
    "text",
    ["", "h2o", "H2S04", "2H2O", "H2O)", "(H2O", "()", "Xx2", "H0", "H1000", "5 g", "水", "(" * 9 + "H" + ")" * 9],
)
def test_what_is_no_formula_is_not_read(text: str) -> None:
    assert read_species(text) is None


@pytest.mark.parametrize(
    ("answer", "gold", "score"),
    [
        ("H₂O", "H2O", 1.0), ("OH2", "H2O", 1.0), ("CaO2H2", "Ca(OH)2", 1.0), ("H2O(l)", "H2O", 1.0),
        ("H2O(l)", "H2O(g)", 0.0), ("CO", "Co", 0.0), ("co2", "CO2", 0.0), ("SO4", "SO4^2-", 0.0),
        ("Fe2+", "Fe3+", 0.0),
        ("C2H5OH", "CH3CH2OH", 1.0), ("C2H6O", "CH3CH2OH", 0.0), ("CH3OCH3", "CH3CH2OH", 0.0), ("H2O2", "H2O", 0.0),
        ("NaOH", "烧碱", 1.0), ("氢氧化钠", "NaOH", 1.0), ("sodium hydroxide", "烧碱", 1.0), ("KOH", "烧碱", 0.0),
        ("C6H12O6", "葡萄糖", 1.0), ("果糖", "葡萄糖", 0.0), ("C2H6O", "乙醇", 1.0), ("Na+", "钠离子", 1.0),
        ("Na", "钠离子", 0.0),
        ("NaCl or KCl", "NaCl", 0.0), ("加热氢氧化钠", "加热NaOH", 1.0), ("sp3", "sp^3", 1.0),
        ("1s2 2s2", "1s²2s²", 1.0),
    ],
)  # fmt: skip
def test_formulas_are_compared_by_atoms_charge_and_state(answer: str, gold: str, score: float) -> None:
    assert quick_chemistry(answer, gold) == score


def test_isomers_count_as_equal_only_where_declared() -> None:
    assert quick_chemistry("C2H6O", "C2H5OH", equality=Equality(isomers=True)) == 1.0
    assert quick_chemistry("C2H6O", "C2H5OH") == 0.0
    assert quick_chemistry("N2H4O3", "NH4NO3") == 0.0


@pytest.mark.parametrize(
    ("text", "balanced"),
    [
        ("2H2 + O2 -> 2H2O", True), ("2H2+O2=2H2O", True), ("H2 + O2 -> H2O", False),
        ("MnO4^- + 8H^+ + 5e^- → Mn^{2+} + 4H2O", True), ("MnO4^- + 8H^+ → Mn^{2+} + 4H2O", False),
        ("Na+ + Cl- -> NaCl", True), ("Ag+(aq) + Cl-(aq) → AgCl(s)", True), ("\\ce{N2 + 3H2 <=> 2NH3}", True),
        ("H_2 + \\frac{1}{2}O_2 \\to H_2O", True), ("2KClO3 \\xrightarrow[\\Delta]{MnO_2} 2KCl + 3O2", True),
        ("CaCO3 =高温= CaO + CO2↑", True), ("3Cu + 8HNO3 = 3Cu(NO3)2 + 2NO + 4H2O", True),
    ],
)  # fmt: skip
def test_mass_and_charge_are_balanced_numerically(text: str, balanced: bool) -> None:
    reaction = read_reaction(text)
    assert reaction is not None
    assert is_balanced(reaction) is balanced


@pytest.mark.parametrize(
    "text", ["0H2 + O2 -> H2O", "-2H2 + O2 -> 2H2O", "H2 -> O2 -> H2O", "x = 5", "-> H2O", "A+B->C"]
)
def test_what_is_no_equation_is_not_read(text: str) -> None:
    assert read_reaction(text) is None


WATER = "2H2 + O2 -> 2H2O"


@pytest.mark.parametrize(
    ("answer", "gold", "score"),
    [
        ("2H2 + O2 = 2H2O", WATER, 1.0), ("O2 + 2H2 ⇌ 2H2O", WATER, 1.0), ("4H2 + 2O2 -> 4H2O", WATER, 1.0),
        ("H2 + 1/2O2 -> H2O", WATER, 1.0), ("H2 + O2 -> H2O", WATER, 0.0), ("2H2O -> 2H2 + O2", WATER, 0.0),
        ("2H2 + O2 + NaCl -> 2H2O + NaCl", WATER, 0.0), ("2H2 + O2 -> H2O + H2O", WATER, 1.0), ("2H2O", WATER, 0.0),
        ("4H2 + O2 -> 2H2O", WATER, 0.0), ("NaCl(aq) + AgNO3 → AgCl↓ + NaNO3", "NaCl + AgNO3 = AgCl + NaNO3", 1.0),
        ("N2 + 3H2 ⇌ 2NH3", "N2 + 3H2 ⇌ 2NH2", 0.0),
    ],
)  # fmt: skip
def test_equations_are_equal_up_to_order_and_a_common_factor(answer: str, gold: str, score: float) -> None:
    assert quick_chemistry(answer, gold) == score


def test_factor_and_arrow_count_where_declared() -> None:
    assert quick_chemistry("4H2 + 2O2 -> 4H2O", WATER, equality=Equality(multiples=False)) == 0.0
    assert quick_chemistry("2H2 + O2 = 2H2O", WATER, equality=Equality(multiples=False)) == 1.0
    assert quick_chemistry("2H2 + O2 ⇌ 2H2O", WATER, equality=Equality(arrow="same")) == 0.0


@pytest.mark.parametrize(
    ("answer", "gold", "stereo", "score", "status"),
    [
        ("OC(C)=O", "CC(=O)O", True, 1.0, Status.CORRECT), ("c1ccccc1", "C1=CC=CC=C1", True, 1.0, Status.CORRECT),
        ("C[C@H](N)C(=O)O", "C[C@@H](N)C(=O)O", True, 0.0, Status.INCORRECT),
        ("C[C@H](N)C(=O)O", "C[C@@H](N)C(=O)O", False, 1.0, Status.CORRECT),
        ("CC(=O)[O-]", "CC(=O)O", True, 0.0, Status.INCORRECT), ("C(", "CCO", True, 0.0, Status.INVALID_ANSWER),
        ("ethanol, CCO", "CCO", True, 0.0, Status.INVALID_ANSWER), (" ", "CCO", True, 0.0, Status.NO_ANSWER),
        ("C" * 501, "CCO", True, 0.0, Status.OVER_LIMIT), ("CCO", "C(", True, None, Status.BAD_GOLD),
    ],
)  # fmt: skip
def test_structures_are_compared_in_canonical_form(
    judge: Judge, answer: str, gold: str, stereo: bool, score: float | None, status: Status
) -> None:
    verdict = judge(answer, gold, kind="smiles", stereo=stereo)
    assert (verdict.score, verdict.status) == (score, status)


@pytest.mark.parametrize(
    ("answer", "gold", "score"),
    [
        ("1 kcal/mol", "4.184 kJ/mol", 1.0), ("1 mM", "0.001 mol/L", 1.0), ("0.5 mol", "1/2 mol", 1.0),
        ("5600 mL", "5.6 L", 1.0), ("100 kJ/mol", "200 kJ/mol", 0.0), ("1.0N_A", "2.0N_A", 0.0), ("N_A", "1.0N_A", 1.0),
        ("285.8 kJ/mol", "-285.8 kJ/mol", 0.0), ("pH = 7", "7", 1.0), ("25°C", "298.15 K", 1.0),
    ],
)  # fmt: skip
def test_quantities_are_judged_as_in_physics(judge: Judge, answer: str, gold: str, score: float) -> None:
    assert judge(answer, gold).score == score


def test_names_stand_for_one_substance_each() -> None:
    assert formula_of("Copper(II) Sulfate") == formula_of("硫酸铜") == "CuSO4"
    assert main_name("葡萄糖") == "glucose" != main_name("果糖")
    assert formula_of("unobtainium") is None
    assert with_formulas("向碳酸氢钠溶液加盐酸") == "向NaHCO3溶液加HCl"


def test_every_formula_of_the_dictionary_can_be_read() -> None:
    from rewards.verifiers.science.substances import _table

    assert all(read_species(formula) for formula, _ in _table().values())
    assert len(_table()) > 500


def test_golds_are_checked_at_load_by_their_declared_kind() -> None:
    assert check_chemistry_gold("H2O", kind="formula") is None
    assert check_chemistry_gold("烧碱", kind="formula") is None
    assert check_chemistry_gold(WATER, kind="equation") is None
    assert "not balanced" in (check_chemistry_gold("H2 + O2 -> H2O", kind="equation") or "")
    assert "no equation" in (check_chemistry_gold("water", kind="equation") or "")
    assert "no chemical formula" in (check_chemistry_gold("stuff", kind="formula") or "")
    assert "no SMILES" in (check_chemistry_gold("C" * 501, kind="smiles") or "")
    assert "no quantity" in (check_chemistry_gold("water", kind="quantity") or "")
    assert check_chemistry_gold("") and check_chemistry_gold(None)


@pytest.mark.parametrize(
    "answer",
    ["(" * 4000 + "H", "H" * 4000, "H2+" * 1300, "[" * 100 + "]" * 100, "=" * 4000, "+" * 63 + "H", "C(" * 250],
)
def test_bombs_end_at_once_without_reward(judge: Judge, answer: str) -> None:
    for gold, kind in (("H2O", "auto"), (WATER, "auto"), ("CCO", "smiles")):
        start = time.perf_counter()
        assert judge(answer, gold, kind=kind).score == 0.0
        assert time.perf_counter() - start < 3.0


PIECES = st.sampled_from(
    ["H", "2", "O", "Na", "+", "-", "->", "=", "⇌", "(", ")", "[", "]", "{", "}", "^", "_", "·", ".", " ", "\\ce{",
     "(aq)", "↓", "水", "\\xrightarrow", "1/2", "e-", "@", "#", "c1", "%", "\\frac", "¹", "₂", "0"]
)  # fmt: skip


@settings(max_examples=100, suppress_health_check=list(HealthCheck))
@given(answer=st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=24).map("".join)))
def test_any_text_gets_a_verdict(judge: Judge, answer: str) -> None:
    for gold, kind in (("SO4^2-", "auto"), (WATER, "auto"), ("CCO", "smiles"), ("5 kJ/mol", "auto")):
        verdict = judge(answer, gold, kind=kind)
        assert verdict.score is not None and 0.0 <= verdict.score <= 1.0


@pytest.mark.parametrize(
    ("answer", "gold", "score"),
    [
        ("Zn - 2e- = Zn2+", "Zn - 2e^- = Zn^{2+}", 1.0), ("Zn -> Zn2+ + 2e-", "Zn - 2e^- = Zn^{2+}", 1.0),
        ("Zn - e- = Zn2+", "Zn - 2e^- = Zn^{2+}", 0.0), ("2Cl- - 2e- = Cl2↑", "2Cl^- - 2e^- = Cl_2", 1.0),
        ("2H2 + O2 ⇒ 2H2O", "2H2+O2=2H2O", 1.0), ("CaCO3 \\overset{高温}{=} CaO + CO2", "CaCO3=CaO+CO2", 1.0),
        ("N2+3H2 \\xrightleftharpoons[p]{T} 2NH3", "N2+3H2⇌2NH3", 1.0), ("2H2+O2=2H2O.", "2H2+O2=2H2O", 1.0),
        ("H2SO4.", "H2SO4", 1.0), ("干冰", "CO2", 1.0),
    ],
)  # fmt: skip
def test_half_reactions_and_conditions_over_the_sign_are_read(answer: str, gold: str, score: float) -> None:
    assert quick_chemistry(answer, gold) == score


@pytest.mark.parametrize(
    ("answer", "gold", "score"),
    [
        ("Al(OH)4-", "[Al(OH)4]^-", 1.0), ("Zn(OH)42-", "[Zn(OH)4]2-", 1.0), ("CH2=CH2", "C2H4", 1.0),
        ("HC≡CH", "乙炔", 1.0), ("CH2=CHCH3", "C2H4", 0.0), ("CaCO3=CaO", "C2H4", 0.0),
    ],
)  # fmt: skip
def test_complex_ions_and_bonds_are_read(answer: str, gold: str, score: float) -> None:
    assert quick_chemistry(answer, gold) == score


@pytest.mark.parametrize(
    ("answer", "gold", "score"),
    [
        ("Cr^(3+)", "Cr^3+", 1.0), ("Cr^(2+)", "Cr^3+", 0.0), ("PO4(3-)", "PO4^3-", 1.0), ("PO4(2-)", "PO4^3-", 0.0),
        ("PO<sub>4</sub><sup>3-</sup>", "PO4^3-", 1.0), ("\\mathrm{PO}_{4}{ }^{3-}", "PO4^3-", 1.0),
        ("\\mathrm{Al}_{2} \\mathrm{O}_{3}", "Al2O3", 1.0), ("\\mathrm{Al} \\mathrm{O}_{3}", "Al2O3", 0.0),
        ("CH3-CH2-CH2-OH", "CH3CH2CH2OH", 1.0), ("CH3—CH2—CH3", "CH3CH2CH2OH", 0.0), ("HO-CH2-CH2-CH3",
        "CH3CH2CH2OH", 1.0),
        ("CH3-O-CH2CH3", "CH3CH2CH2OH", 0.0), ("O=C=O", "CO2", 1.0), ("H2C=CH2", "CH2=CH2", 1.0),
        ("CH3CH3", "CH2=CH2", 0.0), ("CH3OCH3", "乙醇", 0.0), ("乙醇", "CH3OCH3", 0.0), ("D2O", "^2H_2O", 1.0),
        ("H2O", "D2O", 0.0), ("H₂¹⁸O", "H_2^{18}O", 1.0),
    ],
)  # fmt: skip
def test_charges_bonds_and_labels_in_other_spellings(answer: str, gold: str, score: float) -> None:
    assert quick_chemistry(answer, gold) == score


def test_letters_keep_their_case_where_they_carry_the_meaning(judge: Judge) -> None:
    for answer, gold in (("7 Mg", "7 mg"), ("7 MJ", "7 mJ"), ("加热Co", "加热CO"), ("burn co", "Burn CO")):
        assert judge(answer, gold).score == 0.0, answer
    assert judge("Heat the NaOH", "heat the NaOH").score == 1.0
