"""Pages from pictures in a real browser: the picture and what was written of it, side by side and as pixels only."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from browser import CHROMIUM, DRIVER, click, console_errors, looking_at, page_text, show
from PIL import Image
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

from rlcs.dashboard.pages.page_pairs import window
from rlcs.tiny.generate import generate_rows, parse_path

pytestmark = pytest.mark.skipif(CHROMIUM is None or DRIVER is None, reason="chromium and chromedriver not installed")

WriteRun = Callable[..., Path]
ATTACK = (
    "<script>window.hacked=1</script><img src=x onerror=window.hacked=1><iframe srcdoc='<p>in'></iframe><p>Mail</p>"
)


@pytest.mark.usefixtures("walled")
def test_a_page_stands_beside_what_its_html_looks_like(browser: webdriver.Chrome, write_run: WriteRun) -> None:
    row = next(generate_rows(parse_path("tiny://page?levels=3&count=1")))
    shared = {
        "domain": "webpage", "answer": row["answer"], "images": [{"path": None, "bytes": row["images"][0]}],
        "params": json.dumps(row["params"]),
    }  # fmt: skip
    rows = [{**shared, "extracted": text, "response": text} for text in (row["answer"], ATTACK, "no page")]
    folder = write_run(metrics=[{"step": 1}], rollouts={1: rows})
    with looking_at(browser, folder) as address:
        show(browser, f"{address}rollouts?step=1&group=0")
        # A browser is started for one of the three only.
        assert [len(pair.find_elements(By.TAG_NAME, "img")) for pair in pairs(browser)] == [2, 1, 1]
        sizes = browser.execute_script(
            "return [...document.querySelectorAll('.pair img')].slice(0, 2).map(one => [one.width, one.height])"
        )
        assert sizes[0] == sizes[1] and sizes[0][0] > 100
        click(browser, "show what the HTML looks like")
        assert "what the HTML looks like" in page_text(browser)
        show(browser, f"{address}rollouts?step=1&group=0&index=1")
        assert len(pairs(browser)[0].find_elements(By.TAG_NAME, "img")) == 2
        assert browser.execute_script("return window.hacked") is None
        assert browser.find_elements(By.TAG_NAME, "iframe") == []
        assert all(
            source.startswith("data:image/jpeg")
            for source in browser.execute_script("return [...document.images].map(one => one.src)")
        )
        show(browser, f"{address}rollouts?step=1&group=0&index=2")
        assert "The HTML is not shown: no HTML." in page_text(browser)
        assert console_errors(browser) == []


@pytest.mark.parametrize(
    ("gold", "width"),
    [
        ("<p>a</p>", 900),
        ('{"html": "<p>a</p>", "screenshot": "a.png"}', 900),
        ("shots/a.png", 300),
        ('{"screenshot": "data:image/png;base64,AAAA"}', 300),
        ("", 900),
    ],
)
def test_with_a_screenshot_for_gold_the_page_is_as_wide_as_the_picture_of_the_task(gold: str, width: int) -> None:
    stream = io.BytesIO()
    Image.new("RGB", (300, 100), "white").save(stream, "PNG")
    row = {"answer": gold, "images": [{"path": None, "bytes": stream.getvalue()}]}
    assert window(row, {"width": 900, "height": 200}) == {"width": width, "height": 200}
    for images in (None, [{"path": None, "bytes": b"no image"}]):
        assert window({"answer": gold, "images": images}, {"width": 900}) == {"width": 900}


def pairs(browser: webdriver.Chrome) -> list[WebElement]:
    return browser.find_elements(By.CSS_SELECTOR, ".pair")
