"""Reads rows from JSONL, JSON, Parquet, the datasets library or generators, a batch at a time, each with its place.

Nothing is checked here beyond what reading needs: a row that is no row (malformed JSON) comes out as a BadRow value.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from rlcs.config.schema import FieldsConfig, SourceConfig
from rlcs.errors import UserError, unknown_name
from rlcs.tasks.generated import OFFERED, generator_of
from rlcs.tasks.rows import BadRow, outermost, part_of

BATCH_ROWS = 4096
FEW_ROWS = 64
"""Rows held together where each may have images."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RawRow:
    """One row before any check. Example: place "train.jsonl line 17"."""

    origin: str
    """File, dataset or path of generated tasks."""
    unit: str
    """What `number` counts: "line" for JSONL, "row" for the others."""
    number: int
    """From 1."""
    value: Any
    """The row as a dict, or a BadRow when it could not be read."""

    @property
    def place(self) -> str:
        """Where a person finds the row."""
        return f"{self.origin} {self.unit} {self.number}"


def read_files(files: Iterable[Path], columns: list[str]) -> Iterator[RawRow]:
    """Yield the rows of JSONL, JSON and Parquet files in order."""
    for file in files:
        if file.suffix == ".jsonl":
            yield from _read_jsonl(file)
        elif file.suffix == ".json":
            yield from _read_json(file)
        else:
            yield from _read_parquet(file, columns)


def read_generated(path: str, columns: list[str]) -> Iterator[RawRow]:
    """Yield generated rows."""
    generator = generator_of(path)
    assert generator is not None, f"the tasks of {path} are not generated"
    _check_columns(path, columns, dict.fromkeys(generator.columns(path), ""))
    return _numbered(path, generator.rows(path))


def read_dataset(dataset: Any, origin: str, columns: list[str]) -> Iterator[RawRow]:
    """Yield the rows of a `datasets.Dataset`; images stay encoded."""
    _check_columns(origin, columns, _outline(dataset.features.arrow_schema))
    chosen = dataset.select_columns(_outermost(columns, dataset.column_names)).with_format("arrow")
    tables = chosen.iter(_rows_at_a_time(chosen.features.arrow_schema))
    return _numbered(origin, (row for table in tables for row in table.to_pylist()))


def open_dataset(source: SourceConfig) -> Any:
    """Return the `datasets.Dataset` that a name, a folder of files or a `save_to_disk` folder stands for."""
    from datasets.exceptions import DatasetGenerationError

    try:
        loaded = _load_dataset(source)
    except (OSError, ValueError, DatasetGenerationError) as error:
        # A broken file of a folder is told by the cause; the error itself only says that there was one.
        reason = error.__cause__ if isinstance(error, DatasetGenerationError) else error
        raise UserError(
            f"cannot load {source.path!r} with datasets: {reason}; expected a .jsonl, .json or .parquet file, "
            f"a folder of them, or a name on the hub"
        ) from error
    return _pick_split(loaded, source)


def _load_dataset(source: SourceConfig) -> Any:
    import datasets

    folder = Path(source.path).expanduser()
    if (folder / "state.json").is_file() or (folder / "dataset_dict.json").is_file():
        return datasets.load_from_disk(str(folder))
    return datasets.load_dataset(str(folder) if folder.is_dir() else source.path, source.config_name)


def _pick_split(loaded: Any, source: SourceConfig) -> Any:
    """Return one split; without `split` it is the only one, or `train`. `train[:100]` takes the first hundred."""
    import datasets

    if isinstance(loaded, datasets.Dataset):
        loaded = datasets.DatasetDict({"train": loaded})
    wanted = source.split or ("train" if "train" in loaded or len(loaded) > 1 else next(iter(loaded)))
    name, bracket, part = wanted.partition("[")
    if name not in loaded:
        raise unknown_name(f"split of {source.path}", name, loaded)
    return loaded[name].select(_part(wanted, part, len(loaded[name]))) if bracket else loaded[name]


def _part(wanted: str, part: str, num_rows: int) -> range:
    """Read the `10:20]` of `train[10:20]`; both ends may be left out or count in percent."""
    low, colon, high = part.removesuffix("]").partition(":")
    ends = [_end(text, num_rows) for text in (low or "0", high or str(num_rows))]
    if not colon or not part.endswith("]") or None in ends:
        raise UserError(f"split={wanted!r} is not understood; write for example train[:1000] or train[10%:20%]")
    return range(num_rows)[ends[0] : ends[1]]


def _end(text: str, num_rows: int) -> int | None:
    number = text.removesuffix("%")
    if not number.isdecimal():
        return None
    return round(int(number) / 100 * num_rows) if text.endswith("%") else int(number)


