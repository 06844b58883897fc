"""A page: a window of its own in a profile of its own, whose every request is answered here.

Its scripts run, so it must come from whom we trust; what a policy does to it are clicks and keys. No request leaves.
"""

from __future__ import annotations

import base64
import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Any

from rewards.sandbox.browser import BrowserFault, BrowserGone, BrowserSlow, Event
from rollout.environments.browser.clock import CLOCK, STILL
from rollout.environments.browser.shared import SharedBrowser, answer_until
from rollout.environments.protocol import EnvironmentFault

Served = tuple[str, bytes]
"""Content type and body."""
Serve = Callable[[str], Served | None]
"""Address -> what is there; None refuses it. Runs in the browser's thread."""
CLOSE_S = 5.0


class Page:
    """A page. `until` (time.monotonic) holds for every call; each raises BrowserFault."""

    def __init__(
        self,
        browser: SharedBrowser,
        serve: Serve,
        *,
        size: tuple[int, int],
        scale: float,
        until: float,
        window: tuple[int, int] | None = None,
    ) -> None:
        self.until = until
        self.size = size
        """Width and height of what is shown, in CSS pixels, from the top left of the window."""
        self.dialogs: list[str] = []
        """Texts of the dialogs that the page opened and that were accepted for it."""
        self._browser, self._serve, self._window = browser, serve, window or size
        self._session = ""
        self._loaded: set[str] = set()
        self._has_loaded = threading.Condition()
        self._profile = browser.call("Target.createBrowserContext", until=until)["browserContextId"]
        try:
            self._open(scale)
        except BrowserFault:
            self.close()
            raise

    def call(self, method: str, **params: Any) -> Any:
        """Ask the page for something, and wait for the answer."""
        return self._browser.call(method, self._session, until=self.until, **params)

    def send(self, method: str, **params: Any) -> Future[Any]:
        """Ask without waiting."""
        return self._browser.send(method, self._session, **params)

    def wait_for(self, answers: list[Future[Any]], what: str) -> None:
        """Wait for all of these answers."""
        for answer in answers:
            answer_until(answer, self.until, what)

    def load(self, address: str) -> None:
        """Go to an address and wait until it is loaded."""
        self.dialogs.clear()
        self.call("HeapProfiler.collectGarbage")  # else what former pages left takes tens of megabytes
        told = self.call("Page.navigate", url=address)
        if "errorText" in told:
            raise BrowserFault(f"{address} does not load: {told['errorText']}")
        with self._has_loaded:
            seconds = max(self.until - time.monotonic(), 0.0)
            if not self._has_loaded.wait_for(lambda: not self._loaded.isdisjoint((told["loaderId"], "")), seconds):
                raise BrowserSlow(f"{address} was not loaded in time")
            is_lost = "" in self._loaded
            self._loaded.clear()
        if is_lost:
            raise BrowserGone("the page crashed")

    def evaluate(self, expression: str) -> Any:
        """Return the value of an expression as JSON has it; a promise is awaited."""
        told = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in told:
            details = told["exceptionDetails"]
            raise BrowserFault(f"the page raised: {details.get('exception', {}).get('description', details['text'])}")
        return told["result"].get("value")

    def picture(self) -> bytes:
        """Return what is shown, as a PNG file."""
        clip = {"x": 0, "y": 0, "width": self.size[0], "height": self.size[1], "scale": 1}
        return base64.b64decode(self.call("Page.captureScreenshot", format="png", clip=clip)["data"])

    def close(self) -> None:
        """Close the page, which also frees one that hangs."""
        self._browser.forget(self._session, "the page was closed")
        with contextlib.suppress(BrowserFault):
            until = time.monotonic() + CLOSE_S
            self._browser.call("Target.disposeBrowserContext", browserContextId=self._profile, until=until)

    def _open(self, scale: float) -> None:
        browser, until = self._browser, self.until
        target = browser.call("Target.createTarget", url="about:blank", browserContextId=self._profile, until=until)
        attached = browser.call("Target.attachToTarget", targetId=target["targetId"], flatten=True, until=until)
        self._session = attached["sessionId"]
        browser.listen(self._session, self._hear)
        width, height = self._window
        self.wait_for(
            [
                self.send("Page.enable"),
                self.send("Inspector.enable"),
                self.send("Page.setLifecycleEventsEnabled", enabled=True),
                self.send("Fetch.enable", patterns=[{"urlPattern": "*"}]),
                self.send(
                    "Emulation.setDeviceMetricsOverride",
                    width=width, height=height, deviceScaleFactor=scale, mobile=False,
                ),
                # Else only one page of all would have a caret.
                self.send("Emulation.setFocusEmulationEnabled", enabled=True),
                self.send("Page.addScriptToEvaluateOnNewDocument", source=CLOCK + STILL),
            ],
            "opening a page",
        )  # fmt: skip

    def _hear(self, event: Event) -> None:
        method, params = event["method"], event.get("params", {})
        if method == "Fetch.requestPaused":
            self._answer(params)
        elif method == "Page.lifecycleEvent" and params["name"] == "load":
            self._arrive(params["loaderId"])
        elif method == "Page.javascriptDialogOpening":
            self.dialogs.append(params["message"])
            self.send("Page.handleJavaScriptDialog", accept=True)
        elif method == "Inspector.targetCrashed":
            self._arrive("")
            self._browser.forget(self._session, "the page crashed")

    def _arrive(self, loader: str) -> None:
        with self._has_loaded:
            self._loaded.add(loader)
            self._has_loaded.notify_all()

    def _answer(self, request: dict[str, Any]) -> None:
        served = self._serve(request["request"]["url"])
        if served is None:
            self.send("Fetch.failRequest", requestId=request["requestId"], errorReason="BlockedByClient")
            return
        self.send(
            "Fetch.fulfillRequest",
            requestId=request["requestId"],
            responseCode=200,
            responseHeaders=[{"name": "Content-Type", "value": served[0]}],
            body=base64.b64encode(served[1]).decode(),
        )


@contextlib.contextmanager
def ours() -> Iterator[None]:
    """Tell faults of the browser as faults of an environment."""
    try:
        yield
    except BrowserFault as fault:
        raise EnvironmentFault(str(fault), hung=isinstance(fault, BrowserSlow)) from fault
