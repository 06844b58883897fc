"""What a step takes: time, and memory and processor time of a process and of all that it started, as /proc has them."""

from __future__ import annotations

import os
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

PROC = Path("/proc")
EVERY_S = 1.0


@dataclass(frozen=True, kw_only=True)
class Step:
    """What one step of a side was."""

    seconds: float
    cpu_seconds: float
    num_completions: int
    num_tokens: int
    """Of the completions."""
    reward: float
    """Mean score."""
    parts: dict[str, float] = field(default_factory=dict)
    """Seconds of parts of it."""


def tree(root: int, *, without: int | None = None) -> set[int]:
    """Return the ids of a process and its descendants, leaving out `without` and those below it."""
    children = defaultdict(list)
    for pid, fields in _all_fields():
        children[int(fields[1])].append(pid)
    found: set[int] = set()
    waiting = [root]
    while waiting:
        pid = waiting.pop()
        if pid != without and pid not in found:
            found.add(pid)
            waiting += children[pid]
    return found


def cpu_seconds(pids: set[int]) -> float:
    """Return the processor time that these processes have used, with that of their children that have ended."""
    ticks = sum(sum(map(int, fields[11:15])) for pid, fields in _all_fields() if pid in pids)
    return ticks / os.sysconf("SC_CLK_TCK")


def memory_bytes(pids: set[int]) -> int:
    """Return the sum of their PSS: a page that n processes share counts 1/n in each, so that nothing counts twice."""
    return sum(_pss(pid) for pid in pids)


@contextmanager
def peaks(sides: Mapping[str, Callable[[], set[int]]]) -> Iterator[dict[str, int]]:
    """Yield the largest memory of each side so far, in bytes; looked at once a second in a thread.

    sides: by name a function that returns the ids of its processes.
    """
    largest = dict.fromkeys(sides, 0)
    done = threading.Event()

    def look() -> None:
        while not done.wait(EVERY_S):
            for name, processes in sides.items():
                largest[name] = max(largest[name], memory_bytes(processes()))

    watching = threading.Thread(target=look, daemon=True)
    watching.start()
    try:
        yield largest
    finally:
        done.set()
        watching.join()


def _all_fields() -> Iterator[tuple[int, list[str]]]:
    """Yield each process with the fields of its `stat` after the name, state first."""
    for folder in PROC.iterdir():
        if folder.name.isdigit():
            try:
                text = (folder / "stat").read_text()
            except OSError:  # it has ended meanwhile
                continue
            yield int(folder.name), text.rpartition(")")[2].split()


def _pss(pid: int) -> int:
    try:
        lines = (PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)
