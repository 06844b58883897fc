"""Candidates: how many tasks are looked at, which are kept, and which of them are drawn."""

from __future__ import annotations

import numpy as np
import pytest

from curriculum.prediction.candidates import LOOKED_AT, MOST_LOOKED_AT, Candidates, best, num_looked_at


def test_many_are_looked_at_for_each_that_is_drawn_but_not_more_than_there_are() -> None:
    assert num_looked_at(np.array([4, 0, 10]), np.array([10_000, 50, 100])).tolist() == [4 * LOOKED_AT, 0, 100]


def test_of_large_batches_fewer_for_each() -> None:
    for drawn in (MOST_LOOKED_AT // 4, 2 * MOST_LOOKED_AT):
        assert num_looked_at(np.array([drawn, drawn]), np.array([10**7] * 2)).tolist() == [MOST_LOOKED_AT // 2] * 2


def test_the_best_are_kept_in_the_order_of_their_line_the_earlier_of_equal_ones() -> None:
    rows = np.array([7, 3, 9, 1])
    assert best(rows, np.array([0.0, 2.0, 1.0, 2.0]), num=2, num_new=8).rows.tolist() == [3, 1]
    assert best(rows, np.zeros(4), num=2, num_new=8).rows.tolist() == [7, 3]
    assert best(rows, np.zeros(4), num=0, num_new=8).chance == 0.5


def test_they_are_drawn_by_weight_and_none_twice() -> None:
    found = Candidates(rows=np.arange(4), log_weights=np.log([8.0, 1.0, 1.0, 2.0]), chance=1.0)
    assert found.mean_log_weight == pytest.approx(np.log(3.0))
    assert found.shares(1) == pytest.approx([8 / 12, 1 / 12, 1 / 12, 2 / 12])
    # Of two draws the first would get more than one: what is over goes to the others by weight.
    assert found.shares(2) == pytest.approx([1.0, 0.25, 0.25, 0.5])
    rng = np.random.default_rng(0)
    drawn = np.array([found.drawn(2, offset=rng.random()) for _ in range(4000)])
    assert (drawn.sum(axis=1) == 2).all()
    assert drawn.mean(axis=0) == pytest.approx(found.shares(2), abs=0.03)


def test_weights_that_are_no_numbers_of_this_machine_are_compared_all_the_same() -> None:
    found = Candidates(rows=np.arange(2), log_weights=np.array([-2000.0, -2000.0 + np.log(3.0)]), chance=1.0)
    assert found.shares(1) == pytest.approx([0.25, 0.75])
