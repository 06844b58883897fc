"""Shows a page that a model wrote in the browser: as a picture, as the same picture without its text, and as layout.

The page arrives under a policy of its own: no script, no form, no frame, no download, no refresh, and nothing is
fetched. A picture it asks for by name is a grey rectangle; one it carries along (`data:`) is not shown. Animations are
shown at their end. Both the answer and the gold page are shown so.
"""

from __future__ import annotations

import base64
import io
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rewards.sandbox.browser import Browser, BrowserGone, Event

Picture = NDArray[np.uint8]
"""[height, width, 3], sRGB."""

ADDRESS = "http://page.invalid/"
VIEW_HEIGHT = 720
MAX_HEIGHT = 6000
STYLES = ("display", "visibility", "opacity")
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src http:; form-action 'none'; base-uri 'none'; sandbox"
_GREY = (192, 192, 192)
_GREY_SIZE = (120, 90)
# In a layer, because among important rules the layered ones win.
_STILL = (
    "*,*::before,*::after{animation-duration:0s!important;animation-delay:0s!important;"
    "animation-iteration-count:1!important;transition:none!important;caret-color:transparent!important}"
)
_WITHOUT_TEXT = (
    "*,*::before,*::after,*::marker,*::placeholder{color:transparent!important;text-shadow:none!important;"
    "-webkit-text-fill-color:transparent!important;-webkit-text-stroke-color:transparent!important;"
    "text-decoration-color:transparent!important}text,tspan,textPath{fill:transparent!important;"
    "stroke:transparent!important}"
)


@dataclass(frozen=True, slots=True)
class Shown:
    """A page as the browser shows it."""

    picture: Picture
    bare: Picture
    """The same without text."""
    document: dict[str, Any]
    """The main document of DOMSnapshot.captureSnapshot, computed styles STYLES."""
    strings: list[str]


def show(browser: Browser, html: str, *, width: int, seconds: float) -> Shown:
    """Show a page in a tab of its own, in a profile of its own; raises BrowserFault, after which the browser is sick.

    width: of the window, in pixels. seconds: for all of it. Of a page higher than MAX_HEIGHT the top is taken.
    """
    browser.deadline = time.monotonic() + seconds
    with _new_tab(browser, width) as session:
        _load(browser, session, html)
        frame = browser.call("Page.getFrameTree", session)["frameTree"]["frame"]["id"]
        sheet = browser.call("CSS.createStyleSheet", session, frameId=frame)["styleSheetId"]
        _set_style(browser, session, sheet, _STILL)
        size = browser.call("Page.getLayoutMetrics", session)["cssContentSize"]
        height = min(max(round(size["height"]), VIEW_HEIGHT), MAX_HEIGHT)
        picture = _capture(browser, session, width, height)
        snapshot = browser.call(
            "DOMSnapshot.captureSnapshot", session, computedStyles=list(STYLES), includePaintOrder=True
        )
        _set_style(browser, session, sheet, _STILL + _WITHOUT_TEXT)
        bare = _capture(browser, session, width, height)
    return Shown(picture, bare, snapshot["documents"][0], snapshot["strings"])


@contextmanager
def _new_tab(browser: Browser, width: int) -> Iterator[str]:
    """Open a tab in a profile of its own (no cookies, no cache), which goes away with it."""
    profile = browser.call("Target.createBrowserContext", disposeOnDetach=True)["browserContextId"]
    target = browser.call("Target.createTarget", url="about:blank", browserContextId=profile)["targetId"]
    session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
    browser.call("Emulation.setScriptExecutionDisabled", session, value=True)
    browser.call(
        "Emulation.setDeviceMetricsOverride",
        session,
        width=width,
        height=VIEW_HEIGHT,
        deviceScaleFactor=1,
        mobile=False,
    )
    for domain in ("Page", "DOM", "CSS", "Inspector"):
        browser.call(f"{domain}.enable", session)
    yield session
    browser.on_event = lambda _: None
    browser.call("Target.disposeBrowserContext", browserContextId=profile)


def _load(browser: Browser, session: str, html: str) -> None:
    """Hand the page over as if it came from ADDRESS, and wait until it is loaded."""
    is_loaded, is_served = False, False

    def hear(event: Event) -> None:
        nonlocal is_loaded, is_served
        method = event.get("method") if event.get("sessionId") == session else None
        if method == "Inspector.targetCrashed":
            raise BrowserGone("the page crashed")
        if method == "Page.loadEventFired":
            is_loaded = is_served
        elif method == "Fetch.requestPaused":
            request = event["params"]
            is_page = request["request"]["url"] == ADDRESS and request["resourceType"] == "Document"
            _answer(browser, session, request, html if is_page and not is_served else None)
            is_served = is_served or is_page

    browser.on_event = hear
    browser.call("Fetch.enable", session, patterns=[{"urlPattern": "*"}])
    browser.send("Page.navigate", session, url=ADDRESS)
    browser.wait_until(lambda: is_loaded)


def _answer(browser: Browser, session: str, request: dict[str, Any], html: str | None) -> None:
    """Give the page, a grey picture, or a refusal: no request goes further than this."""
    if html is not None:
        content_type, body = "text/html; charset=utf-8", html.encode("utf-8", "replace")
    elif request["resourceType"] == "Image":
        content_type, body = "image/png", _grey_picture()
    else:
        browser.send("Fetch.failRequest", session, requestId=request["requestId"], errorReason="BlockedByClient")
        return
    headers = {"Content-Type": content_type, "Content-Security-Policy": _POLICY}
    browser.send(
        "Fetch.fulfillRequest",
        session,
        requestId=request["requestId"],
        responseCode=200,
        responseHeaders=[{"name": name, "value": value} for name, value in headers.items()],
        body=base64.b64encode(body).decode(),
    )


def _set_style(browser: Browser, session: str, sheet: str, rules: str) -> None:
    browser.call("CSS.setStyleSheetText", session, styleSheetId=sheet, text=f"@layer{{{rules}}}")


def _capture(browser: Browser, session: str, width: int, height: int) -> Picture:
    area = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
    options = {"format": "png", "captureBeyondViewport": True, "optimizeForSpeed": True}
    data = browser.call("Page.captureScreenshot", session, clip=area, **options)["data"]
    return read_picture(base64.b64decode(data))


def read_picture(data: bytes) -> Picture:
    """Decode an image file; raises OSError or ValueError when it is none."""
    from PIL import Image

    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGB"))


@lru_cache(maxsize=1)
def _grey_picture() -> bytes:
    from PIL import Image

    stream = io.BytesIO()
    Image.new("RGB", _GREY_SIZE, _GREY).save(stream, format="PNG")
    return stream.getvalue()
