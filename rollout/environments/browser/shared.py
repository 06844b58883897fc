"""One browser for all threads of a process: each waits for its own answers, and one more reads them all."""

from __future__ import annotations

import atexit
import contextlib
import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from itertools import count
from typing import Any

from rewards.sandbox.browser import Browser, BrowserFault, BrowserGone, BrowserSlow, Event, start_browser

FLAGS = (
    # A page is painted and its timers run though another one was opened after it.
    "--disable-renderer-backgrounding", "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows", "--disable-smooth-scrolling",
    "--js-flags=--lite-mode",
    # Nothing is drawn in 3D; the library that would do it without a graphics card takes 15 MiB.
    "--disable-software-rasterizer",
)  # fmt: skip
_FIRST_NUMBER = 1_000_000
"""Beyond those that the start of a browser uses."""
_FOREVER_S = 1e8
_lock = threading.Lock()
_running: dict[tuple[str, str], SharedBrowser] = {}


class SharedBrowser:
    """A running Chromium, to be asked from any thread."""

    def __init__(self, program: str, walls: str) -> None:
        self.is_gone = False
        self._browser: Browser = start_browser(program, walls, FLAGS)
        self._browser.deadline = time.monotonic() + _FOREVER_S
        self._numbers = count(_FIRST_NUMBER)
        self._calls: dict[int, tuple[str | None, Future[Any]]] = {}
        self._listeners: dict[str, Callable[[Event], None]] = {}
        self._calls_lock, self._write_lock = threading.Lock(), threading.Lock()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """The process that started the browser and ends it."""
        return self._browser.pid

    def send(self, method: str, session: str | None = None, **params: Any) -> Future[Any]:
        """Ask without waiting; the answer comes in the future. Raises BrowserGone."""
        answer: Future[Any] = Future()
        number = next(self._numbers)
        with self._calls_lock:
            if self.is_gone:
                raise BrowserGone("the browser has ended")
            self._calls[number] = (session, answer)
        with self._write_lock:
            self._browser.write(number, method, session, **params)
        return answer

    def call(self, method: str, session: str | None = None, *, until: float = math.inf, **params: Any) -> Any:
        """Ask, and wait for the answer; BrowserFault when there is none. until: of time.monotonic."""
        return answer_until(self.send(method, session, **params), until, method)

    def listen(self, session: str, hear: Callable[[Event], None]) -> None:
        """Have the events of a session heard; `hear` runs in the browser's thread and must not wait."""
        self._listeners[session] = hear

    def forget(self, session: str, reason: str) -> None:
        """Hear no more of a session, and end the waiting of those who asked it."""
        self._listeners.pop(session, None)
        with self._calls_lock:
            lost = [number for number, (one, _) in self._calls.items() if one == session]
            answers = [self._calls.pop(number)[1] for number in lost]
        for answer in answers:
            answer.set_exception(BrowserGone(reason))

    def close(self) -> None:
        """End the browser."""
        self._browser.let_go()
        self._reader.join()
        self._browser.close()

    def _read(self) -> None:
        reason = "the browser has ended"
        try:
            while True:
                self._take(self._browser.receive())
        except BrowserFault as fault:
            reason = str(fault)
        finally:
            with self._calls_lock:
                self.is_gone = True
                left, self._calls = list(self._calls.values()), {}
            for _, answer in left:
                answer.set_exception(BrowserGone(reason))

    def _take(self, message: Event) -> None:
        if "id" not in message:
            if hear := self._listeners.get(message.get("sessionId", "")):
                with contextlib.suppress(BrowserFault):  # the reader will see it as well
                    hear(message)
            return
        with self._calls_lock:
            call = self._calls.pop(message["id"], None)
        if call is None:
            return
        if "error" in message:
            call[1].set_exception(BrowserFault(str(message["error"].get("message"))))
        else:
            call[1].set_result(message["result"])


def answer_until(answer: Future[Any], until: float, what: str) -> Any:
    """Wait for an answer; BrowserSlow when it does not come in time."""
    seconds = None if until == math.inf else max(until - time.monotonic(), 0.0)
    try:
        return answer.result(seconds)
    except TimeoutError as error:
        raise BrowserSlow(f"{what} was not answered in time") from error
    except BrowserFault as fault:
        raise type(fault)(f"{what}: {fault}") from fault


def shared_browser(program: str = "", walls: str = "best") -> SharedBrowser:
    """Return the browser of this process; a new one where it has ended. UserError tells why none starts."""
    with _lock:
        running = _running.get((program, walls))
        if running is None or running.is_gone:
            if running is not None:
                running.close()
            running = _running[program, walls] = SharedBrowser(program, walls)
        return running


@atexit.register
def close_browsers() -> None:
    """End the browsers of this process."""
    with _lock:
        for browser in _running.values():
            browser.close()
        _running.clear()
