"""The verifier `ocr_text`."""

from __future__ import annotations

import random
from typing import Any

import pytest

from rewards.reading.edit_distance import edit_similarity
from rewards.verifiers.documents.ocr_text import check_ocr_gold, ocr_text, quick_ocr_text
from rlcs.records import Status, Verdict


@pytest.mark.parametrize(
    ("answer", "gold", "expected"),
    [
        ("hello world", "hello world", 1.0),
        ("hello  world", "hello world", 11 / 12),
        ("社区服务", "社区服", 3 / 4),
        ("43", "43.0", 0.5),
        ("abc", "xyz", 0.0),
        ("Abc", "abc", 2 / 3),
        ("", "abc", 0.0),
        ("the the the the the", "the", 3 / 19),
        ("1 1", "11", 2 / 3),
        ("don’t", "don't", 0.8),
    ],
)
def test_one_minus_edits_over_the_longer_length(answer: str, gold: str, expected: float) -> None:
    assert quick_ocr_text(answer, gold) == pytest.approx(expected)


def plain_distance(one: str, other: str) -> int:
    """Levenshtein distance by the textbook."""
    row = list(range(len(other) + 1))
    for i, left in enumerate(one, start=1):
        diagonal, row[0] = row[0], i
        for j, right in enumerate(other, start=1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (left != right))
    return row[-1]


def test_the_library_counts_edits_as_the_textbook_does() -> None:
    generator = random.Random(0)
    for _ in range(200):
        one, other = ("".join(generator.choices("ab 字", k=generator.randrange(12))) for _ in range(2))
        longest = max(len(one), len(other))
        expected = 1 - plain_distance(one, other) / longest if longest else 1.0
        assert edit_similarity(one, other) == pytest.approx(expected)


def test_spaces_case_and_spelling_count_as_declared() -> None:
    assert quick_ocr_text(" a b\n", "a b") == 1.0
    assert quick_ocr_text("ab ", "ab", spaces="exact") == pytest.approx(2 / 3)
    assert quick_ocr_text("a\n b", "a b", spaces="collapse") == 1.0
    assert quick_ocr_text("a b", "ab", spaces="remove") == 1.0
    assert quick_ocr_text("ABC", "abc", ignore_case=True) == 1.0
    assert quick_ocr_text("e\u0301", "é") == 1.0
    assert quick_ocr_text("e\u0301", "é", spelling="exact") == 0.0
    assert quick_ocr_text("ﬁ", "fi", spelling="NFKC") == 1.0
    assert quick_ocr_text("ﬁ", "fi") == 0.0


def test_the_best_of_several_golds_counts() -> None:
    assert quick_ocr_text("abc", ["xyz", "abd"]) == pytest.approx(2 / 3)


def test_repeating_the_text_pays_little() -> None:
    found = quick_ocr_text("hello world " * 60, "hello world")
    assert isinstance(found, float)
    assert found <= 0.1


def test_a_flood_is_over_the_limit_without_a_worker() -> None:
    found = quick_ocr_text("ab" * 500_000, "hello")
    assert isinstance(found, Verdict)
    assert (found.score, found.status) == (0.0, Status.OVER_LIMIT)


def test_very_long_texts_go_to_the_worker() -> None:
    assert quick_ocr_text("a" * 20_000, "b" * 20_000) is None
    assert ocr_text("a" * 20_000, "a" * 20_000) == 1.0


@pytest.mark.parametrize("gold", ["", "  \n", [], [""], None, True, {"a": 1}, "x" * 200_000])
def test_a_gold_of_no_use_is_refused(gold: Any) -> None:
    assert check_ocr_gold(gold)


@pytest.mark.parametrize("line_end", ["\r\n", "\r", "\u2028"])
def test_a_line_end_is_one_however_encoded(line_end: str) -> None:
    assert ocr_text(f"one{line_end}two", "one\ntwo") == 1.0
    assert ocr_text(f"one{line_end}two", "one two") == pytest.approx(6 / 7)
    assert ocr_text(f"one{line_end}two", "one\ntwo", spaces="exact") < 1.0
