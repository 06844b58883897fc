"""Ctrl-C and SIGTERM: leave at the next point where nothing is lost.

While the policy is being sampled the interrupt acts at once (the iteration is thrown away and the state before it is
saved); while the learner updates, it waits for the update to end, so that weights, optimizer and curriculum agree.
Inside an engine's process it waits for the end of a step: vLLM interrupted in mid-step loses track of its requests.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

STDERR = 2
WAITING = b"\nstopping as soon as this update is whole; press Ctrl-C again to end without saving\n"


class Interrupted(Exception):
    """Raised at a point where the run may stop; the state of the last whole step is the one to save."""


class StopSignal:
    """Catches SIGINT and SIGTERM for as long as it is entered. A second Ctrl-C ends the process the hard way."""

    def __init__(self) -> None:
        self.requested = False
        self._interruptible = False
        self._again = False
        self._previous: dict[int, object] = {}

    def __enter__(self) -> StopSignal:
        for number in (signal.SIGINT, signal.SIGTERM):
            self._previous[number] = signal.signal(number, self._handle)
        return self

    def __exit__(self, *exception: object) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    def _handle(self, number: int, frame: FrameType | None) -> None:
        """Raise KeyboardInterrupt, the one exception that Ray's waits let through, where the run may stop."""
        self._again = self.requested
        self.requested = True
        if self._again or self._interruptible:
            self._interruptible = False
            raise KeyboardInterrupt
        os.write(STDERR, WAITING)

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """Let an interrupt act at once inside, as Interrupted; one that came before acts on entry."""
        if self.requested:
            raise Interrupted
        self._interruptible = True
        try:
            yield
        except KeyboardInterrupt:
            if self._again:
                raise
            raise Interrupted from None
        finally:
            self._interruptible = False


@contextmanager
def interrupt_held() -> Iterator[None]:
    """Hold a SIGINT back until the block is done; a second one acts at once. Does nothing outside the main thread."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    held = False

    def hold(number: int, _frame: object) -> None:
        nonlocal held
        if held:
            signal.signal(number, previous)
            signal.raise_signal(number)
        held = True

    previous = signal.signal(signal.SIGINT, hold)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)
        if held:
            signal.raise_signal(signal.SIGINT)
