"""The verifier `webpage` in a real Chromium: what pays, what damage costs, and what hostile pages get."""

from __future__ import annotations

import base64
import contextlib
import io
import os
import re
import signal
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from browsers import still_running
from hypothesis import given, settings
from hypothesis import strategies as st

from rewards import Scorer
from rewards.sandbox.browser import WALLS, find_program, start_browser
from rewards.verifiers.webpages import pages as webpage_pages
from rewards.verifiers.webpages.blocks import text_blocks
from rewards.verifiers.webpages.render import show
from rewards.verifiers.webpages.webpage import check_webpage_gold, html_in, webpage
from rlcs.config.schema import FormatConfig, RewardConfig, ScoringConfig
from rlcs.errors import UserError
from rlcs.records import Status, Verdict

PAGE = """<!doctype html><html><head><style>
body{margin:0;font:16px sans-serif;color:#222} nav{background:#234;color:#fff;padding:16px 40px;display:flex;gap:24px}
.hero{background:#f5d76e;padding:40px} h1{font-size:40px} .card{border:1px solid #ddd;margin:20px;padding:20px}
h3{color:#2980b9} @keyframes turn{to{transform:rotate(360deg)}} i{display:block;width:20px;height:20px;background:#09f;
animation:turn 1s linear infinite}</style></head><body><nav><b>Lantern</b><a>Home</a><a>About us</a></nav>
<div class="hero"><h1>Light for every evening</h1><p>Made by hand from paper, copper and <em>glass</em>.</p></div>
<div class="card"><img src="a.jpg"><h3>Paper</h3><p>Folded from a single sheet of mulberry paper.</p></div>
<div class="card"><h3>Copper</h3><p>Hammered by hand until it rings like a bell.</p></div><i></i></body></html>"""
SMALL = "<body style='margin:20px;font:16px sans-serif'><h1>Title</h1><p>some words of text</p></body>"
USE_BOMB = "<svg><g id=a0><rect/></g>" + "".join(
    f"<g id=a{n}>" + f'<use href="#a{n - 1}"/>' * 10 + "</g>" for n in range(1, 9)
)


Browsers = Callable[[], list[psutil.Process]]
pytestmark = pytest.mark.usefixtures("chromium")


def judge(answer: str, gold: Any = PAGE, *, seconds: float = 30.0, walls: Any = "best") -> Verdict:
    found = webpage(answer, gold, seconds=seconds, walls=walls)
    assert isinstance(found, Verdict)
    return found


def score(answer: str, gold: Any = PAGE) -> float:
    found = judge(answer, gold)
    assert found.score is not None, found.message
    return found.score


@pytest.fixture(scope="module")
def screenshot() -> bytes:
    """The page as a picture."""
    from PIL import Image

    shown = webpage_pages.in_browser("", "best", lambda tab: show(tab, PAGE, width=1280, seconds=30.0))
    stream = io.BytesIO()
    Image.fromarray(shown.picture).save(stream, format="PNG")
    return stream.getvalue()


def test_the_page_itself_is_right_and_says_so_in_every_part() -> None:
    found = judge(f"Here it is:\n```html\n{PAGE}\n```\nDone.")
    assert (found.score, found.status) == (1.0, Status.CORRECT)
    parts = {"blocks": 1.0, "text": 1.0, "position": 1.0, "colour": 1.0, "picture": 1.0}
    assert found.components == pytest.approx(parts)


def test_other_markup_for_the_same_picture_is_as_good() -> None:
    style = ".t{color:#2980b9;font-weight:bold;font-size:1.17em;margin:1em 0} span{font-style:italic}"
    page = PAGE.replace("h3{color:#2980b9}", style).replace("<h3>", "<div class=t>").replace("</h3>", "</div>")
    assert score(page.replace("<em>glass</em>", "<span>glass</span>")) > 0.99


def test_more_damage_pays_less() -> None:
    damage = [
        lambda page: page.replace("#234", "#f0f"),
        lambda page: re.sub(r'<div class="card"><h3>Copper.*?</div>', "", page),
        lambda page: page.replace("color:#222", "color:#d22"),
        lambda page: page.replace("evening", "morning"),
        lambda page: re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL),
        lambda page: re.sub(r"<h1>.*?</h1>", "", page),
    ]
    pages = [PAGE]
    for one in damage:
        pages.append(one(pages[-1]))
    found = [score(page) for page in pages]
    assert found == sorted(found, reverse=True) and len(set(found)) == len(found)
    assert found[-1] < 0.5


