"""The verifier `webpage`: does the HTML that the model wrote look like the page it was shown?"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, Literal

from rewards.registry import reward
from rewards.running.call import as_verdict
from rewards.sandbox.browser import BrowserFault, BrowserSlow, TooMuch, find_program
from rewards.verifiers.webpages.gold import HEIGHTS, MAX_SOURCE, WIDTHS, WebGold, read_gold
from rewards.verifiers.webpages.render import VIEW_HEIGHT
from rewards.verifiers.webpages.spelling import one_spelling
from rlcs.errors import UserError
from rlcs.records import Status, Verdict

Walls = Literal["best", "spaces", "browser", "page"]

FENCE = "```"
LANGUAGES = frozenset({"", "html", "htm", "xhtml"})
_UNREADABLE = (ArithmeticError, LookupError, TypeError, ValueError)
"""What strange sizes and texts of a page raise on the way to a score: the page's fault, not ours."""
_START = re.compile(r"<!doctype\b|<html\b", re.IGNORECASE)
_TAG = re.compile(r"<[a-z!]", re.IGNORECASE)


def check_webpage_gold(
    gold: Any, *, width: int = 1280, height: int = VIEW_HEIGHT, seconds: float = 8.0, browser: str = ""
) -> str | None:
    """Return what is wrong with a gold page or screenshot, or None; UserError where there is no Chromium."""
    find_program(browser)
    if not WIDTHS[0] <= width <= WIDTHS[1]:
        return f"width is {width}; expected {WIDTHS[0]} to {WIDTHS[1]} pixels"
    if not HEIGHTS[0] <= height <= HEIGHTS[1]:
        return f"height is {height}; expected {HEIGHTS[0]} to {HEIGHTS[1]} pixels"
    if seconds <= 0:
        return f"seconds is {seconds:g}; expected more than 0"
    read_gold(gold)
    return None


def same_webpage(answer: str) -> str:
    """Return the page in an answer in one spelling: answers that are alike in it look alike.

    An answer that is refused is alike to no page, whatever it says.
    """
    html = html_in(answer)
    return f"none:{answer}" if isinstance(html, Verdict) else f"page:{one_spelling(html)}"


def quick_webpage(answer: str, gold: Any) -> Verdict | None:
    """Refuse what is no page, without a browser."""
    html = html_in(answer)
    return html if isinstance(html, Verdict) else None


@reward(
    "webpage",
    domains=["webpage"],
    box="none",
    timeout_s=45.0,
    runs="worker",
    quick=quick_webpage,
    check_gold=check_webpage_gold,
    preload=("PIL.Image", "rapidfuzz.process", "scipy.ndimage", "scipy.optimize", "skimage.color"),
    gold_is_answer=False,
    same=same_webpage,
)
def webpage(
    answer: str,
    gold: Any,
    *,
    width: int = 1280,
    height: int = VIEW_HEIGHT,
    seconds: float = 8.0,
    walls: Walls = "best",
    browser: str = "",
) -> float | Verdict:
    """A web page from its picture: the HTML is shown in Chromium and compared by blocks of text, place and colour.

    The gold is the HTML of the page (its text is compared), or a screenshot (regions of both pictures are). width,
    height: of the window, in pixels; with a screenshot, its own width. A page that is lower than the window is shown
    as high as that. seconds: for showing the answer; with 15 for the gold page and 20
    for the start of a browser it should be below the reward's timeout_s. walls: what the browser runs behind: `spaces`
    (Linux namespaces: no network), `browser` (its own sandbox), `page` (only that no script runs and no request
    leaves), or `best`, the first that works here. browser: path of Chromium or Chrome; without, the first on the PATH.
    """
    html = html_in(answer)
    if isinstance(html, Verdict):
        return html
    try:
        return _judge(html, read_gold(gold), (browser, walls, width, height), seconds)
    except UserError as error:
        return Verdict(score=None, status=Status.INTERNAL_ERROR, message=str(error)[:200])


def html_in(answer: str) -> str | Verdict:
    """Return the page in an answer: the last fenced block, else the text itself; a verdict where there is none."""
    block = _last_block(answer.split("\n"))
    if isinstance(block, Verdict):
        return block
    html = block if block is not None else _bare_page(answer)
    if len(html) > MAX_SOURCE:
        return Verdict(score=0.0, status=Status.OVER_LIMIT, message=f"a page longer than {MAX_SOURCE} characters")
    if not _TAG.search(html):
        return Verdict(score=0.0, status=Status.NO_ANSWER, message="no HTML")
    return html


def _last_block(lines: list[str]) -> str | Verdict | None:
    """Return the last closed fenced block; None without one, a verdict where it is in another language."""
    opened: int | None = None
    last: tuple[int, int] | None = None
    for number, line in enumerate(lines):
        if opened is None and line.lstrip().startswith(FENCE):
            opened = number
        elif opened is not None and line.strip() == FENCE:
            last = opened, number
            opened = None
    if last is None:
        return None
    language = lines[last[0]].strip().strip("`").split(" ")[0].lower()
    if language not in LANGUAGES:
        return Verdict(score=0.0, status=Status.INVALID_ANSWER, message=f"the code is {language[:20]!r}, not HTML")
    return "\n".join(lines[last[0] + 1 : last[1]])


def _bare_page(text: str) -> str:
    """Return a page without fences, less what is said before and after it."""
    start = _START.search(text)
    end = text.lower().rfind("</html>")
    page = text[start.start() if start else 0 : end + len("</html>") if end >= 0 else None]
    return page or text


def _judge(html: str, gold: WebGold, window: tuple[str, str, int, int], seconds: float) -> Verdict:
    from rewards.verifiers.webpages.compare import compare
    from rewards.verifiers.webpages.pages import Frame, answer_page, gold_page

    frame = Frame(*window)
    try:
        wanted = gold_page(gold, frame)
    except (BrowserFault, *_UNREADABLE) as error:
        return Verdict(score=None, status=Status.BAD_GOLD, message=f"the gold page: {error}"[:200])
    try:
        found = answer_page(html, gold, wanted, frame, seconds=seconds)
        score, parts = compare(found, wanted)
    except BrowserFault as fault:
        return Verdict(score=0.0, status=_status(fault), message=f"the page: {fault}"[:200])
    except _UNREADABLE as error:
        message = f"the page cannot be read: {type(error).__name__}: {error}"
        return Verdict(score=0.0, status=Status.INVALID_ANSWER, message=message[:200])
    return replace(as_verdict(score), components=parts)


def _status(fault: BrowserFault) -> Status:
    if isinstance(fault, BrowserSlow):
        return Status.TIMEOUT
    return Status.OVER_LIMIT if isinstance(fault, TooMuch) else Status.WORKER_DIED
