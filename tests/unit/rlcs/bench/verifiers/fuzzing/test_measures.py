"""Published measures, on values known from their definitions."""

from __future__ import annotations

from fractions import Fraction

import pytest

from rlcs.bench.verifiers.fuzzing.measures import (
    anls,
    best_matching,
    box_overlap,
    edits,
    kilometres,
    similarity,
    span_overlap,
)


def test_overlaps() -> None:
    assert box_overlap((0, 0, 10, 10), (5, 0, 15, 10)) == Fraction(1, 3)
    assert box_overlap((0, 0, 10, 10), (20, 0, 30, 10)) == 0
    assert span_overlap((Fraction(12), Fraction(18)), (Fraction(15), Fraction(21))) == Fraction(1, 3)


def test_the_best_matching_is_not_the_greedy_one() -> None:
    gains = {("a", 1): Fraction(9), ("a", 2): Fraction(8), ("b", 1): Fraction(7), ("b", 2): Fraction(0)}
    assert best_matching("ab", (1, 2), lambda one, other: gains[one, other]) == 15
    assert best_matching("a", (1, 2), lambda one, other: gains[one, other]) == 9
    assert best_matching((1, 2), "a", lambda one, other: gains[other, one]) == 9
    assert best_matching("", (1, 2), lambda one, other: Fraction(1)) == 0


def test_texts() -> None:
    assert [edits("kitten", "sitting"), edits("", "abc"), edits("same", "same")] == [3, 3, 0]
    assert similarity("", "") == 1.0
    assert anls("abxy", "abcd") == 0.0
    assert anls("abcx", "abcd") == 0.75


def test_places() -> None:
    assert kilometres((0.0, 0.0), (0.0, 90.0)) == pytest.approx(10007.56, abs=0.1)
    assert kilometres((48.8566, 2.3522), (51.5074, -0.1278)) == pytest.approx(343.6, abs=0.5)
