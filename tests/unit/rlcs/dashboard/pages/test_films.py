"""Videos of completions in a real browser: frames on an axis of time, and the spans of gold and answer under it."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from browser import CHROMIUM, DRIVER, console_errors, looking_at, page_text, show
from PIL import Image
from plotly.utils import PlotlyJSONEncoder
from selenium import webdriver
from selenium.webdriver.common.by import By

from rlcs.dashboard.address import Address
from rlcs.dashboard.data.rollouts import group
from rlcs.dashboard.data.run import Run
from rlcs.dashboard.films import FRAME_PIXELS, MAX_FRAMES, MAX_VIDEOS
from rlcs.dashboard.pages.groups import group_view
from rlcs.dashboard.pictures import picture
from rlcs.tiny.generate import generate_rows, parse_path

pytestmark = pytest.mark.skipif(CHROMIUM is None or DRIVER is None, reason="chromium and chromedriver not installed")

WriteRun = Callable[..., Path]


def row_of(kind: str, number: int, **rest: Any) -> dict[str, Any]:
    """Return a generated task of 8 seconds as a row of a run."""
    row = next(generate_rows(parse_path(f"tiny://{kind}?levels=6&count=1")))
    frames = [{"path": None, "bytes": frame} for frame in row["videos"][0]["frames"]]
    videos = [{"path": None, "bytes": None, "frames": frames, "times": row["videos"][0]["times"]}]
    return {"domain": row["domain"], "group": number, "answer": row["answer"], "videos": videos, **rest}


def test_frames_and_spans_stand_on_one_axis(browser: webdriver.Chrome, write_run: WriteRun) -> None:
    rows = [
        row_of("video_when", 0, answer="[2,6]", extracted="[4,7.5]"),
        row_of("video_when", 1, answer="[2,6]", extracted="later"),
        row_of("video_when", 2, answer="[2,6]", extracted="[4,16]"),
        row_of("video_order", 3, extracted="pink"),
    ]
    folder = write_run(metrics=[{"step": 1}], rollouts={1: rows})
    with looking_at(browser, folder) as address:
        show(browser, f"{address}rollouts?step=1&group=0")
        assert ends(browser, ".bar.gold") == pytest.approx((0.25, 0.75), abs=0.01)
        assert ends(browser, ".bar.answer") == pytest.approx((0.5, 0.9375), abs=0.01)
        # The ninth of sixteen frames begins at 4 s, where the answer does.
        assert ends(browser, ".frame:nth-child(9)") == pytest.approx((0.5, 0.5625), abs=0.01)
        assert len(browser.find_elements(By.CSS_SELECTOR, ".frame img")) == 16
        text = page_text(browser)
        assert all(words in text for words in ("gold 2 to 6 s", "answer 4 to 7.5 s", "Overlap / union: 0.36", "7.5 s"))
        show(browser, f"{address}rollouts?step=1&group=1")
        assert "The answer is not drawn: expected a start and an end" in page_text(browser)
        show(browser, f"{address}rollouts?step=1&group=2")
        assert ends(browser, ".bar.answer") == pytest.approx((0.4, 1.0), abs=0.01)
        assert ends(browser, ".frames") == pytest.approx((0.0, 0.8), abs=0.01)
        assert "answer 4 to 16 s" in page_text(browser)
        show(browser, f"{address}rollouts?step=1&group=3")
        assert len(browser.find_elements(By.CSS_SELECTOR, ".frame img")) > 4
        assert browser.find_elements(By.CSS_SELECTOR, ".bar") == []
        assert console_errors(browser) == []


def test_frames_stand_with_one_completion_of_a_group_and_small(write_run: WriteRun) -> None:
    task = row_of("video_when", 0, answer="[2,6]")
    frames = [{"path": None, "bytes": png((1000, 500), number)} for number in range(2)]
    videos = [{"path": None, "bytes": None, "frames": frames, "times": [0.0, 4.0]}]
    rows = [{**task, "videos": videos, "index": index, "extracted": f"[{index},7.5]"} for index in range(3)]
    run = Run(write_run(rollouts={1: rows}))
    for asked, first in ((None, 0), ("2", 2)):
        address = Address("/rollouts", {"step": "1", "group": "0", **({"index": asked} if asked else {})})
        view = json.dumps(group_view(run, group(run, 1, 0), address), cls=PlotlyJSONEncoder)
        assert [view.count(f'"Frame at {time} s"') for time in (0, 4)] == [1, 1]
        assert view.count('"bar answer"') == view.count('"bar gold"') == 3
        assert view.count("show the frames") == 2
        assert "Frame at" in next(part for part in view.split("card completion") if f"answer {first} to 7.5 s" in part)
    small = picture(frames[0]["bytes"], FRAME_PIXELS)
    assert small.address in view and (small.width, small.height) == (1000, 500)
    width, height = Image.open(io.BytesIO(base64.b64decode(small.address.partition(",")[2]))).size
    assert width * height <= FRAME_PIXELS and width == pytest.approx(2 * height, abs=2)


def test_the_pictures_of_more_than_one_film_are_remembered() -> None:
    assert picture.cache_parameters()["maxsize"] >= MAX_VIDEOS * MAX_FRAMES


def png(size: tuple[int, int], shade: int) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", size, (shade, 0, 0)).save(stream, "PNG")
    return stream.getvalue()


def ends(browser: webdriver.Chrome, part: str) -> tuple[float, ...]:
    """Return left and right end of a part of the time line, as fractions of it."""
    script = """
        const part = document.querySelector(arguments[0]).getBoundingClientRect();
        const line = document.querySelector(".timeline").getBoundingClientRect();
        return [part.left, part.right].map(edge => (edge - line.left) / line.width);
    """
    return tuple(browser.execute_script(script, part))
