"""What the HTML of an answer looks like: pixels, whatever the page or the run folder says."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator

import psutil
import pytest
from PIL import Image

from rewards.sandbox.browser import find_program
from rewards.sandbox.browser_launcher import PREFIX
from rlcs.dashboard.pictures import NoPicture, Picture
from rlcs.dashboard.renderings import rendering
from rlcs.errors import UserError

SMALL = {"width": 224, "height": 112}


@pytest.fixture(scope="module", autouse=True)
def no_browser_stays() -> Iterator[None]:
    try:
        find_program()
    except UserError as error:
        pytest.skip(str(error))
    yield
    assert not [one for one in psutil.process_iter(["cmdline"]) if PREFIX in " ".join(one.info["cmdline"] or ())]


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
