"""One text, one spelling."""

from __future__ import annotations

import pytest

from rewards.reading.normalize import normalize, unwrap


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("４２", "42"),
        ("٤٢", "42"),
        ("𝟕", "7"),
        ("½", "1/2"),
        ("1½", "1 1/2"),
        ("Ⅳ", "4"),
        ("\u202e7\u200b", "7"),
        ("\u22127", "-7"),
        ("\u20137", "-7"),
        ("a \n\t b", "a b"),
        ("ﬁne", "fine"),
    ],
)
def test_unicode_is_folded_to_one_spelling(text: str, expected: str) -> None:
    assert normalize(text) == expected


def test_look_alike_letters_and_case_stay_different() -> None:
    assert normalize("\u0410") != normalize("A")
    assert normalize("Ab") == "Ab"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$7$", "7"),
        ("$$7$$", "7"),
        ("\\(7\\)", "7"),
        ("\\[ 7 \\]", "7"),
        ("**7**", "7"),
        ("\\text{act}", "act"),
        ("$\\boxed{7}$", "7"),
        ("$7$ and $8$", "$7$ and $8$"),
        ("\\boxed{7}\\boxed{8}", "\\boxed{7}\\boxed{8}"),
        ("$", "$"),
        ("\\boxed{7", "\\boxed{7"),
    ],
)
def test_wrappers_around_the_whole_answer_are_taken_off(text: str, expected: str) -> None:
    assert unwrap(text) == expected


def test_the_round_zero_stays_a_chinese_numeral() -> None:
    assert normalize("一〇一") == "一〇一"
