"""Ctrl-C between the steps of an engine, never inside one: vLLM interrupted in mid-step loses track of its requests."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


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
