"""Scalars for TensorBoard, written as they come.

Its own writer has a thread, which dies of a full disk or a folder that is gone with a traceback, and tells later.
"""

from __future__ import annotations

import contextlib
import os
import socket
import time
from collections.abc import Mapping
from pathlib import Path

from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter

VERSION = "brain.Event:2"


class Board:
    """A file of events in a folder. Raises OSError where it cannot be written."""

    def __init__(self, folder: Path, *, purge_step: int | None = None) -> None:
        """purge_step: TensorBoard is to forget this step and later ones, which are run again."""
        name = f"events.out.tfevents.{time.time_ns()}.{socket.gethostname()}.{os.getpid()}"
        self._stream = (folder / name).open("ab")
        self._records = RecordWriter(self._stream)
        self._write(Event(wall_time=time.time(), file_version=VERSION))
        if purge_step is not None:
            start = SessionLog(status=SessionLog.START)
            self._write(Event(wall_time=time.time(), step=purge_step, session_log=start))

    def add(self, step: int, values: Mapping[str, float]) -> None:
        """Write the values of a step."""
        scalars = [Summary.Value(tag=key, simple_value=value) for key, value in values.items()]
        self._write(Event(wall_time=time.time(), step=step, summary=Summary(value=scalars)))

    def close(self) -> None:
        """Close the file; what could not be written was told by `add`."""
        with contextlib.suppress(OSError):
            self._stream.close()

    def _write(self, event: Event) -> None:
        self._records.write(event.SerializeToString())
        self._stream.flush()
