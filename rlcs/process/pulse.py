"""What a worker process says of its progress: a count that its work raises, told every second by a thread of its own.

The thread tells the count, not that it is alive: a main thread that is stuck leaves the count where it is, and one that
holds the interpreter, or a process that is stopped, says nothing at all. `rlcs.process.watch` reads it in the run.
"""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

PULSE_EVERY_S = 1.0
KEY = "RLCS_PULSE_KEY"
"""Environment variable: the name under which this process tells its progress; without it nothing is told."""


@dataclass
class Progress:
    """How far the work of a process is."""

    count: int = 0
    """Pieces of work done: passes of an engine, micro-steps, buckets of weights, batches."""
    pid: int = 0
    host: str = ""
    """Where `pid` means this process: machine and, in a container, its own numbers."""


_own = Progress()


def tick() -> None:
    """Note a piece of work as done. Costs an addition; call it wherever something that can take long goes on."""
    _own.count += 1


def process_space() -> str:
    """Return what names the processes that a pid of this one can mean: containers of one host may share its name."""
    numbers = "/proc/self/ns/pid"
    return f"{socket.gethostname()} {os.readlink(numbers) if os.path.exists(numbers) else ''}"


def begin_pulse(tell: Callable[[str, bytes], object]) -> None:
    """Begin to tell this process's progress; `tell(key, text)` puts it where the run can read it."""
    key = os.environ.get(KEY)
    if key:
        _own.pid, _own.host = os.getpid(), process_space()
        threading.Thread(target=_tell_forever, args=(key, tell), name="pulse", daemon=True).start()


def _tell_forever(key: str, tell: Callable[[str, bytes], object]) -> None:
    while True:
        try:
            tell(key, json.dumps(asdict(_own)).encode())
        except Exception:  # the run is gone, or Ray is: nobody listens any more
            return
        time.sleep(PULSE_EVERY_S)


def read_progress(text: bytes | None) -> Progress | None:
    """Return what `begin_pulse` told, or None before it has."""
    return None if text is None else Progress(**json.loads(text))
