"""Waiting lines: order, ties from the seed, stale entries."""

from __future__ import annotations

import numpy as np
import pytest

from curriculum.waiting import SMALLEST_LOOK, WaitingLine, put_in_lines, tie_order


def line_by_key(keys: dict[int, int], seed: int = 0) -> WaitingLine:
    """A line in which an entry is true while `keys` says that the row waits under that key."""
    return WaitingLine(seed=seed, is_waiting=lambda rows, key: np.array([keys[row] == key for row in rows], dtype=bool))


def test_lowest_keys_come_first() -> None:
    line = line_by_key({1: 5, 2: 3, 3: 5, 4: 9})
    for key, rows in ((5, [1, 3]), (9, [4]), (3, [2])):
        line.put(key, np.array(rows))
    taken = line.take(4).tolist()
    assert taken[0] == 2 and set(taken[1:3]) == {1, 3} and taken[3] == 4


def test_ties_are_a_permutation_that_depends_on_seed_and_key_only() -> None:
    rows = np.arange(1000)
    first = tie_order(rows, seed=1, key=2)
    assert sorted(first.tolist()) == rows.tolist() and first.tolist() != rows.tolist()
    assert first.tolist() == tie_order(rows[::-1], seed=1, key=2).tolist()
    assert first.tolist() != tie_order(rows, seed=1, key=3).tolist()
    assert first.tolist() != tie_order(rows, seed=2, key=2).tolist()


def test_the_order_does_not_depend_on_how_the_line_was_filled() -> None:
    keys = dict.fromkeys(range(40), 7)
    at_once, bit_by_bit = line_by_key(keys), line_by_key(keys)
    at_once.put(7, np.arange(40))
    bit_by_bit.put(7, np.arange(20, 40))
    bit_by_bit.prepare()
    bit_by_bit.put(7, np.arange(20))
    assert at_once.take(40).tolist() == bit_by_bit.take(40).tolist()


def test_stale_and_double_entries_are_passed_over() -> None:
    keys = {1: 1, 2: 1, 3: 1}
    line = line_by_key(keys)
    line.put(1, np.array([1, 2, 3]))
    line.put(1, np.array([1, 2]))
    keys[2] = 4
    assert sorted(line.take(2).tolist()) == [1, 3]
    with pytest.raises(AssertionError, match="ran out"):
        line.take(1)


def test_an_entry_that_became_stale_after_ordering_is_passed_over() -> None:
    keys = dict.fromkeys(range(3000), 1)
    line = line_by_key(keys)
    line.put(1, np.arange(3000))
    order = line.take(10).tolist()
    left = [row for row in tie_order(np.arange(3000), seed=0, key=1).tolist() if row not in order]
    for row in left[:1500]:
        keys[row] = 2
    assert line.take(5).tolist() == left[1500:1505]


def test_stale_entries_do_not_pile_up() -> None:
    keys = dict.fromkeys(range(10), 0)
    line = line_by_key(keys)
    for turn in range(2000):
        keys.update(dict.fromkeys(range(10), turn))
        line.put(turn, np.arange(10))
    assert sum(len(piece) for pieces in line._pieces.values() for piece in pieces) <= SMALLEST_LOOK
    assert sorted(line.take(10).tolist()) == list(range(10))


def test_rows_go_to_their_lines_under_their_keys() -> None:
    keys = {0: 2, 1: 1, 2: 1, 3: 2, 4: 1}
    lines = [line_by_key(keys), line_by_key(keys)]
    put_in_lines(lines, line=np.array([0, 1, 0, 1, 1]), key=np.array([2, 1, 1, 2, 1]), rows=np.array([0, 1, 2, 3, 4]))
    assert lines[0].take(2).tolist() == [2, 0]
    taken = lines[1].take(3).tolist()
    assert set(taken[:2]) == {1, 4} and taken[2] == 3
