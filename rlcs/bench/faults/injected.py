"""A run under way into which a fault is injected: its command, its processes, its folder, its end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rlcs.errors import UserError

START_WITHIN_S = 300.0
POLL_S = 0.05


@dataclass
class Injected:
    """One `rlcs train` in a folder of its own; what it prints goes to FOLDER.out."""

    folder: Path
    overrides: Sequence[str]
    process: subprocess.Popen[str] | None = None
    started: list[int] = field(default_factory=list)
    """Processes that the fault looked at; none of them may outlive the run."""

    @property
    def output(self) -> Path:
        """What the run has printed."""
        return self.folder.with_name(f"{self.folder.name}.out")

    def start(self, *more: str) -> None:
        """Start the command, or with `--resume` go on."""
        command = [sys.executable, "-m", "rlcs.cli", "train", "--config", "quickstart", f"run.dir={self.folder}"]
        with self.output.open("a") as stream:
            self.process = subprocess.Popen(
                [*command, *self.overrides, *more], stdout=stream, stderr=subprocess.STDOUT, text=True,
                cwd=self.folder.parent,
            )  # fmt: skip

    @property
    def pid(self) -> int:
        """The process of the command."""
        assert self.process is not None, "the run has not been started"
        return self.process.pid

    def wait_for_step(self, step: int) -> None:
        """Wait until a step has been written; UserError when the run ends before, or does not get there."""
        deadline = time.monotonic() + START_WITHIN_S
        while self.last_step() < step:
            if self.process is None or self.process.poll() is not None:
                raise UserError(f"the run ended before step {step}:\n{self.output.read_text()[-2000:]}")
            if time.monotonic() > deadline:
                raise UserError(f"the run did not come to step {step} within {START_WITHIN_S:.0f} s")
            time.sleep(POLL_S)

    def last_step(self) -> int:
        """Return the last step whose metrics are written, -1 before there is one."""
        file = self.folder / "metrics.jsonl"
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        whole = [line for line in lines if line.endswith("}")]
        return int(json.loads(whole[-1])["step"]) if whole else -1

    def workers(self, kind: str) -> list[int]:
        """Return the process ids of the run's workers of a kind: RolloutWorker, LearnerWorker."""
        found = [pid for pid in descendants(self.pid) if kind in title_of(pid)]
        if not found:
            raise UserError(f"the run has no {kind} to inject a fault into")
        self.started += found
        return found

    def end(self, within_s: float) -> int | None:
        """Return the exit code, or None when the run does not end in time (then it is killed)."""
        assert self.process is not None, "the run has not been started"
        try:
            return self.process.wait(timeout=within_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return None


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
    """Return the process that started one; None when it is gone."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, ValueError, IndexError):
        return None
