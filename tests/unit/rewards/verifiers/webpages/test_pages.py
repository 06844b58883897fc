"""Pages are shown once: the gold page for all answers to it, an answer however often it comes back."""

from __future__ import annotations

import pytest

from rewards.sandbox.browser import TooMuch
from rewards.verifiers.webpages import pages as webpage_pages
from rewards.verifiers.webpages.compare import Page
from rewards.verifiers.webpages.gold import WebGold
from rewards.verifiers.webpages.pages import KEPT, MAX_BLOCKS, Frame, answer_page, gold_page

pytestmark = pytest.mark.usefixtures("chromium")

GOLD = WebGold(html="<h1>A gold page</h1>\n<p>some words</p>")
FRAME = Frame(width=800)


def num_shown() -> int:
    """Pages that the browser of these tests has shown so far."""
    return webpage_pages.PAGES_PER_BROWSER - webpage_pages._kept["", "best"][1]


def answer(html: str, *, seconds: float = 30.0) -> Page:
    wanted = gold_page(GOLD, FRAME)
    return answer_page(html, GOLD, wanted, FRAME, seconds=seconds)


def test_what_was_shown_is_not_shown_again() -> None:
    answer("<p>first</p>")
    before = num_shown()
    pages = [answer(html) for html in ("<p>other</p>", "<p>first</p>", "\r\n <p>other</p>", "<p>other</p>")]
    assert num_shown() == before + 1
    assert [page.blocks[0].text for page in pages] == ["other", "first", "other", "other"]


def test_an_answer_that_is_the_gold_page_is_not_shown() -> None:
    wanted = gold_page(GOLD, FRAME)
    before = num_shown()
    for spelled in ((GOLD.html or "").replace("\n", "\r\n"), "<H1 >A  gold page</H1>\n\n<p>some words</P>"):
        assert answer(spelled) is wanted
    assert num_shown() == before


def test_a_page_is_as_high_as_its_window_or_higher() -> None:
    low, high = ("<p>word</p>" * number for number in (1, 20))
    window = Frame(width=224, height=112)
    pages = [gold_page(WebGold(html=html), window) for html in (low, high)]
    assert (pages[0].width, pages[0].height) == (224, 112)
    assert pages[1].height > 600


def test_what_is_remembered_is_bounded() -> None:
    answer("<p>first</p>")
    for number in range(KEPT):
        answer(f"<p>{number}</p>")
    before = num_shown()
    answer("<p>first</p>")
    assert num_shown() == before + 1


def test_too_many_blocks_are_refused_each_time_and_cost_no_browser() -> None:
    page = "<p>word</p>" * (MAX_BLOCKS + 1)
    style = "<style>p{float:left;margin:4px;font-size:10px}</style>"
    before = num_shown()
    for _ in range(2):
        with pytest.raises(TooMuch, match="more than 2000 blocks"):
            answer(style + page)
    assert num_shown() == before + 2
