"""CPU time of this process and of everything that it started: workers, programs, browsers."""

from __future__ import annotations

import os
from pathlib import Path


def cpu_seconds(root: int | None = None, processes: Path = Path("/proc")) -> float | None:
    """Return the CPU seconds so far of process `root` (this one) and its descendants; None where there is no /proc.

    What has ended counts as long as a process that waited for it lives.
    """
    ticks: dict[int, int] = {}
    children: dict[int, list[int]] = {}
    for stat in processes.glob("[0-9]*/stat"):
        try:
            words = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:  # it ended meanwhile
            continue
        process = int(stat.parent.name)
        ticks[process] = sum(map(int, words[11:15]))  # user and system, its own and that of ended children
        children.setdefault(int(words[1]), []).append(process)
    found = [os.getpid() if root is None else root]
    for process in found:
        found += children.get(process, ())
    if not ticks:
        return None
    return sum(ticks.get(process, 0) for process in found) / os.sysconf("SC_CLK_TCK")
