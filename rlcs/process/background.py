"""Work that goes on beside, in a thread of its own; whoever waits for its end is told what it raised."""

from __future__ import annotations

import threading
from collections.abc import Callable

from rlcs.process.pulse import tick

LOOK_EVERY_S = 0.2


class Background:
    """Work in a thread; it begins at once, and what only the work refers to is freed when it ends."""

    def __init__(self, work: Callable[[Background], None], *, name: str) -> None:
        """work: called with this object, to read `wanted` and to count `pieces`."""
        self.wanted = threading.Event()
        """Set when somebody waits for the end, or when nobody will."""
        self.pieces = 0
        """Pieces of the work that are done; they count as progress of this process only while it waits for the end."""
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, args=(work,), name=name, daemon=True)
        self._thread.start()

    def is_done(self) -> bool:
        """Tell whether the work has ended, well or not."""
        return not self._thread.is_alive()

    def join(self) -> None:
        """Wait until the work has ended, well or not."""
        self.wanted.set()
        seen = -1
        while not self.is_done():
            if self.pieces != seen:
                seen = self.pieces
                tick()
            self._thread.join(LOOK_EVERY_S)

    def result(self) -> None:
        """Wait for the end of the work, and raise here what it raised there."""
        self.join()
        if self._error is not None:
            raise self._error

    def _run(self, work: Callable[[Background], None]) -> None:
        try:
            work(self)
        except BaseException as error:
            self._error = error
