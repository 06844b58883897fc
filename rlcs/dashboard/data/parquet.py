"""Parquet files of a run folder, read column by column and in pieces, whatever their state.

A column that a file does not have is null. Text may be anything: it is decoded only when it becomes rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from rlcs.run import rollout_rows

Rows = list[dict[str, Any]]

AS_STORED = pa.null()
"""Type in a schema: take whatever the file has."""
EXTRA_SCHEMA = pa.schema([("images", AS_STORED), ("videos", AS_STORED), ("params", AS_STORED)])
"""What only the page of a group reads, of its first row."""
EPISODE_SCHEMA = pa.schema([("turns", AS_STORED)])
"""What only that page reads, of the episode that it shows: every turn may have images."""
_APART = {*EXTRA_SCHEMA.names, *EPISODE_SCHEMA.names}
ROLLOUT_SCHEMA = pa.schema([field for field in rollout_rows.ROLLOUT_SCHEMA if field.name not in _APART])
BUFFER_BYTES = 1 << 20
BATCH_ROWS = 256
"""Rows read together where texts are large: 256 responses of 100 kB are 25 MB."""
IMAGE_ROWS = 8
"""Rows read together where each has images."""


class Unreadable(Exception):
    """A file that is gone, cut off or no Parquet; the message says which and why."""


class Missing(Unreadable):
    """A file that is not there, which is nothing to complain of: people delete old ones."""


class FileStamp(NamedTuple):
    """A file in one state. Written files never change, but a resumed run writes some of them again."""

    path: str
    modified_ns: int
    size: int


def stamp(path: Path) -> FileStamp:
    """Return the present state of a file. Raises Unreadable when there is none."""
    with _told(path):
        status = path.stat()
        return FileStamp(str(path), status.st_mtime_ns, status.st_size)


def read_head(file: FileStamp) -> tuple[dict[bytes, bytes], tuple[str, ...]]:
    """Return the metadata that the writer of a file gave it, and the names of its columns. Raises Unreadable."""
    with _opened(file) as parquet:
        return dict(parquet.metadata.metadata or {}), tuple(parquet.schema_arrow.names)


def read_columns(file: FileStamp, schema: pa.Schema, names: Sequence[str]) -> pa.Table:
    """Return some columns of a file, each in the type of `schema`. Raises Unreadable."""
    with _opened(file) as parquet:
        present, metadata = _present(parquet, names), parquet.metadata
        coded = [name for name in present if name in REPEATED]
        if coded and metadata.num_rows > MANY_ROWS:
            parquet = pq.ParquetFile(file.path, metadata=metadata, read_dictionary=coded)
        # One thread: most files are so small that several would cost more than they save.
        return _shaped(parquet.read(columns=present, use_threads=False), schema, names, metadata.num_rows)


def read_parts_of_lists(file: FileStamp, name: str, fields: Sequence[str]) -> Any:
    """Return a column of lists of records with these fields alone; None where it is no such column. Raises Unreadable.

    Images and texts in the other fields are not read.
    """
    paths = [f"{name}.list.element.{field}" for field in fields]
    with _opened(file) as parquet:
        table = parquet.read(columns=paths, use_threads=False)
        return table[name] if name in table.column_names else None


REPEATED = frozenset({"source", "domain", "subcategory", "tier", "status", "finish_reason"})
"""Text columns with few different values: of many rows they are read as codes, which is several times faster."""
MANY_ROWS = 5000


def read_batches(
    file: FileStamp, schema: pa.Schema, names: Sequence[str], *, batch_rows: int = BATCH_ROWS
) -> Iterator[tuple[int, pa.Table]]:
    """Yield (number of the first row, `batch_rows` rows) with some columns of a file. Raises Unreadable."""
    first = 0
    with _opened(file) as parquet:
        for batch in parquet.iter_batches(batch_size=batch_rows, columns=_present(parquet, names), use_threads=False):
            yield first, _shaped(pa.Table.from_batches([batch]), schema, names, batch.num_rows)
            first += batch.num_rows


def read_rows(
    file: FileStamp, schema: pa.Schema, names: Sequence[str], rows: NDArray[np.intp], *, batch_rows: int = BATCH_ROWS
) -> pa.Table:
    """Return chosen rows (ascending) of some columns without ever holding all of them. Raises Unreadable."""
    found = []
    for first, batch in read_batches(file, schema, names, batch_rows=batch_rows):
        inside = rows[(rows >= first) & (rows < first + batch.num_rows)] - first
        if len(inside):
            found.append(batch.take(pa.array(inside)))
        if not len(rows) or rows[-1] < first + batch.num_rows:
            break
    return pa.concat_tables(found) if found else pa.schema([schema.field(name) for name in names]).empty_table()


def as_rows(table: pa.Table) -> Rows:
    """Return a table as dicts; bytes that are no UTF-8 become the replacement character."""
    columns = {name: as_list(table[name]) for name in table.column_names}
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def as_list(column: Any) -> list[Any]:
    """Return a column as Python values, text decoded with replacement."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return as_list(column.cast(kind.value_type))
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        raw = column.cast(pa.large_binary() if pa.types.is_large_string(kind) else pa.binary()).to_pylist()
        return [None if value is None else value.decode("utf-8", errors="replace") for value in raw]
    if pa.types.is_map(kind):
        keys = pa.map_(pa.binary(), kind.item_type)
        return [_decoded(pairs) for pairs in column.cast(keys).to_pylist()]
    try:
        return list(column.to_pylist())
    except UnicodeDecodeError:
        return [None] * len(column)


def _decoded(pairs: list[tuple[bytes, Any]] | None) -> dict[str, Any]:
    return {key.decode("utf-8", errors="replace"): value for key, value in pairs or ()}


def _present(parquet: Any, names: Sequence[str]) -> list[str]:
    there = set(parquet.schema_arrow.names)
    return [name for name in names if name in there]


def _shaped(table: pa.Table, schema: pa.Schema, names: Sequence[str], num_rows: int) -> pa.Table:
    columns = {}
    for name in names:
        kind = schema.field(name).type
        column = table[name] if name in table.column_names else pa.nulls(num_rows, kind)
        is_fit = kind == AS_STORED or pa.types.is_dictionary(column.type) or column.type == kind
        columns[name] = column if is_fit else column.cast(kind)
    return pa.table(columns)


@contextmanager
def _opened(file: FileStamp) -> Iterator[Any]:
    # With a buffer the reader streams: without one it holds all texts of a step at once.
    with _told(Path(file.path)), pq.ParquetFile(file.path, pre_buffer=False, buffer_size=BUFFER_BYTES) as parquet:
        yield parquet


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Turn everything that a bad file can raise into Unreadable with its name."""
    try:
        yield
    except FileNotFoundError as error:
        raise Missing(f"{path.parent.name}/{path.name} is not there") from error
    except (OSError, pa.ArrowException) as error:
        reason = str(error).splitlines()[0][:150] if str(error) else type(error).__name__
        raise Unreadable(f"{path.parent.name}/{path.name} cannot be read: {reason}") from error
