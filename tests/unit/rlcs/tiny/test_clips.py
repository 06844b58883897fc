"""Videos of the tiny world: what their frames show is what their answers say."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from random import Random
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageColor

from rewards import score_one
from rewards.registry import REWARDS
from rewards.routes import verifier_of
from rlcs.config.schema import FormatConfig, RewardConfig
from rlcs.tiny.canvas import COLOURS
from rlcs.tiny.generate import TinySource, generate_rows, parse_path
from rlcs.tiny.problems import KINDS, MAX_LEVEL, Problem, num_steps, response_text, write_right, write_with_slips

VIDEO_KINDS = ("video_count", "video_order", "video_when", "video_where")
EACH_KIND = pytest.mark.parametrize("kind", VIDEO_KINDS)
EACH_LEVEL = pytest.mark.parametrize("level", range(1, MAX_LEVEL + 1))


def problems(kind: str, level: int, count: int = 25) -> list[Problem]:
    random = Random(f"{kind} {level}")
    return [KINDS.get(kind).draw(random, level) for _ in range(count)]


def clip(problem: Problem) -> dict[str, Any]:
    assert problem.clip is not None
    return problem.clip()


def frames(problem: Problem) -> Iterator[tuple[float, Image.Image]]:
    shown = clip(problem)
    for frame, time in zip(shown["frames"], shown["times"], strict=True):
        yield time, Image.open(io.BytesIO(frame))


def has_colour(image: Image.Image, colour: str) -> bool:
    return bool((np.asarray(image) == ImageColor.getrgb(COLOURS[colour])).all(axis=2).any())


def judged(kind: str, problem: Problem, response: str) -> float:
    config = RewardConfig(
        verifier=verifier_of(KINDS.get(kind).domain),
        params=problem.params,
        format=FormatConfig(think="required", answer_tag="required", box="glm"),
        format_weight=0.0,
    )
    found = score_one(response, str(problem.answer), config)
    assert found.score is not None, found.message
    return found.score


def test_the_kinds_are_these_and_have_a_domain() -> None:
    assert tuple(name for name in KINDS if KINDS.get(name).media == "video") == VIDEO_KINDS
    assert {KINDS.get(kind).domain for kind in VIDEO_KINDS} <= set(REWARDS.domains())


@EACH_KIND
@EACH_LEVEL
def test_a_video_is_short_and_of_small_frames_two_a_second(kind: str, level: int) -> None:
    for problem in problems(kind, level, 5):
        shown = clip(problem)
        assert 4 <= len(shown["frames"]) <= 16
        assert shown["times"] == [number / 2 for number in range(len(shown["frames"]))]
        sizes = {image.size for _, image in frames(problem)}
        assert len(sizes) == 1 and all(side % 28 == 0 and side <= 112 for side in sizes.pop())


@EACH_KIND
@EACH_LEVEL
def test_a_solution_without_slips_earns_1_and_junk_0(kind: str, level: int) -> None:
    for problem in problems(kind, level, 10):
        right = response_text(problem, write_right)
        assert judged(kind, problem, right) == 1.0, (problem.prompt, right)
        assert judged(kind, problem, "<think></think><answer><|begin_of_box|>junk?<|end_of_box|></answer>") == 0.0


@EACH_KIND
def test_a_slip_costs(kind: str) -> None:
    always, scores = write_with_slips(Random(1), slip_rate=1.0), []
    for level in (1, 4, 8):
        scores += [judged(kind, one, response_text(one, always)) for one in problems(kind, level)]
    # A wrong span still overlaps the right one, and in a count slips cancel out.
    assert sum(scores) / len(scores) < 0.5


@EACH_LEVEL
def test_a_span_is_when_the_shape_is_there(level: int) -> None:
    asked = [one for one in problems("video_when", level, 60) if one.prompt != "when touch"]
    assert len(asked) > 20
    for problem in asked:
        colour, shape = problem.prompt.split()[1:]
        start, end = json.loads(str(problem.answer))
        for time, image in frames(problem):
            if start <= time < end:
                assert has_colour(image, colour)
        name = f"name='{colour} {shape}'"
        alone = problem.scene.count(f"name='{colour} ") == problem.scene.count(name)
        if alone:  # else another shape of that colour may be there before or after
            assert [has_colour(image, colour) for _, image in frames(problem)] == [
                start <= time < end for time, _ in frames(problem)
            ]


@EACH_LEVEL
def test_two_shapes_touch_in_the_span_and_are_apart_else(level: int) -> None:
    touching = [one for one in problems("video_when", level, 60) if one.prompt == "when touch"]
    assert len(touching) > 5
    for problem in touching:
        start, end = json.loads(str(problem.answer))
        for time, image in frames(problem):
            inked = (np.asarray(image) < 250).any(axis=(0, 2))
            columns = np.flatnonzero(inked)
            gap = not inked[columns[0] : columns[-1]].all()
            assert gap == (not start <= time < end), (problem.answer, time)


def test_spans_of_low_levels_are_whole_seconds_and_those_of_high_ones_may_not_be() -> None:
    low, high = (
        [edge for one in problems("video_when", level, 60) for edge in json.loads(str(one.answer))] for level in (4, 5)
    )
    assert all(edge == int(edge) for edge in low)
    assert any(edge != int(edge) for edge in high)


@EACH_LEVEL
def test_order_and_count_are_those_of_the_shapes_that_come(level: int) -> None:
    for problem in problems("video_order", level):
        seen = [[colour for colour in COLOURS if has_colour(image, colour)] for _, image in frames(problem)]
        assert seen[::2] == seen[1::2], "what comes lasts whole seconds"
        assert ",".join(colour for colours in seen[::2] for colour in colours) == problem.answer
        assert len(str(problem.answer).split(",")) == level
    for problem in problems("video_count", level):
        colour = problem.prompt.split()[1]
        there = [has_colour(image, colour) for _, image in frames(problem)]
        assert str(sum(there[::2])) == problem.answer


@EACH_LEVEL
def test_where_is_the_middle_of_the_shape_in_the_last_frame(level: int) -> None:
    for problem in problems("video_where", level):
        *_, (_, last) = frames(problem)
        colour = problem.prompt.split()[1]
        ((left, top, right, bottom),) = json.loads(str(problem.answer))
        middle = (left + right) * last.width // 2000, (top + bottom) * last.height // 2000
        assert last.getpixel(middle) == ImageColor.getrgb(COLOURS[colour])


@EACH_LEVEL
def test_the_number_of_steps_grows_with_the_level_but_for_where(level: int) -> None:
    assert {num_steps(one) for one in problems("video_when", level)} == {min(level + 2, 8)}
    for kind in ("video_order", "video_count"):
        assert {num_steps(one) for one in problems(kind, level)} == {min(level + 1, 8)}
    assert {num_steps(one) for one in problems("video_where", level)} == {2}


def test_rows_bring_videos_and_params_and_other_kinds_none() -> None:
    source: TinySource = parse_path("tiny://video_when+addition+page?count=12")
    rows = list(generate_rows(source))
    assert source.columns[-3:] == ("images", "videos", "params")
    assert all(tuple(row) == source.columns for row in rows)
    assert {row["subcategory"]: (len(row["images"]), len(row["videos"])) for row in rows} == {
        "video_when": (0, 1), "addition": (0, 0), "page": (1, 0),
    }  # fmt: skip
    assert "videos" not in parse_path("tiny://vision").columns


def test_train_and_eval_never_share_a_video() -> None:
    train, held_out = (
        {
            (row["prompt"], *row["videos"][0]["frames"])
            for row in generate_rows(parse_path(f"tiny://video_order?levels=1-2&count=600&split={split}"))
        }
        for split in ("train", "eval")
    )
    assert train.isdisjoint(held_out) and len(held_out) > 300
