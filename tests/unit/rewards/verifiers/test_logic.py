"""The verifier `logic`."""

from __future__ import annotations

from typing import Any

import pytest

from rewards.verifiers.logic import check_logic_gold, logic
from rlcs.records import Status, Verdict


def score(answer: str, gold: Any, **params: Any) -> float | None:
    found = logic(answer, gold, **params)
    return found.score if isinstance(found, Verdict) else found


@pytest.mark.parametrize(
    ("answer", "gold", "kind"),
    [
        ("Knight.", "knight", "exact"), ("3.0", 3, "exact"), ("a, b", "b and a", "set"),
        ('["b", "a"]', ["a", "b"], "set"),
        ("B > A > C", ["B", "A", "C"], "ordering"), ("C < A < B", ["B", "A", "C"], "ordering"),
        ("BAC", ["B", "A", "C"], "ordering"),
        ("B → A → C", "B, A, C", "ordering"), ("1. Bob\n2. Ann", ["Bob", "Ann"], "ordering"),
        ("Ann: red, Bob: blue", {"Bob": "Blue", "Ann": "red"}, "assignment"),
        ("Ann = red\nBob = blue", "Bob: blue; Ann: red", "assignment"),
        ('{"Ann": {"pet": "cat"}}', {"ann": {"pet": "Cat"}}, "assignment"),
        ("A-Paris, B-Rome", {"A": "Paris", "B": "Rome"}, "assignment"),
        ("1 2\n3 4", [[1, 2], [3, 4]], "grid"), ("12\n34", [[1, 2], [3, 4]], "grid"),
        ("[[1, 2], [3, 4]]", "1 2\n3 4", "grid"),
        ("| 1 | 2 |\n|---|---|\n| 3 | 4 |", [[1, 2], [3, 4]], "grid"),
        ("```json\n[[1,2],[3,4]]\n```", [[1, 2], [3, 4]], "grid"),
    ],
)  # fmt: skip
def test_right_answers_pay_however_they_are_written(answer: str, gold: Any, kind: str) -> None:
    assert score(answer, gold, kind=kind) == 1.0


@pytest.mark.parametrize(
    ("answer", "gold", "kind"),
    [
        ("Knave", "knight", "exact"), ("knight or knave", "knight", "exact"), ("a, b, c", "a, b", "set"),
        ("a, a", "a, b", "set"),
        ("A > B > C", ["B", "A", "C"], "ordering"), ("B > A < C", ["B", "A", "C"], "ordering"),
        ("Ann: blue, Bob: blue", {"Bob": "Blue", "Ann": "red"}, "assignment"),
        ("Ann: red, Ann: blue, Bob: blue", {"Bob": "Blue", "Ann": "red"}, "assignment"),
        ("1 2 3 4", [[1, 2], [3, 4]], "grid"),
        ("1 3\n2 4", [[1, 2], [3, 4]], "grid"), ("", "knight", "exact"), ("[[1, 2]", [[1, 2]], "grid"),
    ],
)  # fmt: skip
def test_wrong_answers_do_not(answer: str, gold: Any, kind: str) -> None:
    assert score(answer, gold, kind=kind) == 0.0


def test_parts_pay_only_when_declared() -> None:
    grid = [[1, 2], [3, 4]]
    assert score("1 2\n3 5", grid, kind="grid") == 0.0
    assert score("1 2\n3 5", grid, kind="grid", partial=True) == 0.75
    assert score("1 2 3 4", grid, kind="grid", partial=True) == 0.0
    assert score("A, B, C", ["B", "A", "C"], kind="ordering", partial=True) == pytest.approx(1 / 3)
    assert score("a, b, c, d", "a, b", kind="set", partial=True) == 0.5
    assert score("Ann: red", {"Ann": "red", "Bob": "blue"}, kind="assignment", partial=True) == 0.5


def test_an_answer_in_another_form_is_invalid() -> None:
    found = logic("Ann likes it", {"Ann": "red"}, kind="assignment")
    assert isinstance(found, Verdict)
    assert found.status is Status.INVALID_ANSWER


@pytest.mark.parametrize("answer", ["[" * 50_000, "1 " * 16_000, "a, " * 10_000, '{"a":' * 5_000])
@pytest.mark.parametrize(("gold", "kind"), [([[1, 2]], "grid"), (["a", "b"], "set"), ({"a": "b"}, "assignment")])
def test_floods_pay_nothing(answer: str, gold: Any, kind: str) -> None:
    assert score(answer, gold, kind=kind, partial=True) == 0.0


@pytest.mark.parametrize(
    ("gold", "kind"),
    [("", "exact"), ([], "set"), ({"a": 1}, "grid"), (["a"], "assignment"), ({"a": 1}, "exact"), ("Ann", "assignment")],
)
def test_a_gold_of_another_form_is_refused(gold: Any, kind: Any) -> None:
    assert check_logic_gold(gold, kind=kind)


def test_sets_in_braces_are_no_broken_json() -> None:
    assert score("{A, B}", "B, A", kind="set") == 1.0
    assert score('{"A": "B"}', "B, A", kind="set") == 0.0


def test_only_a_number_or_dash_at_the_start_of_a_line_is_numbering() -> None:
    assert score("Ann - red, Bob - blue", {"Ann": "red", "Bob": "blue"}, kind="assignment") == 1.0
    assert score("- Ann: red\n- Bob: blue", {"Ann": "red", "Bob": "blue"}, kind="assignment") == 1.0
