"""The pool: all tasks of all sources as memory-mapped Arrow tables, plus the numbers the curriculum works on.

A Task object exists only for rows that were taken. Row numbers count through the sources in their order.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from rlcs.errors import UserError
from rlcs.records import Task, TaskIndex, Video

log = logging.getLogger("rlcs.tasks")


@dataclass(frozen=True, kw_only=True)
class SourceTable:
    """The tasks of one source, in record batches of a memory-mapped file."""

    name: str
    batches: tuple[pa.RecordBatch, ...]
    ends: NDArray[np.int64]
    """[number of batches] rows up to and including each batch."""

    def rows(self, numbers: NDArray[np.int64], names: Sequence[str] | None = None) -> list[dict[str, Any]]:
        """Return rows by their number in the source, in the order asked for; only these are read from the file.

        `names`: of the columns to read; None reads all.
        """
        which = np.searchsorted(self.ends, numbers, side="right")
        found: list[dict[str, Any]] = [{}] * len(numbers)
        for batch_number in np.unique(which):
            batch = self.batches[batch_number]
            batch = batch if names is None else batch.select(list(names))
            positions = np.flatnonzero(which == batch_number)
            inside = numbers[positions] - (self.ends[batch_number] - batch.num_rows)
            for position, row in zip(positions, batch.take(pa.array(inside)).to_pylist(), strict=True):
                found[position] = row
        return found


class TaskPool:
    """N tasks of one or several sources. `index` is what the curriculum sees; `take` makes Task objects of rows."""

    def __init__(self, tables: Sequence[SourceTable], index: TaskIndex, origin: NDArray[np.int64]) -> None:
        """`origin` [N] is the row of each task in the tables laid end to end; `index` is in the order of the pool."""
        assert len(index) == len(origin), f"an index of {len(index)} tasks for {len(origin)} rows"
        self._tables = tuple(tables)
        self._starts = np.cumsum([0, *(int(table.ends[-1]) for table in tables)])
        self._origin = origin
        self.index = index

    def __len__(self) -> int:
        return len(self._origin)

    def take(self, rows: Sequence[int] | NDArray[np.int64]) -> list[Task]:
        """Return the tasks of these rows of the pool, in the order given; `Task.row` is the row."""
        numbers = np.asarray(rows, dtype=np.int64)
        tasks: list[Task | None] = [None] * len(numbers)
        for table, positions, records in self._records(numbers):
            for position, record in zip(positions, records, strict=True):
                row = int(numbers[position])
                tasks[position] = make_task(record, table.name, row, _known(self.index.difficulty[row]))
        return [task for task in tasks if task is not None]

    def texts(self, rows: NDArray[Any]) -> list[str]:
        """Return the questions of these rows, in the order given: plain text, or chat messages as JSON writes them."""
        texts = [""] * len(rows)
        for _, positions, records in self._records(np.asarray(rows, dtype=np.int64), ["prompt"]):
            for position, record in zip(positions, records, strict=True):
                texts[position] = record["prompt"]
        return texts

    def _records(
        self, numbers: NDArray[np.int64], names: Sequence[str] | None = None
    ) -> Iterator[tuple[SourceTable, NDArray[np.int64], list[dict[str, Any]]]]:
        """Yield, for each table, the places in `numbers` of its rows, and what it holds of them."""
        origins = self._origin[numbers]
        which = np.searchsorted(self._starts, origins, side="right") - 1
        for table_number in np.unique(which):
            table = self._tables[table_number]
            positions = np.flatnonzero(which == table_number)
            yield table, positions, table.rows(origins[positions] - self._starts[table_number], names)

    def most_videos(self) -> int:
        """Return the videos of the task that has most of them."""
        longest = (pc.max(pc.list_value_length(columns["videos"])).as_py() for _, columns in self.columns("videos"))
        return max((length or 0 for length in longest), default=0)

    def select(self, rows: Sequence[int] | NDArray[np.int64]) -> TaskPool:
        """Return a pool of these rows, numbered anew from 0 in the order given; sources and proportions stay."""
        numbers = np.asarray(rows, dtype=np.int64)
        return TaskPool(self._tables, _index_of(self.index, numbers), self._origin[numbers])

    def blocks(self, size: int) -> Iterator[list[Task]]:
        """Yield all tasks, `size` at a time."""
        for start in range(0, len(self), size):
            yield self.take(np.arange(start, min(start + size, len(self))))

    def columns(self, *names: str) -> Iterator[tuple[NDArray[np.int64], pa.RecordBatch]]:
        """Yield (rows of the pool, named columns of their tasks) for whole-column work; Task objects are not made."""
        order = np.argsort(self._origin, kind="stable")
        sorted_origin = self._origin[order]
        for table, start in zip(self._tables, self._starts, strict=False):
            for batch, end in zip(table.batches, table.ends, strict=True):
                first = start + end - batch.num_rows
                low, high = np.searchsorted(sorted_origin, [first, start + end])
                if low < high:
                    inside = pa.array(sorted_origin[low:high] - first)
                    yield order[low:high], batch.select(list(names)).take(inside)


def split_holdout(pool: TaskPool, count: int, seed: int) -> tuple[TaskPool, TaskPool]:
    """Set `count` tasks aside at random; return (the others, those set aside), both in the order of the pool."""
    if not 0 < count < len(pool):
        raise UserError(f"data.holdout={count} of {len(pool)} tasks leaves nothing to train on; set it lower")
    is_held_out = np.zeros(len(pool), dtype=bool)
    is_held_out[np.random.default_rng(seed).choice(len(pool), size=count, replace=False)] = True
    rest = pool.select(np.flatnonzero(~is_held_out))
    if empty := _without_tasks(rest):
        raise UserError(f"data.holdout={count} takes every task of data source {empty}; set it lower")
    return rest, pool.select(np.flatnonzero(is_held_out))


def _without_tasks(pool: TaskPool) -> str | None:
    """Return the name of a source of which the pool has no task, if there is one."""
    counts = np.bincount(pool.index.source, minlength=len(pool.index.sources))
    return next((name for name, count in zip(pool.index.sources, counts, strict=True) if not count), None)


def make_task(record: dict[str, Any], source: str, row: int, difficulty: float | None) -> Task:
    """Build the Task of a canonical row."""
    return Task(
        id=f"{source}:{record['id']}",
        source=source,
        domain=record["domain"],
        prompt=json.loads(record["prompt"]) if record["is_chat"] else record["prompt"],
        answer=json.loads(record["answer"]),
        subcategory=record["subcategory"],
        images=tuple(image["path"] or image["bytes"] for image in record["images"] or ()),
        videos=tuple(map(as_video, record["videos"] or ())),
        params=json.loads(record["params"]) if record["params"] else {},
        difficulty=difficulty,
        row=row,
    )


def as_video(kept: dict[str, Any]) -> Video:
    """Return the reference that a canonical row keeps."""
    if kept["frames"] is None:
        return Video(file=kept["path"] or kept["bytes"])
    frames = tuple(frame["path"] or frame["bytes"] for frame in kept["frames"])
    return Video(frames=frames, times=tuple(kept["times"]))


def _index_of(index: TaskIndex, rows: NDArray[np.int64]) -> TaskIndex:
    return replace(
        index,
        ids=index.ids.take(pa.array(rows)),
        source=index.source[rows],
        domain=index.domain[rows],
        difficulty=index.difficulty[rows],
        subcategory=index.subcategory[rows],
        certainty=None if index.certainty is None else index.certainty[rows],
        is_predicted=None if index.is_predicted is None else index.is_predicted[rows],
        is_measured=None if index.is_measured is None else index.is_measured[rows],
    )


def _known(difficulty: np.float32) -> float | None:
    return None if np.isnan(difficulty) else float(difficulty)
