"""Items as rows: levels in turn, splits that share no question, answers that are right."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from rlcs.errors import UserError
from rlcs.reasoning_gym.paths import parse_path
from rlcs.reasoning_gym.rows import NO_ANSWER, generate_rows
from rlcs.reasoning_gym.settings import make_dataset


def rows(path: str) -> list[dict[str, Any]]:
    return list(generate_rows(parse_path(f"reasoning_gym://{path}")))


def questions(path: str) -> set[str]:
    return {row["prompt"] for row in rows(path)}


def test_levels_take_turns_and_get_harder() -> None:
    found = rows("chain_sum?levels=0-1&size=4")
    assert [row["id"] for row in found] == ["0-0", "1-0", "0-1", "1-1"]
    assert [row["subcategory"] for row in found] == ["chain_sum/0", "chain_sum/1"] * 2
    # The middle of each half.
    assert [row["difficulty"] for row in found[:2]] == [0.75, 0.25]
    assert [len(row["params"]["metadata"]["expression"].split("+")) <= 2 + row["level"] for row in found] == [True] * 4
    assert {row["domain"] for row in found} == {"reasoning.arithmetic"}


def test_a_path_gives_the_same_rows_and_another_seed_others() -> None:
    assert rows("gcd?size=20&seed=1") == rows("gcd?size=20&seed=1")
    # The library's own seeds 1 and 2 would share 19 of 20.
    assert len(questions("gcd?size=20&seed=1&max_value=99999") & questions("gcd?size=20&seed=2&max_value=99999")) <= 1


def test_no_question_is_in_both_splits_whatever_seed_and_settings() -> None:
    query = "min_terms=2&max_terms=2&min_digits=1&max_digits=1&size=150"
    train = set().union(*(questions(f"chain_sum?{query}&seed={seed}") for seed in (0, 1)))
    both = product((0, 1), ("", "&max_terms=3"))
    held_out = set().union(*(questions(f"chain_sum?{query}&seed={seed}{more}&split=eval") for seed, more in both))
    assert train and held_out and not train & held_out


def test_a_set_of_several_right_answers_has_one_that_its_scorer_takes() -> None:
    for name in ("graph_color", "rubiks_cube", "propositional_logic"):
        answers = [row["answer"] for row in rows(f"{name}?size=2")]
        assert NO_ANSWER not in answers, name
    assert {row["answer"] for row in rows("rush_hour?size=2")} == {NO_ANSWER}


def test_an_integral_that_the_library_left_as_it_is_makes_no_row() -> None:
    answers = [item["answer"] for item in make_dataset("intermediate_integration", None, {}, size=30)]
    assert any("Integral(" in answer for answer in answers)
    assert not any("Integral(" in row["answer"] for row in rows("intermediate_integration?size=20"))


def test_an_answer_that_its_own_scorer_does_not_take_makes_no_row() -> None:
    answers = [item["answer"] for item in make_dataset("jugs", 1, {}, size=60)]
    assert '["No solution"]' in answers
    assert '["No solution"]' not in [row["answer"] for row in rows("jugs?levels=1&size=40")]


def test_a_split_without_questions_is_told() -> None:
    told = []
    for split in ("train", "eval"):
        try:
            rows(f"count_bits?min_n=5&max_n=5&size=1&split={split}")  # one question, which is in one of them
        except UserError as error:
            told.append(str(error))
    assert len(told) == 1 and "there are no more questions; give other settings" in told[0]


def test_what_the_library_cannot_make_is_told_in_its_words() -> None:
    with pytest.raises(UserError, match="level 4, split train: Cannot choose from an empty sequence"):
        rows("spell_backward?levels=4&size=1")
