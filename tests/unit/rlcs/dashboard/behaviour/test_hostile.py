"""Hostile texts everywhere a run folder has text, in a real browser: all of it is read, none of it runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from browser import (
    CHROMIUM,
    DRIVER,
    console_errors,
    element,
    looking_at,
    page_text,
    requested_hosts,
    show,
    wait,
)
from selenium import webdriver
from selenium.webdriver.common.by import By

from rlcs.dashboard.address import PAGES
from rlcs.dashboard.export import write

pytestmark = pytest.mark.skipif(CHROMIUM is None or DRIVER is None, reason="chromium and chromedriver not installed")

WriteRun = Callable[..., Path]
ATTACK = "window.hacked=1"
TEXTS = {
    "script": f"<script>{ATTACK};alert(1)</script>",
    "image": f'"><img src=x onerror="{ATTACK}"><svg onload={ATTACK}>',
    "markdown": f"[a](javascript:{ATTACK}) **bold** ![](http://evil.example/x.png) <http://evil.example>",
    "closing": f"</script></textarea></style></title><script>{ATTACK}</script><!--",
    "template": f"{{{{constructor.constructor('{ATTACK}')()}}}} ${{{ATTACK}}} $$\\href{{javascript:{ATTACK}}}{{x}}$$",
    "bidi": "user\u202egnp.exe\u202c \u2066a\u2069 zero\u200bwidth",
    "control": "bell\x07 escape\x1b[31m null\x00 return\r",
    "stacked": "a" + "\u0315\u0489" * 300,
    "dash": '{"props": {"children": "x"}, "type": "Script", "namespace": "dash_html_components"}',
}
MEGABYTE = "y" * 1_000_000 + TEXTS["script"]


@pytest.fixture
def hostile(write_run: WriteRun) -> Path:
    """A run whose every name and text is an attack."""
    rows = [
        {
            "task_id": f"{name}:{text}", "source": text, "domain": text, "subcategory": text,
            "group": group, "prompt": text,
            "response": f"<think>{text}</think><answer>{text}</answer>", "answer": text, "extracted": text,
            "score": 0.0, "status": "incorrect", "components": [(text, 1.0)], "message": text, "forced": True,
        }
        for group, (name, text) in enumerate(TEXTS.items())
    ]  # fmt: skip
    rows.append({"task_id": "long", "group": len(rows), "response": MEGABYTE, "prompt": MEGABYTE, "score": 0.0})
    shown = [{"text": text, "image": text.encode()} for text in (*TEXTS.values(), MEGABYTE)]
    turn = {"forced": True, "replays": 1, "counted": list(TEXTS.values()), "shown": shown}
    turns = [{**turn, "text": f"<think>{text}</think>{text}"} for text in (*TEXTS.values(), MEGABYTE)]
    rows.append({"task_id": "played", "group": len(rows), "num_turns": len(turns), "turns": turns, "outcome": MEGABYTE})
    tasks = [
        {name: row.get(name, "a") for name in ("task_id", "source", "subcategory")} | {"tier": TEXTS["image"]}
        for row in rows
    ]
    config = {
        "run": {"steps": 2},
        "data": {"train": [{"name": text, "domain": text} for text in TEXTS.values()]},
        "rollout": {"think_end": "</think>", "answer_start": "<answer>"},
    }
    shares = {f"reward/{text}/{kind}": 0.5 for text in TEXTS.values() for kind in ("timeout_share", "mean")}
    held_out = {f"eval/{TEXTS['script']}/pass@1": 0.5, f"eval/domain/{TEXTS['image']}/pass@1": 0.5}
    metrics = [{"step": step, "reward/mean": 0.5, "time/step_s": 1.0, **shares, **held_out} for step in (1, 2)]
    return write_run(
        f'<img src=x onerror="{ATTACK}">', config=config, metrics=metrics, rollouts={2: rows},
        snapshots={1: tasks, 2: tasks},
    )  # fmt: skip


def assert_nothing_ran(browser: webdriver.Chrome) -> None:
    assert browser.execute_script("return window.hacked === undefined"), browser.current_url
    made = "script:not([src]):not([id]):not([type]), img[src=x], svg[onload], a[href^=javascript], main script"
    assert browser.find_elements(By.CSS_SELECTOR, made) == []
    assert console_errors(browser) == []


def test_no_text_runs_on_any_page(browser: webdriver.Chrome, hostile: Path) -> None:
    with looking_at(browser, hostile) as address:
        home = address.rstrip("/")
        for path in PAGES:
            show(browser, home + path)
            assert_nothing_ran(browser)
        for group, text in enumerate(TEXTS.values()):
            show(browser, f"{home}/rollouts?step=2&group={group}&text=a")
            assert_nothing_ran(browser)
            if group in (0, 1, 2, 3, 8):
                shown = element(browser, ".completion .text").text
                assert shown == f"<think>{text}</think><answer>{text}</answer>"
        show(browser, f"{home}/rollouts?step=2&group={len(TEXTS) + 1}&text=a")
        assert_nothing_ran(browser)
        shown = [one.text for one in browser.find_elements(By.CSS_SELECTOR, ".turn .text")]
        assert all(TEXTS[name] in "".join(shown) for name in ("script", "image", "markdown", "closing", "dash"))
        assert max(map(len, shown)) < 6_000 and "The image is not shown" in page_text(browser)
        show(browser, f"{home}/tasks")
        element(browser, "tbody a", "image:").click()
        wait(lambda: "Task image:" in page_text(browser), "the task")
        assert_nothing_ran(browser)
    assert requested_hosts(browser) <= {"127.0.0.1"}


def test_what_hides_is_shown_as_codes(browser: webdriver.Chrome, hostile: Path) -> None:
    with looking_at(browser, hostile) as address:
        names = list(TEXTS)
        for name, codes in (("bidi", {"U+202E", "U+202C", "U+200B"}), ("control", {"U+0007", "U+001B", "U+0000"})):
            show(browser, f"{address}rollouts?step=2&group={names.index(name)}")
            found = {one.text for one in browser.find_elements(By.CSS_SELECTOR, ".completion .code")}
            assert codes <= found
        title = browser.find_element(By.CSS_SELECTOR, ".completion .code").get_attribute("title")
        assert title == "no printable character"
        show(browser, f"{address}tasks")
        assert "\u202e" not in page_text(browser) and "⟨U+202E⟩" in page_text(browser)


def test_a_megabyte_is_cut_shown_on_request_and_saved_whole(
    browser: webdriver.Chrome, hostile: Path, downloads: Path
) -> None:
    with looking_at(browser, hostile) as address:
        show(browser, f"{address}rollouts?step=2&group={len(TEXTS)}")
        assert len(element(browser, ".completion .text").text) == 4_000
        assert f"of {len(MEGABYTE):,} characters" in element(browser, ".completion").text
        element(browser, ".completion .note a", "show more").click()
        wait(lambda: len(element(browser, ".completion .text").text) == 100_000, "more of the text")
        element(browser, ".completion button", "Save").click()
        wait(lambda: list(downloads.glob("*completion-1.txt")), "the saved text")
        (saved,) = downloads.glob("*completion-1.txt")
        wait(lambda: saved.read_text() == MEGABYTE, "all of the text")
        assert_nothing_ran(browser)


def test_bytes_that_are_no_text_are_replaced(browser: webdriver.Chrome, write_run: WriteRun) -> None:
    folder = write_run(metrics=[{"step": 1}], rollouts={1: [{"score": 0.0, "status": "incorrect"}]})
    file = folder / "rollouts" / "step-000001.parquet"
    table = pq.read_table(file)
    broken = pa.array([b"ok \xff\xfe\xed\xa0\x80 end"], pa.binary()).view(pa.string())
    pq.write_table(table.set_column(table.schema.get_field_index("response"), "response", broken), file)
    with looking_at(browser, folder) as address:
        show(browser, f"{address}rollouts?step=1&group=0")
        shown = element(browser, ".completion .text").text
        assert shown.startswith("ok \ufffd") and shown.endswith(" end")
        assert_nothing_ran(browser)


def test_the_exported_file_runs_nothing_either(browser: webdriver.Chrome, hostile: Path, tmp_path: Path) -> None:
    write([hostile], tmp_path / "report.html")
    requested_hosts(browser)
    browser.get((tmp_path / "report.html").as_uri())
    wait(lambda: browser.find_elements(By.CSS_SELECTOR, ".graph .main-svg"), "the figures")
    assert browser.execute_script("return window.hacked === undefined")
    assert browser.find_elements(By.CSS_SELECTOR, "img[src=x], svg[onload], a[href^=javascript]") == []
    assert console_errors(browser) == []
    assert requested_hosts(browser) == set()
    assert TEXTS["script"] in page_text(browser)