@pytest.mark.parametrize(
    ("page", "most"),
    [
        ("<html><body></body></html>", 0.0),
        ("<h1>Paper</h1>", 0.05),
        (PAGE.replace("<body>", "<body style='opacity:0.02'>"), 0.0),
        (PAGE.replace("</body>", "<p>lorem ipsum dolor sit</p>" * 200), 0.2),
        (re.sub(r">([^<\n]+)<", lambda text: f">{text[1][::-1]}<", PAGE), 0.1),
    ],
    ids=["blank", "one right word", "all but transparent", "stuffed with text", "words reversed"],
)
def test_little_or_too_much_pays_little(page: str, most: float) -> None:
    assert score(page) <= most


def test_blocks_are_what_a_person_reads_as_one() -> None:
    page = (
        "<p>x<sup>2</sup> and <b>bold</b> 🏮 end<br>next line</p><ul><li>one<li>two</ul><a>A</a> <a>B</a>"
        "<a style='margin-left:40px'>C</a><pre>first\nsecond</pre><input value='typed'><input placeholder='hint'>"
        "<input type=checkbox checked><button>Press</button><svg><text y=20>drawn</text></svg><img alt='unseen'>"
    )
    shown = webpage_pages.in_browser("", "best", lambda tab: show(tab, page, width=800, seconds=30.0))
    texts = [block.text for block in text_blocks(shown)]
    assert texts == [
        *("x2 and bold 🏮 end", "next line", "one", "two", "A B", "C", "first", "second"),
        *("typed", "hint", "Press", "drawn"),
    ]


HIDDEN = {
    "opacity": "opacity:0",
    "nested opacity": "opacity:0.05",
    "colour of its ground": "color:#fff",
    "nearly": "color:#fafafa",
    "transparent": "color:transparent",
    "size": "font-size:0",
    "tiny": "font-size:2px",
    "off the page": "position:absolute;left:-9999px",
    "clipped": "clip-path:inset(100%)",
    "no height": "height:0;overflow:hidden",
    "invisible": "visibility:hidden",
    "gone": "display:none",
    "scaled": "transform:scale(0)",
    "filtered": "filter:opacity(0)",
    "important": "color:transparent!important",
    "under": "position:absolute;z-index:-1;top:20px;left:20px",
}


@pytest.mark.parametrize("style", HIDDEN.values(), ids=HIDDEN)
def test_hidden_text_is_no_text(style: str) -> None:
    cover = "<div style='position:relative;background:#fff;height:200px'></div>"
    page = f"<body style='background:#fff'><p style='{style}'>Title some words of text</p>{cover}</body>"
    assert score(page, SMALL) == 0.0


def test_a_picture_of_the_page_is_no_page(screenshot: bytes, tmp_path: Path) -> None:
    path = tmp_path / "gold.png"
    path.write_bytes(screenshot)
    data = f"data:image/png;base64,{base64.b64encode(screenshot).decode()}"
    for page in (f"<img src='{data}'>", f"<body style='background:url({data})'><p> </p>", f"<img src='file://{path}'>"):
        assert score(page) == 0.0
        assert score(page, screenshot) < 0.05


def test_a_screenshot_alone_is_compared_region_by_region(screenshot: bytes, tmp_path: Path) -> None:
    path = tmp_path / "gold.png"
    path.write_bytes(screenshot)
    assert score(PAGE, screenshot) > 0.99
    assert score(PAGE, {"screenshot": str(path)}) > 0.99
    worse = PAGE.replace("color:#222", "color:#d22").replace("Folded from", "Torn off")
    assert score("<h1>Paper</h1>", screenshot) < 0.1 < score(worse, screenshot) < 0.95
    assert score("<html><body></body></html>", screenshot) == 0.0


