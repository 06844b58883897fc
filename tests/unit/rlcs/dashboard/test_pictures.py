"""Images and marks: every space brought to fractions of the image, whatever is unreadable told in words."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from rlcs.dashboard.pictures import (
    Mark,
    NoPicture,
    acting_params,
    judging_params,
    marks,
    picture,
    read_params,
    references,
)

SIZE = (200, 100)


def png(size: tuple[int, int] = SIZE) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", size, "white").save(stream, "PNG")
    return stream.getvalue()


def places(text: str, role: Any = "answer", domain: str = "grounding.box", **params: Any) -> list[tuple[float, ...]]:
    return [mark.place for mark in marks(text, role, domain, params, SIZE)]


def test_a_path_and_bytes_become_the_same_picture(tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    file.write_bytes(png())
    from_path, from_bytes = picture(str(file)), picture(png())
    assert from_path == from_bytes
    assert (from_path.width, from_path.height) == SIZE
    decoded = Image.open(io.BytesIO(base64.b64decode(from_path.address.partition(",")[2])))
    assert decoded.size == SIZE


def test_a_large_image_is_sent_small_and_known_by_its_real_size() -> None:
    shown = picture(png((3000, 1500)))
    decoded = Image.open(io.BytesIO(base64.b64decode(shown.address.partition(",")[2])))
    assert (shown.width, shown.height) == (3000, 1500) and decoded.size == (800, 400)


@pytest.mark.parametrize(
    ("reference", "why"),
    [
        (b"<svg onload=alert(1)>", "image of 21 bytes cannot be read"),
        ("/nowhere/a.png", "image /nowhere/a.png cannot be read: No such file or directory; "),
        ("https://example.org/a.png", "not fetched"),
        ("/etc/passwd", "cannot be read: it is none of PNG"),
        ("a\0b", "cannot be read"),
        (png()[:60], "cannot be read"),
    ],
)
def test_what_is_no_image_is_told(reference: str | bytes, why: str) -> None:
    with pytest.raises(NoPicture, match=why):
        picture(reference)


def test_a_photo_stands_upright_as_the_model_saw_it() -> None:
    """A phone stores what it took upright as a picture lying on its side, and says so."""
    lying = Image.new("RGB", (200, 100), "white")
    lying.paste("black", (0, 0, 20, 100))
    stream, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = 6
    lying.save(stream, "JPEG", exif=exif)
    shown = picture(stream.getvalue())
    assert (shown.width, shown.height) == (100, 200)
    decoded = Image.open(io.BytesIO(base64.b64decode(shown.address.partition(",")[2]))).convert("L")
    assert decoded.getpixel((50, 5)) < 50 and decoded.getpixel((5, 190)) > 200
    (mark,) = marks("[50, 0, 100, 20]", "answer", "grounding.box", {"space": "pixels"}, (shown.width, shown.height))
    assert mark.place == (0.5, 0.0, 1.0, 0.1)


def test_too_many_pixels_are_not_decoded() -> None:
    stream = io.BytesIO()
    Image.new("1", (10_000, 6_000)).save(stream, "PNG")
    with pytest.raises(NoPicture, match="too many"):
        picture(stream.getvalue())


@pytest.mark.parametrize(
    ("text", "params"),
    [
        ("[[250, 500, 750, 1000]]", {}),
        ("[0.25, 0.5, 0.75, 1]", {"space": "0-1"}),
        ("[50, 50, 150, 100]", {"space": "pixels"}),
        ("[500, 500, 1500, 1000]", {"space": "pixels", "image_width": 2000, "image_height": 1000}),
        ("[100, 200, 300, 400]", {"space": "resized", "resized_width": 400, "resized_height": 400}),
        ("[250, 500, 500, 500]", {"corners": "xywh"}),
    ],
)
def test_a_box_of_every_space_lies_where_it_lies(text: str, params: dict[str, Any]) -> None:
    assert places(text, **params) == [(0.25, 0.5, 0.75, 1.0)]


def test_gold_and_answer_have_spaces_of_their_own() -> None:
    params = {"space": "pixels", "gold_space": "0-1"}
    assert places("[100, 50, 200, 100]", **params) == [(0.5, 0.5, 1.0, 1.0)]
    assert places("[0.5, 0.5, 1, 1]", role="gold", **params) == [(0.5, 0.5, 1.0, 1.0)]


def test_points_are_points_and_boxes_for_points_are_boxes() -> None:
    assert places("(500, 250)", domain="gui.point") == [(0.5, 0.25)]
    assert places("(0,0), (1000,500)", domain="grounding.point") == [(0.0, 0.0), (1.0, 0.5)]
    assert places("(0,0), (1000,500)", domain="grounding.box") == [(0.0, 0.0, 1.0, 0.5)]
    assert places("[0, 0, 500, 500]", role="gold", domain="gui.point") == [(0.0, 0.0, 0.5, 0.5)]


def test_labels_are_kept() -> None:
    (mark,) = marks('[{"bbox_2d": [0, 0, 500, 500], "label": "Cat"}]', "answer", "grounding.box", {}, SIZE)
    assert mark == Mark((0.0, 0.0, 0.5, 0.5), "answer", "cat")


def test_actions_show_where_they_click() -> None:
    click = json.dumps({"action_type": "click", "box_2d": [[0, 0, 500, 1000]]})
    assert places(click, domain="gui.action") == [(0.0, 0.0, 0.5, 1.0)]
    assert places("click(start_box='[500, 500]')", domain="gui.action", actions="desktop") == [(0.5, 0.5)]
    assert places(click, domain="gui.action", actions="by_gold", role="gold", target_box=[0, 0, 100, 100]) == [
        (0.0, 0.0, 0.1, 0.1),
        (0.0, 0.0, 0.5, 1.0),
    ]


@pytest.mark.parametrize(
    ("text", "params"),
    [
        ("the cat", {}),
        ("[1, 2, 3", {}),
        ("[0, 0, 2000, 2000]", {}),
        ("[1, 2, 3, 4]", {"space": "resized"}),
        ("[1, 2, 3, 4]", {"space": "nonsense"}),
        ("[1, 2, 3, 4]", {"space": ["0-1"]}),
        ("[" * 100_000, {}),
    ],
)
def test_what_cannot_be_drawn_is_told(text: str, params: dict[str, Any]) -> None:
    with pytest.raises(NoPicture, match="."):
        places(text, **params)


def test_references_and_params_of_a_row_are_read_in_every_form() -> None:
    assert references([{"path": "a", "bytes": None}, {"path": None, "bytes": b"b"}, "c", None, 4]) == ["a", b"b", "c"]
    assert references(None) == references("a") == []
    assert read_params('{"space": "0-1"}') == {"space": "0-1"}
    assert read_params("[1]") == read_params("{") == read_params(None) == {}


def test_a_task_says_more_than_its_reward() -> None:
    config = {
        "data": {"train": [{"name": "a", "reward": "boxes"}, {"name": "b"}, "broken"]},
        "rewards": {"boxes": {"params": {"space": "pixels", "score": "f1"}}, "default": {"params": {"space": "0-1"}}},
    }
    assert judging_params(config, "a", '{"space": "resized"}') == {"space": "resized", "score": "f1"}
    assert judging_params(config, "b", None) == {"space": "0-1"}
    assert judging_params({}, "a", None) == judging_params({"rewards": 3, "data": []}, "a", None) == {}


def test_turns_are_read_as_their_environment_says_else_in_any_action_space() -> None:
    played = {"environment": {"name": "e", "params": {"actions": "web", "space": "0-1", "max_turns": 3}}, "name": "a"}
    config = {"data": {"train": [played, {"name": "b"}]}}
    assert acting_params(config, "a", None) == {"actions": "web", "space": "0-1"}
    assert acting_params(config, "a", '{"actions": "mobile"}') == {"actions": "mobile", "space": "0-1"}
    assert acting_params(config, "b", None) == acting_params({"data": 3}, "a", "[") == {"actions": "by_gold"}


def test_a_drag_has_a_mark_where_it_begins_and_one_where_it_ends() -> None:
    drag = "left_drag(start_box='[100, 200]', end_box='[500, 1000]')"
    found = marks(drag, "answer", "gui.action", {"actions": "by_gold"}, SIZE)
    assert [(mark.label, mark.place) for mark in found] == [
        ("left_drag", (0.1, 0.2)), ("left_drag to", (0.5, 1.0))
    ]  # fmt: skip
