"""Every kind of problem with an image: its picture, its gold before the real verifier, and slips that cost."""

from __future__ import annotations

import io
import json
import re
from random import Random
from typing import Any

import pytest
from PIL import Image

from rewards import score_one
from rewards.registry import REWARDS
from rewards.routes import verifier_of
from rlcs.config.schema import FormatConfig, RewardConfig
from rlcs.records import Verdict
from rlcs.tiny.canvas import COLOURS, write_coordinate
from rlcs.tiny.generate import VISION_KINDS, generate_rows, parse_path
from rlcs.tiny.problems import KINDS, MAX_LEVEL, Problem, num_steps, response_text, write_right, write_with_slips

EACH_KIND = pytest.mark.parametrize("kind", VISION_KINDS)
EACH_LEVEL = pytest.mark.parametrize("level", range(1, MAX_LEVEL + 1))


def problems(kind: str, level: int, count: int = 40) -> list[Problem]:
    random = Random(f"{kind} {level}")
    return [KINDS.get(kind).draw(random, level) for _ in range(count)]


def judged(kind: str, problem: Problem, response: str) -> Verdict:
    config = RewardConfig(
        verifier=verifier_of(KINDS.get(kind).domain),
        params=problem.params,
        format=FormatConfig(think="required", answer_tag="required", box="glm"),
        format_weight=0.0,
    )
    return score_one(response, str(problem.answer), config)


def picture(problem: Problem) -> Image.Image:
    assert problem.image is not None
    return Image.open(io.BytesIO(problem.image()))


def test_the_kinds_are_these_and_have_a_domain() -> None:
    assert VISION_KINDS == ("bars", "box", "count", "point", "screen", "word")
    assert {KINDS.get(kind).domain for kind in VISION_KINDS} <= set(REWARDS.domains())


@EACH_KIND
@EACH_LEVEL
def test_a_solution_without_slips_earns_1_and_junk_0(kind: str, level: int) -> None:
    for problem in problems(kind, level):
        right = response_text(problem, write_right)
        assert judged(kind, problem, right).score == 1.0, (problem.prompt, right)
        for junk in ("", "junk?", "[]", "{}"):
            answer = f"<think></think><answer><|begin_of_box|>{junk}<|end_of_box|></answer>"
            assert judged(kind, problem, answer).score == 0.0, (problem.prompt, junk)
        assert judged(kind, problem, right.replace("</think>", "")).score == 0.0


@EACH_KIND
def test_a_slip_costs(kind: str) -> None:
    random = Random(1)
    always, scores = write_with_slips(random, slip_rate=1.0), []
    for level in (1, 4, 8):
        for problem in problems(kind, level, 60):
            scores.append(judged(kind, problem, response_text(problem, always)).score or 0.0)
    # Of many slips some cancel out, as in a count or for a point in a wide shape.
    assert sum(scores) / len(scores) < 0.35


@EACH_KIND
@EACH_LEVEL
def test_images_are_small_and_made_of_whole_tokens(kind: str, level: int) -> None:
    for problem in problems(kind, level, 10):
        image = picture(problem)
        assert (image.format, image.mode) == ("PNG", "RGB")
        assert all(side % 28 == 0 and 56 <= side <= 140 for side in image.size)
        assert len(image.getcolors(maxcolors=20_000) or []) > 1


@EACH_KIND
def test_the_same_scene_gives_the_same_image_and_scenes_differ(kind: str) -> None:
    first, again = problems(kind, 3), problems(kind, 3)
    assert [problem.scene for problem in first] == [problem.scene for problem in again]
    assert all(one.image and two.image and one.image() == two.image() for one, two in zip(first, again, strict=True))
    assert len({problem.scene + problem.prompt for problem in first}) > 35


def test_sizes_are_mixed() -> None:
    sizes = [picture(problem).size for problem in problems("word", 3, 200)]
    assert {(112, 112), (112, 56), (56, 112)} == set(sizes)
    # 100 expected; the standard deviation is 7.
    assert 65 < sizes.count((112, 112)) < 135


def colour_at(image: Image.Image, x: float, y: float) -> str:
    pixel = image.getpixel((int(x * image.width / 1000), int(y * image.height / 1000)))
    assert isinstance(pixel, tuple)
    return "#{:02x}{:02x}{:02x}".format(*pixel)


@EACH_LEVEL
def test_a_box_holds_its_shape_and_no_white_row_or_column(level: int) -> None:
    for problem in problems("box", level):
        _, colour, _ = problem.prompt.split()
        image = picture(problem)
        ((left, top, right, bottom),) = json.loads(str(problem.answer))
        assert colour_at(image, (left + right) / 2, (top + bottom) / 2) == COLOURS[colour]
        edges = [
            round(edge * side / 1000)
            for edge, side in zip((left, top, right, bottom), (*image.size, *image.size), strict=True)
        ]
        inside = image.crop((edges[0], edges[1], edges[2], edges[3]))
        inked = [pixel != (255, 255, 255) for pixel in inside.get_flattened_data()]
        rows = [any(inked[y * inside.width : (y + 1) * inside.width]) for y in range(inside.height)]
        columns = [any(inked[x :: inside.width]) for x in range(inside.width)]
        assert all(rows[1:-1]) and all(columns[1:-1])


