"""One host, as the process that uses it sees it: started, asked, listened to, ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import deque
from typing import Any

from rollout.environments.hosts.messages import Pipe, Request, Setup

CLOSE_S = 5.0
MAX_STARTS = 3
_MODULE = "rollout.environments.hosts.serving"


class Host:
    """A host process. Calls that cannot be made yet wait in `waiting`."""

    def __init__(self, setup: Setup) -> None:
        self.calls: dict[int, tuple[int, float]] = {}
        """Calls in flight: their number -> slot, deadline (time.monotonic)."""
        self.waiting: deque[int] = deque()
        """Keys of episodes that have a call to make."""
        self.num_failed_starts = 0
        """Starts in a row after which it has said nothing."""
        self.is_careful = False
        """One call at a time: to find out which of several ended the host before."""
        self._setup = setup
        self._start()

    def _start(self) -> None:
        self.num_failed_starts += 1
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  (closed by end)
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", _MODULE],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, start_new_session=True,
        )  # fmt: skip
        assert self._process.stdin is not None and self._process.stdout is not None, "they are pipes"
        # Descriptors of our own: the objects of subprocess would close them a second time.
        self.pipe = Pipe(os.dup(self._process.stdout.fileno()), os.dup(self._process.stdin.fileno()))
        self._process.stdin.close()
        self._process.stdout.close()
        self.pipe.send(self._setup)

    @property
    def pid(self) -> int:
        """The host's process."""
        return self._process.pid

    def ask(self, request: Request, seconds: float) -> None:
        """Make a call, to be answered within `seconds`."""
        self.calls[request.number] = (request.slot, time.monotonic() + seconds)
        self.pipe.send(request)

    def listen(self) -> list[Any]:
        """Return what it has said since."""
        self.pipe.flush()
        messages = list(self.pipe.receive())
        if messages:
            self.num_failed_starts = 0
        return messages

    def overdue(self) -> list[int]:
        """Return the numbers of the calls that are past their deadline."""
        now = time.monotonic()
        return [number for number, (_, deadline) in self.calls.items() if deadline < now]

    def told(self) -> str:
        """Return the last line that it complained with."""
        self._errors.seek(0)
        lines = [line for line in self._errors.read()[-4096:].decode("utf-8", "replace").splitlines() if line.strip()]
        return lines[-1].strip()[-300:] if lines else "it ended without a word"

    def replace(self) -> None:
        """End it and start another; no call is in flight then."""
        self._kill()
        self.calls.clear()
        self._start()

    def end(self) -> None:
        """End it in order, or by force when it takes too long."""
        self.pipe.close()
        try:
            self._process.wait(CLOSE_S)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._errors.close()

    def _kill(self) -> None:
        self._process.kill()
        self._process.wait()
        self.pipe.close()
        self._errors.close()
