"""The files of a run folder that belong to steps: rollouts/step-000001.parquet, curriculum/step-000001.parquet."""

from __future__ import annotations

import os
import re
import threading
from pathlib import Path

import numpy as np

from rlcs.dashboard.data.curves import Steps
from rlcs.dashboard.data.parquet import FileStamp, stamp

_NAME = re.compile(r"step-(\d{1,15})\.parquet")


class StepFiles:
    """Which steps have a file in a folder; the folder is listed again only when something changed in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._listed: tuple[int, int] | None = None
        self._steps: Steps = np.zeros(0, dtype=np.int64)

    def state(self) -> tuple[int, int]:
        """Return what changes when a file comes or goes: one stat call."""
        try:
            status = self.folder.stat()
        except OSError:
            return (0, 0)
        return (status.st_ino, status.st_mtime_ns)

    def steps(self) -> Steps:
        """Return [number of files] the steps, ascending; none when the folder is absent."""
        with self._lock:
            state = self.state()
            if state != self._listed:
                self._steps, self._listed = _list(self.folder), state
            return self._steps

    def stamp(self, step: int) -> FileStamp:
        """Return the state of a step's file. Raises Unreadable when it is not there."""
        return stamp(self.folder / f"step-{step:06d}.parquet")


def _list(folder: Path) -> Steps:
    try:
        names = os.listdir(folder)
    except OSError:
        names = []
    found = [int(match.group(1)) for name in names if (match := _NAME.fullmatch(name))]
    return np.unique(np.array(found, dtype=np.int64))


def every_few(steps: Steps, limit: int) -> Steps:
    """Return at most `limit` of the steps: every 2nd, 5th, 10th, 20th, 50th, … file, and the newest.

    As a run goes on the choice stays what it was, until the stride grows: what was read of them can be kept.
    """
    strides = (digit * 10**power for power in range(16) for digit in (1, 2, 5))
    stride = next(one for one in strides if -(-len(steps) // one) < limit)
    return np.union1d(steps[::stride], steps[-1:])


def at_or_before(steps: Steps, step: int) -> int | None:
    """Return the newest of the (ascending) steps that is not after `step`, or None."""
    place = int(np.searchsorted(steps, step, side="right"))
    return int(steps[place - 1]) if place else None


def coarse_to_fine(steps: Steps) -> list[int]:
    """Return the steps in an order in which every beginning covers the run: the last, the first, then halves."""
    pending = [(0, len(steps) - 1)]
    order = [len(steps) - 1, 0] if len(steps) > 1 else list(range(len(steps)))
    for low, high in pending:
        if high - low > 1:
            middle = (low + high) // 2
            order.append(middle)
            pending += [(low, middle), (middle, high)]
    return [int(steps[place]) for place in order]
