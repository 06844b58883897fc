"""Runs code that a model wrote, once for each test input, in a process of its own that can do no harm.

    walls     what it gets                                                       where
    spaces    no network, no other process, system libraries, an empty /tmp      Linux with user namespaces
    user      another user in an empty folder; the network stays reachable       root, where namespaces are refused

Without either, nothing runs. On both: caps on CPU time, memory, processes, files and output, no environment variables,
and everything it started is killed after each test.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from rlcs.errors import UserError

WALLS = ("spaces", "user")
MAX_OUTPUT = 262_144
GRACE_S = 2.0
_CHILD = Path(__file__).with_name("child.py")
_PROBE = "import decimal, heapq, socket, statistics\nprint(input(), sum([1, 2]))"


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What one run of the code may use."""

    seconds: float = 2.0
    """Wall and CPU time of one test."""
    total_seconds: float = 4.0
    """Wall time of all tests of an answer."""
    memory_mib: int = 512
    """Address space of each process."""
    num_processes: int = 8
    """Processes and threads at a time."""
    max_output: int = MAX_OUTPUT
    """Bytes of output of one test."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """What came of one test."""

    output: str
    """Standard output, or the result of the function as JSON."""
    error: str | None
    """Why it failed in a few words ("out of time", "ValueError: …"), or None."""


class SandboxRefused(Exception):
    """The machine does not allow such walls; the message says why."""


def run_code(
    source: str,
    inputs: Sequence[Any],
    *,
    function: str | None,
    limits: Limits,
    walls: str,
    stop_at_failure: bool = False,
) -> list[Run]:
    """Run `source` for each input: as a program with the input as text, or by calling `function` with arguments.

    Fewer runs than inputs come back when it stopped at a failure or the sandbox was killed.
    """
    job = {
        **asdict(limits),
        "source": source,
        "inputs": list(inputs),
        "function": function,
        "isolation": walls,
        "stop_at_failure": stop_at_failure,
    }
    with tempfile.TemporaryDirectory(prefix="rlcs-code-", ignore_cleanup_errors=True) as folder:
        told = _launch(json.dumps({**job, "folder": folder}), limits.total_seconds + GRACE_S)
    found = [json.loads(line) for line in told.splitlines(keepends=True) if line.endswith(b"\n")]
    if found and "refused" in found[-1]:
        raise SandboxRefused(found[-1]["refused"])
    return [Run(output=one["output"], error=one["error"]) for one in found]


@lru_cache(maxsize=len(WALLS) + 1)
def usable_walls(wanted: str) -> str:
    """Return the walls asked for, or for `best` the best that work here; UserError tells why none does.

    A known program is run first: code that could not even start would else score 0 and look wrong.
    """
    reasons = []
    for walls in WALLS if wanted == "best" else (wanted,):
        try:
            runs = run_code(_PROBE, ["probe"], function=None, limits=Limits(seconds=10, total_seconds=10), walls=walls)
        except SandboxRefused as error:
            reasons.append(str(error))
            continue
        if [run.output for run in runs] == ["probe 3\n"]:
            return walls
        reasons.append(f"as another user a test program gave {runs}" if walls == "user" else f"it gave {runs}")
    raise UserError(
        f"no sandbox for code on this machine: {'; '.join(dict.fromkeys(reasons))}. Allow user namespaces "
        "(sysctl user.max_user_namespaces, or a container started with them), or run as root"
    )


def _launch(job: str, seconds: float) -> bytes:
    """Run the program inside the sandbox and return what it told; the whole group is killed at the end."""
    command = [os.path.realpath(sys.executable), "-I", "-S", "-B", "-X", "utf8", str(_CHILD)]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd="/",
        env={},
        start_new_session=True,
    ) as process:
        try:
            return process.communicate(job.encode(), timeout=seconds)[0]
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return process.communicate()[0]
