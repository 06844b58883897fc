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
        ("B > A > C", ["B", "A", "C"], "ordering"), ("B < A < C", ["B", "A", "C"], "ordering"),
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
    found = logic("Somebody likes it", {"Ann": "red"}, kind="assignment")
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


ROLES = {"Mia": "knight", "Tom": "knave"}
IN_ROLES = [
    "Mia is a knight, Tom is a knave", "Mia is a knight and Tom a knave.", "Mia knight, Tom knave",
    "Mia is a knight. Tom is a knave.", "So Mia must be a knight, while Tom is a knave", "Knights: Mia; Knaves: Tom",
    "Mia (knight), Tom (knave)", "(Mia, knight), (Tom, knave)", "**Mia**: knight\n**Tom**: knave",
    "| Name | Role |\n|---|---|\n| Mia | knight |\n| Tom | knave |", "{Mia: knight, Tom: knave}",
    '[["Mia", "knight"], ["Tom", "knave"]]', '[{"name": "Mia", "role": "knight"}, {"name": "Tom", "role": "knave"}]',
    '{"solution": {"Mia": "a knight", "Tom": "a knave"}}', "1. Mia: knight, 2. Tom: knave",
    "$\\text{Mia} = \\text{knight}$, $\\text{Tom} = \\text{knave}$", "Mia：knight\nTom：knave",
    "Mia是knight，Tom是knave",
]  # fmt: skip


@pytest.mark.parametrize("answer", IN_ROLES)
def test_an_assignment_is_read_as_models_write_it_and_another_is_not(answer: str) -> None:
    assert score(answer, ROLES, kind="assignment") == 1.0
    for wrong in ({"Mia": "knave", "Tom": "knight"}, {"Mia": "knight", "Tom": "knight"}, {**ROLES, "Zoe": "knave"}):
        assert score(answer, wrong, kind="assignment") == 0.0


@pytest.mark.parametrize(
    "answer",
    ["Mia and Tom are knights, Zoe is a knave", "Knights: Mia, Tom\nKnaves: Zoe", "Mia, Tom are knights; Zoe a knave"],
)
def test_several_may_share_a_value(answer: str) -> None:
    assert score(answer, {"Mia": "knight", "Tom": "knight", "Zoe": "knave"}, kind="assignment") == 1.0
    assert score(answer, {"Mia": "knight", "Tom": "knave", "Zoe": "knave"}, kind="assignment") == 0.0


@pytest.mark.parametrize(
    "answer",
    [
        "Mia is a knight or a knave, Tom is a knave",
        "Mia is not a knight, Tom is a knave",
        "Mia is a knight",
        "Mia and Tom are knights",
        "Knights: Mia, Tom; Knaves: Tom",
    ],
)
def test_doubt_denial_and_gaps_assign_nothing(answer: str) -> None:
    assert score(answer, ROLES, kind="assignment") == 0.0


ORDER = ["Mia", "Tom", "Zoe Lee"]
ORDERED = [
    "[Mia, Tom, Zoe Lee]", "Mia, Tom and Zoe Lee", "First Mia, then Tom, and finally Zoe Lee",
    "1. Mia 2. Tom 3. Zoe Lee", "1st: Mia, 2nd: Tom, 3rd: Zoe Lee", "Mia → Tom → Zoe Lee", "Mia < Tom < Zoe Lee",
    "Mia > Tom > Zoe Lee", "Mia, followed by Tom, then Zoe Lee", "The order is: Mia, Tom, Zoe Lee",
    '{"1": "Mia", "2": "Tom", "3": "Zoe Lee"}', '{"order": ["Mia", "Tom", "Zoe Lee"]}', "先Mia，再Tom，最后Zoe Lee",
    "Mia - Tom - Zoe Lee",
]  # fmt: skip


@pytest.mark.parametrize("answer", ORDERED)
def test_an_ordering_is_read_as_models_write_it_and_another_is_not(answer: str) -> None:
    assert score(answer, ORDER, kind="ordering") == 1.0
    for wrong in (ORDER[::-1], ["Tom", "Mia", "Zoe Lee"], ORDER[:2]):
        assert score(answer, wrong, kind="ordering") == 0.0


def test_signs_mean_what_they_say_where_that_is_declared() -> None:
    assert score("A < B < C", ["C", "B", "A"], kind="ordering", signs="largest_first") == 1.0
    assert score("A > B > C", ["C", "B", "A"], kind="ordering", signs="largest_first") == 0.0
    assert score("A > B > C", ["C", "B", "A"], kind="ordering", signs="smallest_first") == 1.0
    assert score("A < B < C", ["C", "B", "A"], kind="ordering") == 0.0
    assert score("A → B → C", ["A", "B", "C"], kind="ordering", signs="smallest_first") == 1.0


GRIDS = [
    "[5, 2]\n[3, 4]", "[[5 2]\n [3 4]]", "[5 2; 3 4]", "\\begin{bmatrix}5&2\\\\3&4\\end{bmatrix}",
    "┌─┬─┐\n│5│2│\n├─┼─┤\n│3│4│\n└─┴─┘", "Row 1: 5 2\nRow 2: 3 4", "((5, 2), (3, 4))",
    "array([[5, 2],\n       [3, 4]])", '{"grid": [[5, 2], [3, 4]]}',
]  # fmt: skip


@pytest.mark.parametrize("answer", GRIDS)
def test_a_grid_is_read_as_models_write_it_and_another_is_not(answer: str) -> None:
    assert score(answer, [[5, 2], [3, 4]], kind="grid") == 1.0
    for wrong in ([[5, 3], [2, 4]], [[5, 2, 3, 4]], [[5, 2], [3, 5]]):
        assert score(answer, wrong, kind="grid") == 0.0


@pytest.mark.parametrize(
    "answer",
    [
        "[Mia, Tom, Zoe Lee]",
        "\\{Zoe Lee, Mia, Tom\\}",
        "Tom & Mia & Zoe Lee",
        "* Tom\n* Mia\n* Zoe Lee",
        "Mia、Tom和Zoe Lee",
    ],
)
def test_a_set_is_read_as_models_write_it_and_another_is_not(answer: str) -> None:
    assert score(answer, ORDER, kind="set") == 1.0
    assert score(answer, ORDER[:2], kind="set") == score(answer, [*ORDER[:2], "Bob"], kind="set") == 0.0
