"""Notices workers that are stuck: alive for Ray, but without progress for too long.

Whoever waits for a worker looks at its Watch now and then. After TELL_AFTER_S without progress the person is told what
is waited for; after `stall_s` the process is ended for sure, and the wait ends as if it had died.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from rlcs.process.pulse import Progress, process_space

log = logging.getLogger("rlcs.process")

LOOK_EVERY_S = 5.0
TELL_AFTER_S = 30.0
STARTING = "start"
STARTING_FACTOR, STARTING_S = 3.0, 180.0
"""How much longer a worker may take for its start, and how long at least: it reports nothing while it imports, reads
weights, compiles."""
_ended: list[str] = []
"""Names of the workers that this process has ended because they were stuck."""


def num_stuck() -> int:
    """Return how many workers this process has ended because they were stuck."""
    return len(_ended)


@dataclass(eq=False)
class Watch:
    """What is known of the progress of one worker, and what becomes of it when there is none."""

    name: str
    stall_s: float
    """Seconds without progress after which it counts as stuck; 0: never."""
    progress: Callable[[], Progress | None]
    """Reads what the process told last; None before its first word."""
    is_placed: Callable[[], bool]
    """Whether Ray has found a place for it: before, there is no process that could be stuck."""
    end: Callable[[], None]
    """Ends the process, wherever it runs."""
    verdict: str = ""
    """Why the process was ended; empty as long as it was not."""
    _count: int = -1
    _since: float = field(default_factory=time.monotonic)
    _told_at: float = TELL_AFTER_S

    def look(self, doing: str, *, waiting_since: float) -> None:
        """Look at a worker that is waited for; tell of one without progress, and end one that is stuck.

        waiting_since: time.monotonic() when the wait began. What it did before, or did not, does not count.
        """
        found, now = self.progress(), time.monotonic()
        if self.verdict:
            return
        if not self.is_placed():
            self._tell_of_no_place(doing, now - waiting_since)
            return
        if found is not None and found.count != self._count:
            self._count, self._since, self._told_at = found.count, now, TELL_AFTER_S
        still = now - max(self._since, waiting_since)
        limit = max(STARTING_FACTOR * self.stall_s, STARTING_S) if doing == STARTING else self.stall_s
        if self.stall_s and still > limit:
            self._end_stuck(doing, still, found)
        elif still >= self._told_at:
            self._told_at = 2 * still
            ends = f"; it is ended after {limit:.0f} s (cluster.stall_s)" if self.stall_s else ""
            log.warning("waiting for %s (%s): no progress for %.0f s%s", self.name, doing, still, ends)

    def _tell_of_no_place(self, doing: str, waited: float) -> None:
        """Tell of a replacement that Ray finds no place for; of a first start `wait_for` tells."""
        if doing != STARTING and waited >= self._told_at:
            self._told_at = 2 * waited
            log.warning("waiting for %s (%s): for %.0f s Ray has found no place for it", self.name, doing, waited)

    def _end_stuck(self, doing: str, still: float, found: Progress | None) -> None:
        self.verdict = f"during {doing}: it made no progress for {still:.0f} s and was ended (cluster.stall_s)"
        _ended.append(self.name)
        log.warning("%s is stuck: no progress for %.0f s during %s; it is ended", self.name, still, doing)
        if found is not None and found.host == process_space():
            # Ray asks before it kills, and a stopped process does not answer.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(found.pid, signal.SIGKILL)
        self.end()


class Wait:
    """One wait for some workers: `step` seconds at a time, then a look at those that have not answered."""

    def __init__(self) -> None:
        self._since = time.monotonic()

    def step(self, watches: Iterable[Watch]) -> float:
        """Return how long to wait before the next look, in seconds."""
        return min([LOOK_EVERY_S, *(watch.stall_s / 4 for watch in watches if watch.stall_s)])

    def look(self, waited_for: Iterable[tuple[Watch, str]]) -> None:
        """Look at workers that are waited for, given with what they do."""
        for watch, doing in waited_for:
            watch.look(doing, waiting_since=self._since)
