"""Drawing by chance against the exact probabilities of successive drawing without replacement."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curriculum.drawing import Members, draw, first_of_each

CHANCES = np.tile([1.0, 0.4, 0.1, 0.05], 10)
"""Of the 40 tasks of a source."""
NUM_SOURCES = 4000
"""All alike, so that one call draws 4,000 times."""


def included(chances: np.ndarray) -> np.ndarray:
    """Probability of each task to be among the first two: first, or second after each other one."""
    first = chances / chances.sum()
    second = [
        sum(first[other] * chances[task] / (chances.sum() - chances[other]) for other in range(40) if other != task)
        for task in range(40)
    ]
    return np.asarray(first + np.array(second))


def shares_drawn(count: int) -> np.ndarray:
    """Share of 4,000 draws of `count` tasks that hold each of the 40."""
    source = np.repeat(np.arange(NUM_SOURCES), 40).astype(np.int16)
    members = Members(source, NUM_SOURCES)
    rows = draw(
        members, np.full(NUM_SOURCES, count), chance=lambda rows: CHANCES[rows % 40], rng=np.random.default_rng(7)
    )
    assert len(np.unique(rows)) == len(rows) == count * NUM_SOURCES
    assert (np.bincount(source[rows]) == count).all()
    return np.bincount(rows % 40, minlength=40) / NUM_SOURCES


def test_two_of_forty_come_with_the_exact_probabilities() -> None:
    # Standard error at most sqrt(0.15 x 0.85 / 4000) = 0.0056 a task; ten tasks of a kind together 0.002.
    drawn, exact = shares_drawn(2), included(CHANCES)
    assert np.abs(drawn - exact).max() < 0.02
    assert drawn.reshape(10, 4).mean(axis=0) == pytest.approx(exact[:4], abs=0.006)


def test_drawing_in_one_pass_has_the_same_distribution(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("curriculum.drawing.DENSE", 1000)
    drawn, exact = shares_drawn(2), included(CHANCES)
    assert np.abs(drawn - exact).max() < 0.02
    assert drawn.reshape(10, 4).mean(axis=0) == pytest.approx(exact[:4], abs=0.006)


def test_tiny_chances_end_in_one_pass_and_not_in_a_search_without_end() -> None:
    members = Members(np.zeros(1000, dtype=np.int16), 1)
    chances = np.where(np.arange(1000) < 5, 1e-9, 0.0)
    rows = draw(members, np.array([8]), chance=lambda rows: chances[rows], rng=np.random.default_rng(0))
    assert set(range(5)) < set(rows.tolist()) and len(set(rows.tolist())) == 8


def test_the_first_of_each_source_by_hand() -> None:
    source = np.array([1, 0, 1, 1, 0, 2], dtype=np.int16)
    assert first_of_each(source, np.array([1, 2, 0])).tolist() == [1, 0, 2]


def test_the_mean_chance_of_a_large_source_is_estimated_from_some_of_its_tasks() -> None:
    members = Members(np.repeat([0, 1, 2], [5, 100_000, 0]).astype(np.int16), 4)
    rng = np.random.default_rng(1)
    chances = np.concatenate([np.full(5, 0.3), rng.random(100_000)])
    assert members.mean_chance(lambda rows: chances[rows]) == pytest.approx([0.3, 0.5, 1.0, 1.0], abs=0.01)


@given(sizes=st.lists(st.integers(0, 60), min_size=1, max_size=6), data=st.data())
def test_any_counts_are_met_with_different_tasks(sizes: list[int], data: st.DataObject) -> None:
    counts = np.array([data.draw(st.integers(0, size)) for size in sizes])
    source = np.random.default_rng(2).permutation(np.repeat(np.arange(len(sizes)), sizes)).astype(np.int16)
    floor = data.draw(st.sampled_from([0.0, 0.05, 1.0]))
    chances = np.maximum(np.random.default_rng(3).random(len(source)) ** 8, floor)
    members = Members(source, len(sizes))
    rows = draw(members, counts, chance=lambda rows: chances[rows], rng=np.random.default_rng(4))
    assert len(set(rows.tolist())) == counts.sum()
    assert np.bincount(source[rows], minlength=len(sizes)).tolist() == counts.tolist()
