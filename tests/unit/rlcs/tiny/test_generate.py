"""tiny:// paths: what they mean, which rows they give, and what is said of a wrong one."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from rlcs.errors import UserError
from rlcs.tiny.generate import TinySource, generate_rows, parse_path
from rlcs.tiny.problems import is_eval

KNOWN = (
    "known: addition, bars, box, conversion, count, equation, mixed, multiplication, page, point, preferences, screen, "
    "subtraction, traces, video_count, video_order, video_when, video_where, vision, vision_traces, word"
)


def rows(path: str) -> list[dict[str, Any]]:
    return list(generate_rows(parse_path(path)))


def prompts(path: str) -> set[str]:
    return {row["prompt"] for row in rows(path)}


def kinds(source: TinySource) -> list[str]:
    return [kind.name for kind in source.kinds]


def test_a_bare_kind_takes_the_defaults() -> None:
    source = parse_path("tiny://addition")
    assert kinds(source) == ["addition"]
    assert (source.levels, source.count, source.seed, source.split) == (range(1, 9), 1000, 0, "train")
    assert source.columns == ("id", "prompt", "answer", "domain", "subcategory", "difficulty", "level")


def test_every_setting_is_read() -> None:
    source = parse_path("tiny://equation+addition?levels=2-5&count=7&seed=3&split=eval")
    assert kinds(source) == ["equation", "addition"]
    assert (source.levels, source.count, source.seed, source.split) == (range(2, 6), 7, 3, "eval")
    assert parse_path("tiny://addition?levels=4").levels == range(4, 5)


@pytest.mark.parametrize(("name", "with_responses"), [("mixed", False), ("traces", True)])
def test_all_kinds_have_two_names(name: str, with_responses: bool) -> None:
    source = parse_path(f"tiny://{name}?count=10")
    assert kinds(source) == ["addition", "conversion", "equation", "multiplication", "subtraction"]
    assert source.with_responses is with_responses
    assert all(tuple(row) == source.columns for row in generate_rows(source))


@pytest.mark.parametrize("path", ["tiny://mixed?count=300&seed=5", "tiny://traces?count=300&split=eval"])
def test_the_same_path_gives_the_same_rows(path: str) -> None:
    assert rows(path) == rows(path)


def test_another_seed_or_split_gives_other_rows() -> None:
    first = rows("tiny://mixed?levels=3-8&count=60&seed=1")
    for other in ("seed=2", "seed=1&split=eval"):
        again = rows(f"tiny://mixed?levels=3-8&count=60&{other}")
        assert [row["id"] for row in again] == [row["id"] for row in first]
        assert sum(left["prompt"] == right["prompt"] for left, right in zip(first, again, strict=True)) < 5


def test_fewer_rows_are_the_first_of_more() -> None:
    assert rows("tiny://mixed?count=50") == rows("tiny://mixed?count=400")[:50]


def test_kinds_and_levels_take_turns() -> None:
    found = rows("tiny://addition+equation?levels=2-4&count=18")
    assert Counter((row["subcategory"], row["level"]) for row in found) == {
        (kind, level): 3 for kind in ("addition", "equation") for level in (2, 3, 4)
    }
    assert [row["id"] for row in found[:3]] == ["addition-2-0", "equation-2-1", "addition-3-2"]
    assert len({row["id"] for row in found}) == 18


def test_answers_are_text_and_difficulty_falls_with_the_level() -> None:
    found = rows("tiny://multiplication?levels=1-3&count=3")
    assert [type(row["answer"]) for row in found] == [str] * 3
    assert [row["difficulty"] for row in found] == pytest.approx([0.85, 0.85**3, 0.85**5])


@pytest.mark.parametrize("levels", ["1", "1-2", "1-8"])
def test_train_and_eval_never_share_a_problem(levels: str) -> None:
    train = prompts(f"tiny://mixed?levels={levels}&count=4000&seed=0")
    for seed in (0, 1):
        held_out = prompts(f"tiny://mixed?levels={levels}&count=2000&seed={seed}&split=eval")
        assert train.isdisjoint(held_out)
        assert len(held_out) > 50


def test_one_problem_in_five_is_held_out() -> None:
    num_eval = sum(is_eval(f"{left}+{right}=") for left in range(10, 100) for right in range(10, 100))
    # Of 8100, 1620 expected; the standard deviation is 36.
    assert abs(num_eval - 1620) < 144


@pytest.mark.parametrize("kind", ["addition", "conversion", "equation", "multiplication", "subtraction"])
def test_the_easiest_level_has_problems_to_hold_out(kind: str) -> None:
    assert len(prompts(f"tiny://{kind}?levels=1&count=300&split=eval")) >= 5


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("tiny://additoin", f"unknown kind of tiny:// tasks 'additoin': did you mean 'addition'? {KNOWN}"),
        ("tiny://", f"unknown kind of tiny:// tasks ''; {KNOWN}"),
        (
            "tiny://addition+mixed",
            "unknown kind of tiny:// tasks 'mixed'; known: addition, bars, box, conversion, count, equation, "
            "multiplication, page, point, screen, subtraction, video_count, video_order, video_when, video_where, word",
        ),
        (
            "tiny://addition?level=3",
            "unknown setting in tiny:// path 'level': did you mean 'levels'? "
            "known: count, kinds, levels, seed, slips, split",
        ),
        (
            "tiny://addition?split=evla",
            "unknown split in tiny:// path 'evla': did you mean 'eval'? known: eval, train",
        ),
        (
            "tiny://addition?levels=1-9",
            "tiny://addition?levels=1-9: levels=1-9 goes beyond 8, the hardest; write for example levels=1-8",
        ),
        (
            "tiny://addition?levels=0",
            "tiny://addition?levels=0: levels must be a whole number of at least 1, got '0'",
        ),
        (
            "tiny://addition?levels=5-3",
            "tiny://addition?levels=5-3: levels must be a whole number of at least 5, got '3'",
        ),
        ("tiny://addition?levels=3-", "tiny://addition?levels=3-: levels must be a whole number of at least 3, got ''"),
        ("tiny://addition?levels", "tiny://addition?levels: levels must be a whole number of at least 1, got ''"),
        (
            "tiny://addition?levels=1-2-3",
            "tiny://addition?levels=1-2-3: levels must be a whole number of at least 1, got '2-3'",
        ),
        ("tiny://addition?count=0", "tiny://addition?count=0: count must be a whole number of at least 1, got '0'"),
        (
            "tiny://addition?count=1e3",
            "tiny://addition?count=1e3: count must be a whole number of at least 1, got '1e3'",
        ),
        ("tiny://addition?seed=-1", "tiny://addition?seed=-1: seed must be a whole number of at least 0, got '-1'"),
    ],
)
def test_a_wrong_path_is_told(path: str, expected: str) -> None:
    with pytest.raises(UserError) as caught:
        parse_path(path)
    assert str(caught.value) == expected
