"""Pages in one spelling: what is taken for the same looks the same in Chromium, and different pages stay different."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards import Scorer
from rewards.running.call import Call
from rewards.running.workers import WorkerCall
from rewards.verifiers.webpages.blocks import text_blocks
from rewards.verifiers.webpages.gold import MAX_SOURCE
from rewards.verifiers.webpages.pages import Frame
from rewards.verifiers.webpages.render import Shown, show
from rewards.verifiers.webpages.spelling import as_parsed, one_spelling
from rewards.verifiers.webpages.webpage import html_in, same_webpage
from rlcs.config.schema import FormatConfig, RewardConfig
from rlcs.records import Group, Verdict

SAME = [
    ("<P>a</P>", "<p>a</p>"),
    ("<p class='a'>a", '<p  CLASS="a" >a'),
    ("<hr color=red size=9>", "<hr color='red'\n size=\"9\"/>"),
    ("<body bgcolor=GOLD><p align=Center>a", '<body bgcolor="gold"><p align="center">a'),
    ("<p>a  b\n\tc</p>", "<p>a b c</p>"),
    ("\r\n <p>a\r\nb", "<p>a b"),
    ("<!DOCTYPE  HTML><p>a", "<!doctype html><p>a"),
    ("<style>p{white-space:pre}</style><P>a  b", "<style >p{white-space:pre}</style><p>a  b"),
    ("<p hidden>a", '<p hidden="">a'),
    ("<p\falign=X>a  b", '<p align="x">a b'),
    ("<a href=x/>a</a>", '<a href="x/">a</a>'),
]
DIFFERENT = [
    ("<pre>a  b</pre>", "<pre>a b</pre>"),
    ("<p style=white-space:pre>a  b", "<p style=white-space:pre>a b"),
    ("<p style='white-\\73pace:pre'>a  b", "<p style='white-\\73pace:pre'>a b"),
    ("<style>p{white-space:pre}</style><p>a  b", "<style>p{white-space:pre}</style><p>a b"),
    ("<textarea>a  b</textarea>", "<textarea>a b</textarea>"),
    ("<style>p[align=A]{color:red}</style><p align=A>a", "<style>p[align=A]{color:red}</style><p align=a>a"),
    ("<style>.A{color:red}</style><p class=A>a", "<style>.A{color:red}</style><p class=a>a"),
    ("<p>a b", "<p>ab"),
    ("<p>a</p>", "<p>A</p>"),
    ("<p>中\n文", "<p>中 文"),
    ("<p>&#x4e2d;\n&#x6587;", "<p>&#x4e2d; &#x6587;"),
    ("<svg><rect width=9 height=9 /><text y=20>a", "<svg><rect width=9 height=9><text y=20>a"),
    ("<plaintext><P>a", "<plaintext><p>a"),
    ("<xmp><P>a</xmp>", "<xmp><p>a</xmp>"),
    ("<title><P>a</title><p>b", "<title><p>a</title><p>b"),
    ("<!-- <P> --><p>a", "<!-- <p> --><p>a"),
    ("<hr color=red/>", "<hr color=red>"),
    ("<p>a<br>b", "<p>a b"),
    ("<p>a\fb</p>", "<p>a b</p>"),
    (
        "<ol><li align=X style='list-style-type:attr(align)'>a</ol>",
        "<ol><li align=x style='list-style-type:attr(align)'>a</ol>",
    ),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_spellings_of_one_page_become_one(one: str, other: str) -> None:
    assert one_spelling(one) == one_spelling(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_two_pages_stay_two(one: str, other: str) -> None:
    assert one_spelling(one) != one_spelling(other)


def test_a_refused_answer_is_alike_to_no_page() -> None:
    page = "<p hidden>" * (MAX_SOURCE // 10)
    refused = one_spelling(page)  # longer, and so refused where it is the answer
    assert isinstance(html_in(page), str) and isinstance(html_in(refused), Verdict)
    assert same_webpage(page) != same_webpage(refused)
    assert same_webpage("```html\n<p>a</p>\n```") == same_webpage("<P >a</P>")


def respelled(html: str, random: Random) -> str:
    """Write a page in another way, by chance."""
    pieces = html.replace(" ", "\x00").split("\x00")
    spaces = (" ", "  ", "\n", " \t\n", "\r\n")
    html = "".join(piece + random.choice(spaces) for piece in pieces[:-1]) + pieces[-1]
    for tag in ("h1", "p", "button", "hr", "body", "b", "td", "table", "bgcolor", "color"):
        if random.random() < 0.5:
            html = html.replace(f"<{tag}", f"<{tag.upper()}").replace(f"</{tag}>", f"</{tag.upper()} >")
            html = html.replace(f"{tag}=", f"{tag.title()} = ")
    return html


PAGES = [
    "<body bgcolor=gold><h1>Home and more</h1><hr color=blue size=28><p>some words <b>of text</b> that wrap around</p>",
    "<p>one </p> <p> two</p> <button> a  b </button> <button>c</button> words after",
    "<table border=1><tr><td bgcolor=pink width=60>a b</td> <td>c <b> d</b> e</td></tr></table> f",
    "<div style='display:inline-block;width:90px;background:#ddd'>x y z x y z x y z</div> <div style='color:red'>v w",
]


def shown(html: str) -> Shown:
    return Frame(width=224, height=112).show(show, html, seconds=30.0)


@pytest.mark.usefixtures("chromium")
@pytest.mark.parametrize("html", PAGES)
def test_what_becomes_one_looks_the_same_and_reads_the_same(html: str) -> None:
    spelled = respelled(html, Random(html))
    assert spelled != html and one_spelling(spelled) == one_spelling(html)
    found, wanted = shown(spelled), shown(one_spelling(html))
    assert np.array_equal(found.picture, wanted.picture) and np.array_equal(found.bare, wanted.bare)
    # Their boxes may hold a space before the text in one spelling and not in another.
    texts = [[block.text for block in text_blocks(one)] for one in (found, wanted)]
    assert texts[0] == texts[1]


@pytest.mark.usefixtures("chromium")
@pytest.mark.parametrize("html", [page for page, _ in DIFFERENT if page != one_spelling(page)])
def test_one_spelling_of_a_strange_page_looks_like_the_page(html: str) -> None:
    assert np.array_equal(shown(html).picture, shown(one_spelling(html)).picture)


@given(st.text("<>/=!-'\"& \n\tabpPsvgtyle", max_size=60))
def test_any_text_has_one_spelling_of_its_own(text: str) -> None:
    spelled = one_spelling(text)
    assert one_spelling(spelled) == spelled
    assert len(spelled) <= 2 * len(text) + 20


@pytest.mark.parametrize("text", ["<a" + " " * 200_000, "<a " * 60_000, "<a b='" * 40_000, "<p x" + "=" * 200_000])
def test_no_text_takes_long(text: str) -> None:
    # Searches that go back over it would take hours.
    assert one_spelling(text)


@pytest.mark.parametrize(
    ("html", "parsed"),
    [
        ("\r\n <p>a\r\nb\rc</p> \n", "<p>a\nb\nc</p> \n"),
        ("\xa0<p>a</p>", "\xa0<p>a</p>"),
        ("<pre>\n\n a</pre>", "<pre>\n\n a</pre>"),
    ],
    ids=["spaces and line ends", "a space that is shown", "spaces inside"],
)
def test_only_what_no_browser_sees_is_taken_away(html: str, parsed: str) -> None:
    assert as_parsed(html) == parsed


@pytest.mark.usefixtures("chromium")
def test_a_group_is_judged_once_for_each_page_in_whatever_spelling(
    make_group: Callable[..., Group], make_scorer: Callable[..., Scorer], monkeypatch: pytest.MonkeyPatch
) -> None:
    params = {"width": 224, "height": 112}
    scorer = make_scorer(default=RewardConfig(verifier="webpage", params=params, format=FormatConfig(box="none")))
    asked: list[str] = []
    submit = scorer.workers.submit

    def noted(call: Call, *, timeout_s: float) -> WorkerCall:
        asked.append(call.answer)
        return submit(call, timeout_s=timeout_s)

    monkeypatch.setattr(scorer.workers, "submit", noted)
    answers = ["<p>Mail</p>", "<P >Mail</P>", "<p>Shop</p>", "\n<p>Mail</p>", "<p class=''>Mail</p>", "none"]
    scorer.submit(make_group("<p>Mail</p>", answers))
    scores = [verdict.components["correctness"] for verdict in scorer.collect()[0].verdicts]
    assert asked == ["<p>Mail</p>", "<p>Shop</p>", "<p class=''>Mail</p>"]
    assert scores == [1.0, 1.0, 0.0, 1.0, 1.0, 0.0]
