"""The verifier `document`, ANLS and ANLS*."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import pytest

from rewards.verifiers.documents.anls import anls, anls_star
from rewards.verifiers.documents.document import check_document_gold, document, quick_document
from rlcs.records import Status, Verdict

inclusive = partial(anls, variant="inclusive")


def score(answer: str, gold: Any, **params: Any) -> float | None:
    found = quick_document(answer, gold, **params)
    found = document(answer, gold, **params) if found is None else found
    return found.score if isinstance(found, Verdict) else found


@pytest.mark.parametrize(
    ("answer", "gold", "expected"),
    [
        ("acme corp", "Acme Corp", 1.0),
        ("John  Smith\n", "john smith", 1.0),
        ("acme crop", ["Acme Corporation", "Acme Corp"], 7 / 9),  # two edits in nine characters
        ("hello world hello world", "hello world", 0.0),  # 12 of 23
        ("", "hello", 0.0),
    ],
)
def test_similarity_without_case_and_extra_spaces(answer: str, gold: Any, expected: float) -> None:
    assert score(answer, gold) == pytest.approx(expected)


def test_the_two_variants_differ_exactly_at_the_threshold() -> None:
    assert anls("abxy", "abcd", variant="strict") == 0.0
    assert anls("abxy", "abcd", variant="inclusive") == 0.5
    assert anls("abcx", "abcd", variant="strict") == anls("abcx", "abcd", variant="inclusive") == 0.75
    assert anls("abcxy", "abcde", variant="strict", threshold=0.6) == 0.0  # 1 - 2/5, not exact in floats
    assert anls("abcxy", "abcde", variant="inclusive", threshold=0.6) == pytest.approx(0.6)


def test_a_wrong_digit_pays_nothing_unless_declared() -> None:
    assert score("12/03/2021", "12/03/2020") == 0.0
    assert score("12/03/2021", "12/03/2020", exact_numbers=False) == pytest.approx(0.9)
    assert score("Invoice 17 from Acmee", "Invoice 17 from Acme") == pytest.approx(20 / 21)
    assert score("1,234.56", "1234.56") == pytest.approx(7 / 8)  # the same digits, one edit
    assert score("5", "50") == 0.0


@pytest.mark.parametrize(
    ("answer", "gold", "expected"),
    [
        ({"a": "x", "b": "y"}, {"b": "y", "a": "x"}, 1.0),
        ({"a": "x"}, {"a": "x", "b": "y"}, 0.5),
        ({"a": "x", "b": "y", "c": "z"}, {"a": "x", "b": "y"}, 2 / 3),  # a surplus key costs
        ({"a": ["two", "one"]}, {"a": ["one", "two"]}, 1.0),
        ({"a": ["one"]}, {"a": ["one", "two"]}, 0.5),
        ({"a": {"b": "x"}}, {"a": "x"}, 0.0),
        ({"a": None}, {"a": None}, 1.0),
        (["one", "to"], ["one", "two", "three"], (1 + 2 / 3) / 3),
    ],
)
def test_structured_answers_are_matched_by_key_and_in_any_order(answer: Any, gold: Any, expected: float) -> None:
    assert score(json.dumps(answer), gold, gold_list="elements") == pytest.approx(expected)


def test_a_tuple_holds_alternatives() -> None:
    assert anls_star("world", ("hello", "world"), inclusive) == 1.0
    assert anls_star({"a": "hello!"}, {"a": ("hello", "world")}, inclusive) == pytest.approx(5 / 6)
    assert anls_star("", None, inclusive) == 1.0
    assert anls_star("x", None, inclusive) == 0.0


def test_a_fenced_json_answer_is_read() -> None:
    assert score('```json\n{"a": "x"}\n```', {"a": "x"}) == 1.0


@pytest.mark.parametrize("answer", ["no json", '{"a": "x"', "{'a': NaN}", '{"a": "x", "a": "y"}', "[" * 100_000])
def test_what_is_not_the_json_asked_for_is_refused(answer: str) -> None:
    found = document(answer, {"a": "x"})
    assert isinstance(found, Verdict)
    assert found.score == 0.0
    assert found.status in (Status.INVALID_ANSWER, Status.OVER_LIMIT)


def test_a_flood_is_over_the_limit_without_a_worker() -> None:
    found = quick_document("ab" * 500_000, "hello")
    assert isinstance(found, Verdict)
    assert (found.score, found.status) == (0.0, Status.OVER_LIMIT)


@pytest.mark.parametrize("gold", ["", [], {}, ["a", " "], True, None, [["a"]]])
def test_a_gold_of_no_use_is_refused(gold: Any) -> None:
    assert check_document_gold(gold)


def test_anls_star_agrees_with_its_reference() -> None:
    reference = pytest.importorskip("anls_star")
    for gold, answer in [
        ({"a": ["x", "y"], "b": None}, {"a": ["y"], "c": "z"}),
        ([["a", "b"], ["c"]], [["c"], ["b", "x"]]),
        ({"a": 5, "b": [True, "t"]}, {"a": "5", "b": ["t"]}),
    ]:
        assert anls_star(answer, gold, inclusive) == pytest.approx(reference.anls_score(gold, answer))


@pytest.mark.parametrize(
    "answer",
    ["ｎｏｄｅ ９", "$node 9$", "\\boxed{node 9}", "\\text{Node 9}", "\u200enode 9", "no\u200bde 9", "**node 9**"],
)
def test_how_a_text_is_encoded_and_wrapped_does_not_count(answer: str) -> None:
    assert document(answer, "node 9") == 1.0
    assert document(answer, "node 8") == 0.0


def test_accents_and_ligatures_are_one_however_encoded() -> None:
    assert document("cafe\u0301 ﬁrst", "caf\u00e9 first") == 1.0
    assert document("café", "cafe") == 0.75
    assert document("5\\% of R\\&D", "5% of R&D") == 1.0
    assert document("６\\%", "5%") == 0.0


def test_a_second_candidate_pays_nothing() -> None:
    assert document("Acme Corporation or Acme", "Acme Corporation") == 0.0
    assert document("life or death", "Life or Death") == 1.0
