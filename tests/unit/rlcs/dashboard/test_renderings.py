"""What the HTML of an answer looks like: pixels, whatever the page or the run folder says."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator

import pytest
from browsers import running, still_running
from PIL import Image

from rewards.sandbox.browser import Browser, start_browser
from rewards.verifiers.webpages import pages
from rlcs.dashboard.pictures import NoPicture, Picture
from rlcs.dashboard.renderings import rendering
from rlcs.errors import UserError

SMALL = {"width": 224, "height": 112}


@pytest.fixture(scope="module", autouse=True)
def no_browser_stays(walled: None) -> Iterator[None]:
    before = running()
    yield
    assert still_running(besides=before) == []


def colour(shown: Picture, x: int, y: int) -> tuple[int, ...]:
    image = Image.open(io.BytesIO(base64.b64decode(shown.address.partition(",")[2])))
    pixel = image.getpixel((x, y))
    assert isinstance(pixel, tuple)
    return pixel


def test_a_page_becomes_a_picture_of_the_size_of_its_window() -> None:
    shown = rendering("```html\n<body bgcolor=blue><p>Mail</p>\n```", SMALL)
    assert (shown.width, shown.height) == (224, 112)
    assert shown.address.startswith("data:image/jpeg;base64,")
    assert colour(shown, 200, 90) == pytest.approx((0, 0, 255), abs=12)


def test_no_script_of_a_page_runs() -> None:
    attack = "document.body.bgColor='red'"
    page = f"<body bgcolor=white><script>{attack}</script><img src=x onerror={attack}>"
    assert colour(rendering(page, SMALL), 200, 90) == pytest.approx((255, 255, 255), abs=12)


def test_what_a_run_folder_says_starts_no_program_and_makes_no_huge_window() -> None:
    hostile = {"width": 10**9, "height": "high", "browser": "/bin/false", "walls": "page"}
    shown = rendering("<p>Mail</p>", hostile)
    assert (shown.width, shown.height) == (2560, 720)


@pytest.mark.parametrize(("answer", "told"), [("no page", "no HTML"), ("```python\n<b>\n```", "not HTML")])
def test_what_is_no_page_is_told(answer: str, told: str) -> None:
    with pytest.raises(NoPicture, match=told):
        rendering(answer, {})


def test_behind_the_weakest_walls_no_page_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []

    def refused(program: str, walls: str) -> Browser:
        tried.append(walls)
        if walls == working:
            return start_browser(program, "best")
        raise UserError(f"Chromium does not start: {walls}")

    monkeypatch.setattr(pages, "start_browser", refused)
    working = "page"
    with pytest.raises(NoPicture, match=r"no browser starts here behind walls \(spaces or browser\)"):
        rendering("<p>weak</p>", SMALL)
    assert tried == ["spaces", "browser"]
    working = "browser"
    assert rendering("<p>weak</p>", SMALL).width == 224
