"""The verifier `numeric`."""

from __future__ import annotations

from typing import Any

import pytest

from rewards.verifiers.numeric_answer import check_numeric_gold, numeric
from rlcs.records import Status, Verdict


def score(answer: str, gold: Any, **params: Any) -> float | None:
    found = numeric(answer, gold, **params)
    return found.score if isinstance(found, Verdict) else found


@pytest.mark.parametrize(
    ("answer", "gold"),
    [
        ("42", 42), ("42.0", "42"), ("1,234", "1234"), ("2e3", "2000"), ("1/2", 0.5), ("50%", "0.5"), ("x = 5", "5"),
        ("5 cm", "5"), ("5 cm", "5 cm"), ("forty-two", 42), ("四十二", 42), ("-3", "-3"), ("7", ["6", "7"]),
    ],
)  # fmt: skip
def test_the_same_number_is_right(answer: str, gold: Any) -> None:
    assert score(answer, gold) == 1.0


def test_tolerances_are_declared_and_inclusive() -> None:
    assert score("101.5", "100.5", rel_tol=0.01) == 1.0  # 1.0 <= 1.005
    assert score("101.51", "100.5", rel_tol=0.01) == 0.0
    assert score("0.05", "0.0", abs_tol=0.05, integers="tolerance") == 1.0
    assert score("3.15", "3.14") == 0.0


def test_whole_golds_are_exact_unless_declared_otherwise() -> None:
    assert score("101", "100", rel_tol=0.05) == 0.0
    assert score("101", "100", rel_tol=0.05, integers="tolerance") == 1.0
    assert score("101", "100.0", rel_tol=0.05) == 1.0


@pytest.mark.parametrize(
    "answer", ["nan", "inf", "-inf", "Infinity", "1e999", "True", "", "5, 6", "5 or 6", "4-6", "x", "1_0", "9" * 2000]
)
def test_what_is_no_finite_number_is_never_right(answer: str) -> None:
    assert score(answer, "5", rel_tol=1.0, abs_tol=1e9) == 0.0


def test_units_must_be_the_same_where_both_have_one() -> None:
    assert score("5 cm", "5 m") == 0.0


def test_running_text_is_searched_for_its_final_number() -> None:
    assert score("First 3, then 4: the answer is 7.", "7", delimited=False) == 1.0


@pytest.mark.parametrize("gold", ["nan", float("inf"), "", True, "seven or eight", [], {"a": 1}])
def test_a_gold_that_is_no_finite_number_is_refused(gold: Any) -> None:
    assert check_numeric_gold(gold)


def test_a_flood_of_digits_is_over_the_limit() -> None:
    found = numeric("1" * 100_000, "1")
    assert isinstance(found, Verdict)
    assert found.status is Status.OVER_LIMIT


@pytest.mark.parametrize(
    ("answer", "gold", "changed"),
    [
        ("31个", "31", "32"), ("31平方米", "31 m^2", "31 m"), ("4.5亿", "450000000", "4.5"), ("零点七五", "0.75",
        "0.7"),
        ("五分之三", "0.6", "5/3"), ("6 million", "6000000", "6"), ("6 crore people", "60000000", "6"), ("6 bn",
        "6e9", "6"),
        ("7 thirds", "7/3", "7"), ("8k", "8000", "8"), ("8.5M", "8500000", "8.5"), ("USD 9", "$9", "€9"),
        ("Rs. 900", "900", "9"), ("4 x 10^-2", "0.04", "400"), ("0,375", "0.375", "375"), ("2.345,5", "2345.5",
        "2.3455"),
        ("\\num{2.5e3}", "2500", "2.5"), ("\\SI{4}{\\metre}", "4 m", "4 s"), ("0.(7)", "7/9", "0.7"), ("8‰", "0.008",
        "8"),
        ("forty and a half", "40.5", "40"), ("-$5", "-5", "5"), ("12°30'", "12.5°", "12.3°"),
    ],
)  # fmt: skip
def test_more_spellings_stand_for_one_number(answer: str, gold: str, changed: str) -> None:
    assert (score(answer, gold), score(answer, changed)) == (1.0, 0.0)


@pytest.mark.parametrize(
    "answer",
    ["5 lakh", "5 tens", "5 halves", "5 quarters", "5 mil", "5 millones", "5 Milliarden", "5 k", "5T",
     "5 point five", "5 below zero",
     "5以上", "5多", "5折", "(5)", "5-6", "5+", "about 5", "5 th"],
)  # fmt: skip
def test_a_number_with_a_word_that_changes_it_is_not_the_number(answer: str) -> None:
    assert score(answer, "5") == 0.0
