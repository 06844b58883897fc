"""tiny://preferences: pairs whose better answer is known by construction."""

from __future__ import annotations

from random import Random

import pytest

from rlcs.errors import UserError
from rlcs.tiny.generate import generate_rows, parse_path
from rlcs.tiny.problems import near_miss, wrong_number

PATH = "tiny://preferences?kinds=addition+conversion&levels=1-3&count=60"


def test_the_chosen_response_is_the_answer_and_the_rejected_one_is_not() -> None:
    source = parse_path(PATH)
    rows = list(generate_rows(source))
    assert [kind.name for kind in source.kinds] == ["addition", "conversion"]
    assert all(tuple(row) == source.columns for row in rows)
    for row in rows:
        assert row["chosen"] == row["answer"]
        assert row["rejected"] != row["answer"] and row["rejected"].isdecimal()
        assert 1 <= len(row["rejected"]) <= len(row["answer"]) + 1


def test_the_same_path_gives_the_same_pairs_and_splits_share_no_problem() -> None:
    rows = list(generate_rows(parse_path(PATH)))
    assert rows == list(generate_rows(parse_path(PATH)))
    held_out = {row["prompt"] for row in generate_rows(parse_path(f"{PATH}&split=eval"))}
    assert held_out.isdisjoint(row["prompt"] for row in rows)


def test_a_wrong_number_has_every_length_up_to_one_digit_more() -> None:
    random = Random(0)
    found = [wrong_number(57, random) for _ in range(300)]
    assert 57 not in found
    lengths = [len(str(number)) for number in found]
    # 100 expected of each; the standard deviation is 8.
    assert all(abs(lengths.count(size) - 100) < 40 for size in (1, 2, 3))
    assert set(lengths) == {1, 2, 3}


def test_a_near_miss_is_a_little_off_in_one_place() -> None:
    random = Random(0)
    assert {near_miss(99, random) - 99 for _ in range(500)} == {-30, -20, -10, -3, -2, -1, 1, 2, 3, 10, 20, 30}
    assert {near_miss(0, random) for _ in range(200)} == {1, 2, 3}


def test_without_kinds_all_are_taken_and_an_unknown_one_is_told() -> None:
    assert len(parse_path("tiny://preferences").kinds) == 5
    with pytest.raises(UserError, match="unknown kind of tiny:// tasks 'additoin': did you mean 'addition'"):
        parse_path("tiny://preferences?kinds=additoin")


def test_kinds_with_images_have_no_pairs() -> None:
    with pytest.raises(UserError, match=r"only of kinds of text; name some of addition, conversion, equation, "):
        parse_path("tiny://preferences?kinds=addition+box")
