"""The groups of a rollouts file: which task, what it scored, whether it taught something and was trained on.

Shapes: G groups of a step, L slices.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rlcs.dashboard.data.curves import Floats
from rlcs.dashboard.data.parquet import ROLLOUT_SCHEMA, FileStamp, read_columns
from rlcs.dashboard.data.slices import NAMES, Slice, flags, numbers, slice_codes, summed

COLUMNS = (*NAMES, "task_id", "group", "score", "selected")
SAME_SCORE = 1e-6
"""Scores closer than this count as equal, as in training."""


@dataclass(frozen=True, kw_only=True)
class Groups:
    """The groups of a step, one entry each."""

    slices: tuple[Slice, ...]
    """[L]"""
    codes: NDArray[np.int64]
    """[G] place of the group's slice."""
    task_ids: Any
    """[G] Arrow array of text."""
    num_judged: Floats
    total: Floats
    """[G] sum of the scores."""
    teaches: NDArray[np.bool_]
    """[G] whether two judged completions have different scores."""
    selected: NDArray[np.bool_]


@lru_cache(maxsize=128)
def read_groups(file: FileStamp) -> Groups:
    """Return the groups of a rollouts file. Raises Unreadable."""
    table = read_columns(file, ROLLOUT_SCHEMA, COLUMNS)
    slices, codes = slice_codes(table)
    numbers_of = np.nan_to_num(numbers(table["group"]), nan=-1.0).astype(np.int64)
    _, first, place = np.unique(numbers_of, return_index=True, return_inverse=True)
    place, num_groups, score = place.reshape(-1), len(first), numbers(table["score"])
    judged = np.isfinite(score)
    low, high = np.full(num_groups, np.inf), np.full(num_groups, -np.inf)
    np.minimum.at(low, place[judged], score[judged])
    np.maximum.at(high, place[judged], score[judged])
    return Groups(
        slices=slices,
        codes=codes[first],
        task_ids=table["task_id"].take(pa.array(first)),
        num_judged=np.bincount(place[judged], minlength=num_groups).astype(np.float64),
        total=summed(place[judged], num_groups, score[judged]),
        teaches=high - low > SAME_SCORE,
        selected=flags(table["selected"])[first],
    )
