"""The verifier `physics`: quantities with units, inline and in the worker, and formulas."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rewards import Scorer
from rewards.reading.unit_table import chinese_spellings, unit_name
from rewards.reading.unit_text import read_unit
from rewards.verifiers.science.conversion import convert
from rewards.verifiers.science.physics import asked_unit, check_physics_gold, quick_physics
from rewards.verifiers.science.quantities import read_quantity
from rlcs.config.schema import RewardConfig
from rlcs.records import Status, Verdict

Judge = Callable[..., Verdict]


@pytest.fixture(scope="module")
def judge(make_scorer: Callable[..., Scorer]) -> Iterator[Judge]:
    scorer = make_scorer(physics=RewardConfig(verifier="physics", timeout_s=10.0))

    def bare(answer: str, gold: Any, *, question: str = "", **params: Any) -> Verdict:
        return scorer.score_one(answer, gold, source="physics", question=question, bare=True, params=params)

    yield bare


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("36 km/h", 36, {"kilometer": 1, "hour": -1}),
        ("$3.0 \\times 10^{8}\\ \\mathrm{m\\,s^{-1}}$", 3e8, {"meter": 1, "second": -1}),
        ("3×10⁸ m/s", 3e8, {"meter": 1, "second": -1}),
        ("3 x 10^8 m/s", 3e8, {"meter": 1, "second": -1}),
        ("3e8m/s", 3e8, {"meter": 1, "second": -1}),
        ("(3.00±0.01)×10^8 m/s", 3e8, {"meter": 1, "second": -1}),
        ("９．８ m/s²", 9.8, {"meter": 1, "second": -2}),
        ("v = 5\\frac{m}{s}", 5, {"meter": 1, "second": -1}),
        ("5 meters per second squared", 5, {"meter": 1, "second": -2}),
        ("36千米每小时", 36, {"kilometer": 1, "hour": -1}),
        ("1.0 千克/立方米", 1, {"kilogram": 1, "meter": -3}),
        ("约5牛·米", 5, {"newton": 1, "meter": 1}),
        ("电阻为 5 kΩ", 5, {"kiloohm": 1}),
        ("5 \\mu\\text{C}", 5, {"microcoulomb": 1}),
        ("4.2 J/(g·℃)", 4.2, {"joule": 1, "gram": -1, "degree_Celsius": -1}),
        ("4.2 J/g·K", 4.2, {"joule": 1, "gram": -1, "kelvin": -1}),
        ("4.2 J/g*K", 4.2, {"joule": 1, "gram": -1, "kelvin": 1}),
        ("1/2 mol", 0.5, {"mole": 1}),
        ("1,000 cm³", 1000, {"centimeter": 3}),
        ("5 JK^{-1}", 5, {"joule": 1, "kelvin": -1}),
        ("0.98c", 0.98, {"speed_of_light": 1}),
        ("7", 7, {}),
    ],
)
def test_a_quantity_is_read_in_every_common_spelling(text: str, value: float, unit: dict[str, int]) -> None:
    found = read_quantity(text)
    assert found is not None and found.number is not None
    assert (float(found.number.value), dict(found.unit)) == (value, unit)


@pytest.mark.parametrize(
    "text",
    [
        "5 m or 5 km", "nan m", "inf m", "1e400 m", "a velocity very close to the speed of light", "",
        "not 5 m", "不是5 m", "3 m = 5 m", "5 m/(s", "5 m^99", "5 xyz", "5 " + "m" * 65, "5 m^^2", "()m", "m", "5%",
        "4 or v = 5 m", "5 m/s to the right", "5 m - 1", "5 m 2", "v1 = 5 m/s v2 = 10 m/s", "5 N = 10 N",
    ],
)  # fmt: skip
def test_what_is_no_single_quantity_is_not_read(text: str) -> None:
    assert read_quantity(text) is None


def test_symbols_keep_their_case_and_names_do_not() -> None:
    assert [unit_name(one) for one in ("mW", "MW", "Newtons", "pa", "min", "ft", "Gy", "cd")] == [
        "milliwatt", "megawatt", "newton", None, "minute", "foot", "gray", "candela",
    ]  # fmt: skip


def test_every_unit_of_the_table_is_known_to_the_library() -> None:
    from rewards.reading.unit_table import _table

    sizes = {name: convert(1.0, ((name, 1),), ((name, 1),)) for name in set(_table().values())}
    assert all(size == pytest.approx(1.0) for size in sizes.values())
    assert len(chinese_spellings()) > 200


@pytest.mark.parametrize(
    ("unit", "constant"),
    [
        ("eV", "eV"), ("atm", "atm"), ("torr", "torr"), ("cal", "calorie"), ("mile", "mile"), ("lb", "lb"),
        ("inch", "inch"), ("ly", "light_year"), ("AU", "au"), ("u", "u"), ("hp", "hp"), ("gal", "gallon"),
        ("knot", "knot"), ("psi", "psi"), ("year", "Julian_year"), ("dyn", "dyn"), ("erg", "erg"), ("Å", "angstrom"),
        ("°", "degree"), ("mmHg", "mmHg"),
    ],
)  # fmt: skip
def test_sizes_of_units_agree_with_scipy(unit: str, constant: str) -> None:
    constants = pytest.importorskip("scipy.constants")
    si = {"eV": "J", "cal": "J", "hp": "W", "erg": "J", "dyn": "N", "knot": "m/s", "gal": "m^3", "°": "rad"}
    si |= dict.fromkeys(("atm", "torr", "psi", "mmHg"), "Pa") | dict.fromkeys(("lb", "u"), "kg") | {"year": "s"}
    size = convert(1.0, read_unit(unit) or (), read_unit(si.get(unit, "m")) or ())
    assert size == pytest.approx(getattr(constants, constant), rel=1e-6)


@pytest.mark.parametrize(
    ("answer", "gold"),
    [
        ("5 N", "5 newtons"), ("10 m/s", "10"), ("10", "10 m/s"), ("50牛", "50 N"), ("2.01 m", "2 m"),
        ("F⃗ = ma⃗", "F = ma"), ("\\vec{F} = m\\vec{a}", "F = ma"), ("1/2", "0.5"), ("A→B→C 过程", "A B C 过程"),
    ],
)  # fmt: skip
def test_equal_quantities_and_spellings_are_decided_inline(answer: str, gold: str) -> None:
    assert quick_physics(answer, gold) == 1.0


@pytest.mark.parametrize(
    ("answer", "gold", "score"),
    [
        ("1 km", "1000 m", 1.0), ("36 km/h", "10 m/s", 1.0), ("1 kWh", "3.6e6 J", 1.0), ("1 hour", "3600 s", 1.0),
        ("100 °C", "212 °F", 1.0), ("0 °C", "273.15 K", 1.0), ("4.2 J/(g·K)", "4.2 J/(g·°C)", 1.0),
        ("5 J", "5 N*m", 1.0),
        ("1 g/cm³", "1000 kg/m^3", 1.0), ("13.6 eV", "2.18e-18 J", 1.0), ("\\sqrt{2} m", "141.42 cm", 1.0),
        ("2\\pi rad", "360°", 1.0), ("1 rev", "2\\pi rad", 1.0), ("5 km", "5 m", 0.0), ("5 s", "5 m", 0.0),
        ("5 m or 5 km", "5 m", 0.0), ("-5 m", "5 m", 0.0), ("2.05 m", "2 m", 0.0), ("50 m", "5 m", 0.0),
        ("a velocity very close to the speed of light", "0.98c", 0.0), ("a mass", "5 kg", 0.0),
    ],
)  # fmt: skip
def test_dimension_counts_first_and_then_magnitude(judge: Judge, answer: str, gold: str, score: float) -> None:
    assert judge(answer, gold).score == score


@pytest.mark.parametrize(
    ("answer", "gold", "score"),
    [
        ("d = v₀t + ½at²", "d = v0t + 0.5at^2", 1.0), ("mv^2/2", "½mv²", 1.0), ("1/2mv^2", "½mv²", 1.0),
        ("E = mc²", "E = m c^2", 1.0), ("ln(a) + ln(b)", "ln(ab)", 1.0), ("mgsinθ", "mg\\sin\\theta", 1.0),
        ("BIL", "ILB", 1.0), ("ħω", "\\hbar\\omega", 1.0), ("2π√(l/g)", "2\\pi\\sqrt{\\frac{l}{g}}", 1.0),
        ("P=IV", "P=I/V", 0.0), ("v=s*t", "v=s/t", 0.0), ("E = mc^3", "E = mc²", 0.0), ("向左", "向右", 0.0),
        ("B→A 过程", "A→B 过程", 0.0), ("left", "felt", 0.0),
    ],
)  # fmt: skip
def test_formulas_are_left_to_the_rules_of_mathematics(judge: Judge, answer: str, gold: str, score: float) -> None:
    assert judge(answer, gold).score == score


@pytest.mark.parametrize(
    ("policy", "bare", "same_unit", "other_unit"),
    [("optional", 1.0, 1.0, 1.0), ("required", 0.0, 1.0, 1.0), ("asked", 1.0, 1.0, 0.0)],
)
def test_the_declared_policy_says_which_units_an_answer_may_name(
    judge: Judge, policy: str, bare: float, same_unit: float, other_unit: float
) -> None:
    scores = [judge(answer, "1000 g", unit=policy).score for answer in ("1000", "1000 grams", "1 kg")]
    assert scores == [bare, same_unit, other_unit]


def test_a_unit_that_the_question_asks_for_is_the_only_one_when_declared(judge: Judge) -> None:
    assert judge("1 kg", "1000 g", unit="question", question="1 kg 等于多少 g？").score == 0.0
    assert judge("1 kg", "1000 g", unit="question", question="What is the mass of the box?").score == 1.0
    assert judge("5.8 m", "5.8", unit="question", question="求长度（cm）").score == 0.0
    assert judge("5.8 厘米", "5.8", unit="question", question="求长度（cm）").score == 1.0


@pytest.mark.parametrize(
    ("question", "unit"),
    [
        ("how many grams are there?", (("gram", 1),)), ("Find the speed in km/h.", (("hour", -1), ("kilometer", 1))),
        ("以米为单位，求宽", (("meter", 1),)), ("求力（单位：N）", (("newton", 1),)),
        ("How many apples in a box?", None),
        ("in a circle of radius 5 m", None), ("what is it?", None), ("in m or in cm", None),
    ],
)  # fmt: skip
def test_the_asked_unit_is_found_in_the_question(question: str, unit: Any) -> None:
    assert asked_unit(question) == unit


def test_a_declared_unit_belongs_to_golds_that_are_bare_numbers(judge: Judge) -> None:
    assert judge("36 km/h", "10", gold_unit="m/s").score == 1.0
    assert judge("36 km/h", 10, gold_unit="m/s").score == 1.0
    assert judge("36 m/s", "10", gold_unit="m/s").score == 0.0
    assert judge("5 km/s", 5, gold_unit="$10^3 \\mathrm{~m} / \\mathrm{s}$").score == 1.0
    assert judge("5 m/s", 5, gold_unit="$10^3 \\mathrm{~m} / \\mathrm{s}$").score == 0.0
    assert [judge(answer, 15, gold_unit="\\%").score for answer in ("15", "15\\%", "0.15", "16\\%")] == [1, 1, 1, 0]
    assert [judge(answer, 15, gold_unit="$").score for answer in ("15", "\\$15", "15 dollars", "\\$16")] == [1, 1, 1, 0]
    assert judge("5 photons", 5, gold_unit="photons").score == 1.0
    assert judge("5 protons", 5, gold_unit="photons").score == 0.0


def test_tolerance_is_declared_and_relative_to_the_gold(judge: Judge) -> None:
    assert [judge("9.81 m/s^2", "9.8 m/s^2", rel_tol=tolerance).score for tolerance in (1e-2, 1e-3)] == [1.0, 0.0]
    assert [judge("36 km/h", "10.05 m/s", rel_tol=tolerance).score for tolerance in (1e-2, 1e-3)] == [1.0, 0.0]
    assert [judge("0.01 mm", "0 m", abs_tol=tolerance).score for tolerance in (1e-4, 0.0)] == [1.0, 0.0]


@pytest.mark.parametrize(
    "answer",
    [
        "9**9**9 m",
        "5 " + "a" * 100_000,
        "(" * 5000 + "5" + ")" * 5000 + " m",
        "9" * 300 + " m",
        "1e9999 m",
        "5 m" * 2000,
    ],
)
def test_bombs_end_at_once_without_reward(judge: Judge, answer: str) -> None:
    verdict = judge(answer, "5 m")
    assert verdict.score == 0.0
    assert verdict.status in (Status.OVER_LIMIT, Status.INCORRECT)


def test_golds_and_units_are_checked_at_load() -> None:
    assert check_physics_gold("9.8 m/s^2") is None
    assert check_physics_gold("E = mc^2") is None
    assert "is no quantity" in (check_physics_gold("E = mc^2", kind="quantity") or "")
    assert "is no quantity" in (check_physics_gold("5", kind="quantity", gold_unit="parrots") or "")
    assert check_physics_gold("") and check_physics_gold("nan") and check_physics_gold(None)


def test_any_of_several_golds_is_right(judge: Judge) -> None:
    assert judge("36 km/h", ["5 m", "10 m/s"]).score == 1.0
    assert judge("36 km/h", ["5 m", "11 m/s"]).score == 0.0


PIECES = st.sampled_from(
    ["5", "m", "/", "s", "^", "{", "}", "\\frac", "\\sqrt", "10^", "±", "°", "C", "米", "每", "(", ")", "*", "-", ".",
     " ", "e9", "\\times", "=", "kg", "\\text{", "½", "²", "μ", "v", "nan", "\x00", "٣"]
)  # fmt: skip


@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(answer=st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=24).map("".join)))
def test_any_text_gets_a_verdict(judge: Judge, answer: str) -> None:
    for gold in ("9.8 m/s^2", "E = mc^2"):
        verdict = judge(answer, gold)
        assert verdict.score is not None and 0.0 <= verdict.score <= 1.0


def test_dollar_signs_around_a_unit_are_no_money() -> None:
    assert quick_physics("22 $\\mathrm{~s}$", "22 s") == 1.0
    milliseconds = read_quantity("$22$ $\\mathrm{ms}$")
    assert milliseconds is not None and milliseconds.unit == (("millisecond", 1),)


@pytest.mark.parametrize(
    ("answer", "gold", "score"),
    [
        ("9.8 \\frac{m}{s^2}", "9.8 m/s^2", 1.0), ("9.8 \\frac{\\text{m}}{\\text{s}^2}", "9.8 m/s^2", 1.0),
        ("5 W/(K·m^2)", "5 W m^-2 K^-1", 1.0), ("5 \\frac{m}{s^2}", "5 m/s", 0.0), ("5 千瓦时", "5 kWh", 1.0),
        ("5 mAh", "5 毫安时", 1.0), ("32 °F", "0 °C", 1.0), ("33 °F", "0 °C", 0.0),
    ],
)  # fmt: skip
def test_units_in_fractions_brackets_and_two_words_are_read(judge: Judge, answer: str, gold: str, score: float) -> None:
    assert judge(answer, gold).score == score


@pytest.mark.parametrize(
    ("answer", "gold", "score"),
    [
        ("T=2π√(L/g)", "T=2\\pi\\sqrt{L/g}", 1.0), ("2\\pi\\sqrt{L/g}", "2\\pi\\sqrt{g/L}", 0.0),
        ("λ=h/p", "\\lambda=\\frac{h}{p}", 1.0), ("h/p", "λ=h/p", 1.0), ("λ=p/h", "\\lambda=\\frac{h}{p}", 0.0),
        ("I=U/R", "U=IR", 1.0), ("I=UR", "U=IR", 0.0), ("P=-R", "P=I^2R", 0.0), ("pV=nRT", "PV=nRT", 0.0),
        ("F=kq1q2/r²", "F=k\\frac{q_1q_2}{r^2}", 1.0), ("KE = 1/2 mv^2", "KE = ½mv²", 1.0),
        ("n1sinθ1=n2sinθ2", "n_1\\sin\\theta_1=n_2\\sin\\theta_2", 1.0), ("n1sinθ1=n2sinθ2",
        "n_2\\sin\\theta_1=n_1\\sin\\theta_2", 0.0),
    ],
)  # fmt: skip
def test_letters_of_formulas_are_symbols_whatever_their_spelling(
    judge: Judge, answer: str, gold: str, score: float
) -> None:
    assert judge(answer, gold).score == score


def test_a_quantity_along_an_axis_needs_the_same_axis_or_none(judge: Judge) -> None:
    gold = "0.829 $\\mathrm{~N} \\hat{\\mathrm{i}}$"
    for right in ("0.829 N \\hat{i}", "829 mN \\hat{\\mathrm{i}}", "0.829 N", "0.829"):
        assert judge(right, gold).score == 1.0, right
    for wrong in ("0.829 N \\hat{j}", "0.7 N \\hat{i}", "0.829 m \\hat{i}"):
        assert judge(wrong, gold).score == 0.0, wrong
    assert judge("0.829 N \\hat{i}", "0.829 N").score == 0.0, "a vector is no scalar"


SAME = [
    ("8.2 kJ", ["8,2 kJ", "\\qty{8.2}{\\kilo\\joule}", "\\SI{8.2}{kJ}", "8.2 kilojoules", "8.2千焦", "8200 J"]),
    ("35 °C", ["35 degrees Celsius", "35 degrees", "35°", "35 deg C", "35^\\circ\\text{C}", "三十五摄氏度", "95 °F"]),
    ("1.75 h", ["1 h 45 min", "1h45m", "1小时45分钟", "一小时四十五分", "105 minutes", "1 hour and 45 minutes"]),
    ("1.88 m", ["188 cm", "1米88厘米", "1 m 88 cm", "1.88米"]), ("73 dB", ["73 decibels", "73分贝"]),
    ("3.1416 rad", ["\\pi rad", "π rad", "180°", "\\pi\\text{ rad}"]), ("π/4 rad", ["45°",
    "\\frac{\\pi}{4}\\,\\mathrm{rad}"]),
    ("7 kg m/s", ["7 kgms^{-1}", "7kgm/s", "7 N s", "7\\,\\mathrm{kg\\cdot m\\cdot s^{-1}}"]),
    ("7 m/s^2", ["7 ms^{-2}", "7 meters per second per second", "F/m = 7 m/s²", "a = F/m = 14/2 = 7 m/s^2"]),
    ("2.4e8 m", ["2.4亿米", "240 million meters", "24万千米"]), ("5 N", ["five newtons", "五牛",
    "10\\sin 30^\\circ \\text{ N}"]),
]  # fmt: skip


@pytest.mark.parametrize(("gold", "answers"), SAME)
def test_a_quantity_has_many_spellings_and_each_stands_for_one_value(
    judge: Judge, gold: str, answers: list[str]
) -> None:
    others = [other for other, _ in SAME if other != gold]
    for answer in answers:
        assert judge(answer, gold).score == 1.0, answer
        assert [other for other in others if judge(answer, other).score] == [], answer


@pytest.mark.parametrize(
    ("answer", "gold"),
    [
        ("1 h 54 min", "1.75 h"), ("\\qty{8.3}{\\kilo\\joule}", "8.2 kJ"), ("\\qty{8.2}{\\milli\\joule}", "8.2 kJ"),
        ("36 degrees", "35 °C"), ("35 degrees", "308.15 K"), ("95 degrees", "35 °C"), ("零下35摄氏度", "35 °C"),
        ("2\\pi rad", "3.1416 rad"), ("7 kgms^{-2}", "7 kg m/s"), ("7 ms", "7 m/s"), ("72 dB", "73 dB"),
        ("240 m", "2.4e8 m"), ("five meters", "5 N"), ("\\SIrange{4}{5}{\\newton}", "5 N"),
    ],
)  # fmt: skip
def test_a_changed_value_or_unit_in_the_same_spelling_is_wrong(judge: Judge, answer: str, gold: str) -> None:
    assert judge(answer, gold).score == 0.0


def test_degrees_alone_are_the_golds_own_only_where_no_unit_is_asked_for(judge: Judge) -> None:
    assert [judge("35 degrees", "35 °C", unit=unit).score for unit in ("optional", "required", "asked")] == [1, 0, 0]


def test_a_product_of_letters_is_no_quantity_of_the_gold(judge: Judge) -> None:
    assert judge("h 2\\pi", "2\\pi h").score == 1.0
    assert judge("6.28 h", "2\\pi h").score == 0.0


@pytest.mark.parametrize(
    "answer", ["15 degrees Kelvin Celsius", "5 °C/°F", "5 decades^9", "5 dB^2/dB", "5 °C °C", "e^{99999} m"]
)
@pytest.mark.parametrize("gold", ["15 °C", "15 dB", "15 K", "15 J/(kg °C)", "15 degrees"])
def test_no_unit_of_an_answer_leaves_it_without_a_verdict(judge: Judge, answer: str, gold: str) -> None:
    assert judge(answer, gold).score == 0.0
