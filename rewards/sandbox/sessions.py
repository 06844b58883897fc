"""Python that keeps its variables from one piece of code to the next, behind the walls of programs.py.

Code that takes too long is interrupted and its variables stay; where it does not let itself be interrupted, the session
ends, and the next piece of code finds a new one.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from rewards.sandbox.programs import Limits, Run, SandboxRefused

GRACE_S = 1.0
START_S = 20.0
ENDED = "the interpreter ended, and its variables are lost"
_CHILD = Path(__file__).with_name("session_child.py")
_PIECE = 1 << 16


class Session:
    """An interpreter behind walls, started with the first piece of code.

    limits: `seconds` of a piece of code, `total_seconds` of CPU time of all, and the rest as for a program.
    """

    def __init__(self, limits: Limits, walls: str) -> None:
        self._limits, self._walls = limits, walls
        self._process: subprocess.Popen[bytes] | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._buffer = b""

    def run(self, source: str) -> Run:
        """Run a piece of code; raises SandboxRefused where the machine allows no such walls."""
        try:
            process = self._process or self._start()
            assert process.stdin is not None, "it is a pipe"
            process.stdin.write(json.dumps(source).encode("ascii") + b"\n")
            process.stdin.flush()
            told = self._read(self._limits.seconds + GRACE_S)
            return Run(output=str(told["output"]), error=None if told["error"] is None else str(told["error"]))
        except (OSError, EOFError, KeyError, TypeError, ValueError):  # the code may have written in its place
            self.close()
            return Run(output="", error=ENDED)

    def close(self) -> None:
        """End the interpreter and what it started."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            for stream in (self._process.stdin, self._process.stdout):
                assert stream is not None, "they are pipes"
                try:
                    stream.close()
                except BrokenPipeError:  # what was still to be written
                    continue
            self._process.wait()
        if self._folder is not None:
            self._folder.cleanup()
        self._process, self._folder, self._buffer = None, None, b""

    def _start(self) -> subprocess.Popen[bytes]:
        self._folder = tempfile.TemporaryDirectory(prefix="rlcs-code-", ignore_cleanup_errors=True)
        command = [os.path.realpath(sys.executable), "-I", "-S", "-B", "-X", "utf8", str(_CHILD)]
        process = self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd="/", env={},
            start_new_session=True,
        )  # fmt: skip
        limits = {
            "walls": self._walls, "folder": self._folder.name, "seconds": self._limits.seconds,
            "life_seconds": self._limits.total_seconds, "memory_mib": self._limits.memory_mib,
            "num_processes": self._limits.num_processes, "max_output": self._limits.max_output,
        }  # fmt: skip
        assert process.stdin is not None, "it is a pipe"
        process.stdin.write(json.dumps(limits).encode("ascii") + b"\n")
        process.stdin.flush()
        told = self._read(START_S)
        if "refused" in told:
            self.close()
            raise SandboxRefused(str(told["refused"]))
        return process

    def _read(self, seconds: float) -> dict[str, Any]:
        """Return the next line; raises EOFError when there is none in time, or it is longer than any should be."""
        assert self._process is not None and self._process.stdout is not None, "it was started with a pipe"
        until, stream = time.monotonic() + seconds, self._process.stdout.fileno()
        longest = 12 * (self._limits.max_output + 2000)  # JSON may take so much for a character
        while b"\n" not in self._buffer:
            ready = select.select([stream], [], [], max(until - time.monotonic(), 0.0))[0]
            piece = os.read(stream, _PIECE) if ready else b""
            self._buffer += piece
            if not piece or len(self._buffer) > longest:
                raise EOFError
        line, _, self._buffer = self._buffer.partition(b"\n")
        told: dict[str, Any] = json.loads(line)
        return told
