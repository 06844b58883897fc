"""metrics.jsonl as it grows: each look reads what was appended since the one before, by byte offset.

A file of hundreds of megabytes is shown at once from an even sample of its lines, while a thread reads all of it.
"""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.json as pj

from rlcs.dashboard.data.curves import EMPTY, STEP, Columns, Curves, merged

BLOCK_BYTES = 32 << 20
LARGE_BYTES = 64 << 20
"""Reading this much takes about half a second on two cores; more is read by a thread."""
SAMPLE_LINES = 1000
TAIL_BYTES = 2 << 20
"""The newest lines are always read: alarms need them whole."""
CHECKED_BYTES = 256


class MetricsFile:
    """Reads one metrics.jsonl. Thread-safe."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.curves = EMPTY
        self.read_share = 1.0
        """How much of the file has been read, 0 to 1; below 1 `curves` is a sample."""
        self.generation = 0
        """Goes up when `curves` changes for another reason than a longer file."""
        self._lock = threading.Lock()
        self._offset = 0
        self._inode = -1
        self._last_bytes = b""
        self._thread: threading.Thread | None = None

    def refresh(self) -> Curves:
        """Read what is new and return all there is; an absent file is an empty one."""
        with self._lock:
            if self._thread is None:
                try:
                    with self.path.open("rb") as stream:
                        self._read_on(stream)
                except OSError:
                    self._start_over(-1)
            return self.curves

    def _read_on(self, stream: BinaryIO) -> None:
        inode, size = _identity(stream)
        if inode != self._inode or size < self._offset or not self._is_continued(stream):
            self._start_over(inode)
        if size - self._offset > LARGE_BYTES:
            self.curves = sample(stream, size)
            self.read_share = 0.0
            self._thread = threading.Thread(target=self._read_everything, args=(inode,), daemon=True)
            self._thread.start()
            return
        stream.seek(self._offset)
        lines = whole_lines(stream.read(size - self._offset))
        if lines:
            self.curves = merged([self.curves, parse(lines)])
            self._remember(lines)

    def _read_everything(self, inode: int) -> None:
        """Read all blocks of a large file, in a thread; then put the whole in the place of the sample."""
        parts, offset, lines = [], 0, b""
        try:
            with self.path.open("rb") as stream:
                size = _identity(stream)[1]
                while block := whole_lines(stream.read(BLOCK_BYTES)):
                    lines = block
                    parts.append(parse(block))
                    offset += len(block)
                    stream.seek(offset)
                    self.read_share = min(offset / size, 0.99)
                inode = _identity(stream)[0]
        except OSError:
            inode = -1  # gone meanwhile: the next look starts over
        with self._lock:
            self._inode, self._offset = inode, offset - len(lines)
            self.curves = merged(parts) if parts else EMPTY
            self._remember(lines)
            self.read_share = 1.0
            self.generation += 1
            self._thread = None

    def _is_continued(self, stream: BinaryIO) -> bool:
        """Tell whether what was read last still stands where it stood: a resumed run writes the file anew."""
        stream.seek(max(self._offset - len(self._last_bytes), 0))
        return stream.read(len(self._last_bytes)) == self._last_bytes

    def _start_over(self, inode: int) -> None:
        self.generation += self._offset > 0
        self.curves, self._inode, self._offset, self._last_bytes = EMPTY, inode, 0, b""

    def _remember(self, lines: bytes) -> None:
        self._offset += len(lines)
        self._last_bytes = lines[-CHECKED_BYTES:]


def _identity(stream: BinaryIO) -> tuple[int, int]:
    status = os.fstat(stream.fileno())
    return status.st_ino, status.st_size


def whole_lines(data: bytes) -> bytes:
    """Return `data` up to its last line end: a line being written is read the next time."""
    return data[: data.rfind(b"\n") + 1]


def parse(lines: bytes) -> Curves:
    """Return the numbers of whole JSON lines; lines that are none, and values that are no numbers, are left out."""
    try:
        table = pj.read_json(pa.BufferReader(lines), read_options=pj.ReadOptions(block_size=1 << 22))
        columns = {name: _numbers(table[name]) for name in table.column_names if _is_number(table[name].type)}
    except (pa.ArrowException, UnicodeDecodeError):
        columns = parse_line_by_line(lines)
    if STEP not in columns:
        return EMPTY
    steps = columns.pop(STEP)
    known = np.isfinite(steps)
    part = Curves(steps[known].astype(np.int64), {key: _narrow(key, values[known]) for key, values in columns.items()})
    return merged([part])


def parse_line_by_line(lines: bytes) -> Columns:
    """Return the same from lines that Arrow refuses as a whole: broken ones, or keys whose type changes."""
    records = [record for line in lines.splitlines() if (record := _record(line)) is not None]
    keys = {key for record in records for key, value in record.items() if isinstance(value, int | float)}
    return {
        key: np.array([value if isinstance(value := record.get(key), int | float) else np.nan for record in records])
        for key in keys
    }


def _record(line: bytes) -> dict[str, Any] | None:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None


def _is_number(kind: Any) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


def _numbers(column: Any) -> Any:
    return column.cast(pa.float64(), safe=False).to_numpy()


def _narrow(key: str, values: Any) -> Any:
    """Return values in half the memory, except totals, which outgrow the precision of float32."""
    return values if key.endswith("_total") else values.astype(np.float32)


def sample(stream: BinaryIO, size: int) -> Curves:
    """Return the first line, about SAMPLE_LINES lines at even distances, and the newest ones."""
    stream.seek(0)
    found = [stream.readline()]
    for offset in np.linspace(0, max(size - TAIL_BYTES, 0), SAMPLE_LINES, dtype=np.int64).tolist():
        stream.seek(offset)
        stream.readline()  # the rest of the line that the offset fell into
        found.append(stream.readline())
    stream.readline()
    found.append(stream.read(TAIL_BYTES))
    return parse(whole_lines(b"".join(found)))
