"""Waiting lines: which task of a tier (or source) comes next, without sorting tasks at every draw.

Tasks wait in order of a key (the step of their last turn, the number of their turns), lowest first; equal keys
stand in an order that looks random but is a function of seed, row and key only, so that a line rebuilt from a
checkpoint is the same line. Tasks that left for another line stay as stale entries until somebody reaches them.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curriculum.difficulty import Ints, Rows

Entries = NDArray[np.int32]
NO_ENTRIES: Entries = np.empty(0, dtype=np.int32)
SMALLEST_LOOK = 1024


def tie_order(rows: Rows, *, seed: int, key: int) -> Rows:
    """Return `rows` in a random order fixed by (seed, key): sorted by the splitmix64 hash of each row."""
    start = np.random.SeedSequence([seed, key]).generate_state(1, np.uint64)
    mixed = rows.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + start
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed ^= mixed >> np.uint64(shift)
        mixed *= np.uint64(factor)
    mixed ^= mixed >> np.uint64(31)
    return np.asarray(rows[np.argsort(mixed)])


class WaitingLine:
    """Rows that wait for their turn. `is_waiting(rows, key)` tells which entries are still true."""

    def __init__(self, *, seed: int, is_waiting: Callable[[Entries, int], NDArray[np.bool_]]) -> None:
        self._seed = seed
        self._is_waiting = is_waiting
        self._keys: list[int] = []
        self._pieces: dict[int, list[Entries]] = {}
        self._ordered: set[int] = set()
        self._num_entries = 0
        self._max_entries = SMALLEST_LOOK

    def put(self, key: int, rows: Rows) -> None:
        """Let `rows` wait under `key`."""
        if key not in self._pieces:
            insort(self._keys, key)
            self._pieces[key] = []
        self._pieces[key].append(rows.astype(np.int32))
        self._ordered.discard(key)
        self._num_entries += len(rows)
        if self._num_entries > self._max_entries:
            self._drop_stale()

    def take(self, num_rows: int) -> Ints:
        """Take the first `num_rows` rows out of the line; it must hold that many."""
        taken = []
        while num_rows > 0:
            assert self._keys, f"a waiting line ran out with {num_rows} rows still to take"
            part = self._take_first(self._keys[0], num_rows)
            taken.append(part)
            num_rows -= len(part)
        return np.asarray(np.concatenate([NO_ENTRIES, *taken]), dtype=np.int64)

    def prepare(self) -> None:
        """Bring the head of the line in order now, so that the first draw does not wait for it."""
        if self._keys:
            self._bring_in_order(self._keys[0])

    def _take_first(self, key: int, num_rows: int) -> Entries:
        rows = self._bring_in_order(key)
        look = rows[: max(num_rows, SMALLEST_LOOK)]
        found = np.flatnonzero(self._is_waiting(look, key))[:num_rows]
        num_used = int(found[-1]) + 1 if len(found) == num_rows else len(look)
        self._num_entries -= num_used
        self._pieces[key] = [rows[num_used:]]
        if num_used == len(rows):
            self._forget(key)
        return look[found]

    def _bring_in_order(self, key: int) -> Entries:
        if key not in self._ordered:
            rows = tie_order(self._true_entries(key), seed=self._seed, key=key)
            self._num_entries += len(rows) - sum(map(len, self._pieces[key]))
            self._pieces[key] = [rows]
            self._ordered.add(key)
        return self._pieces[key][0]

    def _true_entries(self, key: int) -> Entries:
        """Return the rows under `key` without stale and double entries."""
        pieces = self._pieces[key]
        rows = pieces[0] if len(pieces) == 1 else np.unique(np.concatenate(pieces))
        return rows[self._is_waiting(rows, key)]

    def _drop_stale(self) -> None:
        """Forget stale entries; called each time that the number of entries has doubled since the last time."""
        for key in list(self._keys):
            self._pieces[key] = [self._true_entries(key)]
            if not len(self._pieces[key][0]):
                self._forget(key)
        self._num_entries = sum(len(pieces[0]) for pieces in self._pieces.values())
        self._max_entries = max(SMALLEST_LOOK, 2 * self._num_entries)

    def _forget(self, key: int) -> None:
        self._keys.remove(key)
        del self._pieces[key]
        self._ordered.discard(key)


def put_in_lines(lines: Sequence[WaitingLine], *, line: NDArray[Any], key: NDArray[Any], rows: Rows) -> None:
    """Put each of the [k] rows into its line under its key."""
    if not len(rows):
        return
    order = np.lexsort((key, line))
    line, key, rows = line[order], key[order], rows[order]
    starts = np.flatnonzero(np.diff(line, prepend=line[0] - 1) | np.diff(key, prepend=key[0] - 1))
    for start, end in zip(starts, [*starts[1:], len(rows)], strict=True):
        lines[int(line[start])].put(int(key[start]), rows[start:end])
