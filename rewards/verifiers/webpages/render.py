"""Shows a page that a model wrote in the browser: as a picture, as the same picture without its text, and as layout.

The page arrives under a policy of its own: no script, no form, no frame, no download, no refresh, and nothing is
fetched (rewards/verifiers/webpages/tab.py). A picture it asks for by name is a grey rectangle; one it carries along
(`data:`) is not shown. Animations are shown at their end. Both the answer and the gold page are shown so.
"""

from __future__ import annotations

import base64
import io
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewards.verifiers.webpages.pixels import Picture
from rewards.verifiers.webpages.tab import Tab

MAX_HEIGHT = 6000
VIEW_HEIGHT = 720
"""Of the window, where nothing else is said; a lower page is shown as high as the window."""
STYLES = ("display", "visibility", "opacity", "white-space-collapse")
# In a layer, because among important rules the layered ones win.
_STILL = (
    "*,*::before,*::after{animation-duration:0s!important;animation-delay:0s!important;"
    "animation-iteration-count:1!important;transition:none!important;caret-color:transparent!important}"
    # What Chromium itself moves: bars of unknown progress, and players that are still getting ready.
    "progress:indeterminate{appearance:none!important}"
    "video,audio{content-visibility:hidden!important}"
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


def show(tab: Tab, html: str, *, width: int, height: int = VIEW_HEIGHT, seconds: float) -> Shown:
    """Show a page; raises BrowserFault, after which the browser is sick.

    width, height: of the window, in pixels. seconds: for all of it. Of a page higher than MAX_HEIGHT the top is taken.
    """
    with _loaded(tab, html, (width, height), seconds) as sheet:
        area = width, _height(tab, height)
        picture = _capture(tab, *area, height)
        snapshot = tab.call("DOMSnapshot.captureSnapshot", computedStyles=list(STYLES), includePaintOrder=True)
        _set_style(tab, sheet, _STILL + _WITHOUT_TEXT)
        bare = _capture(tab, *area, height)
    return Shown(read_picture(picture), read_picture(bare), snapshot["documents"][0], snapshot["strings"])


def show_picture(tab: Tab, html: str, *, width: int, height: int = VIEW_HEIGHT, seconds: float) -> Picture:
    """Show a page and return its picture alone; see `show`."""
    with _loaded(tab, html, (width, height), seconds):
        data = _capture(tab, width, _height(tab, height), height)
    return read_picture(data)


@contextmanager
def _loaded(tab: Tab, html: str, window: tuple[int, int], seconds: float) -> Iterator[str]:
    """Have the page in the tab, its animations at their end; yields the style sheet that says so."""
    tab.browser.deadline = time.monotonic() + seconds
    tab.load(html, *window)
    sheet = tab.call("CSS.createStyleSheet", frameId=tab.frame)["styleSheetId"]
    _set_style(tab, sheet, _STILL)
    yield sheet
    tab.leave()


def _height(tab: Tab, least: int) -> int:
    size = tab.call("Page.getLayoutMetrics")["cssContentSize"]
    return min(max(round(float(size["height"])), least), MAX_HEIGHT)


def _set_style(tab: Tab, sheet: str, rules: str) -> None:
    tab.call("CSS.setStyleSheetText", styleSheetId=sheet, text=f"@layer{{{rules}}}")


def _capture(tab: Tab, width: int, height: int, view_height: int) -> bytes:
    """Return the top of the page as a PNG file; view_height: of the window."""
    area = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
    options = {"format": "png", "captureBeyondViewport": height > view_height, "optimizeForSpeed": True}
    return base64.b64decode(tab.call("Page.captureScreenshot", clip=area, **options)["data"])


def read_picture(data: bytes) -> Picture:
    """Decode an image file; raises OSError or ValueError when it is none."""
    from PIL import Image

    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image if image.mode == "RGB" else image.convert("RGB"))
