"""Whole numbers in words."""

from __future__ import annotations

import pytest

from rewards.reading.number_words import chinese_number, english_number, word_number


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("zero", 0), ("seven", 7), ("Seventeen", 17), ("twenty-one", 21), ("forty two", 42), ("one hundred", 100),
        ("a hundred", 100), ("one hundred and one", 101), ("one thousand and one", 1001),
        ("one thousand, two hundred and thirty-four", 1234), ("two million", 2_000_000),
        ("nine hundred and ninety-nine thousand nine hundred and ninety-nine", 999_999),
        ("a dozen", 12), ("two dozen", 24), ("half a dozen", 6), ("ten million and five", 10_000_005),
    ],
)  # fmt: skip
def test_english_number_words_are_read(text: str, value: int) -> None:
    assert word_number(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("零", 0), ("七", 7), ("两", 2), ("十", 10), ("十二", 12), ("二十", 20), ("二十一", 21), ("一百", 100),
        ("一百零五", 105), ("一百一十", 110), ("一百五", 150), ("一千二百三十四", 1234), ("一千零五", 1005),
        ("两万五千", 25_000), ("一万二", 12_000), ("一万零二", 10_002), ("一亿", 10**8), ("二〇二四", 2024),
        ("3万", 30_000), ("1.2万", 12_000), ("一打", 12), ("半打", 6), ("两打", 24), ("壹佰贰拾", 120),
    ],
)  # fmt: skip
def test_chinese_number_words_are_read(text: str, value: int) -> None:
    assert word_number(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "", "a", "and", "one two", "seven eight", "twenty twenty", "one hundred hundred", "two and three", "one, two",
        "eleventy", "五六", "七八", "百", "一百零", "1.23千万亿", "万", "half", "thousand",
    ],
)  # fmt: skip
def test_what_is_not_one_number_in_words_is_refused(text: str) -> None:
    assert word_number(text) is None


def test_the_longest_number_is_taken_from_a_list_of_words() -> None:
    assert english_number(["two", "hundred", "cats", "and", "five"], 0) == (200, 2)
    assert english_number(["cats"], 0) is None


def test_a_very_long_numeral_is_refused_at_once() -> None:
    assert chinese_number("九" * 100_000) is None
    assert word_number("one hundred and " * 10_000) is None


def test_all_numbers_survive_their_own_words() -> None:
    ones = "one two three four five six seven eight nine".split()
    tens = "twenty thirty forty fifty sixty seventy eighty ninety".split()
    for hundreds, hundred in enumerate(ones, start=1):
        for ten, word in enumerate(tens, start=2):
            for unit, digit in enumerate(ones, start=1):
                assert word_number(f"{hundred} hundred and {word}-{digit}") == 100 * hundreds + 10 * ten + unit
