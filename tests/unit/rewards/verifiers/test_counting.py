"""The verifier `counting`."""

from __future__ import annotations

import time
from typing import Any

import pytest

from rewards.verifiers.counting import check_counting_gold, counting
from rlcs.records import Status, Verdict


def score(answer: str, gold: Any, **params: Any) -> float | None:
    found = counting(answer, gold, **params)
    return found.score if isinstance(found, Verdict) else found


@pytest.mark.parametrize(
    "answer",
    [
        "7", "07", "7.0", "7.", "$7$", "\\boxed{7}", "**7**", "seven", "Seven.", "七", "七个", "7个", "一共有7个苹果",
        "共七只。",
        "7 apples", "seven apples", "7 red apples and pears", "seven (7)", "7（七）", "There are 7.", "n = 7",
        "The answer is 7", "The number of objects is seven.", "７", "٧",
    ],
)  # fmt: skip
def test_the_right_count_is_accepted_however_it_is_written(answer: str) -> None:
    assert score(answer, "7") == 1.0


@pytest.mark.parametrize(
    "answer",
    [
        "6", "8", "-7", "7.5", "between 6 and 8", "6-8", "6~8", "7 or 8", "7/8", "7 (or 8)", "10 (or 7)", "at least 7",
        "more than 6", "about 7", "approximately seven", "7 or so", "not 7", "no", "isn't 7", "1 2 3 4 5 6 7", "7, 8",
        "7777777", "3 + 4", "There are 3 + 4 objects", "14/2", "7!7", "VII", "0x7", "&#55;", "7th", "x7", "7x", "7%",
        "a correct number between 0 and 10", "the number of apples", "", "seven eight", "6 and 7", "不是7", "至少七个",
        "七八个", "第七个", "7左右", "七或八", "7 and a half", "7 out of 10",
    ],
)  # fmt: skip
def test_wrong_counts_ranges_hedges_lists_and_sums_are_wrong(answer: str) -> None:
    assert score(answer, "7") == 0.0


@pytest.mark.parametrize("answer", ["0", "zero", "none", "No apples", "There are no apples.", "零", "没有苹果"])
def test_nothing_is_zero(answer: str) -> None:
    assert score(answer, 0) == 1.0


@pytest.mark.parametrize(
    ("answer", "gold"),
    [("a dozen eggs", 12), ("两打", 24), ("1,234", "1234"), ("11", "11.0"), ("five", "5"), ("5", "five"), (7, 7.0)],
)
def test_golds_and_answers_may_be_numbers_or_words(answer: Any, gold: Any) -> None:
    assert score(str(answer), gold) == 1.0


def test_the_shaped_reward_falls_with_the_distance() -> None:
    assert score("6", 8, shaped=True) == pytest.approx(0.75)
    assert score("100", 8, shaped=True) == 0.0
    assert score("6", 8) == 0.0


def test_running_text_is_searched_for_its_final_answer() -> None:
    text = "I see 3 cats on the left and 4 on the right, so the answer is 7."
    assert score(text, 7, delimited=False) == 1.0
    assert score(text, 7, delimited=True) == 0.0


@pytest.mark.parametrize("gold", ["", "many", "7.5", True, 7.5, float("nan"), float("inf"), [7], "6-8", None])
def test_a_gold_that_is_no_whole_number_is_refused(gold: Any) -> None:
    assert check_counting_gold(gold)


@pytest.mark.parametrize("answer", ["七" * 100_000, "7 " * 200_000, "one " * 100_000])
def test_a_flood_is_over_the_limit(answer: str) -> None:
    found = counting(answer, 7)
    assert isinstance(found, Verdict)
    assert (found.score, found.status) == (0.0, Status.OVER_LIMIT)


@pytest.mark.parametrize(
    ("answer", "count"),
    [
        ("2 dozen", 24), ("two dozens of eggs", 24), ("5 million people", 5_000_000), ("7 \\text{ apples}", 7),
        ("Nobody.", 0),
        ("一个人也没有", 0), ("一只都没", 0), ("一百〇一", 101), ("二〇二四", 2024), ("二百五", 250),
        ("附近有7个人", 7),
    ],
)  # fmt: skip
def test_scales_denials_and_zeros_are_read(answer: str, count: int) -> None:
    assert score(answer, count) == 1.0


@pytest.mark.parametrize(
    ("answer", "count"),
    [
        ("2 dozen", 2), ("5 million", 5), ("two dozens", 2), ("thousands", 1000), ("negative seven", 7),
        ("approx. 7", 7),
        ("circa 7", 7), ("不止七个", 7), ("将近7个", 7), ("没有七个", 7), ("并非七个", 7), ("七分之一", 7),
        ("一个人也没有", 1), ("五六", 56),
    ],
)  # fmt: skip
def test_a_number_that_is_scaled_denied_or_estimated_is_not_taken_as_it_stands(answer: str, count: int) -> None:
    assert score(answer, count) == 0.0


def test_unbroken_text_of_any_script_is_searched_in_linear_time() -> None:
    start = time.perf_counter()
    assert score("α" * 100_000, 7, delimited=False) == 0.0
    assert time.perf_counter() - start < 0.1


@pytest.mark.parametrize(
    ("answer", "count"),
    [
        ("hundred and thirty", 130), ("There are a hundred and thirty birds", 130), ("thousand and six", 1006),
        ("一百三十", 130), ("一百三十人", 130), ("两只", 2), ("9~apples", 9), ("4 lakh", 400_000), ("总数是90", 90),
    ],
)  # fmt: skip
def test_more_whole_numbers_are_read(answer: str, count: int) -> None:
    assert score(answer, count) == 1.0
    assert score(answer, count + 1) == score(answer, count // 10) == 0.0


@pytest.mark.parametrize(
    "answer",
    ["~9", "≈ 9", "\\approx 9", "\\sim 9", ">9", "≥9", "\\leq 9", "9+", "9?", "9ish", "9-ish", "ca. 9", "around 9",
     "9 thirds",
     "27 thirds", "9成", "数9", "9左右", "八九个", "九个半", "九点五"],
)  # fmt: skip
def test_signs_of_doubt_and_parts_are_no_count(answer: str) -> None:
    assert score(answer, 9) == 0.0


@pytest.mark.parametrize(("answer", "count"), [("数十个", 10), ("上百个", 100), ("好几十个", 10), ("三十多个", 30)])
def test_chinese_estimates_are_no_count(answer: str, count: int) -> None:
    assert score(answer, count) == 0.0
