"""What happened in the turns of episodes, read without their texts and images; and how success goes with their number.

Shape: rows of a rollouts file.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from rlcs.dashboard.data.parquet import (
    ROLLOUT_SCHEMA,
    FileStamp,
    Unreadable,
    as_list,
    read_columns,
    read_parts_of_lists,
)
from rlcs.dashboard.data.run import Run
from rlcs.dashboard.data.slices import NAMES, Slice, flags, numbers, slice_codes
from rlcs.records import Status

FAILED, REPLAYED = "failed", "replayed"
RECENT_STEPS = 20
"""Newest steps that success by the number of turns is counted over."""
_PREFIX, _SUFFIX = "env/", "_share"
_NOT_COUNTED = ("fault", "over_limit")
"""Shares among env/…_share that are of episodes, and not of turns that count a word."""
Tally = dict[tuple[Slice, int], tuple[float, float]]
"""Slice and number of turns -> judged episodes, and how many of them were right."""


def has_episodes(run: Run) -> bool:
    """Tell whether the metrics of a run know of episodes."""
    return run.curves().has("env/num_episodes")


def words_counted(run: Run) -> list[str]:
    """Return the words that turns count in this run, as the metrics name them: unreadable, …"""
    return [word for word in run.curves().names(_PREFIX, _SUFFIX) if word not in _NOT_COUNTED]


def metric_of(fault: str) -> str:
    """Return the metric that is above zero where a fault happened: FAILED, REPLAYED, or a word that turns count."""
    return {FAILED: "env/fault_share", REPLAYED: "env/replays"}.get(fault, f"{_PREFIX}{fault}{_SUFFIX}")


def had_fault(file: FileStamp, status: Any, fault: str) -> NDArray[np.bool_]:
    """Return [rows] whether a fault happened in an episode; `status` is that column. Raises Unreadable."""
    if fault == FAILED:
        return np.asarray([one == Status.ENV_FAULT for one in status.to_pylist()], dtype=bool)
    found = np.zeros(len(status), dtype=bool)
    if (column := read_parts_of_lists(file, "turns", ("replays", "counted"))) is None:
        return found
    column = column.combine_chunks()
    row_of_turn, turns = np.asarray(pc.list_parent_indices(column)), pc.list_flatten(column)
    if fault == REPLAYED:
        found[row_of_turn[numbers(turns.field("replays")) > 0]] = True
        return found
    words = turns.field("counted")
    turn_of_word = np.asarray(pc.list_parent_indices(words))
    found[row_of_turn[turn_of_word[flags(pc.equal(pc.list_flatten(words), fault))]]] = True
    return found


def rows_told_in_turns(file: FileStamp, text: str) -> NDArray[np.intp]:
    """Return the rows of which a turn holds `text`, the policy's own or what it was shown. Raises Unreadable.

    In the layout `fresh` the response of a row is its first turn alone. Upper and lower case are alike.
    """
    if (column := read_parts_of_lists(file, "turns", ("text", "shown.list.element.text"))) is None:
        return np.zeros(0, dtype=np.intp)
    column = column.combine_chunks()
    row_of_turn, turns = np.asarray(pc.list_parent_indices(column)), pc.list_flatten(column)
    shown = turns.field("shown")
    turn_of_piece, pieces = np.asarray(pc.list_parent_indices(shown)), pc.list_flatten(shown)
    found = [
        row_of_turn[flags(pc.match_substring(turns.field("text"), text, ignore_case=True))],
        row_of_turn[turn_of_piece[flags(pc.match_substring(pieces.field("text"), text, ignore_case=True))]],
    ]
    return np.unique(np.concatenate(found)).astype(np.intp)


def turn_events(file: FileStamp, places: NDArray[np.intp]) -> list[Counter[str]]:
    """Return [places] how often the turns of a row were replayed, and what they count, by word. Raises Unreadable."""
    column = read_parts_of_lists(file, "turns", ("replays", "counted"))
    rows = [None] * len(places) if column is None else as_list(column.take(pa.array(places)))
    return [_events(turns or ()) for turns in rows]


def _events(turns: Any) -> Counter[str]:
    found: Counter[str] = Counter()
    for turn in turns:
        found[REPLAYED] += (turn or {}).get("replays") or 0
        found.update(set((turn or {}).get("counted") or ()))
    return +found


@lru_cache(maxsize=512)
def _tally(file: FileStamp) -> Tally:
    """Return the judged episodes of a file and how many were right. Raises Unreadable."""
    table = read_columns(file, ROLLOUT_SCHEMA, (*NAMES, "num_turns", "score", "status"))
    table = table.filter(pc.and_(pc.is_valid(table["num_turns"]), pc.is_valid(table["score"])))
    slices, codes = slice_codes(table)
    turns = numbers(table["num_turns"]).astype(np.int64).tolist()
    right = [status == Status.CORRECT for status in table["status"].to_pylist()]
    found: Tally = {}
    for code, number, is_right in zip(codes.tolist(), turns, right, strict=True):
        judged, passed = found.get((slices[code], number), (0.0, 0.0))
        found[slices[code], number] = (judged + 1.0, passed + is_right)
    return found


def recent_success(run: Run, *, budget_s: float = 0.1) -> Tally:
    """Return the judged episodes of the newest steps together, as many steps as the time allows."""
    deadline = time.perf_counter() + budget_s
    found: dict[tuple[Slice, int], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for step in run.rollout_steps()[: -RECENT_STEPS - 1 : -1].tolist():
        try:
            tally = _tally(run.rollout_files.stamp(step))
        except Unreadable as problem:
            run.note(problem)
            continue
        for key, (judged, passed) in tally.items():
            found[key][0] += judged
            found[key][1] += passed
        if time.perf_counter() > deadline:
            break
    return {key: (judged, passed) for key, (judged, passed) in found.items()}
