"""The tab in which page after page is shown: what one page does is not seen in the next."""

from __future__ import annotations

import numpy as np
import psutil
import pytest

from rewards.verifiers.webpages import pages as webpage_pages
from rewards.verifiers.webpages.pages import in_browser
from rewards.verifiers.webpages.render import Shown, show
from rewards.verifiers.webpages.tab import ADDRESS, Tab

pytestmark = pytest.mark.usefixtures("chromium")

NEXT = (
    "<style>@view-transition{navigation:auto} a:visited{color:red;background:red} p{font-family:theirs,sans-serif}"
    "ol{list-style:theirs} i{color:var(--theirs,green)}</style><h1>Next page</h1><p>words in a font"
    f"<ol><li>one</ol><a href='{ADDRESS}'>link</a> <i>green</i> <input> <input type=checkbox><img src='http://a/b.png'>"
)
TRACES = {
    "an old picture that stays": "<style>@view-transition{navigation:auto}::view-transition-group(root),"
    "::view-transition-old(root){animation-duration:1000s!important;animation-fill-mode:both}"
    "::view-transition-new(root){display:none}</style><h1>Next page</h1><p style='background:blue'>old",
    "a font": "<style>@font-face{font-family:theirs;src:local('DejaVu Serif'),local(serif)}</style><p>font</p>",
    "names": "<style>@counter-style theirs{system:cyclic;symbols:'X';suffix:' '}"
    "@property --theirs{syntax:'<color>';inherits:true;initial-value:red}</style><p>names</p>",
    "fields": "<form><input value=typed autofocus><input type=checkbox checked></form>",
    "size": "<meta name=viewport content='width=300,initial-scale=3'><style>html{zoom:3}</style><p>large</p>",
    "dark": "<meta name=color-scheme content=dark><style>:root{color-scheme:dark}</style><p>dark</p>",
    "far down": "<body style='height:20000px'><p id=end style='margin-top:19000px'>end</p>",
    "never still": "<svg><rect width=90 height=90><animate attributeName=x to=900 dur=1s repeatCount=indefinite />"
    "</svg><marquee>moving</marquee>",
    "cookies": "<meta http-equiv=set-cookie content='a=b'><img src='http://a/b.png'><link rel=prefetch href=/c>",
}


def shown(page: str, *, width: int = 800) -> Shown:
    return in_browser("", "best", lambda tab: show(tab, page, width=width, seconds=30.0))


@pytest.fixture(scope="module")
def alone() -> Shown:
    """The next page, shown by a browser that has shown nothing before."""
    webpage_pages.close_browsers()
    return shown(NEXT)


@pytest.mark.parametrize("before", TRACES.values(), ids=TRACES)
def test_a_page_is_shown_as_if_it_were_the_first(before: str, alone: Shown) -> None:
    shown(before)
    after = shown(NEXT)
    assert np.array_equal(after.picture, alone.picture) and np.array_equal(after.bare, alone.bare)
    assert after.document["layout"]["bounds"] == alone.document["layout"]["bounds"]


def test_each_width_is_the_window_s() -> None:
    assert [shown("<p>words</p>", width=width).picture.shape[1] for width in (800, 300, 800)] == [800, 300, 800]


def test_each_page_has_a_process_of_its_own() -> None:
    def renderers(tab: Tab) -> set[int]:
        show(tab, "<p>words</p>", width=800, seconds=30.0)
        processes = tab.browser.call("SystemInfo.getProcessInfo")["processInfo"]
        return {process["id"] for process in processes if process["type"] == "renderer"}

    first, second, third = (in_browser("", "best", renderers) for _ in range(3))
    assert second - first and third - second - first


def test_nothing_of_a_page_is_left_in_the_tab() -> None:
    def text(tab: Tab) -> str:
        show(tab, "<p>words</p>", width=800, seconds=30.0)
        root = tab.call("DOM.getDocument")["root"]["nodeId"]
        return str(tab.call("DOM.getOuterHTML", nodeId=root)["outerHTML"])

    assert in_browser("", "best", text) == "<html><head></head><body></body></html>"


def test_a_page_that_cannot_be_left_costs_the_browser_and_not_its_verdict() -> None:
    def work(tab: Tab) -> int:
        show(tab, "<p>words</p>", width=800, seconds=30.0)
        tab.frame = "none such"
        tab.leave()
        return tab.browser.pid

    launcher = in_browser("", "best", work)
    assert not psutil.pid_exists(launcher)
    assert shown("<p>words</p>").picture.shape[1] == 800


def test_what_the_browser_itself_moves_stands_still() -> None:
    page = "<progress></progress><progress style='width:90%'></progress><video controls style='width:300px'></video>"
    first = shown(page)
    assert all(np.array_equal(shown(page).picture, first.picture) for _ in range(3))
