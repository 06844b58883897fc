"""Waiting lines: which task of each tier (or source) comes next, without sorting all tasks at every draw.

Tasks wait in order of a key (the step of their last turn, the number of their turns), lowest first; equal keys
stand in an order that looks random but is a function of seed, row and key only, so that lines rebuilt from a
checkpoint are the same lines. Whoever uses the lines knows the line and the key of each task; an entry that says
otherwise is stale and passed over.

All lines lie one after the other in a sorted array, a run. New entries make a new run, and two runs become one when
they are about equal in size, so that there are few: log2 of (tasks / entries of a step). A draw looks at the head of
each asked line in each run, for all lines at once. Its cost does not grow with the tasks, save for the number of runs,
and neither many lines nor many keys cost anything but their entries.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curriculum.beliefs.difficulty import Ints, Rows

Entries = NDArray[np.int32]
Of = Callable[[Entries], NDArray[Any]]
"""[k] rows to a number for each, as it is now."""


@lru_cache(maxsize=1 << 16)
def tie_start(seed: int, key: int) -> np.uint64:
    """Return where the hash of ties under a key starts from."""
    start: np.uint64 = np.random.SeedSequence([seed, key]).generate_state(1, np.uint64)[0]
    return start


def tie_hash(rows: Rows, keys: NDArray[Any], *, seed: int) -> NDArray[np.uint64]:
    """Return the splitmix64 hash of each row under its key: entries with equal keys stand in its order."""
    lowest = int(keys.min()) if len(keys) else 0
    present = np.flatnonzero(np.bincount(keys - lowest))
    starts = np.zeros(int(present[-1]) + 1 if len(present) else 0, dtype=np.uint64)
    starts[present] = [tie_start(seed, lowest + key) for key in present.tolist()]
    mixed = rows.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + starts[keys - lowest]
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed ^= mixed >> np.uint64(shift)
        mixed *= np.uint64(factor)
    return np.asarray(mixed ^ mixed >> np.uint64(31))


def waiting_order(line: NDArray[Any], keys: NDArray[Any], ties: NDArray[np.uint64]) -> Ints:
    """Return the order of entries by line, key and tie hash: np.lexsort((ties, keys, line)), at a third of its cost.

    The three are packed into one number, from which the last bits of the hash are missing; equal numbers are then put
    in order by the whole hash.
    """
    if not len(line):
        return np.empty(0, dtype=np.int64)
    key_bits, line_bits = int(keys.max()).bit_length(), int(line.max()).bit_length()
    tie_bits = 64 - key_bits - line_bits
    packed = line.astype(np.uint64) << np.uint64(key_bits) | keys.astype(np.uint64)
    packed = packed << np.uint64(tie_bits) | ties >> np.uint64(64 - tie_bits) if tie_bits < 64 else ties
    order = np.argsort(packed)
    packed = packed[order]
    is_next = packed[1:] == packed[:-1]
    if is_next.any():
        equal = np.flatnonzero(np.concatenate([is_next, [False]]) | np.concatenate([[False], is_next]))
        order[equal] = order[equal][np.lexsort((ties[order[equal]], packed[equal]))]
    return np.asarray(order)


def spans(starts: NDArray[Any], stops: NDArray[Any]) -> Ints:
    """Return starts[0] … stops[0] - 1, starts[1] … stops[1] - 1, … as one array."""
    sizes = (stops - starts).astype(np.int64)
    return np.asarray(np.arange(sizes.sum()) + np.repeat(starts - (np.cumsum(sizes) - sizes), sizes))


@dataclass(kw_only=True, slots=True)
class Run:
    """Entries of all lines, sorted by line, key and tie."""

    rows: Entries
    """[n]"""
    keys: Entries
    """[n] the key each row had when it was put in."""
    heads: Entries
    """[number of lines] place of the first entry of each line that has not been passed over."""
    ends: Entries
    """[number of lines] place behind its last one."""


class WaitingLines:
    """Tasks in lines; `line_of(rows)` and `key_of(rows)` tell where each waits now."""

    def __init__(self, num_lines: int, *, seed: int, line_of: Of, key_of: Of) -> None:
        self._num_lines = num_lines
        self._seed = seed
        self._line_of = line_of
        self._key_of = key_of
        self._runs: list[Run] = []
        """Largest first, each more than twice the next."""
        self._new: list[Entries] = []

    def put(self, rows: Rows) -> None:
        """Let `rows` wait where they belong now; they line up at the next draw."""
        self._new.append(rows.astype(np.int32))

    def take(self, lines: Ints, counts: Ints) -> Ints:
        """Return the first `counts[i]` tasks of line `lines[i]`, no line twice; each must hold that many.

        They wait on until their key or line is another, which is the caller's to see to.
        """
        self._line_up()
        lines, counts = lines[counts > 0], counts[counts > 0]
        heads = [self._heads(run, lines, counts) for run in self._runs]
        rows, first = np.unique(np.concatenate([np.empty(0, np.int32), *(one[0] for one in heads)]), return_index=True)
        place = np.concatenate([np.empty(0, np.int64), *(one[1] for one in heads)])[first]
        keys = self._key_of(rows)
        order = waiting_order(place, keys, tie_hash(rows, keys, seed=self._seed))
        rows, place = rows[order], place[order]
        rank = np.arange(len(rows)) - np.searchsorted(place, place, side="left")
        rows = rows[rank < counts[place]]
        assert len(rows) == counts.sum(), f"waiting lines ran out: {counts.sum()} rows asked, {len(rows)} there"
        return np.asarray(rows, dtype=np.int64)

    def _line_up(self) -> None:
        """Make a run of the new entries, and one run of those that are about equal in size."""
        rows = _together(self._new)
        self._new = []
        while self._runs and len(self._runs[-1].rows) <= 2 * len(rows):
            rows = _together([rows, self._true_rows(self._runs.pop())])
        if len(rows):
            self._runs.append(self._sorted(rows))

    def _heads(self, run: Run, lines: Ints, counts: Ints) -> tuple[Entries, Ints]:
        """Return the first `counts[i]` true entries of each asked line of a run, or all if fewer, and their i."""
        start, end = run.heads[lines].astype(np.int64), run.ends[lines].astype(np.int64)
        size = counts
        while True:
            stop = np.minimum(start + size, end)
            number = np.repeat(np.arange(len(lines)), stop - start)
            places = spans(start, stop)
            rows = run.rows[places]
            is_true = (self._key_of(rows) == run.keys[places]) & (self._line_of(rows) == lines[number])
            is_short = (np.bincount(number, weights=is_true, minlength=len(lines)) < counts) & (stop < end)
            if not is_short.any():
                break
            size = np.where(is_short, 4 * size, size)
        places, number = places[is_true], number[is_true]
        first = stop.copy()
        # Backwards, so that the first place of each line is the one that stays.
        first[number[::-1]] = places[::-1]
        run.heads[lines] = first
        return rows[is_true], number

    def _true_rows(self, run: Run) -> Entries:
        """Return the rows of a run that still wait where it says."""
        line = np.repeat(np.arange(self._num_lines), run.ends - run.heads)
        places = spans(run.heads, run.ends)
        rows = run.rows[places]
        return np.asarray(rows[(self._key_of(rows) == run.keys[places]) & (self._line_of(rows) == line)])

    def _sorted(self, rows: Entries) -> Run:
        line, keys = self._line_of(rows), self._key_of(rows)
        order = waiting_order(line, keys, tie_hash(rows, keys, seed=self._seed))
        ends = np.cumsum(np.bincount(line, minlength=self._num_lines)).astype(np.int32)
        heads = np.concatenate([[0], ends[:-1]]).astype(np.int32)
        return Run(rows=rows[order], keys=keys[order].astype(np.int32), heads=heads, ends=ends)


def _together(pieces: list[Entries]) -> Entries:
    """Return all rows of some pieces, each once; a piece alone holds none twice."""
    if len(pieces) == 1:
        return pieces[0]
    return np.unique(np.concatenate([np.empty(0, np.int32), *pieces]))


class Turns:
    """`num_lines` waiting lines. A checkpoint keeps the turns that were judged; the lines follow from them."""

    def __init__(self, num_tasks: int, *, num_lines: int, line_of: Of, seed: int) -> None:
        self._num_lines = num_lines
        self._line_of = line_of
        self._seed = seed
        self.load(np.zeros(num_tasks, dtype=np.int32))

    def load(self, judged: NDArray[Any]) -> None:
        """Go on from kept turns."""
        self.judged = judged.astype(np.int32)
        """[N] 1 + step of the last turn that was judged, 0 before the first."""
        self._turn = self.judged.copy()
        self._lines = WaitingLines(self._num_lines, seed=self._seed, line_of=self._line_of, key_of=self._turn_of)
        self._lines.put(np.arange(len(self._turn), dtype=np.int32))

    def take(self, lines: Ints, counts: Ints) -> Ints:
        """Return the first `counts[i]` tasks of line `lines[i]`, which must hold that many; `mark_planned` them."""
        return self._lines.take(lines, counts)

    def mark_planned(self, step: int, rows: Rows) -> None:
        """Send tasks drawn for `step` to the end of their lines; lost when the step is interrupted."""
        self._turn[rows] = step + 1
        self.line_up(rows)

    def mark_judged(self, step: int, rows: Rows) -> None:
        """Send judged tasks to the end of their lines, for good."""
        self._turn[rows] = np.maximum(self._turn[rows], step + 1)
        self.judged[rows] = self._turn[rows]
        self.line_up(rows)

    def line_up(self, rows: Rows) -> None:
        """Put tasks whose line or turn has changed where they belong now."""
        self._lines.put(rows)

    def _turn_of(self, rows: Entries) -> Entries:
        return self._turn[rows]
