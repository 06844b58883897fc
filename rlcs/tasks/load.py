"""Data sources in, a pool of tasks out: read, converted, checked, golds proven, grades joined.

A row whose gold answer no verifier can read ends the run here, or is left out where its source says so.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from rlcs.config.schema import SourceConfig
from rlcs.errors import UserError
from rlcs.records import TaskIndex
from rlcs.tasks.convert import bad_row_error, convert, report_skipped
from rlcs.tasks.grades import Difficulty, graded_difficulty
from rlcs.tasks.pool import SourceTable, TaskPool, _without_tasks
from rlcs.videos.files import check_installed

GoldCheck = Callable[[str, Any, dict[str, Any], Sequence[tuple[int, int]]], str | None]
"""(source name, gold answer, params, sizes of the images) -> what is wrong with the gold, or None."""


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
    _refuse_played_videos(sources, tables)
    if any(_has_video_files(batch) for table in tables for batch in table.batches):
        check_installed()  # now, since later it would look like the fault of a row
    pool = TaskPool(tables, _joined(sources, parts), np.arange(sum(len(part.ids) for part in parts)))
    if check_gold is None:
        return pool
    good = pool.select(rows_with_good_gold(pool, sources, check_gold))
    if empty := _without_tasks(good):
        raise UserError(f"data source {empty} has no task left: none of its gold answers can be judged; see the log")
    return good


@dataclass(frozen=True, kw_only=True)
class _PartIndex:
    """The index columns of one source; domains and subcategories still as names."""

    ids: pa.StringArray
    domains: pa.DictionaryArray
    subcategories: pa.DictionaryArray
    difficulty: Difficulty


def _check_sources(sources: Sequence[SourceConfig]) -> None:
    names = [source.name for source in sources]
    for number, source in enumerate(sources):
        if source.name in names[:number]:
            raise UserError(f"two data sources are named {source.name!r}; give each its own name")
        if source.proportion <= 0:
            raise UserError(
                f"data source {source.name}: proportion={source.proportion} must be above 0; or leave it out"
            )


def _open(name: str, file: Path) -> SourceTable:
    reader = pa.ipc.open_file(pa.memory_map(str(file)))
    batches = tuple(reader.get_batch(number) for number in range(reader.num_record_batches))
    return SourceTable(name=name, batches=batches, ends=np.cumsum([batch.num_rows for batch in batches]))


def _refuse_played_videos(sources: Sequence[SourceConfig], tables: Sequence[SourceTable]) -> None:
    for source, table in zip(sources, tables, strict=True):
        if source.environment is not None and any(batch["videos"].null_count < len(batch) for batch in table.batches):
            raise UserError(
                f"data source {source.name} has videos, and is played in an environment, which shows images and texts "
                "only; leave fields.videos or environment out"
            )


def _has_video_files(batch: pa.RecordBatch) -> bool:
    return bool(batch["videos"].flatten().field("frames").null_count)


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
        difficulty=Difficulty(rate=difficulty) if source.grades is None else graded_difficulty(source, ids, difficulty),
    )


def _joined(sources: Sequence[SourceConfig], parts: Sequence[_PartIndex]) -> TaskIndex:
    domains, domain_codes = _coded([part.domains for part in parts])
    subcategories, subcategory_codes = _coded([part.subcategories for part in parts])
    total, sizes = sum(source.proportion for source in sources), [len(part.ids) for part in parts]
    return TaskIndex(
        ids=pa.concat_arrays([part.ids for part in parts]),
        source=np.repeat(np.arange(len(parts), dtype=np.int16), [len(part.ids) for part in parts]),
        domain=domain_codes,
        difficulty=np.concatenate([part.difficulty.rate for part in parts]),
        sources=tuple(source.name for source in sources),
        domains=domains,
        subcategory=subcategory_codes,
        subcategories=subcategories,
        proportions=tuple(source.proportion / total for source in sources),
        certainty=_known_of_some([part.difficulty.certainty for part in parts], sizes, np.float32(np.nan)),
        is_predicted=_known_of_some([part.difficulty.is_predicted for part in parts], sizes, np.False_),
        is_measured=_known_of_some([part.difficulty.is_measured for part in parts], sizes, np.False_),
    )


def _known_of_some(columns: Sequence[NDArray[Any] | None], sizes: Sequence[int], missing: Any) -> NDArray[Any] | None:
    """Return a column of all sources, `missing` for those that have none; None where no source has one."""
    if all(column is None for column in columns):
        return None
    pairs = zip(columns, sizes, strict=True)
    return np.asarray(np.concatenate([np.full(size, missing) if one is None else one for one, size in pairs]))


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


def rows_with_good_gold(pool: TaskPool, sources: Sequence[SourceConfig], check_gold: GoldCheck) -> NDArray[np.int64]:
    """Return the rows of the pool whose gold can be judged; the others raise, or are counted and listed."""
    is_good = np.ones(len(pool), dtype=bool)
    verdicts: dict[Any, str | None] = {}
    skipped: list[list[str]] = [[] for _ in sources]
    for rows, columns in pool.columns("answer", "params", "place", "image_sizes"):
        number = int(pool.index.source[rows[0]])
        source = sources[number]
        for row, (answer, params, place, sizes) in zip(rows, _records(columns), strict=True):
            measured = [(width, height) for width, height in sizes or ()]
            key = (number, answer, params, *measured)
            if key not in verdicts:
                given = json.loads(params) if params else {}
                verdicts[key] = check_gold(source.name, json.loads(answer), given, measured)
            if wrong := verdicts[key]:
                text = f"{place}: field {source.fields.answer!r}, gold {json.loads(answer)!r}: {wrong}"
                if source.on_bad_row != "skip":
                    raise bad_row_error(source, text)
                skipped[number].append(text)
                is_good[row] = False
    for source, texts in zip(sources, skipped, strict=True):
        report_skipped(source.name, len(texts), texts)
    return np.flatnonzero(is_good)


def _records(columns: Any) -> Any:
    return zip(*(column.to_pylist() for column in columns.columns), strict=True)
