"""The snapshots of a run folder, each put together from the files that hold it (curriculum/deltas.py)."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from curriculum.deltas import base_of, unpack
from curriculum.rebuilding import columns_for, rebuilt
from curriculum.snapshots import SNAPSHOT_SCHEMA
from rlcs.dashboard.data.parquet import (
    AS_STORED,
    FileStamp,
    Missing,
    Unreadable,
    read_columns,
    read_head,
)
from rlcs.dashboard.data.step_files import StepFiles

SMALL = 1 << 18
"""Bytes of a file whose task ids are kept: the history of a task looks at the same ones many times."""


class Snapshot(NamedTuple):
    """A snapshot as the states of its files: that of its step, that of the base of this, …, and the whole one last."""

    files: tuple[FileStamp, ...]

    @property
    def own(self) -> Snapshot:
        """The file of the step alone: the tasks judged in it, and in most files few others."""
        return Snapshot(self.files[:1])


class SnapshotFiles(StepFiles):
    """Which steps have a snapshot."""

    def snapshot(self, step: int) -> Snapshot:
        """Return the files that hold the snapshot of a step. Raises Unreadable when one of them is not there."""
        files, at = [self.stamp(step)], step
        while (base := _base(files[-1])) is not None:
            if not 0 <= base < at:
                raise Unreadable(f"curriculum/step-{at:06d}.parquet cannot be read: its base is step {base}")
            try:
                files.append(self.stamp(base))
            except Missing as missing:
                raise Unreadable(f"the snapshot of step {step} cannot be read: {missing}") from missing
            at = base
        return Snapshot(tuple(files))


def read_snapshot(snapshot: Snapshot, names: Sequence[str]) -> pa.Table:
    """Return some columns of SNAPSHOT_SCHEMA of all tasks seen; names may be codes. Raises Unreadable."""
    with _fitting(snapshot.files[0]):
        moved = unpack(read_head(snapshot.files[0])[0])
        if moved is None:  # a file of 0.1.0
            return read_columns(snapshot.files[0], SNAPSHOT_SCHEMA, names)
        return rebuilt([_read_own(file, names) for file in snapshot.files], moved, names)


def read_task(snapshot: Snapshot, task_id: str) -> pa.Table | None:
    """Return all columns of one task, one row; None where the snapshot does not have it. Raises Unreadable."""
    names = SNAPSHOT_SCHEMA.names
    for file in snapshot.files:
        row = pc.index(_ids(file), task_id).as_py()
        if row < 0:
            continue
        with _fitting(snapshot.files[0]):
            moved = unpack(read_head(snapshot.files[0])[0])
            if moved is None:
                return read_columns(file, SNAPSHOT_SCHEMA, names).slice(row, 1)
            return rebuilt([_read_own(file, names).slice(row, 1)], moved, names)
    return None


def _read_own(file: FileStamp, names: Sequence[str]) -> pa.Table:
    wanted = columns_for(names, read_head(file)[1])
    return read_columns(file, pa.schema([(name, AS_STORED) for name in wanted]), wanted)


def _ids(file: FileStamp) -> pa.ChunkedArray:
    return _small_ids(file) if file.size < SMALL else read_columns(file, SNAPSHOT_SCHEMA, ("task_id",))["task_id"]


@lru_cache(maxsize=512)
def _small_ids(file: FileStamp) -> pa.ChunkedArray:
    return read_columns(file, SNAPSHOT_SCHEMA, ("task_id",))["task_id"]


@lru_cache(maxsize=1 << 16)
def _base(file: FileStamp) -> int | None:
    """Return the step that a file is relative to, None where it is whole. Raises Unreadable."""
    with _fitting(file):
        return base_of(read_head(file)[0])


@contextmanager
def _fitting(file: FileStamp) -> Iterator[None]:
    """Turn what files raise that do not fit together into Unreadable."""
    try:
        yield
    except (IndexError, KeyError, TypeError, ValueError, zlib.error, pa.ArrowException) as error:
        name = file.path.rsplit("/", 1)[-1]
        raise Unreadable(f"curriculum/{name} cannot be read: {type(error).__name__} in what it is made of") from error
