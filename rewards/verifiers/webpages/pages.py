"""Pages ready to be compared, out of the one browser that a process keeps running."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TypeVar

from rewards.sandbox.browser import Browser, BrowserFault, BrowserSlow, TooMuch, start_browser
from rewards.verifiers.webpages.blocks import text_blocks
from rewards.verifiers.webpages.compare import Page, page_of
from rewards.verifiers.webpages.gold import WebGold, read_screenshot
from rewards.verifiers.webpages.regions import regions
from rewards.verifiers.webpages.render import show

Result = TypeVar("Result")

PAGES_PER_BROWSER = 500
GOLD_S = 15.0
"""For showing a gold page: nobody gains by a slow one, so it has time even on a busy machine."""
_kept: dict[tuple[str, str], tuple[Browser, int]] = {}
"""By program and walls: the browser, and how many pages it may still show."""


def in_browser(program: str, walls: str, work: Callable[[Browser], Result]) -> Result:
    """Call `work` with the browser; a fault ends it, and one that it may have died of before is tried again afresh."""
    try:
        return _once(program, walls, work)
    except (BrowserSlow, TooMuch):
        raise
    except BrowserFault:
        return _once(program, walls, work)


def _once(program: str, walls: str, work: Callable[[Browser], Result]) -> Result:
    key = program, walls
    browser, left = _kept.pop(key) if key in _kept else (start_browser(program, walls), PAGES_PER_BROWSER)
    is_well = False
    try:
        result = work(browser)
        is_well = left > 1
    finally:
        if is_well:
            _kept[key] = browser, left - 1
        else:
            browser.close()
    return result


def close_browsers() -> None:
    """End the browsers of this process now; they end with it anyway."""
    while _kept:
        _kept.popitem()[1][0].close()


@functools.lru_cache(maxsize=16)
def gold_page(gold: WebGold, *, program: str, walls: str, width: int) -> Page:
    """Return the gold page, shown once for all answers to it. Raises BrowserFault, or ValueError: no picture."""
    if gold.screenshot is not None:
        picture = read_screenshot(gold.screenshot)
        return page_of(picture, regions(picture), is_picture=True)
    html = gold.html or ""
    return in_browser(program, walls, lambda browser: _text_page(browser, html, width, GOLD_S))


def answer_page(html: str, gold: Page, *, program: str, walls: str, seconds: float) -> Page:
    """Return the answer's page, cut into the same kind of blocks as the gold page. Raises BrowserFault."""
    make = _picture_page if gold.is_picture else _text_page
    return in_browser(program, walls, lambda browser: make(browser, html, gold.width, seconds))


def _text_page(browser: Browser, html: str, width: int, seconds: float) -> Page:
    shown = show(browser, html, width=width, seconds=seconds)
    return page_of(shown.bare, text_blocks(shown), is_picture=False)


def _picture_page(browser: Browser, html: str, width: int, seconds: float) -> Page:
    shown = show(browser, html, width=width, seconds=seconds)
    return page_of(shown.picture, regions(shown.picture), is_picture=True)
