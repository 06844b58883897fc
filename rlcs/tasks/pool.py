"""The pool: all tasks of all sources as memory-mapped Arrow tables, plus the numbers the curriculum works on.

A Task object exists only for rows that were taken. Row numbers count through the sources in their order.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from rlcs.config.schema import SourceConfig
from rlcs.errors import UserError, unknown_name
from rlcs.records import DOMAINS, Task, TaskIndex
from rlcs.tasks.convert import convert
from rlcs.tasks.gold import GoldCheck, rows_with_good_gold
from rlcs.tasks.grades import graded_difficulty

log = logging.getLogger("rlcs.tasks")


@dataclass(frozen=True, kw_only=True)
class SourceTable:
    """The tasks of one source, in record batches of a memory-mapped file."""

    name: str
    batches: tuple[pa.RecordBatch, ...]
    ends: NDArray[np.int64]
    """[number of batches] rows up to and including each batch."""

    def rows(self, numbers: NDArray[np.int64]) -> list[dict[str, Any]]:
        """Return rows by their number in the source, in the order asked for; only these are read from the file."""
        which = np.searchsorted(self.ends, numbers, side="right")
        found: list[dict[str, Any]] = [{}] * len(numbers)
        for batch_number in np.unique(which):
            batch = self.batches[batch_number]
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
        origins = self._origin[numbers]
        which = np.searchsorted(self._starts, origins, side="right") - 1
        tasks: list[Task | None] = [None] * len(numbers)
        for table_number in np.unique(which):
            table = self._tables[table_number]
            positions = np.flatnonzero(which == table_number)
            records = table.rows(origins[positions] - self._starts[table_number])
            for position, record in zip(positions, records, strict=True):
                row = int(numbers[position])
                tasks[position] = make_task(record, table.name, row, _known(self.index.difficulty[row]))
        return [task for task in tasks if task is not None]

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


def load_pool(sources: Sequence[SourceConfig], *, check_gold: GoldCheck | None = None) -> TaskPool:
    """Read, check and index all sources; what was read before and has not changed is opened at once.

    Args:
        check_gold: (source name, gold answer, params, sizes of the images) -> what is wrong with the gold, or None.
            Equal golds of a source are asked about once.

    Raises UserError on the first row that cannot be used, unless its source says on_bad_row: skip.
    """
    _check_sources(sources)
    tables = [_open(source.name, convert(source).file) for source in sources]
    parts = [_part_index(source, table) for source, table in zip(sources, tables, strict=True)]
    pool = TaskPool(tables, _joined(sources, parts), np.arange(sum(len(part.ids) for part in parts)))
    if check_gold is None:
        return pool
    good = pool.select(rows_with_good_gold(pool, sources, check_gold))
    if empty := _without_tasks(good):
        raise UserError(f"data source {empty} has no task left: none of its gold answers can be judged; see the log")
    return good


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
        params=json.loads(record["params"]) if record["params"] else {},
        difficulty=difficulty,
        row=row,
    )


@dataclass(frozen=True, kw_only=True)
class _PartIndex:
    """The index columns of one source; domains and subcategories still as names."""

    ids: pa.StringArray
    domains: pa.DictionaryArray
    subcategories: pa.DictionaryArray
    difficulty: NDArray[np.float32]


def _check_sources(sources: Sequence[SourceConfig]) -> None:
    names = [source.name for source in sources]
    for number, source in enumerate(sources):
        if source.name in names[:number]:
            raise UserError(f"two data sources are named {source.name!r}; give each its own name")
        if source.domain not in DOMAINS:
            raise unknown_name(f"domain of data source {source.name}:", source.domain, DOMAINS)
        if source.proportion <= 0:
            raise UserError(
                f"data source {source.name}: proportion={source.proportion} must be above 0; or leave it out"
            )


def _open(name: str, file: Path) -> SourceTable:
    reader = pa.ipc.open_file(pa.memory_map(str(file)))
    batches = tuple(reader.get_batch(number) for number in range(reader.num_record_batches))
    return SourceTable(name=name, batches=batches, ends=np.cumsum([batch.num_rows for batch in batches]))


def _part_index(source: SourceConfig, table: SourceTable) -> _PartIndex:
    columns = pa.Table.from_batches(
        [batch.select(["id", "domain", "subcategory", "difficulty"]) for batch in table.batches]
    )
    ids = pc.binary_join_element_wise(source.name, columns["id"], ":").combine_chunks()
    difficulty = columns["difficulty"].to_numpy(zero_copy_only=False).astype(np.float32)
    return _PartIndex(
        ids=ids,
        domains=columns["domain"].combine_chunks().dictionary_encode(),
        subcategories=columns["subcategory"].combine_chunks().dictionary_encode(),
        difficulty=difficulty if source.grades is None else graded_difficulty(source, ids, difficulty),
    )


def _joined(sources: Sequence[SourceConfig], parts: Sequence[_PartIndex]) -> TaskIndex:
    domains, domain_codes = _coded([part.domains for part in parts])
    subcategories, subcategory_codes = _coded([part.subcategories for part in parts])
    total = sum(source.proportion for source in sources)
    return TaskIndex(
        ids=pa.concat_arrays([part.ids for part in parts]),
        source=np.repeat(np.arange(len(parts), dtype=np.int16), [len(part.ids) for part in parts]),
        domain=domain_codes,
        difficulty=np.concatenate([part.difficulty for part in parts]),
        sources=tuple(source.name for source in sources),
        domains=domains,
        subcategory=subcategory_codes,
        subcategories=subcategories,
        proportions=tuple(source.proportion / total for source in sources),
    )


def _coded(columns: Sequence[pa.DictionaryArray]) -> tuple[tuple[str, ...], NDArray[np.int16]]:
    """Return all names, sorted, and one array of indices into them."""
    names = sorted({name for column in columns for name in column.dictionary.to_pylist()})
    if len(names) > np.iinfo(np.int16).max:
        raise UserError(
            f"{len(names)} different subcategories; expected at most {np.iinfo(np.int16).max}; use coarser ones"
        )
    code = {name: number for number, name in enumerate(names)}
    codes = []
    for column in columns:
        of_dictionary = np.array([code[name] for name in column.dictionary.to_pylist()], dtype=np.int16)
        codes.append(of_dictionary[column.indices.to_numpy()])
    return tuple(names), np.concatenate(codes)


def _index_of(index: TaskIndex, rows: NDArray[np.int64]) -> TaskIndex:
    return replace(
        index,
        ids=index.ids.take(pa.array(rows)),
        source=index.source[rows],
        domain=index.domain[rows],
        difficulty=index.difficulty[rows],
        subcategory=index.subcategory[rows],
    )


def _known(difficulty: np.float32) -> float | None:
    return None if np.isnan(difficulty) else float(difficulty)
