"""Waiting lines against a plain sort of all tasks: order, ties from the seed, stale entries, few runs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curriculum.waiting_lines import WaitingLines, spans, tie_hash, waiting_order


class Tasks:
    """Tasks with a line and a key each, and the lines they wait in."""

    def __init__(self, line: list[int], key: list[int], seed: int = 0) -> None:
        self.line, self.key, self.seed = np.array(line), np.array(key), seed
        self.lines = WaitingLines(
            max(line) + 1, seed=seed, line_of=lambda rows: self.line[rows], key_of=lambda rows: self.key[rows]
        )
        self.lines.put(np.arange(len(line)))

    def move(self, row: int, line: int, key: int) -> None:
        self.line[row], self.key[row] = line, key
        self.lines.put(np.array([row]))

    def take(self, line: int, count: int) -> list[int]:
        return self.lines.take(np.array([line]), np.array([count])).tolist()

    def plainly(self, line: int, count: int) -> list[int]:
        """The same by sorting everything."""
        rows = np.flatnonzero(self.line == line)
        ties = tie_hash(rows, self.key[rows], seed=self.seed)
        return rows[np.lexsort((ties, self.key[rows]))][:count].tolist()


def test_lowest_keys_come_first() -> None:
    tasks = Tasks(line=[0, 0, 0, 0], key=[9, 5, 3, 5])
    taken = tasks.take(0, 4)
    assert taken[0] == 2 and set(taken[1:3]) == {1, 3} and taken[3] == 0


def test_ties_are_a_permutation_that_depends_on_seed_and_key_only() -> None:
    rows = np.arange(1000)

    def order(seed: int, key: int, rows: np.ndarray = rows) -> list[int]:
        return rows[np.argsort(tie_hash(rows, np.full(1000, key), seed=seed))].tolist()

    assert sorted(order(1, 2)) == rows.tolist() != order(1, 2)
    assert order(1, 2) == order(1, 2, rows[::-1])
    assert order(1, 2) != order(1, 3) and order(1, 2) != order(2, 2)


def test_the_order_does_not_depend_on_how_the_lines_were_filled() -> None:
    at_once = Tasks(line=[0] * 40, key=[7] * 40)
    bit_by_bit = Tasks(line=[0] * 40, key=[3] * 40)
    for row in (5, 39, 0, *range(40)):
        bit_by_bit.move(row, 0, 7)
    assert at_once.take(0, 40) == bit_by_bit.take(0, 40)


def test_stale_and_double_entries_are_passed_over() -> None:
    tasks = Tasks(line=[0, 0, 0, 1], key=[1, 1, 1, 1])
    tasks.move(1, 1, 1)
    tasks.move(2, 0, 1)
    tasks.move(0, 1, 4)
    tasks.move(0, 0, 1)  # and back to where it was
    assert sorted(tasks.take(0, 2)) == [0, 2]
    assert sorted(tasks.take(1, 2)) == [1, 3]


def test_asking_for_more_than_wait_is_a_fault() -> None:
    with pytest.raises(AssertionError, match="ran out: 3 rows asked, 2 there"):
        Tasks(line=[0, 0], key=[1, 1]).take(0, 3)


def test_several_lines_are_served_at_once() -> None:
    tasks = Tasks(line=[0, 1, 0, 1, 2], key=[2, 1, 1, 2, 1])
    assert tasks.lines.take(np.array([1, 0, 2]), np.array([1, 2, 0])).tolist() == [1, 2, 0]
    assert tasks.lines.take(np.array([0, 1]), np.array([0, 0])).tolist() == []


@settings(max_examples=150)
@given(num_tasks=st.integers(1, 60), num_lines=st.integers(1, 4), seed=st.integers(0, 2**32 - 1))
def test_every_draw_is_that_of_a_plain_sort(num_tasks: int, num_lines: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    line = [*rng.integers(0, num_lines, num_tasks - 1).tolist(), num_lines - 1]
    tasks = Tasks(line=line, key=rng.integers(0, 3, num_tasks).tolist(), seed=seed % 5)
    for turn in range(3, 40):
        one = int(rng.integers(num_lines))
        count = int(rng.integers((tasks.line == one).sum() + 1))
        drawn = tasks.take(one, count)
        assert drawn == tasks.plainly(one, count)
        moved = np.unique([*drawn, *rng.integers(0, num_tasks, 2)])
        tasks.key[drawn] = turn
        tasks.line[moved] = rng.integers(0, num_lines, len(moved))
        tasks.lines.put(moved)


def test_runs_stay_few_and_stale_entries_do_not_pile_up() -> None:
    tasks = Tasks(line=[0] * 5000, key=[0] * 5000)
    rng = np.random.default_rng(0)
    for turn in range(1, 1000):
        rows = rng.integers(0, 5000, 10)
        tasks.key[rows] = turn
        tasks.lines.put(np.unique(rows))
        tasks.take(0, 1)
    sizes = [len(run.rows) for run in tasks.lines._runs]
    assert all(large > 2 * small for large, small in zip(sizes, sizes[1:], strict=False))
    assert len(sizes) <= 10 and sum(sizes) <= 2 * 5000


def test_spans_by_hand() -> None:
    assert spans(np.array([3, 7, 9]), np.array([5, 7, 12])).tolist() == [3, 4, 9, 10, 11]
    assert spans(np.array([], dtype=int), np.array([], dtype=int)).tolist() == []


@given(st.data())
def test_the_packed_order_is_that_of_three_keys(data: st.DataObject) -> None:
    size = data.draw(st.integers(0, 50))
    largest = data.draw(st.sampled_from([0, 1, 5000, 2**31 - 1]))
    rng = np.random.default_rng(data.draw(st.integers(0, 1000)))
    line, keys = rng.integers(0, 3, size), rng.integers(0, largest, size, endpoint=True)
    # Ties that differ in their last bits only.
    ties = rng.permutation(size).astype(np.uint64)
    assert waiting_order(line, keys, ties).tolist() == np.lexsort((ties, keys, line)).tolist()
