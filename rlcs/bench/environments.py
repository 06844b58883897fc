"""`rlcs bench environments`: what pages of MiniWoB++ cost in time, processor and memory.

The policy clicks at places that it draws from a seed, so every run makes the same episodes. Times are those between a
call and its reply while all pages are busy; processor time is that of the host and all it started.
"""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

from rich.table import Table

from rlcs.bench.report import surroundings, write_json
from rlcs.config.schema import Config
from rlcs.miniwob.paths import parse_path
from rlcs.miniwob.rows import generate_rows
from rlcs.process.console import console
from rlcs.records import Task
from rollout.environments import builtin  # noqa: F401  (registers)
from rollout.environments.hosts.pool import Hosts

TASKS = (
    "click-test-2+click-button+click-checkboxes+enter-text+login-user+use-slider+email-inbox+click-tab-2+"
    "book-flight-nodelay+drag-items+identify-shape+text-editor"
)
NUM_TURNS = 8
_TICKS = os.sysconf("SC_CLK_TCK")
_MIB = 2**20


@dataclass(kw_only=True)
class Measured:
    """What was measured of one number of pages."""

    pages: int
    reset_s: list[float] = field(default_factory=list)
    step_s: list[float] = field(default_factory=list)
    seconds: float = 0.0
    """Wall time of all of it, the start of the browser left out."""
    cpu_s: float = 0.0
    host_mib: float = 0.0
    """Memory private to the host, at the end."""
    browser_mib: float = 0.0
    """The same of all it started."""
    counts: Mapping[str, float] = field(default_factory=dict)

    @property
    def num_calls(self) -> int:
        """Resets and steps."""
        return len(self.reset_s) + len(self.step_s)


def run(*, pages: list[int], seconds: float, observe: str, scale: float, json_target: Path | None) -> None:
    """Measure each number of pages, print the table, write the JSON file."""
    results = [measure(number, seconds=seconds, observe=observe, scale=scale) for number in pages]
    console.print(table(results, observe=observe, scale=scale))
    content = {"environment": surroundings(Config(), threads=1), "results": [vars(one) for one in results]}
    write_json(json_target, "environments", content)


def measure(pages: int, *, seconds: float, observe: str, scale: float) -> Measured:
    """Keep `pages` pages of one host busy for so long."""
    hosts = Hosts("miniwob", {"observe": observe, "scale": scale, "max_turns": NUM_TURNS}, per_host=pages)
    try:
        play(hosts, seconds=0.0, measured=Measured(pages=pages))  # every page is open
        measured = Measured(pages=pages)
        cpu, began = cpu_seconds(hosts.pids[0]), time.monotonic()
        play(hosts, seconds=seconds, measured=measured)
        measured.seconds = time.monotonic() - began
        measured.cpu_s = cpu_seconds(hosts.pids[0]) - cpu
        host, *browser = tree_of(hosts.pids[0])
        measured.host_mib, measured.browser_mib = (sum(map(private_bytes, one)) / _MIB for one in ([host], browser))
        measured.counts = hosts.counts.as_metrics()
        return measured
    finally:
        hosts.end()


def play(hosts: Hosts, *, seconds: float, measured: Measured) -> None:
    """Play episodes for so long, at least one a page; those begun are played to their end."""
    rows = list(generate_rows(parse_path(f"miniwob://{TASKS}?seeds=0-7")))
    randoms: dict[int, Random] = {}
    reset: set[int] = set()
    until, key = time.monotonic() + seconds, 0
    while True:
        while hosts.num_free and (key < measured.pages or time.monotonic() < until):
            row = rows[key % len(rows)]
            hosts.begin(key, Task(**_fields(row)), seed=0)
            randoms[key], key = Random(key), key + 1
        if not hosts.num_working:
            return
        hosts.wait(1.0)
        for reply in hosts.poll():
            (measured.step_s if reply.key in reset else measured.reset_s).append(reply.seconds)
            reset.add(reply.key)
            if reply.observation.outcome is not None:
                hosts.close(reply.key)
                continue
            random = randoms[reply.key]
            hosts.step(reply.key, f"left_click(start_box='[{random.randint(0, 1000)},{random.randint(240, 1000)}]')")


def table(results: list[Measured], *, observe: str, scale: float) -> Table:
    """Return the table, a row for each number of pages."""
    found = Table(title=f"MiniWoB++, one browser, {observe}, scale {scale:g}; CPU of a call, memory in MiB")
    for heading in ("pages", "calls/s", "reset ms", "step ms", "95 %", "CPU ms", "browser", "host", "faults"):
        found.add_column(heading, justify="right", no_wrap=True)
    for one in results:
        slow = sorted(one.step_s)[int(0.95 * len(one.step_s))]
        found.add_row(
            str(one.pages),
            f"{one.num_calls / one.seconds:.0f}",
            f"{1000 * median(one.reset_s):.0f}",
            f"{1000 * median(one.step_s):.0f}",
            f"{1000 * slow:.0f}",
            f"{1000 * one.cpu_s / one.num_calls:.0f}",
            f"{one.browser_mib:.0f}",
            f"{one.host_mib:.0f}",
            f"{one.counts['faults']:.0f}",
        )
    return found


def tree_of(pid: int) -> list[int]:
    """Return a process and all that come from it."""
    children = defaultdict(list)
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and (stat := _stat(int(entry.name))):
            children[int(stat[1])].append(int(entry.name))
    found, todo = [], [pid]
    while todo:
        one = todo.pop()
        found.append(one)
        todo += children[one]
    return found


def cpu_seconds(pid: int) -> float:
    """Return the processor time of a process, of those that come from it and of those it has outlived."""
    stats = [_stat(one) for one in tree_of(pid)]
    return sum(sum(map(int, stat[11:15])) for stat in stats if stat) / _TICKS


def private_bytes(pid: int) -> int:
    """Return the memory that is a process's alone (its USS)."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:  # it has ended
        return 0
    return 1024 * sum(int(line.split()[1]) for line in lines if line.startswith(("Private_Clean", "Private_Dirty")))


def _stat(pid: int) -> list[str]:
    """Return what /proc/PID/stat says behind the name: state, parent, …; nothing where the process has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(") ")[2].split()
    except OSError:
        return []


def _fields(row: dict[str, Any]) -> dict[str, Any]:
    names = ("id", "prompt", "answer", "domain", "subcategory", "params")
    return {"source": "miniwob", **{name: row[name] for name in names}}
