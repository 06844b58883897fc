"""Pages ready to be compared, out of the one browser that a process keeps running."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from rewards.sandbox.browser import BrowserFault, BrowserSlow, TooMuch, start_browser
from rewards.verifiers.webpages.blocks import text_blocks
from rewards.verifiers.webpages.compare import Page, page_of
from rewards.verifiers.webpages.gold import WebGold, read_screenshot
from rewards.verifiers.webpages.pixels import Picture
from rewards.verifiers.webpages.regions import regions
from rewards.verifiers.webpages.render import VIEW_HEIGHT, Shown, show, show_picture
from rewards.verifiers.webpages.spelling import one_spelling
from rewards.verifiers.webpages.tab import Tab, open_tab
from rlcs.errors import UserError

Result = TypeVar("Result")

PAGES_PER_BROWSER = 500
MAX_BLOCKS = 2000
GOLD_S = 15.0
"""For showing a gold page: nobody gains by a slow one, so it has time even on a busy machine."""
KEPT = 16
"""Pages of each kind, gold pages and answers, that a process remembers: at most 5 MB each, mostly 0.3."""
_kept: dict[tuple[str, str], tuple[Tab, int]] = {}
"""By program and walls: the tab of the browser, and how many pages it may still show."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Which browser shows pages, behind which walls, in a window of how many pixels."""

    program: str = ""
    walls: str = "best"
    width: int = 1280
    height: int = VIEW_HEIGHT

    def show(self, how: Callable[..., Result], html: str, *, seconds: float) -> Result:
        """Show a page by `show` or `show_picture`; raises BrowserFault."""
        work = functools.partial(how, html=html, width=self.width, height=self.height, seconds=seconds)
        return in_browser(self.program, self.walls, work)


def in_browser(program: str, walls: str, work: Callable[[Tab], Result]) -> Result:
    """Call `work` with the browser's tab; a fault ends the browser, and one that it may have died of before is tried
    again afresh.
    """
    try:
        return _once(program, walls, work)
    except (BrowserSlow, TooMuch):
        raise
    except BrowserFault:
        return _once(program, walls, work)


def _once(program: str, walls: str, work: Callable[[Tab], Result]) -> Result:
    key = program, walls
    tab, left = _kept.pop(key) if key in _kept else (_started(program, walls), PAGES_PER_BROWSER)
    is_well = False
    try:
        result = work(tab)
        is_well = tab.is_well and left > 1
    finally:
        if is_well:
            _kept[key] = tab, left - 1
        else:
            tab.browser.close()
    return result


def _started(program: str, walls: str) -> Tab:
    """Start a browser and open its tab; UserError where that fails, for no page has had a part in it."""
    browser = start_browser(program, walls)
    try:
        return open_tab(browser)
    except BrowserFault as fault:
        browser.close()
        raise UserError(f"Chromium starts, but opens no page: {fault}") from fault


def close_browsers() -> None:
    """End the browsers of this process now; they end with it anyway."""
    while _kept:
        _kept.popitem()[1][0].browser.close()


@functools.lru_cache(maxsize=KEPT)
def gold_page(gold: WebGold, frame: Frame) -> Page:
    """Return the gold page, shown once for all answers to it. Raises BrowserFault, or ValueError: no picture."""
    if gold.screenshot is not None:
        return _picture_page(read_screenshot(gold.screenshot))
    return _text_page(frame.show(show, one_spelling(gold.html or ""), seconds=GOLD_S))


def answer_page(html: str, gold: WebGold, wanted: Page, frame: Frame, *, seconds: float) -> Page:
    """Return the answer's page, cut into the same kind of blocks as the gold page `wanted`. Raises BrowserFault.

    An answer that is the gold page, or was shown a moment ago, is not shown again, in whatever spelling.
    """
    html = one_spelling(html)
    if gold.screenshot is None and html == one_spelling(gold.html or ""):
        return wanted
    return _shown_once(html, replace(frame, width=wanted.width), seconds, wanted.is_picture)


@functools.lru_cache(maxsize=KEPT)
def _shown_once(html: str, frame: Frame, seconds: float, is_picture: bool) -> Page:
    if is_picture:
        return _picture_page(frame.show(show_picture, html, seconds=seconds))
    page = _text_page(frame.show(show, html, seconds=seconds))
    if len(page.blocks) > MAX_BLOCKS:
        raise TooMuch(f"more than {MAX_BLOCKS} blocks")
    return page


def _text_page(shown: Shown) -> Page:
    return page_of(shown.bare, text_blocks(shown), is_picture=False)


def _picture_page(picture: Picture) -> Page:
    return page_of(picture, regions(picture), is_picture=True)
