"""Boxes: spellings, checks, overlap against counted pixels, matching against all permutations."""

from __future__ import annotations

import itertools
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rewards.reading.boxes import MAX_BOXES, BoxReader, LabelledBox, best_total, overlaps, read_gold_boxes
from rewards.reading.json_values import Unreadable
from rewards.reading.points import Frame, Spaces, frame_of
from rlcs.records import Status

READER = BoxReader(Frame(1000, 1000))
CORNER = st.integers(0, 12)


@st.composite
def small_boxes(draw: st.DrawFn) -> tuple[int, int, int, int]:
    """A box on a grid of 13 x 13."""
    left, top = draw(st.integers(0, 11)), draw(st.integers(0, 11))
    return left, top, draw(st.integers(left + 1, 12)), draw(st.integers(top + 1, 12))


def cells(box: tuple[int, int, int, int]) -> set[tuple[int, int]]:
    """The unit squares that a box covers."""
    return set(itertools.product(range(box[0], box[2]), range(box[1], box[3])))


def labelled(box: tuple[int, int, int, int]) -> LabelledBox:
    return LabelledBox((box[0] / 12, box[1] / 12, box[2] / 12, box[3] / 12))


@given(small_boxes(), small_boxes())
def test_iou_and_giou_are_what_counting_squares_gives(first: tuple[int, ...], second: tuple[int, ...]) -> None:
    a, b = cells(first), cells(second)  # type: ignore[arg-type]
    hull = (min(first[0], second[0]), min(first[1], second[1]), max(first[2], second[2]), max(first[3], second[3]))
    iou = len(a & b) / len(a | b)
    giou = iou - (len(cells(hull)) - len(a | b)) / len(cells(hull))
    pair = [labelled(first)], [labelled(second)]  # type: ignore[arg-type]
    assert overlaps(*pair)[0, 0] == pytest.approx(iou)
    assert overlaps(*pair, generalized=True)[0, 0] == pytest.approx((giou + 1) / 2)


@settings(max_examples=150)
@given(st.integers(1, 5), st.integers(1, 5), st.integers(0, 10**6), st.booleans())
def test_matching_finds_the_best_of_all_permutations(rows: int, columns: int, seed: int, binary: bool) -> None:
    random = np.random.default_rng(seed)
    weights = random.random((rows, columns)) * (random.random((rows, columns)) < 0.7)
    weights = (weights > 0.4).astype(float) if binary else weights
    tall = weights if rows <= columns else weights.T
    best = max(
        sum(tall[row, column] for row, column in enumerate(chosen))
        for chosen in itertools.permutations(range(tall.shape[1]), tall.shape[0])
    )
    assert best_total(weights) == pytest.approx(best)


def test_matching_agrees_with_scipy_on_many_boxes() -> None:
    optimize = pytest.importorskip("scipy.optimize")
    weights = np.random.default_rng(0).random((60, 90))
    assert best_total(weights) == pytest.approx(weights[optimize.linear_sum_assignment(-weights)].sum())


def test_the_worst_matching_of_200_boxes_takes_less_than_its_deadline() -> None:
    weights = np.add.outer(np.arange(200.0), np.arange(200.0)) ** 1.5
    start = time.perf_counter()
    assert best_total(weights) > 0
    assert time.perf_counter() - start < 3.0


@pytest.mark.parametrize(
    "text",
    [
        "[[10,20,30,40]]", "[10, 20, 30, 40]", "[[010,020,030,040]]", "(10, 20, 30, 40)", "{10,20,30,40}",
        "<10,20,30,40>", "10, 20, 30, 40", "<box>[[10,20,30,40]]</box>", "<box>(10,20),(30,40)</box>",
        "<|box_start|>(10,20),(30,40)<|box_end|>", "<box>10 20 30 40</box>", "\\boxed{[10,20,30,40]}",
        '[{"bbox_2d": [10, 20, 30, 40], "label": ""}]', '{"bbox": [10, 20, 30, 40]}', "{'box_2d': [[10, 20, 30, 40]]}",
        '```json\n[{"bbox_2d": [10, 20, 30, 40]}]\n```', "It is at [[10,20,30,40]] in the image.",
        "[[1e1,2e1,30.0,40.]]",
        "[[[[10,20,30,40]]]]", "［10，20，30，40］",
    ],
)  # fmt: skip
def test_every_spelling_is_the_same_box(text: str) -> None:
    assert READER.read(text) == [LabelledBox((0.01, 0.02, 0.03, 0.04))]


