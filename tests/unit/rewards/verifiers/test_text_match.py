"""The verifier `text_match`."""

from __future__ import annotations

from typing import Any

import pytest

from rewards.verifiers.text_match import check_text_gold, text_match, token_f1, words
from rlcs.records import Status, Verdict


@pytest.mark.parametrize(
    ("answer", "gold", "expected"),
    [
        ("New York City!", "new york city", 1.0), ("The cat", "cat", 1.0), ("well-known", "well known", 1.0),
        ("U.S.", "US", 1.0), ("1,000", "1000", 1.0), ("ﬁsh", "fish", 1.0), ("Paris", ["London", "Paris"], 1.0),
        (" a ", "a", 1.0),
        ("3.5", "35", 0.0), ("5", "-5", 0.0), ("5%", "5", 0.0), ("C++", "C", 0.0), ("Paris, France", "Paris", 0.0),
        ("", "Paris", 0.0), ("12:30", "1230", 0.0),
    ],
)  # fmt: skip
def test_normalised_match_passes_over_punctuation_but_not_over_what_changes_a_number(
    answer: str, gold: Any, expected: float
) -> None:
    assert text_match(answer, gold) == expected


def test_exact_match_is_exact() -> None:
    assert text_match("Paris", "paris", match="exact") == 1.0
    assert text_match("Paris", "paris", match="exact", ignore_case=False) == 0.0
    assert text_match("Paris.", "Paris", match="exact") == 0.0


@pytest.mark.parametrize(
    ("answer", "gold", "expected"),
    [
        ("hello world", "hello world", 1.0),
        ("hello world", "hello", 2 / 3),  # precision 1/2, recall 1
        ("hello world", "goodbye", 0.0),
        ("hello world", ["goodbye", "hello there world"], 0.8),  # precision 1, recall 2/3
        ("the the the cat", "cat", 1.0),  # articles do not count
        ("cat cat cat", "cat", 0.5),  # precision 1/3, recall 1
        ("", "cat", 0.0),
    ],
)
def test_f1_of_words_is_the_best_over_the_golds(answer: str, gold: Any, expected: float) -> None:
    assert text_match(answer, gold, match="f1") == pytest.approx(expected)


def test_places_are_looked_at_where_declared() -> None:
    assert text_match("The answer is Paris.", "paris", match="suffix") == 1.0
    assert text_match("Paris is the answer", "paris", match="suffix") == 0.0
    assert text_match("Paris is the answer", "paris", match="prefix") == 1.0
    assert text_match("It is Paris, I think", "paris", match="includes") == 1.0


@pytest.mark.parametrize(
    ("answer", "gold", "match", "expected"),
    [
        ("28 + 32 = 60 so done", "60", "suffix", 1.0), ("The answer is 25", "5", "suffix", 0.0),
        ("50 is the answer", "5", "prefix", 0.0), ("got 25 here", "5", "includes", 0.0), ("5", "-5", "suffix", 0.0),
        ("the result is −5 exactly", "-5", "suffix", 1.0), ("got -½ as the result", "-0.5", "includes", 1.0),
        ("the answer is １２３", "123", "suffix", 1.0), ("60%", "60", "suffix", 0.0), ("10²", "102", "suffix", 0.0),
        ("3-4", "4", "suffix", 0.0), ("It is 5", "5", "normalized", 0.0), ("$5.00", "5", "exact", 1.0),
        ("1 1/2 cups", "1.5", "prefix", 1.0), ("1,234 cats", "1234", "includes", 1.0), ("x2", "2", "includes", 0.0),
    ],
)  # fmt: skip
def test_numbers_are_compared_as_numbers_where_declared(answer: str, gold: str, match: Any, expected: float) -> None:
    assert text_match(answer, gold, match=match, numeric=True) == expected


def test_words_keep_signs_and_decimal_points() -> None:
    assert words("The U.S. paid -3.5%, (not 2:1)!") == ["The", "US", "paid", "-3.5%", "not", "2:1"]
    assert words("…") == ["..."]


def test_token_f1_counts_repetition() -> None:
    assert token_f1(["a", "a", "b"], ["a", "b", "b"]) == pytest.approx(2 / 3)


def test_a_flood_is_over_the_limit_except_where_only_an_end_matters() -> None:
    found = text_match("x " * 100_000, "x")
    assert isinstance(found, Verdict)
    assert found.status is Status.OVER_LIMIT
    assert text_match("x " * 100_000 + "Paris", "Paris", match="suffix") == 1.0


@pytest.mark.parametrize("gold", ["", [], ["a", ""], {"a": 1}, True, None])
def test_a_gold_of_no_use_is_refused(gold: Any) -> None:
    assert check_text_gold(gold)


@pytest.mark.parametrize("gold", ["12", "30"])
def test_a_time_of_day_is_no_number(gold: str) -> None:
    assert text_match("at 12:30", gold, match="suffix", numeric=True) == 0.0


@pytest.mark.parametrize("answer", ["「上海」", "『上海』", "《上海》", "“上海”", "«上海»", "上 海。"])
def test_quotation_marks_and_spaces_of_chinese_text_do_not_count(answer: str) -> None:
    assert text_match(answer, "上海") == 1.0
    assert text_match(answer, "上海市") == text_match(answer, "海上") == 0.0


def test_a_space_before_a_percent_sign_does_not_count() -> None:
    assert text_match("40 %", "40%") == 1.0
    assert text_match("40 %", "4 0%") == 0.0