@EACH_LEVEL
def test_a_count_is_that_of_the_shapes_in_the_scene(level: int) -> None:
    for problem in problems("count", level):
        word = problem.prompt.removeprefix("count ")
        names = re.findall(r"name='(\w+ \w+)'", problem.scene)
        assert len(names) == level
        assert problem.answer == str(sum(word in name.split() for name in names))


@EACH_LEVEL
def test_bars_are_as_high_as_the_values_read(level: int) -> None:
    for problem in problems("bars", level):
        image, (steps, _) = picture(problem), problem.work(write_right)
        colour = problem.scene.split()[-1]
        shown = json.loads(problem.scene.removesuffix(colour))
        for step in steps:
            if (read := re.fullmatch(r"([A-H])=(\d)", step)) is None:
                continue
            number = "ABCDEFGH".index(read[1])
            x, ys = (number + 0.5) * 1000 / len(shown), [(y + 0.5) * 1000 / image.height for y in range(image.height)]
            height = sum(colour_at(image, x, y) == COLOURS[colour] for y in ys)
            assert int(read[2]) == shown[number] == height / 14


@pytest.mark.parametrize(
    ("kind", "prompt", "steps", "answer"),
    [
        ("word", "read", r"\w;\w;\w", r"\w{3}"),
        ("count", r"count \w+", r"(\w+ \d;){2}\w+ \d", r"\d"),
        ("point", r"point \w+ \w+", r"\d+;\d+", r"\[\d+,\d+\]"),
        ("box", r"box \w+ \w+", r"\d+;\d+;\d+;\d+", r"\[\[\d+,\d+,\d+,\d+\]\]"),
        ("bars", r"(sum|top) [A-H]{3}", r"A=\d;.+|[B-H]=\d;.+", r"\d+"),
        ("screen", r"(tap|type|swipe) .+", r"(\w;){1,3}row \d;column \d|\w+", r'\{"action_type":.+\}'),
        ("video_when", r"when (\w+ \w+|touch)", r"0[-+];1[-+];2[-+];3[-+];4[-+]", r"\[\d,\d\]"),
        ("video_order", "order", r"0 \w{4};1 \w{4};2 \w{4};3 \w{4}", r"\w{4},\w{4},\w{4}"),
        ("video_count", r"count \w{4}", r"(\w{4} \d;){3}\w{4} \d", r"\d"),
        ("video_where", r"last \w+ \w+", r"\d+;\d+", r"\[\d+,\d+\]"),
    ],
)
def test_the_solutions_of_level_3_are_written_so(kind: str, prompt: str, steps: str, answer: str) -> None:
    for problem in problems(kind, 3):
        found, written = problem.work(write_right)
        assert re.fullmatch(prompt, problem.prompt)
        assert re.fullmatch(steps, ";".join(found))
        assert re.fullmatch(answer, str(written))


@EACH_LEVEL
def test_the_number_of_steps_grows_with_the_level_but_for_one_shape_among_many(level: int) -> None:
    assert {num_steps(problem) for problem in problems("word", level)} == {level}
    assert {num_steps(problem) for problem in problems("count", level)} == {level}
    assert {num_steps(problem) for problem in problems("box", level)} == {4}
    assert {num_steps(problem) for problem in problems("point", level)} == {2}
    assert max(num_steps(problem) for problem in problems("screen", level, 200)) == level + 2


@pytest.mark.parametrize("step", [125, 250])
def test_a_slip_moves_a_coordinate_by_one_to_three_patches_within_the_image(step: int) -> None:
    write = write_with_slips(Random(2), slip_rate=1.0)
    for coordinate in range(0, 1001, step // 2):
        written = {write_coordinate(write, coordinate, step) for _ in range(300)}
        assert {abs(one - coordinate) for one in written} <= {step, 2 * step, 3 * step}
        assert all(0 <= one <= 1000 for one in written)
        assert len(written) >= 3


def rows(path: str) -> list[dict[str, Any]]:
    return list(generate_rows(parse_path(path)))


def test_rows_bring_images_and_params() -> None:
    source = parse_path("tiny://vision?count=12")
    found = list(generate_rows(source))
    assert all(tuple(row) == source.columns for row in found)
    assert source.columns[-2:] == ("images", "params")
    assert all(len(row["images"]) == 1 and row["images"][0].startswith(b"\x89PNG") for row in found)
    assert {row["subcategory"]: row["params"] for row in found}["bars"] == {"rel_tol": 0.0}
    assert "images" not in parse_path("tiny://traces").columns


def test_vision_traces_are_of_all_kinds_with_a_minor_share_of_text() -> None:
    found = rows("tiny://vision_traces?levels=1-2&count=170")
    is_text = [row["images"] == [] for row in found]
    assert sum(is_text) == 50
    assert len({row["subcategory"] for row in found}) == 11
    assert all(row["response"].startswith("<think>") for row in found)


def test_train_and_eval_never_share_a_scene() -> None:
    train = {row["images"][0] + row["prompt"].encode() for row in rows("tiny://vision?levels=1-2&count=3000")}
    held_out = {
        row["images"][0] + row["prompt"].encode() for row in rows("tiny://vision?levels=1-2&count=600&split=eval")
    }
    assert train.isdisjoint(held_out)
    assert len(held_out) > 400
