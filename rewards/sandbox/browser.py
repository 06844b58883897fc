"""A headless Chromium behind walls, spoken to over two pipes (the Chrome DevTools protocol, no port, no driver).

    walls     what stands between a page and this machine                              where
    spaces    no network, no other process, another user, and the browser's sandbox    Linux with user namespaces
    browser   the browser's own sandbox; as root, another user                         the same, where ours are refused
    page      only what holds everywhere, see below                                    anywhere

Everywhere: no request leaves, names lead nowhere, memory and files are capped, and the browser ends with the process
that started it, whatever ends that. In pages that a model wrote no script runs (verifiers/webpages/tab.py).
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from rlcs.errors import MissingPart, UserError

WALLS = ("spaces", "browser", "page")
PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome-headless-shell", "chrome")
START_S = 20.0
CLOSE_S = 5.0
MEMORY_MIB = 2048
MAX_MESSAGE = 64 * 2**20
_PIPE = 2**20
_LAUNCHER = Path(__file__).with_name("browser_launcher.py")
_FLAGS = (
    "--headless", "--remote-debugging-pipe", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
    "--no-first-run", "--no-default-browser-check", "--disable-extensions", "--disable-component-update",
    "--disable-background-networking", "--disable-sync", "--disable-default-apps", "--disable-breakpad",
    "--disable-crash-reporter", "--mute-audio", "--disable-notifications", "--force-color-profile=srgb",
    "--font-render-hinting=none", "--disable-lcd-text", "--block-new-web-contents", "--dns-prefetch-disable",
    "--proxy-server=http://127.0.0.1:9", "--proxy-bypass-list=<-loopback>", "--host-resolver-rules=MAP * ~NOTFOUND",
    # No page is kept for later, and no process is started for pages that nobody asks for.
    "--no-startup-window",
    "--disable-features=BackForwardCache,SpareRendererForSitePerProcess,WebUIOmniboxPopup,WebUIOmniboxAimPopup",
)  # fmt: skip

Event = dict[str, Any]


class BrowserFault(Exception):
    """The browser did not do what it was asked; it must not be asked again."""


class BrowserSlow(BrowserFault):
    """No answer within the time."""


class BrowserGone(BrowserFault):
    """It, or the page in it, has ended."""


class TooMuch(BrowserFault):
    """An answer of more than MAX_MESSAGE bytes."""


class Browser:
    """A running Chromium. `deadline` (time.monotonic) holds for every call; `on_event` hears what was not asked for."""

    def __init__(self, program: str, walls: str, flags: Sequence[str] = ()) -> None:
        self.walls = walls
        self.deadline = time.monotonic() + START_S
        self.on_event: Callable[[Event], None] = lambda _: None
        self._buffer = bytearray()
        self._last = 0
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  (closed by close)
        sandbox = ("--no-sandbox",) if walls == "page" else ()
        self._process, self._input, self._output = _launch([program, *_FLAGS, *flags, *sandbox], walls, self._errors)
        try:
            self.call("Browser.getVersion")
            self.call("Browser.setDownloadBehavior", behavior="deny")
        except BrowserFault:
            self.close()
            raise

    @property
    def pid(self) -> int:
        """The process that started the browser and ends it."""
        return self._process.pid

    def call(self, method: str, session: str | None = None, **params: Any) -> Any:
        """Ask, and wait for the answer; BrowserFault when there is none."""
        number = self.send(method, session, **params)
        while True:
            message = self.receive()
            if message.get("id") == number:
                if "error" in message:
                    raise BrowserFault(f"{method}: {message['error'].get('message')}")
                return message["result"]
            self.on_event(message)

    def send(self, method: str, session: str | None = None, **params: Any) -> int:
        """Ask without waiting; the number of the message."""
        self._last += 1
        self.write(self._last, method, session, **params)
        return self._last

    def write(self, number: int, method: str, session: str | None = None, **params: Any) -> None:
        """Ask under a number of the caller's own, for one that reads all answers itself (`receive`)."""
        message = {"id": number, "method": method, "params": params, **({"sessionId": session} if session else {})}
        data = json.dumps(message).encode() + b"\0"
        while data:
            self._await([], [self._input])
            try:
                data = data[os.write(self._input, data) :]
            except BrokenPipeError as error:
                raise BrowserGone("the browser ended") from error

    def wait_until(self, is_done: Callable[[], bool]) -> None:
        """Hand on events until `is_done`."""
        while not is_done():
            self.on_event(self.receive())

    def let_go(self) -> None:
        """Have the browser ended; whoever reads from it comes to the end of what it said."""
        assert self._process.stdin is not None, "the launcher is started with a pipe"
        self._process.stdin.close()

    def close(self) -> None:
        """End the browser and everything it started."""
        for pipe in (self._input, self._output):
            os.close(pipe)
        self.let_go()
        try:
            self._process.wait(CLOSE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._errors.close()

    def told(self) -> str:
        """Return the last line of what the browser or its launcher complained about."""
        self._errors.seek(0)
        lines = [line for line in self._errors.read()[-4096:].decode("utf-8", "replace").splitlines() if line.strip()]
        return lines[-1].strip()[-160:] if lines else "it ended without a word"

    def receive(self) -> Event:
        """Wait for the next message; BrowserFault when there is none."""
        while (end := self._buffer.find(b"\0")) < 0:
            if len(self._buffer) > MAX_MESSAGE:
                raise TooMuch(f"the page takes more than {MAX_MESSAGE} bytes to describe")
            self._await([self._output], [])
            piece = os.read(self._output, 1 << 20)
            if not piece:
                raise BrowserGone(f"the browser ended: {self.told()}")
            self._buffer += piece
        message: Event = json.loads(self._buffer[:end])
        del self._buffer[: end + 1]
        return message

    def _await(self, readable: list[int], writable: list[int]) -> None:
        if not any(select.select(readable, writable, [], max(self.deadline - time.monotonic(), 0.0))):
            raise BrowserSlow("the browser did not answer in time")


def start_browser(program: str, walls: str, flags: Sequence[str] = ()) -> Browser:
    """Start Chromium behind these walls, or for `best` the first that work here; UserError tells why none do.

    flags: of the command line, beside those that it always gets.
    """
    reasons = []
    for one in WALLS if walls == "best" else (walls,):
        try:
            return Browser(find_program(program), one, flags)
        except BrowserFault as fault:
            reasons.append(f"{one}: {fault}")
    raise UserError(
        f"Chromium does not start: {'; '.join(reasons)[:400]}. Try it by hand (chromium --headless --dump-dom "
        "about:blank), or allow user namespaces (sysctl user.max_user_namespaces)"
    )


@lru_cache(maxsize=4)
def find_program(wanted: str = "") -> str:
    """Return the path of Chromium or Chrome: `wanted`, else the first that is on the PATH; UserError without any."""
    found = (shutil.which(name) for name in ((wanted,) if wanted else PROGRAMS))
    if path := next(filter(None, found), None):
        return path
    remedy = "set the parameter `browser` to the path of a Chromium or Chrome"
    if wanted:
        raise MissingPart(f"this needs Chromium, and {wanted!r} is no program; {remedy}")
    raise MissingPart(f"this needs Chromium, and none is on the PATH; apt-get install chromium, or {remedy}")


def _launch(command: list[str], walls: str, errors: Any) -> tuple[subprocess.Popen[bytes], int, int]:
    """Start the launcher; returns it, where to write to the browser, and where to read from it."""
    (given, to_browser), (from_browser, taken) = os.pipe(), os.pipe()
    launcher = [os.path.realpath(sys.executable), "-I", "-S", "-B", str(_LAUNCHER)]
    process = subprocess.Popen(
        [*launcher, walls, str(MEMORY_MIB), str(given), str(taken), *command],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=errors, cwd="/", env={}, start_new_session=True,
        pass_fds=(given, taken),
    )  # fmt: skip
    os.close(given)
    os.close(taken)
    os.set_blocking(to_browser, False)
    with contextlib.suppress(OSError):  # a screenshot has megabytes; fewer, larger pieces cost less
        fcntl.fcntl(from_browser, fcntl.F_SETPIPE_SZ, _PIPE)
    return process, to_browser, from_browser
