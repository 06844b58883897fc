"""Features of questions: the same for the same text, whatever stands beside it, and different where texts differ."""

from __future__ import annotations

import numpy as np
import pytest

from curriculum.prediction import features
from curriculum.prediction.features import (
    COUNT_SLOTS,
    HEAD,
    LETTER_SLOTS,
    NUM_FEATURES,
    SHARE,
    TAIL,
    WORD_SLOTS,
    text_features,
)

TEXTS = ["57+86=", "Wie groß ist der Umfang?", "", "日本語の質問 42", "a" * 2000, "\0\0", "12 apples and 7 pears"]
LETTERS = slice(COUNT_SLOTS, COUNT_SLOTS + LETTER_SLOTS)
WORDS = slice(COUNT_SLOTS + LETTER_SLOTS, NUM_FEATURES)


def of(*texts: str, stratum: str = "s/k") -> np.ndarray:
    return text_features(texts, [stratum] * len(texts))


def test_a_text_has_the_same_features_whatever_stands_beside_it() -> None:
    together = of(*TEXTS)
    assert together.shape == (len(TEXTS), COUNT_SLOTS + LETTER_SLOTS + WORD_SLOTS)
    assert np.isfinite(together).all()
    for row, text in enumerate(TEXTS):
        np.testing.assert_allclose(together[row], of(text)[0], rtol=1e-6, err_msg=text)


def test_no_text_has_no_features() -> None:
    assert of().shape == (0, NUM_FEATURES)


@pytest.mark.parametrize("part", [LETTERS, WORDS])
def test_letters_and_words_have_their_share_and_an_empty_text_none(part: slice) -> None:
    found = of("57+86=", "", "twelve apples")
    np.testing.assert_allclose(np.linalg.norm(found[:, part], axis=1), [SHARE, 0.0, SHARE], rtol=1e-6)


def test_the_order_of_letters_and_words_tells() -> None:
    found = of("one two", "two one", "eno owt")
    assert not np.allclose(found[0, WORDS], found[1, WORDS]), "pairs of words"
    assert not np.allclose(found[0, LETTERS], found[2, LETTERS]), "runs of letters"


def test_equal_words_are_equal_wherever_they_stand() -> None:
    # Single words alone: no pair in either.
    first, second = of("xx", "    xx")[:, WORDS]
    np.testing.assert_allclose(first, second)


def counts(text: str) -> list[float]:
    whole = np.frombuffer(text.encode() + b"\0", dtype=np.uint8)
    found: list[float] = features._words(whole, np.zeros(len(whole), dtype=np.int64), 1)[2][0].tolist()
    return found


@pytest.mark.parametrize(
    ("text", "words", "digits", "numbers", "longest", "operators"),
    [
        ("57+863=", 2, 5, 2, 3, 2),
        ("3*(x+9)=84,x=", 5, 4, 3, 2, 6),
        ("3m+7dm=?cm", 5, 2, 2, 1, 2),
        ("", 0, 0, 0, 0, 0),
        ("What is it?", 3, 0, 0, 0, 0),
    ],
)
def test_what_is_counted(text: str, words: int, digits: int, numbers: int, longest: int, operators: int) -> None:
    assert counts(text)[1:] == [words, digits, numbers, longest, operators]


def test_counts_are_followed_for_all_questions_and_for_those_of_a_stratum() -> None:
    short, long, elsewhere = of("12")[0], of("1234567")[0], of("12", stratum="s/other")[0]
    assert not np.allclose(short[:COUNT_SLOTS], long[:COUNT_SLOTS])
    shared = short[:COUNT_SLOTS] @ elsewhere[:COUNT_SLOTS] / (short[:COUNT_SLOTS] @ short[:COUNT_SLOTS])
    assert 0.3 < shared < 0.9, "what is learned of one stratum tells of another, but not everything"


def test_of_a_long_text_beginning_end_and_length_count() -> None:
    middle = ["x" * 5000, "y" * 5000, "y" * 9000]
    found = of(*("a" * HEAD + one + "b" * TAIL for one in middle))
    assert found[0].tolist() == found[1].tolist()
    assert not np.allclose(found[1, :COUNT_SLOTS], found[2, :COUNT_SLOTS])
    assert found[1, COUNT_SLOTS:].tolist() == found[2, COUNT_SLOTS:].tolist()
