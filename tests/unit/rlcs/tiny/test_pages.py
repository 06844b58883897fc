"""Pages of the tiny world: short HTML, and a picture that is what the verifier's browser shows of it."""

from __future__ import annotations

import io
import re
import subprocess
from random import Random

import numpy as np
import pytest
from PIL import Image

from rewards.sandbox.browser import find_program
from rewards.verifiers.webpages.pages import Frame, close_browsers
from rewards.verifiers.webpages.render import show_picture
from rewards.verifiers.webpages.spelling import one_spelling
from rlcs.errors import UserError
from rlcs.tiny.generate import generate_rows, parse_path
from rlcs.tiny.page_picture import HEIGHTS, WIDTH, WORDS
from rlcs.tiny.pages import MAX_CHARACTERS
from rlcs.tiny.problems import KINDS, MAX_LEVEL, Problem, num_steps, response_text, write_right, write_with_slips

EACH_LEVEL = pytest.mark.parametrize("level", range(1, MAX_LEVEL + 1))


def problems(level: int, count: int = 40) -> list[Problem]:
    random = Random(f"page {level}")
    return [KINDS.get("page").draw(random, level) for _ in range(count)]


def picture(problem: Problem) -> Image.Image:
    assert problem.image is not None
    return Image.open(io.BytesIO(problem.image()))


@EACH_LEVEL
def test_a_page_is_short_and_has_as_many_elements_as_its_level(level: int) -> None:
    for problem in problems(level):
        page = str(problem.answer)
        assert len(page) <= MAX_CHARACTERS
        words, blocks = re.findall(r">?(\w+)<", page), page.count("<hr")
        assert len(words) + blocks == level
        assert page.count("<h2>") <= 1 and not re.search("<hr[^>]*><hr", page)
        assert set(words) <= set(WORDS)
        assert num_steps(problem) == 1 + len(words) + 2 * blocks


@EACH_LEVEL
def test_its_picture_is_as_large_as_its_window_and_whole_tokens(level: int) -> None:
    for problem in problems(level, 10):
        image = picture(problem)
        assert image.size == (problem.params["width"], problem.params["height"])
        assert image.width == WIDTH and image.height in HEIGHTS
        assert all(side % 28 == 0 for side in image.size)


def test_the_solution_reads_the_page_element_by_element() -> None:
    problem = next(one for one in problems(4, 200) if {"h2", "hr"} <= set(re.findall(r"<(\w+)", str(one.answer))))
    steps, page = problem.work(write_right)
    assert page == problem.answer
    ground, *read = steps
    assert ground == (re.findall("bgcolor=(\\w+)", page) or ["white"])[0]
    assert [step.split()[0] for step in read] == [tag or "br" for tag in re.findall(r"<(h2|button|hr)\b|>\w+<br", page)]
    response = response_text(problem, write_right)
    assert response == f"<think>{';'.join(steps)}</think><answer><|begin_of_box|>{page}<|end_of_box|></answer>"


def test_a_slip_changes_what_is_written_and_nothing_else_about_its_shape() -> None:
    always = write_with_slips(Random(3), slip_rate=1.0)
    for problem in problems(5):
        _, page = problem.work(always)
        assert page != problem.answer
        tags = [re.findall(r"</?(?!body)\w+", text) for text in (str(page), str(problem.answer))]
        assert tags[0] == tags[1]


def test_train_and_eval_never_share_a_page() -> None:
    train, held_out = (
        {row["answer"] for row in generate_rows(parse_path(f"tiny://page?levels=1-2&count=600&split={split}"))}
        for split in ("train", "eval")
    )
    assert train.isdisjoint(held_out) and len(held_out) > 100


def test_an_answer_is_in_one_spelling_but_for_its_quotes() -> None:
    for problem in problems(5):
        assert one_spelling(str(problem.answer)).replace('"', "") == problem.answer


def test_the_picture_is_what_chromium_shows() -> None:
    try:
        find_program()
    except UserError as error:
        pytest.skip(str(error))
    if "DejaVu" not in subprocess.run(["fc-match", "serif"], capture_output=True, text=True, check=False).stdout:
        pytest.skip("the browser has other fonts than those of the pictures")
    try:
        for level in range(1, MAX_LEVEL + 1):
            problem = problems(level, 1)[0]
            frame = Frame(width=problem.params["width"], height=problem.params["height"])
            shown = frame.show(show_picture, str(problem.answer), seconds=30.0)
            ours = np.asarray(picture(problem)).astype(int)
            assert shown.shape == ours.shape, problem.answer
            assert np.abs(shown - ours).max() <= 1, problem.answer
    finally:
        close_browsers()
