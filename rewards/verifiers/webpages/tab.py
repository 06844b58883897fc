"""The one tab of a browser, in which page after page is shown, each in a renderer process of its own.

A new tab and profile for each page would cost five times as much as the page. Nothing of a page stays: no script runs,
so nothing writes cookies or storage; the profile is one that keeps nothing on disk and remembers no visited links; the
page is emptied as soon as it has been looked at; and the next one, being of a sandboxed origin, gets a new process.
"""

from __future__ import annotations

import base64
import io
import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from rewards.sandbox.browser import START_S, Browser, BrowserFault, BrowserGone, Event

ADDRESS = "http://page.invalid/"
LEAVE_S = 2.0
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src http:; form-action 'none'; base-uri 'none'; sandbox"
_GREY = (192, 192, 192)
_GREY_SIZE = (120, 90)


@dataclass(slots=True)
class Tab:
    """A tab of a browser. `browser.deadline` holds for every call."""

    browser: Browser
    session: str
    frame: str
    is_well: bool = True
    """False when the browser should show no other page."""
    _size: tuple[int, int] = (0, 0)

    def call(self, method: str, **params: Any) -> Any:
        """Ask the page for something, and wait for the answer; BrowserFault when there is none."""
        return self.browser.call(method, self.session, **params)

    def load(self, html: str, width: int, height: int) -> None:
        """Hand a page over as if it came from ADDRESS, and wait until it is loaded, in a window of so many pixels."""
        if (width, height) != self._size:
            size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
            self.call("Emulation.setDeviceMetricsOverride", **size)
            self._size = width, height
        arrival = _Arrival(self, html)
        self.browser.on_event = arrival.hear
        self.browser.send("Page.navigate", self.session, url=ADDRESS)
        self.browser.wait_until(lambda: arrival.is_loaded)

    def leave(self) -> None:
        """Empty the page, so that nothing of it goes on, such as an animation, until the next one comes."""
        self.browser.on_event = lambda _: None
        self.browser.deadline = time.monotonic() + LEAVE_S
        try:
            self.call("Page.setDocumentContent", frameId=self.frame, html="")
        except BrowserFault:
            self.is_well = False


def open_tab(browser: Browser) -> Tab:
    """Open the tab, in a profile that is kept in memory only; raises BrowserFault."""
    browser.deadline = time.monotonic() + START_S
    profile = browser.call("Target.createBrowserContext", disposeOnDetach=True)["browserContextId"]
    target = browser.call("Target.createTarget", url="about:blank", browserContextId=profile)["targetId"]
    session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
    browser.call("Emulation.setScriptExecutionDisabled", session, value=True)
    for domain in ("Page", "DOM", "CSS", "Inspector"):
        browser.call(f"{domain}.enable", session)
    browser.call("Fetch.enable", session, patterns=[{"urlPattern": "*"}])
    frame = browser.call("Page.getFrameTree", session)["frameTree"]["frame"]["id"]
    return Tab(browser, session, frame)


@dataclass(slots=True)
class _Arrival:
    """A page on its way: asked for, given, in its place, loaded."""

    tab: Tab
    html: str
    is_served: bool = False
    is_there: bool = False
    is_loaded: bool = False

    def hear(self, event: Event) -> None:
        """Follow what the tab tells, and answer what it asks for; raises BrowserGone."""
        method = event.get("method") if event.get("sessionId") == self.tab.session else None
        if method == "Inspector.targetCrashed":
            raise BrowserGone("the page crashed")
        if method == "Fetch.requestPaused":
            self._answer(event["params"])
        elif method == "Page.frameNavigated":  # what comes before it may still be of the page before
            frame = event["params"]["frame"]
            self.is_there = self.is_there or (self.is_served and frame["id"] == self.tab.frame)
        elif method == "Page.loadEventFired":
            self.is_loaded = self.is_there

    def _answer(self, request: dict[str, Any]) -> None:
        """Give the page, a grey picture, or a refusal: no request goes further than this."""
        is_page = request["request"]["url"] == ADDRESS and request["frameId"] == self.tab.frame
        if is_page and request["resourceType"] == "Document" and not self.is_served:
            self.is_served = True
            self._give(request, "text/html; charset=utf-8", self.html.encode("utf-8", "replace"))
        elif request["resourceType"] == "Image":
            self._give(request, "image/png", _grey_picture())
        else:
            browser, session = self.tab.browser, self.tab.session
            browser.send("Fetch.failRequest", session, requestId=request["requestId"], errorReason="BlockedByClient")

    def _give(self, request: dict[str, Any], content_type: str, body: bytes) -> None:
        headers = {"Content-Type": content_type, "Content-Security-Policy": _POLICY}
        self.tab.browser.send(
            "Fetch.fulfillRequest",
            self.tab.session,
            requestId=request["requestId"],
            responseCode=200,
            responseHeaders=[{"name": name, "value": value} for name, value in headers.items()],
            body=base64.b64encode(body).decode(),
        )


@lru_cache(maxsize=1)
def _grey_picture() -> bytes:
    from PIL import Image

    stream = io.BytesIO()
    Image.new("RGB", _GREY_SIZE, _GREY).save(stream, format="PNG")
    return stream.getvalue()