@pytest.mark.parametrize(
    "text",
    [
        "", "nothing", "[[NaN,100,300,300]]", "[[100,100,Infinity,300]]", "[[1e400,100,300,300]]", "[[-5,0,10,10]]",
        "[[100,100,300,3000]]", '[["100","100","300","300"]]', "[[true,100,300,300]]", "[[0x64,100,300,300]]",
        "[[1_00,100,300,300]]", "[[100,100,300]]", "[[100,100,300,300,1]]", "[[300,300,100,100]]",
        "[[100,300,300,100]]", "[[200,200,200,200]]", "[[100,100,300,300]", "[[100,100,300,300],[nan,1,2,3]]",
        '[{"bbox_2d": [1,2,3,4], "bbox": [5,6,7,8]}]', '[{"bbox_2d": [1,2,3,"4"]}]', '[{"label": "dog"}]',
        "[[null,1,2,3]]",
        "[[1+1,2,3,4]]", "[[__import__('os'),2,3,4]]",
    ],
)  # fmt: skip
def test_what_is_no_box_is_refused(text: str) -> None:
    with pytest.raises(Unreadable) as error:
        READER.read(text)
    assert error.value.status is Status.INVALID_ANSWER


@pytest.mark.parametrize(
    "text",
    [
        "[" + "[1,1,2,2]," * 20_000 + "[1,1,2,2]]",
        "[" * 20 + "1,2,3,4" + "]" * 20,
        "[[1,1,2,2]" + ",[1,1,2,2]" * MAX_BOXES + "]",
    ],
)
def test_too_many_boxes_are_over_the_limit(text: str) -> None:
    with pytest.raises(Unreadable) as error:
        READER.read(text)
    assert error.value.status is Status.OVER_LIMIT


@pytest.mark.parametrize("text", ["[" * 30_000, "<" * 30_000, "1," * 15_000, "[1,1,2,2" * 3_000, "<box>" * 6_000])
def test_hostile_text_is_read_in_linear_time(text: str) -> None:
    start = time.perf_counter()
    with pytest.raises(Unreadable):
        READER.read(text)
    assert time.perf_counter() - start < 0.3


def test_an_explicit_empty_list_has_no_boxes_and_labels_are_folded() -> None:
    assert all(READER.read(text) == [] for text in ("[]", "[ ]", "[[ ]]", "```json\n[\n]\n```"))
    assert READER.read('[{"bbox_2d": [1,2,3,4], "label": " The  Dog"}]')[0].label == "the dog"
    assert [len(READER.read(text)) for text in ("[1,2,3,4], [5,6,7,8]", "(1,2),(3,4),(5,6),(7,8)")] == [2, 2]


def test_width_and_height_and_clipping_are_declared() -> None:
    assert BoxReader(Frame(100, 100), "xywh").read("[10, 20, 30, 40]")[0].box == (0.1, 0.2, 0.4, 0.6)
    assert BoxReader(Frame(100, 100), out_of_range="clip").read("[50, -10, 150, 40]")[0].box == (0.5, 0.0, 1.0, 0.4)
    with pytest.raises(Unreadable):
        BoxReader(Frame(100, 100), out_of_range="clip").read("[150, 150, 200, 200]")


def test_pixels_need_the_size_of_the_image() -> None:
    assert frame_of("pixels", Spaces(image_width=640, image_height=480)) == Frame(640, 480)
    assert frame_of("resized", Spaces(image_width=640, resized_width=320, resized_height=240)) == Frame(320, 240)
    with pytest.raises(ValueError, match="resized_width"):
        frame_of("resized", Spaces(image_width=640, image_height=480))


@pytest.mark.parametrize(
    "gold", [[[10, 20, 30, 40]], [10, 20, 30, 40], "[[10,20,30,40]]", {"bbox_2d": [10, 20, 30, 40]}]
)
def test_golds_are_text_or_json(gold: object) -> None:
    assert read_gold_boxes(gold, READER) == [LabelledBox((0.01, 0.02, 0.03, 0.04))]


def test_every_tag_holds_a_box_of_its_own() -> None:
    boxes = READER.read("<box>100 200 300 400</box><BOX>1 2 3 4</BOX>")
    assert [one.box for one in boxes] == [(0.1, 0.2, 0.3, 0.4), (0.001, 0.002, 0.003, 0.004)]
    with pytest.raises(Unreadable):
        READER.read("<box></box>")
