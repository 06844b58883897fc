"""A run under way into which faults are injected: its command, its processes, its folder, its end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rlcs.bench.faults.orders import FOLDER, Orders
from rlcs.errors import UserError

START_WITHIN_S = 300.0
POLL_S = 0.05
VERIFIER = "verifier"
ENVIRONMENTS = "rollout.environments.hosts.serving"
WORKERS = ("RolloutWorker", "LearnerWorker", "RewardModelWorker", VERIFIER, ENVIRONMENTS)
"""Kinds of processes of a run."""
FORK_SERVER = "multiprocessing.forkserver"


@dataclass
class Injected:
    """One `rlcs train` in a folder of its own; what it prints goes to `output`."""

    folder: Path
    config: Path
    output: Path
    orders: Orders
    process: subprocess.Popen[str] | None = None
    started: list[int] = field(default_factory=list)
    """Processes of the run when something was injected; none of them may outlive it."""

    @property
    def command(self) -> list[str]:
        """The command that starts the run."""
        driver = [sys.executable, "-m", "rlcs.bench.faults.driver"]
        return [*driver, "train", "--config", str(self.config), f"run.dir={self.folder}"]

    def start(self, *more: str) -> None:
        """Start the command, or with `--resume` go on."""
        self.orders.withdraw()
        with self.output.open("a") as stream:
            self.process = subprocess.Popen(
                [*self.command, *more], stdout=stream, stderr=subprocess.STDOUT, text=True, cwd=self.output.parent,
                env={**os.environ, FOLDER: str(self.orders.folder)},
            )  # fmt: skip

    @property
    def pid(self) -> int:
        """The process of the command."""
        assert self.process is not None, "the run has not been started"
        return self.process.pid

    def has_ended(self) -> bool:
        """Tell whether the command has ended."""
        return self.process is None or self.process.poll() is not None

    def wait_for_step(self, step: int) -> None:
        """Wait until a step has been written; UserError when the run ends before, or does not get there."""
        self.wait_until(lambda: self.last_step() >= step, f"came to step {step}")

    def wait_until(self, is_so: Callable[[], bool], what: str) -> None:
        """Wait for something that the run does; UserError when it ends before, or takes too long. what: in words."""
        deadline = time.monotonic() + START_WITHIN_S
        while not is_so():
            if self.has_ended():
                raise UserError(f"the run ended before it {what}: {self.printed()[-500:]}")
            if time.monotonic() > deadline:
                raise UserError(f"it took more than {START_WITHIN_S:.0f} s until the run {what}")
            time.sleep(POLL_S)

    def last_step(self) -> int:
        """Return the last step whose metrics are written, -1 before there is one."""
        try:
            lines = (self.folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return -1
        whole = [line for line in lines if line.endswith("}")]
        return int(json.loads(whole[-1])["step"]) if whole else -1

    def printed(self, since: int = 0) -> str:
        """Return what the run has printed behind so many bytes."""
        return self.output.read_bytes()[since:].decode(errors="replace")

    def workers(self, kind: str) -> list[int]:
        """Return the process ids of the run's workers of a kind (WORKERS); UserError when there are none."""
        found = self.find_workers(kind)
        if not found:
            raise UserError(f"the run has no {kind} to inject a fault into")
        return found

    def find_workers(self, kind: str) -> list[int]:
        """Return the process ids of the run's workers of a kind that are alive now."""
        below = descendants(self.pid)
        if kind != VERIFIER:
            return [pid for pid in below if kind in title_of(pid)]
        servers = {pid for pid in below if FORK_SERVER in title_of(pid)}
        return [pid for pid in servers if parent_of(pid) in servers and is_alive(pid)]

    def note_processes(self) -> None:
        """Keep in mind which processes the run has now."""
        self.started = [pid for kind in WORKERS for pid in self.find_workers(kind)]

    def end(self, within_s: float) -> int | None:
        """Return the exit code, or None when the run does not end in time (then it is killed)."""
        assert self.process is not None, "the run has not been started"
        try:
            return self.process.wait(timeout=within_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return None

    def left_over(self, within_s: float) -> list[int]:
        """Return which of the noted processes are still there after so long; they are killed then."""
        deadline = time.monotonic() + within_s
        while (alive := [pid for pid in self.started if is_alive(pid)]) and time.monotonic() < deadline:
            time.sleep(POLL_S)
        end_all(alive)
        return alive


def descendants(pid: int) -> list[int]:
    """Return the processes below one, in /proc."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (parent := parent_of(int(entry.name))) is not None:
            parents.setdefault(parent, []).append(int(entry.name))
    found: list[int] = []
    waiting = [pid]
    while waiting:
        children = parents.get(waiting.pop(), [])
        found += children
        waiting += children
    return found


def title_of(pid: int) -> str:
    """Return the command line of a process, which Ray's workers set to what they are; empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def is_alive(pid: int) -> bool:
    """Tell whether a process is there, and neither a zombie nor about to be one."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def end_all(pids: Sequence[int]) -> None:
    """Kill what is left of a run that was killed itself."""
    for pid in pids:
        if is_alive(pid):
            os.kill(pid, 9)


def parent_of(pid: int) -> int | None:
    """Return the parent of a process, None when there is none (any more)."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, ValueError, IndexError):
        return None
