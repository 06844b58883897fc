"""Turns a source into a memory-mapped Arrow file, once: later loads of the same unchanged source open the file.

The cache is $RLCS_CACHE or ~/.cache/rlcs, below it tasks/<source>-<key>/: tasks.arrow and about.json. The key holds
all settings that decide the rows, and size and time of every file. A folder is written beside and renamed: it is
whole or absent.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import logging
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from rlcs.config.schema import SourceConfig
from rlcs.errors import UserError
from rlcs.tasks import readers
from rlcs.tasks.generated import generator_of, stamps_of
from rlcs.tasks.image_rows import with_measured_images
from rlcs.tasks.paths import find_files
from rlcs.tasks.readers import RawRow
from rlcs.tasks.rows import BadRow, RowRules, canonical_row, rules_of

log = logging.getLogger("rlcs.tasks")

FORMAT_VERSION = 3
"""Raise it when the columns below change, so that old files are not opened."""

_FILE = {"path": pa.string(), "bytes": pa.binary()}
VIDEO = pa.struct({**_FILE, "frames": pa.list_(pa.struct(_FILE)), "times": pa.list_(pa.float64())})
"""A video as a row keeps it: a file, or frames with their seconds."""

SCHEMA = pa.schema(
    {
        "id": pa.string(),
        "prompt": pa.string(),
        "is_chat": pa.bool_(),
        "answer": pa.string(),
        "params": pa.string(),
        "images": pa.list_(pa.struct(_FILE)),
        "image_sizes": pa.list_(pa.list_(pa.int32(), 2)),
        "videos": pa.list_(VIDEO),
        "subcategory": pa.string(),
        "domain": pa.string(),
        "difficulty": pa.float32(),
        "place": pa.string(),
    }
)

Canonical = Callable[[Any, int], dict[str, Any]]
"""(row as read, number in its source from 0) -> canonical row; raises BadRow."""

_MAX_LISTED = 5
_BATCH_BYTES = 256 * 2**20
"""Bytes of images and videos in a batch of the Arrow file, whose offsets end at 2 GiB."""
_NO_PART_OF_ROWS = ("proportion", "reward", "grades", "prompt_template", "system_prompt", "environment")
"""Settings of a source that do not change its Arrow file."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Converted:
    """A source as an Arrow file, and what was left out on the way."""

    file: Path
    num_skipped: int
    skipped: tuple[str, ...]
    """The first few skipped rows: place, field and reason."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Opened:
    """A source whose rows can be read; none has been yet."""

    rows: Iterator[RawRow]
    stamps: tuple[str, ...]
    """Words that change when the content does: size and time of every file."""
    folder: Path
    """Folder that relative image paths start from."""


def convert(source: SourceConfig) -> Converted:
    """Return the Arrow file of a source, from the cache when nothing has changed. Raises UserError on a bad row."""
    opened = open_source(source, readers.needed_columns(readers.columns_of(source)))
    folder = cache_folder() / f"{_safe(source.name)}-{_key(source, opened.stamps)}"
    if not folder.is_dir():
        _write(source, opened, folder)
    about = json.loads((folder / "about.json").read_text(encoding="utf-8"))
    report_skipped(source.name, about["num_skipped"], about["skipped"])
    return Converted(file=folder / "tasks.arrow", num_skipped=about["num_skipped"], skipped=tuple(about["skipped"]))


def cache_folder() -> Path:
    """Return the folder that holds the Arrow files of all sources."""
    home = os.environ.get("RLCS_CACHE") or Path.home() / ".cache" / "rlcs"
    return Path(home).expanduser() / "tasks"


def open_source(source: SourceConfig, columns: list[str]) -> Opened:
    """Find what the path of a source means. Raises UserError when there is no such thing."""
    here = Path.cwd()
    if (generator := generator_of(source.path)) is not None:
        if source.split is not None:
            raise UserError(f"data source {source.name}: put the split of {source.path} into its path, as split=eval")
        rows = readers.read_generated(source.path, columns)
        return Opened(rows=rows, stamps=generator.stamps(), folder=here)
    files = find_files(source.path)
    if files:
        if source.split is not None:
            raise UserError(
                f"data source {source.name}: split={source.split} is for datasets sources, and {source.path} is a "
                f"file; leave split out, or set limit"
            )
        return Opened(rows=readers.read_files(files, columns), stamps=stamps_of(files), folder=files[0].parent)
    dataset = readers.open_dataset(source)
    rows = readers.read_dataset(dataset, source.path, columns)
    return Opened(rows=rows, stamps=(dataset._fingerprint,), folder=here)


def checked_rows(
    source: SourceConfig, rows: Iterator[RawRow], canonical: Canonical, skipped: list[str]
) -> Iterator[tuple[RawRow, dict[str, Any]]]:
    """Yield (raw, canonical) rows; a bad one raises UserError, or with on_bad_row=skip goes to `skipped` in words."""
    for raw, row in with_measured_images(_canonical_rows(source, rows, canonical)):
        if not isinstance(row, BadRow):
            yield raw, row
        elif source.on_bad_row == "skip":
            skipped.append(f"{raw.place}: {row}")
        else:
            raise bad_row_error(source, f"{raw.place}: {row}") from row


def _canonical_rows(
    source: SourceConfig, rows: Iterator[RawRow], canonical: Canonical
) -> Iterator[tuple[RawRow, dict[str, Any] | BadRow]]:
    seen: set[str] | None = set() if readers.columns_of(source).id is not None else None
    for index, raw in enumerate(rows):
        if source.limit is not None and index >= source.limit:
            return
        try:
            yield raw, _canonical_once(raw, canonical, index, seen)
        except BadRow as error:
            yield raw, error


def bad_row_error(source: SourceConfig, text: str) -> UserError:
    """Build the error that stops the run at a row that cannot be used."""
    return UserError(
        f"data source {source.name}: {text}; correct the row, or set on_bad_row: skip to leave such rows out"
    )


def report_skipped(name: str, num_skipped: int, skipped: list[str]) -> None:
    """Log how many rows were left out, and the first few."""
    if num_skipped:
        listed = "; ".join(skipped[:_MAX_LISTED])
        more = f"; and {num_skipped - _MAX_LISTED} more" if num_skipped > _MAX_LISTED else ""
        log.warning("skipped %d bad rows of %s: %s%s", num_skipped, name, listed, more)


def _canonical_once(raw: RawRow, canonical: Canonical, index: int, seen: set[str] | None) -> dict[str, Any]:
    if isinstance(raw.value, BadRow):
        raise raw.value
    row = canonical(raw.value, index)
    if seen is not None:
        if row["id"] in seen:
            raise BadRow(f"id {row['id']!r} was there before; ids must be unique in a source")
        seen.add(row["id"])
    return row


def _write(source: SourceConfig, opened: Opened, folder: Path) -> None:
    """Write the Arrow file and its about.json into a folder of our own, then rename it to `folder`."""
    rules = rules_of(source, readers.columns_of(source), opened.folder)
    beside = folder.with_name(f"{folder.name}.{os.getpid()}.tmp")
    beside.mkdir(parents=True)
    try:
        num_rows, skipped = _write_arrow(source, opened.rows, rules, beside / "tasks.arrow")
        if num_rows == 0:
            raise UserError(f"data source {source.name}: no usable row in {source.path} ({len(skipped)} skipped)")
        about = {
            "num_rows": num_rows,
            "num_skipped": len(skipped),
            "skipped": skipped[:_MAX_LISTED],
            "path": source.path,
        }
        (beside / "about.json").write_text(json.dumps(about, indent=1, ensure_ascii=False), encoding="utf-8")
        _rename(beside, folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _write_arrow(source: SourceConfig, rows: Iterator[RawRow], rules: RowRules, file: Path) -> tuple[int, list[str]]:
    skipped: list[str] = []
    is_generated = generator_of(source.path) is not None
    num_rows = num_bytes = 0
    columns: dict[str, list[Any]] = {name: [] for name in SCHEMA.names}

    def canonical(value: Any, index: int) -> dict[str, Any]:
        return canonical_row(value, rules, index)

    with pa.OSFile(str(file), "wb") as sink, pa.ipc.new_file(sink, SCHEMA) as writer:
        for raw, row in checked_rows(source, rows, canonical, skipped):
            # Generated tasks know their domain (a mixture has several); all others are what the source says.
            row["domain"] = raw.value["domain"] if is_generated else source.domain
            row["place"] = raw.place
            for name, values in columns.items():
                values.append(row[name])
            num_rows += 1
            num_bytes += _num_bytes(row)
            if len(columns["id"]) == readers.BATCH_ROWS or num_bytes > _BATCH_BYTES:
                writer.write_batch(_flush(columns))
                num_bytes = 0
        if columns["id"]:
            writer.write_batch(_flush(columns))
    return num_rows, skipped


def _num_bytes(row: dict[str, Any]) -> int:
    """Return the bytes of the images and videos that a row holds."""
    videos = row["videos"] or ()
    frames = [frame for video in videos for frame in video["frames"] or ()]
    return sum(len(one["bytes"] or b"") for one in (*(row["images"] or ()), *videos, *frames))


def _flush(columns: dict[str, list[Any]]) -> pa.RecordBatch:
    batch = pa.RecordBatch.from_pydict(columns, schema=SCHEMA)
    for values in columns.values():
        values.clear()
    return batch


def _rename(beside: Path, folder: Path) -> None:
    try:
        beside.rename(folder)
    except OSError:
        # Another process finished the same conversion first; its folder is as good as ours.
        if not folder.is_dir():
            raise


def _key(source: SourceConfig, stamps: tuple[str, ...]) -> str:
    settings = {key: value for key, value in dataclasses.asdict(source).items() if key not in _NO_PART_OF_ROWS}
    text = json.dumps([FORMAT_VERSION, settings, stamps], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _safe(name: str) -> str:
    return "".join(character if character.isalnum() else "-" for character in name)