def columns_of(source: SourceConfig) -> FieldsConfig:
    """Return the field mapping of a source; generated tasks bring what they offer unasked."""
    generator = generator_of(source.path)
    if generator is None:
        return source.fields
    offered = set(OFFERED) & set(generator.columns(source.path))
    if source.subcategory:
        offered.discard("subcategory")
    return replace(source.fields, **{name: getattr(source.fields, name) or name for name in offered})


def needed_columns(fields: FieldsConfig, *, with_response: bool = False) -> list[str]:
    """Return the columns that the field mapping names, each once."""
    named = [
        fields.prompt,
        fields.answer,
        fields.id,
        fields.images,
        fields.videos,
        fields.subcategory,
        fields.difficulty,
        fields.params,
    ]
    if with_response:
        named = [fields.prompt, fields.id, fields.images, fields.videos, fields.subcategory, fields.response]
    return list(dict.fromkeys(column for column in named if column is not None))


def in_batches(rows: Iterator[RawRow]) -> Iterator[list[RawRow]]:
    """Yield lists of up to BATCH_ROWS rows."""
    while batch := list(islice(rows, BATCH_ROWS)):
        yield batch


def _read_jsonl(file: Path) -> Iterator[RawRow]:
    with file.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                yield RawRow(origin=str(file), unit="line", number=number, value=_parsed(line.rstrip()))


def _parsed(line: bytes) -> Any:
    try:
        return json.loads(line)
    except json.JSONDecodeError as error:
        # Not the whole text of the error: it would speak of line 1, whatever the line of the file.
        return BadRow(f"malformed JSON at column {error.colno}: {error.msg}")
    except (ValueError, RecursionError) as error:
        return BadRow(f"malformed JSON: {error}")


def _read_json(file: Path) -> Iterator[RawRow]:
    try:
        rows = json.loads(file.read_bytes())
    except (ValueError, RecursionError) as error:
        raise UserError(
            f"{file} is malformed JSON: {error}; a file with one object a line must end in .jsonl"
        ) from error
    if not isinstance(rows, list):
        raise UserError(
            f"{file} should be a JSON list of objects, got {type(rows).__name__}; write [ … ] around the rows"
        )
    return _numbered(str(file), rows)


def _read_parquet(file: Path, columns: list[str]) -> Iterator[RawRow]:
    try:
        parquet = pq.ParquetFile(file)
    except pa.ArrowInvalid as error:
        raise UserError(f"{file} is no Parquet file: {error}") from error
    _check_columns(str(file), columns, _outline(parquet.schema_arrow))
    return _numbered(str(file), _parquet_rows(parquet, file, columns))


def _parquet_rows(parquet: pq.ParquetFile, file: Path, columns: list[str]) -> Iterator[Any]:
    try:
        schema = parquet.schema_arrow
        size = _rows_at_a_time(pa.schema([schema.field(name) for name in _outermost(columns, schema.names)]))
        for batch in parquet.iter_batches(batch_size=size, columns=columns):
            yield from batch.to_pylist()
    except (OSError, pa.ArrowInvalid) as error:
        reason = " ".join(str(error).split())
        raise UserError(f"{file} is a broken Parquet file: {reason}; write or copy it again") from error


def _rows_at_a_time(schema: pa.Schema) -> int:
    """Return how many rows to hold: few where columns have bytes, which are images of a megabyte or more."""
    return FEW_ROWS if any("binary" in str(field.type) for field in schema) else BATCH_ROWS


def _numbered(origin: str, rows: Iterable[Any]) -> Iterator[RawRow]:
    for number, row in enumerate(rows, start=1):
        yield RawRow(origin=origin, unit="row", number=number, value=row)


def _check_columns(origin: str, columns: list[str], outline: dict[str, Any]) -> None:
    """Raise at once when a whole table lacks a column: skipping every row would help nobody."""
    for column in columns:
        try:
            part_of(outline, column)
        except BadRow as error:
            raise UserError(f"{origin}: {error}; set `fields` of the source") from error


def _outline(columns: Iterable[pa.Field]) -> dict[str, Any]:
    """Return the columns of a table as a row: a struct is a dict of its parts, anything else an empty text."""
    return {one.name: _outline(one.type.fields) if pa.types.is_struct(one.type) else "" for one in columns}


def _outermost(columns: Iterable[str], present: Collection[str]) -> list[str]:
    """Return the columns that hold what the field mapping names, each once."""
    return list(dict.fromkeys(outermost(column, present) for column in columns))