@pytest.mark.parametrize("walls", WALLS)
def test_no_request_leaves_and_no_file_is_read(walls: str, tmp_path: Path) -> None:
    """One listener on loopback, and every way that a page has to ask for something."""
    heard: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=lambda: heard.append(listener.accept()[0].recv(99)), daemon=True).start()
    there = f"http://127.0.0.1:{listener.getsockname()[1]}"
    secret = tmp_path / "secret.html"
    secret.write_text("<h1>Title</h1>")
    links = "".join(
        f"<link rel={kind} href='{there}/{kind}'>"
        for kind in ("preconnect", "dns-prefetch", "prefetch", "prerender", "preload", "stylesheet", "icon", "manifest")
    )
    page = (
        f"<meta http-equiv=refresh content='0;url={there}/refresh'>{links}<style>@import url({there}/i.css);"
        f"@font-face{{font-family:f;src:url({there}/f)}}body{{font-family:f;background:url({there}/b)}}</style>"
        f"<img src='{there}/i'><iframe src='{there}/fr'></iframe><object data='{there}/o'></object>"
        f"<embed src='{there}/e'><video src='{there}/v' autoplay></video><script src='{there}/s'></script>"
        f"<script>fetch('{there}/x')</script><svg><image href='{there}/svg'/></svg>"
        f"<iframe src='file://{secret}'></iframe><object data='file://{secret}'></object><p>some words of text</p>"
    )
    try:
        found = judge(page, SMALL, walls=walls)
    finally:
        listener.close()
        webpage_pages.close_browsers()
    if found.score is None:
        pytest.skip(found.message)
    assert heard == []
    assert 0.0 < found.score < 0.4, "the paragraph is seen, the secret is not"


def test_scripts_do_not_run() -> None:
    """They would end in an endless loop, or write what is asked for."""
    writing = "<p></p><script>document.body.innerHTML='<h1>Title</h1><p>some words of text</p>'</script>"
    assert score(writing, SMALL) == 0.0
    assert score(f"<body onload='while(1){{}}'>{SMALL}<script>while(1){{}}</script>", SMALL) == 1.0


@pytest.mark.parametrize(
    "page",
    [
        USE_BOMB,
        "<div style='width:5000px;height:5000px;position:absolute;filter:blur(500px);background:red'>a</div>" * 400,
    ],
    ids=["a bomb of copies", "blurred"],
)
def test_a_page_that_takes_for_ever_costs_its_time_and_a_browser(page: str) -> None:
    before = webpage_pages.in_browser("", "best", lambda tab: tab.browser.pid)
    start = time.monotonic()
    found = judge(page, SMALL, seconds=3.0)
    assert (found.score, found.status) == (0.0, Status.TIMEOUT)
    assert time.monotonic() - start < 15.0
    assert not psutil.pid_exists(before)
    assert judge(SMALL, SMALL).score == 1.0


@pytest.mark.parametrize(
    "page",
    [
        "<div style='height:1e9px;width:1e9px;background:linear-gradient(red,blue)'></div>" + SMALL,
        "<canvas width=60000 height=60000></canvas>" * 50 + SMALL,
        "<iframe src='chrome://crash'></iframe><meta http-equiv=refresh content='0;url=chrome://kill'>" + SMALL,
        "\x00\ud800<p>\ufffe" + SMALL,
        "<b>" + "a " * 100_000,
        "<template shadowrootmode=closed>" * 300 + SMALL,
        "<p style='transform:scale(1e30) translate(1e30px)'>a</p><p style='margin-left:-1e38px;zoom:1e9'>b</p>" + SMALL,
        "<p style='opacity:1e-40;line-height:1e30;font-size:1e30px'>a</p><p style='opacity:calc(infinity)'>b</p>",
        "&#xd83d;&#xdc4d;<style>p::before{content:'\\d83d \\1f44d'} p::first-letter{color:red}</style><p>👍</p>"
        + SMALL,
        "<svg><text x='1e38' y='-1e38' font-size='1e38'>a</text><text textLength=1e30>b</text></svg>" + SMALL,
        "<frameset><frame src=x></frameset>",
        "<p style='position:fixed;inset:-1e9px;width:calc(NaN * 1px)'>a" + SMALL,
        "<plaintext>" + SMALL,
        "<input value='a' style='width:0;height:0;border:0;padding:0'><textarea rows=1e9 cols=1e9>a" + SMALL,
    ],
    ids=[
        *("huge", "canvases", "crash addresses", "no characters", "long", "shadows", "far away", "beyond opaque"),
        *("half characters", "drawn far away", "frames", "no numbers", "plain text", "no size"),
    ],
)
def test_what_is_odd_gets_a_verdict(page: str) -> None:
    """With the answer judged, and as the gold page: then it is called bad, or judged."""
    assert judge(page, SMALL).score is not None
    assert judge(SMALL, page).status is not Status.INTERNAL_ERROR


