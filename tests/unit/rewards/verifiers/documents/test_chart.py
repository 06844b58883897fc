"""The verifier `chart`."""

from __future__ import annotations

from typing import Any

import pytest

from rewards.verifiers.documents.chart import chart, check_chart_gold
from rlcs.records import Verdict


def score(answer: str, gold: Any, **params: Any) -> float | None:
    found = chart(answer, gold, **params)
    return found.score if isinstance(found, Verdict) else found


@pytest.mark.parametrize(
    ("answer", "gold"),
    [
        ("100", "100"), ("95", "100"), ("105", "100"), ("100.", "100"), ("+5", "5"), ("1000", "1,000"), ("0.0", "0"),
        ("５", "5"), ("3", "three"), ("four", "4"), ("$5", "5"), ("2%", "2"), ("50 %", "0.5"), ("0.5", "50%"),
        ("100%", "0.96"),
        ("180 °", "180"), ("5 million", "5000000"), ("5.1M", "5 million"), ("3万", "30000"), ("about 100", "100"),
        ("Yes", "yes"), ("yes.", "yes"), ("blue", "Blue"), ("No", "False"), ("T", "true"), ("5 kg", "5"),
        (" 2010 ", "2010"),
        ("Beijing and Tokyo", "Tokyo, Beijing"), ("[1, 2]", ["2", "1"]), ("1,000, 2,000", "2,000; 1,000"),
    ],
)  # fmt: skip
def test_right_answers_pay(answer: str, gold: Any) -> None:
    assert score(answer, gold) == 1.0


@pytest.mark.parametrize(
    ("answer", "gold"),
    [
        ("94.9", "100"), ("105.1", "100"), ("-5", "5"), ("0.0001", "0"), ("2008", "2010"), ("1900", "2000"),
        ("2010.5", "2010"),
        ("inf", "100"), ("nan", "100"), ("1e999", "100"), ("95-105", "100"), ("100 or 200", "100"),
        ("100 (or 200)", "100"),
        ("1_000", "1000"), ("5 kg", "5 g"), ("Beijing", "Tokyo, Beijing"), ("Beijing, Beijing", "Tokyo, Beijing"),
        ("Tokyo, Beijing, Rome", "Tokyo, Beijing"), ("red", "blue"), ("Maybe", "True"), ("True", "False"), ("", "5"),
        ("5", "5M"),
        ("inf", "inf"), ("nan", "nan"), ("100, 101, 102, 103", "100"), ("a value near 100", "100"),
    ],
)  # fmt: skip
def test_wrong_answers_and_tricks_do_not(answer: str, gold: Any) -> None:
    assert score(answer, gold) == 0.0


def test_the_tolerance_is_declared() -> None:
    assert score("103", "100", rel_tol=0.025) == 0.0
    assert score("102.5", "100", rel_tol=0.025) == 1.0
    assert score("0.04", "0", abs_tol=0.05) == 1.0


def test_years_are_exact_unless_declared_otherwise() -> None:
    assert score("2008", "2010", years="relaxed") == 1.0
    assert score("2,008", "2,010") == 1.0  # a thousands mark: no year


def test_the_percent_convention_can_be_declared() -> None:
    assert score("2%", "2", percent="fraction") == 0.0
    assert score("2%", "0.02", percent="fraction") == 1.0
    assert score("2%", "0.02", percent="number") == 0.0


def test_lists_may_have_an_order() -> None:
    assert score("Tokyo, Beijing", "Beijing, Tokyo", ordered=True) == 0.0
    assert score("Beijing and Tokyo", "Beijing, Tokyo", ordered=True) == 1.0


def test_elements_are_paired_so_that_all_fit() -> None:
    """100 fits both golds and 104 one only: the pairing must not give 100's place away."""
    assert score("100, 96.5", ["98", "101"]) == 1.0


@pytest.mark.parametrize("gold", ["nan", "inf", float("nan"), "", None, True, [], {"a": 1}])
def test_a_gold_of_no_use_is_refused(gold: Any) -> None:
    assert check_chart_gold(gold)


@pytest.mark.parametrize(
    ("answer", "gold", "expected"),
    [
        (".5", "0.5", 1.0), (".5", "5", 0.0), (".5, .6", "0.6, 0.5", 1.0), ("百分之二十", "20%", 1.0), ("0.2",
        "百分之二十", 1.0),
        ("50percent", "50%", 1.0), ("0.02", "2 per cent", 1.0), ("18 - 29", "18-29", 1.0), ("1 : 2", "1:2", 1.0),
        ("2011", "2010年", 0.0), ("2010", "2010年", 1.0),
    ],
)  # fmt: skip
def test_points_percents_and_years_keep_their_meaning(answer: str, gold: str, expected: float) -> None:
    assert score(answer, gold) == expected


@pytest.mark.parametrize(
    ("answer", "gold", "changed"),
    [
        ("In 1987", "1987", "1988"), ("the year 1987", "1987", "1986"), ("1987 AD", "1987", "1980"), ("31个", "31",
        "40"),
        ("31平方公里", "31", "310"), ("6 lakh", "600000", "6"), ("6 hundred", "600", "6"), ("6 万亿", "6e12", "6"),
        ("7 thirds", "2.333", "7"), ("two thirds", "0.667", "2"), ("零点七五", "0.75", "75"), ("6bn", "6 billion", "6"),
        ("8M users", "8 million users", "8"), ("\\SI{4}{\\metre}", "4 m", "4 s"), ("USD 9", "$9", "€9"),
        ("4 × 10⁻²", "0.04", "4"), ("2\\,345", "2345", "2"), ("$7/hour", "7", "70"),
    ],
)  # fmt: skip
def test_more_spellings_stand_for_one_value(answer: str, gold: str, changed: str) -> None:
    assert (score(answer, gold), score(answer, changed)) == (1.0, 0.0)
