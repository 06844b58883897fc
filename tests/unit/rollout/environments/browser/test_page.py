"""Pages of one browser: what one does holds up no other, and time stands still in them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import pytest

from rewards.sandbox.browser import BrowserFault, BrowserGone, BrowserSlow
from rollout.environments.browser.gestures import Hands
from rollout.environments.browser.page import Page, ours
from rollout.environments.browser.shared import shared_browser
from rollout.environments.protocol import EnvironmentFault

pytestmark = pytest.mark.usefixtures("chromium")
PATIENCE_S = 60.0
Open = Callable[[str], Page]


@pytest.fixture
def opened() -> Iterator[Open]:
    """A function that opens a page with this in its body."""
    with ExitStack() as pages:

        def open_page(body: str) -> Page:
            def serve(address: str) -> tuple[str, bytes] | None:
                return ("text/html", body.encode()) if address == "http://a.invalid/" else None

            until = time.monotonic() + PATIENCE_S
            page = Page(shared_browser(), serve, size=(200, 100), scale=1.0, until=until)
            pages.enter_context(closing(page))
            page.load("http://a.invalid/")
            return page

        yield open_page


def test_a_page_is_evaluated_and_pictured(opened: Open) -> None:
    page = opened("<body style='background:red'>words")
    assert page.evaluate("document.body.textContent") == "words"
    assert page.picture().startswith(b"\x89PNG")
    with pytest.raises(BrowserFault, match="nothing is not defined"):
        page.evaluate("nothing")


def test_no_request_leaves(opened: Open) -> None:
    page = opened("<script>var told='';fetch('http://127.0.0.1:9/').catch(e => { told = String(e); })</script>")
    assert "Failed to fetch" in page.evaluate("__settle().then(() => told)")


def test_one_that_loops_for_ever_holds_up_no_other(opened: Open) -> None:
    hangs, other = opened("<p>one"), opened("<p>two")
    hangs.until = time.monotonic() + 0.5
    with pytest.raises(BrowserSlow):
        hangs.evaluate("(() => { while (true) {} })()")
    assert other.evaluate("1 + 1") == 2
    hangs.close()
    assert opened("<p>three").evaluate("document.body.textContent") == "three"


def test_a_dialog_is_accepted(opened: Open) -> None:
    page = opened("<p>one")
    assert page.evaluate("alert('look'), 3") == 3
    assert page.dialogs == ["look"]


def test_a_crash_is_told_at_once(opened: Open) -> None:
    page = opened("<p>one")
    crash = page.send("Page.crash")
    with pytest.raises(BrowserGone, match="crash"):
        page.wait_for([crash], "crashing")


def test_a_browser_that_is_killed_is_replaced(opened: Open) -> None:
    page, browser = opened("<p>one"), shared_browser()
    browser._browser.let_go()
    with pytest.raises(EnvironmentFault, match="ended"), ours():
        page.evaluate("new Promise(() => 0)")
    assert opened("<p>two").evaluate("1") == 1 and shared_browser() is not browser


def test_time_passes_only_when_it_is_told_to(opened: Open) -> None:
    page = opened(
        "<script>var told=[]; var start=Date.now(); setTimeout(() => told.push('late'), 1000);"
        "setInterval(() => told.push(Date.now() - start), 300);"
        "requestAnimationFrame(() => told.push('frame'))</script>"
    )
    assert page.evaluate("__settle().then(() => told)") == []
    assert page.evaluate("__advance(700), told") == ["frame", 300, 600]
    assert page.evaluate("__advance(300), told") == ["frame", 300, 600, 900, "late"]
    assert page.evaluate("Date.now() - start") == 1000 and page.evaluate("new Date() - start") == 1000


def test_gestures_make_the_events_that_hands_make(opened: Open) -> None:
    page = opened(
        "<body style='margin:0'><input id=a style='position:absolute;left:0;top:0;width:90px;height:20px'>"
        "<div style='position:absolute;left:100px;top:0;width:100px;height:100px' id=b></div><script>var told=[];"
        "for (const kind of ['click','dblclick','contextmenu','mousedown','mouseup','wheel','mouseenter'])"
        " b.addEventListener(kind, e => told.push([kind, e.clientX, e.clientY]));"
        "a.addEventListener('keydown', e => told.push(e.key))</script>"
    )
    hands = Hands(page)
    told = "(() => { const all = told.map(one => [one].flat()[0]); told = []; return all; })()"
    hands.click((0.75, 0.5))
    assert page.evaluate("told").count(["click", 150, 50]) == 1
    assert page.evaluate(told) == ["mouseenter", "mousedown", "mouseup", "click"]
    hands.click((0.75, 0.5), count=2)
    assert page.evaluate(told)[-1] == "dblclick"
    hands.click((0.75, 0.5), button="right")
    assert "contextmenu" in page.evaluate(told)
    hands.drag((0.6, 0.5), (0.9, 0.5))
    assert page.evaluate("told").count(["mouseup", 180, 50]) == 1
    page.evaluate(told)
    hands.scroll((0.75, 0.5), "down", 2)
    assert "wheel" in page.evaluate(told)
    hands.click((0.2, 0.1))
    hands.type("añB\t")
    assert page.evaluate("a.value") == "añB" and page.evaluate(told) == ["a", "B", "Tab"]


def test_the_clipboard_is_the_page_s_own(opened: Open) -> None:
    first, second = (opened("<input id=a value=words><input id=b>") for _ in range(2))
    hands, others = Hands(first), Hands(second)
    first.evaluate("a.focus()")
    assert hands.press("ctrl+a") and hands.press("ctrl+c")
    for page, own in ((first, hands), (second, others)):
        page.evaluate("b.focus()")
        own.press("Control+V")
    assert (first.evaluate("b.value"), second.evaluate("b.value")) == ("words", "")
    assert not hands.press("ctrl+nothing")
    first.evaluate("a.focus()")
    assert hands.press("ctrl+a") and hands.press("Backspace") and first.evaluate("a.value") == ""
