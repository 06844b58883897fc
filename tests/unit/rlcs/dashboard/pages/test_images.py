"""Images of completions in a real browser: what answer and gold name is marked where it lies."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browser import CHROMIUM, DRIVER, console_errors, looking_at, page_text, show
from PIL import Image
from selenium import webdriver
from selenium.webdriver.common.by import By

from rlcs.algorithm.advantages import build_batch
from rlcs.config.schema import Config
from rlcs.records import Completion, Group, Status, Task, Verdict
from rlcs.run.folder import RunFolder
from rlcs.tiny.generate import generate_rows, parse_path

pytestmark = pytest.mark.skipif(CHROMIUM is None or DRIVER is None, reason="chromium and chromedriver not installed")

WriteRun = Callable[..., Path]
Corners = tuple[float, float, float, float]
SAMPLED = Completion(
    token_ids=(5,), logprobs=(-0.1,), loss_mask=(1,), policy_version=0, finish_reason="stop", forced=False, text="…"
)


def task_of(kind: str, *, levels: str = "1", **params: Any) -> Task:
    """Return a generated task on an image that is higher than it is wide; one of level 1 has a single thing in it."""
    for row in generate_rows(parse_path(f"tiny://{kind}?levels={levels}&count=100")):
        if np.subtract(*Image.open(io.BytesIO(row["images"][0])).size) < 0:
            return Task(
                id=f"{kind}:1", source=kind, domain=row["domain"], prompt=row["prompt"], answer=row["answer"],
                images=tuple(row["images"]), params={**row["params"], **params},
            )  # fmt: skip
    raise AssertionError(f"all images of {kind} are square")


def ink(image: bytes) -> Corners:
    """Return the edges of what is drawn on a white image, as fractions of it."""
    dark = (np.asarray(Image.open(io.BytesIO(image)).convert("RGB")) < 250).any(axis=2)
    (left, right), (top, bottom) = (np.flatnonzero(dark.any(axis=axis))[[0, -1]] + (0, 1) for axis in (0, 1))
    return left / dark.shape[1], top / dark.shape[0], right / dark.shape[1], bottom / dark.shape[0]


def write_groups(folder: Path, judged: list[tuple[Task, str]]) -> Path:
    """Write a step in which each task has one completion, as a training run does."""
    run_folder = RunFolder(folder, Config(), resume_from=None)
    groups = [
        Group(
            task=task, prompt_ids=(1,), completions=(SAMPLED,),
            verdicts=(Verdict(score=0.0, status=Status.INCORRECT, extracted=answer),),
        )
        for task, answer in judged
    ]  # fmt: skip
    run_folder.write_rollouts(1, build_batch(groups, [], "grpo"))
    run_folder.close()
    return folder


def test_what_a_run_wrote_of_generated_images_is_marked_on_the_drawing_itself(
    browser: webdriver.Chrome, tmp_path: Path
) -> None:
    """The gold box must lie around the only thing drawn, and an answer in any space around what it names."""
    sizes = {"image_width": 300, "image_height": 800, "resized_width": 50, "resized_height": 20}
    spaces = {"0-1000": (1000, 1000), "0-1": (1, 1), "pixels": (300, 800), "resized": (50, 20)}
    boxed, judged = (0.25, 0.5, 0.75, 0.875), []
    for space, scale in spaces.items():
        box = json.dumps([[part * scale[place % 2] for place, part in enumerate(boxed)]])
        point = json.dumps([0.25 * scale[0], 0.625 * scale[1]])
        judged += [(task_of("box", space=space, **sizes), box), (task_of("point", space=space, **sizes), point)]
    folder = write_groups(tmp_path / "run", judged)
    with looking_at(browser, folder) as address:
        for number, (task, _) in enumerate(judged):
            show(browser, f"{address}rollouts?step=1&group={number}")
            assert place(browser, ".mark.gold.region") == pytest.approx(ink(task.images[0]), abs=0.03)
            if task.source == "box":
                assert place(browser, ".mark.answer.region") == pytest.approx(boxed, abs=0.02)
            else:
                assert middle(browser, ".mark.answer.point") == pytest.approx((0.25, 0.625), abs=0.02)
            shape = browser.execute_script(
                "return [...document.querySelectorAll('.overlaid img')].map(one => one.height / one.width)"
            )
            width, height = Image.open(io.BytesIO(task.images[0])).size
            assert shape == pytest.approx([height / width], rel=0.01), "the image keeps its shape"
        assert console_errors(browser) == []


def test_screens_show_the_element_and_other_images_carry_no_marks(browser: webdriver.Chrome, tmp_path: Path) -> None:
    screen, word = task_of("screen", levels="1-6"), task_of("word", levels="1-6")
    tapped = json.dumps({"action_type": "click", "box_2d": [[100, 200, 300, 400]]})
    gold = [part / 1000 for part in json.loads(screen.answer)["box_2d"][0]]
    folder = write_groups(tmp_path / "run", [(screen, tapped), (word, "[1, 2, 3, 4]")])
    with looking_at(browser, folder) as address:
        show(browser, f"{address}rollouts?step=1&group=0")
        assert place(browser, ".mark.gold.region") == pytest.approx(gold, abs=0.02)
        assert place(browser, ".mark.answer.region") == pytest.approx((0.1, 0.2, 0.3, 0.4), abs=0.02)
        assert "gold: solid blue; answer: dashed orange" in page_text(browser)
        show(browser, f"{address}rollouts?step=1&group=1")
        assert len(browser.find_elements(By.CSS_SELECTOR, ".overlaid img")) == 1
        assert browser.find_elements(By.CSS_SELECTOR, ".mark") == []
        assert "not drawn" not in page_text(browser)


def test_boxes_and_points_lie_where_they_should_on_the_image(
    browser: webdriver.Chrome, write_run: WriteRun, tmp_path: Path
) -> None:
    stream = io.BytesIO()
    Image.new("RGB", (400, 200), "lightgray").save(stream, "PNG")
    (tmp_path / "screen.png").write_bytes(stream.getvalue())
    images = [{"path": str(tmp_path / "screen.png"), "bytes": None}]
    pixels = '{"space": "pixels", "image_width": 400, "image_height": 200}'
    rows = [
        {"domain": "grounding.box", "group": 0, "answer": "[[500, 500, 1000, 1000]]",
         "extracted": "[[100, 50, 200, 100]]", "params": pixels, "images": images},
        {"domain": "gui.point", "group": 1, "answer": "[0, 0, 500, 500]", "extracted": "(0.25, 0.75)",
         "params": '{"space": "0-1"}', "images": [{"path": None, "bytes": stream.getvalue()}]},
        {"domain": "gui.point", "group": 2, "answer": "[0, 0, 500, 500]", "extracted": "left of it",
         "params": None, "images": [{"path": "/nowhere/else.png", "bytes": None}, *images]},
    ]  # fmt: skip
    folder = write_run(metrics=[{"step": 1}], rollouts={1: rows})
    with looking_at(browser, folder) as address:
        show(browser, f"{address}rollouts?step=1&group=0")
        assert place(browser, ".mark.gold") == pytest.approx((0.5, 0.5, 1.0, 1.0), abs=0.03)
        assert place(browser, ".mark.answer") == pytest.approx((0.25, 0.25, 0.5, 0.5), abs=0.03)
        show(browser, f"{address}rollouts?step=1&group=1")
        assert middle(browser, ".mark.answer") == pytest.approx((0.25, 0.75), abs=0.03)
        assert "gold: solid blue; answer: orange diamond" in page_text(browser)
        show(browser, f"{address}rollouts?step=1&group=2")
        assert "image /nowhere/else.png cannot be read: No such file" in page_text(browser)
        assert "The answer is not drawn: no point found" in page_text(browser)
        assert console_errors(browser) == []


def middle(browser: webdriver.Chrome, mark: str) -> tuple[float, float]:
    """Return the middle of a mark as fractions of the image."""
    left, top, right, bottom = place(browser, mark)
    return (left + right) / 2, (top + bottom) / 2


def place(browser: webdriver.Chrome, mark: str) -> tuple[float, ...]:
    """Return left, top, right, bottom of a mark as fractions of the image it lies on."""
    script = """
        const box = document.querySelector(arguments[0]).getBoundingClientRect();
        const image = document.querySelector(".overlaid img").getBoundingClientRect();
        return [(box.left - image.left) / image.width, (box.top - image.top) / image.height,
                (box.right - image.left) / image.width, (box.bottom - image.top) / image.height];
    """
    return tuple(browser.execute_script(script, mark))
