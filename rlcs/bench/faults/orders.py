"""Orders to fail, given to a run from outside: a file for each point of the code, which the first to pass there takes.

The run is started by `driver.py`, which puts `obey` before the points. Nothing of the product knows of it.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import signal
import struct
import time
from pathlib import Path

FOLDER = "RLCS_FAULTS_FOLDER"
"""Environment variable: where orders lie; it reaches every process of the run."""
CLOCK = "clock"
"""File with the seconds by which the clocks of all processes have jumped."""
FOR_EVER_S = 10**6
MUCH_MEMORY = 2**44


class Injected(Exception):
    """The error that an order raises."""


class Orders:
    """The orders in a folder, as whoever gives them sees them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.jumped_s = 0.0
        self.jump(0.0)
        self.withdraw()

    def give(self, point: str, what: str) -> None:
        """Order what the next process that passes a point has to do; see `obey`. Written beside, then renamed."""
        partial = self.folder / f".{point}"
        partial.write_text(what)
        partial.rename(self.folder / point)

    def is_open(self, point: str) -> bool:
        """Tell whether nobody has passed the point yet."""
        return (self.folder / point).exists()

    def withdraw(self) -> None:
        """Take back what nobody has met with."""
        for path in self.folder.iterdir():
            if path.name != CLOCK:
                path.unlink(missing_ok=True)

    def jump(self, seconds: float) -> None:
        """Let all clocks of the run jump by so much, for good."""
        self.jumped_s += seconds
        with (self.folder / CLOCK).open("r+b" if (self.folder / CLOCK).exists() else "wb") as stream:
            stream.write(struct.pack("d", self.jumped_s))


def obey(point: str) -> str | None:
    """Do what is ordered for this point, if anything is; return orders that the caller has to see to.

    raise: an error. hang: never come back. crash: a segmentation fault. memory: ask for more than there is. A path:
    fill the disk that it is on.
    """
    what = _take(point)
    if what == "raise":
        raise Injected(f"a fault was injected into {point}")
    if what == "hang":
        time.sleep(FOR_EVER_S)
    if what == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    if what == "memory":
        bytearray(MUCH_MEMORY)
    if what is not None and what.startswith("/"):
        fill_disk(Path(what))
    return what


def is_ordered(point: str) -> bool:
    """Tell whether there is an order that holds until it is withdrawn."""
    folder = os.environ.get(FOLDER)
    return folder is not None and (Path(folder) / point).exists()


def _take(point: str) -> str | None:
    folder = os.environ.get(FOLDER)
    if folder is None:
        return None
    path = Path(folder) / point
    try:
        what = path.read_text()
        path.unlink()
    except FileNotFoundError:  # there is none, or another process was quicker
        return None
    return what


def fill_disk(path: Path) -> None:
    """Write a file until the disk is full."""
    with path.open("wb", buffering=0) as stream:
        try:
            while True:
                stream.write(bytes(2**20))
        except OSError:
            return


def let_clock_jump() -> None:
    """Make time.time() and time.time_ns() of this process follow the jumps that are ordered."""
    folder = os.environ.get(FOLDER)
    if folder is None or hasattr(time.time, "jumps"):
        return
    with (Path(folder) / CLOCK).open("r+b") as stream:
        jumped = ctypes.c_double.from_buffer(mmap.mmap(stream.fileno(), ctypes.sizeof(ctypes.c_double)))
    real, real_ns = time.time, time.time_ns

    def jumping() -> float:
        return real() + jumped.value

    jumping.jumps = True  # type: ignore[attr-defined]
    time.time = jumping
    time.time_ns = lambda: real_ns() + int(jumped.value * 1e9)