def test_a_hundred_megabytes_are_refused_before_any_browser() -> None:
    found = html_in("<p>" + "a" * 100_000_000)
    assert isinstance(found, Verdict) and found.status is Status.OVER_LIMIT


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("text\n```html\n<p>1</p>\n```\n```\n<p>2</p>\n```\nend", "<p>2</p>"),
        ("Sure: <!DOCTYPE html><p>1</p></html> That is it.", "<!DOCTYPE html><p>1</p></html>"),
        ("```html\n<html><p>never closed", "<html><p>never closed"),
        ("```python\nprint()\n```", Status.INVALID_ANSWER),
        ("I cannot", Status.NO_ANSWER),
        ("```html\n\n```", Status.NO_ANSWER),
    ],
)
def test_the_page_is_found_in_an_answer(answer: str, expected: str | Status) -> None:
    found = html_in(answer)
    assert (found.status if isinstance(found, Verdict) else found) == expected


def test_a_browser_that_died_is_replaced_without_a_loss(browsers: Browsers) -> None:
    webpage_pages.in_browser("", "best", lambda tab: tab.browser.pid)
    assert browsers()
    for process in browsers():
        with contextlib.suppress(ProcessLookupError):  # one ends by itself when another is gone
            os.kill(process.pid, signal.SIGKILL)
    assert judge(SMALL.replace("20px", "21px"), SMALL).score == pytest.approx(1.0, abs=0.05)


def test_in_a_worker_that_is_killed_nothing_is_left(browsers: Browsers) -> None:
    """With its own time longer than the deadline, the worker is killed with the browser running."""
    webpage_pages.close_browsers()
    layout = FormatConfig(box="none")
    config = RewardConfig(verifier="webpage", params={"seconds": 60.0}, format=layout, timeout_s=60.0)
    short = RewardConfig(verifier="webpage", params={"seconds": 60.0}, format=layout, timeout_s=4.0)
    with Scorer({"web": config, "short": short}, {"web": "web", "short": "short"}, ScoringConfig()) as scorer:
        assert scorer.score_one(PAGE.replace("</html>", ""), PAGE, source="web").score == 1.0
        started = {process.pid for process in browsers()}
        assert scorer.score_one(USE_BOMB, PAGE, source="short").status is Status.TIMEOUT
        assert scorer.score_one("<h1>Paper</h1>", PAGE, source="web").score is not None
        assert started.isdisjoint(process.pid for process in browsers())
    assert still_running() == []


@pytest.mark.parametrize(
    ("gold", "told"),
    [
        ("/nowhere/page.png", "cannot read the screenshot"),
        ("some words", "neither HTML nor the path"),
        ({"html": 3}, "must be the text of a page"),
        ({"picture": "a.png"}, "expected HTML, or a screenshot"),
        ("data:image/png;base64,%%", "is broken"),
    ],
)
def test_a_gold_of_no_use_is_told(gold: Any, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        check_webpage_gold(gold)


def test_what_is_no_picture_is_a_bad_gold() -> None:
    found = judge(SMALL, b"no picture")
    assert (found.score, found.status) == (None, Status.BAD_GOLD)


def test_without_chromium_it_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match="needs Chromium, and 'nowhere' is no program"):
        check_webpage_gold(SMALL, browser="nowhere")
    found = webpage(SMALL, SMALL, browser="nowhere")
    assert isinstance(found, Verdict) and found.score is None and "needs Chromium" in found.message
    monkeypatch.setenv("PATH", "/nowhere")
    find_program.cache_clear()
    with pytest.raises(UserError, match="apt-get install chromium"):
        find_program()
    find_program.cache_clear()


def test_a_program_that_is_no_browser_is_told() -> None:
    with pytest.raises(UserError, match="Chromium does not start"):
        start_browser("false", "page")


def test_tables_nested_without_end_earn_nothing_in_time_or_not() -> None:
    assert judge("<table><tr><td>" * 5000, SMALL, seconds=3.0).score == 0.0


PIECES = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        ["<p>words</p>", "<table><tr><td>", "</body>", "\\frac{1}{2}", '{"a": [1, 2}', "<!--", "&#x202e;",
         "<style>*{all:unset", "<img src=x onerror=alert(1)>", "<svg><foreignObject>", "```html", "\x00"]
    ),
)  # fmt: skip


@settings(max_examples=12)
@given(st.lists(PIECES, max_size=8).map("".join))
def test_whatever_the_answer_is_a_verdict_comes_back(answer: str) -> None:
    found = judge(answer, SMALL)
    assert found.score is not None and 0.0 <= found.score <= 1.0
