"""Images of a task with the boxes and points of answer and gold on them, in whatever space the task declares.

Images come from data files: they are opened with caps, decoded, and encoded anew, so that a browser gets nothing but
pixels. An address (https://…) is never fetched.
"""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, get_args

from rewards.reading.boxes import BoxReader, read_gold_boxes
from rewards.reading.json_values import Unreadable
from rewards.reading.points import Box, Frame, Point, Space, Spaces, frame_of, read_points
from rewards.verifiers.screens.actions import read_action
from rewards.verifiers.screens.spaces import ActionSpace
from rlcs.config.schema import ImagesConfig
from rlcs.errors import UserError
from rlcs.images import describe, image_size, load_image

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_PIXELS = 50_000_000
MAX_SIDE = 800
"""Longer side of what is sent to the browser, in pixels."""
MAX_IMAGES = 4
PICTURES_KEPT = 64
"""Pictures that are remembered: as many as the frames of two films (films.py)."""

Role = Literal["gold", "answer"]
SPATIAL = ("grounding.box", "grounding.point", "gui.action", "gui.point")
"""Domains whose answers are places in the image."""
_SIZES = ("image_width", "image_height", "resized_width", "resized_height")
_ACTION_SPACES: tuple[ActionSpace, ...] = ("mobile", "desktop", "web")


class NoPicture(Exception):
    """An image, or coordinates, that cannot be shown; the text says why."""


@dataclass(frozen=True, slots=True)
class Picture:
    """An image ready for a browser."""

    address: str
    """data:image/…"""
    width: int
    """Of the image as it is stored and stands upright, in pixels; height likewise."""
    height: int


@dataclass(frozen=True, slots=True)
class Mark:
    """A box or point, as fractions of the image."""

    place: Box | Point
    role: Role
    label: str = ""


def references(images: Any) -> list[str | bytes]:
    """Return the images of a row as it stores them: paths, encoded bytes, or records of both."""
    found: list[str | bytes] = []
    for item in images if isinstance(images, list) else []:
        value = (item.get("bytes") or item.get("path")) if isinstance(item, dict) else item
        if isinstance(value, str | bytes) and value:
            found.append(value)
    return found


@lru_cache(maxsize=PICTURES_KEPT)
def picture(reference: str | bytes, max_pixels: int | None = None) -> Picture:
    """Return an image for the browser, upright as the model saw it, of so many pixels at most; raises NoPicture."""
    settings = ImagesConfig(max_pixels=None)
    # Pillow's readers raise nearly anything on a broken file; whatever it is, this image is not shown.
    try:
        width, height = image_size(reference, settings)
        if width * height > MAX_PIXELS:
            raise NoPicture(f"{describe(reference)}: {width} × {height} pixels are too many to show")
        address = address_of(load_image(reference, ImagesConfig(max_pixels=max_pixels)))
    except (NoPicture, UserError) as error:
        raise NoPicture(str(error)) from error
    except Exception as error:
        raise NoPicture(f"{describe(reference)} is no readable image ({type(error).__name__})") from error
    return Picture(address, width, height)


def address_of(image: Image) -> str:
    """Return the pixels of an image as data:image/…, a large one made smaller."""
    return f"data:image/jpeg;base64,{base64.b64encode(encoded(image)).decode()}"


def encoded(image: Image) -> bytes:
    """Return the pixels of an image as a file, a large one made smaller."""
    image.thumbnail((MAX_SIDE, MAX_SIDE))
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=85)
    return stream.getvalue()


def read_params(params: Any) -> dict[str, Any]:
    """Return the parameters of a row, stored as JSON text; none when they are not that."""
    if isinstance(params, str):
        try:
            params = json.loads(params)
        except ValueError:
            return {}
    return dict(params) if isinstance(params, Mapping) else {}


def judging_params(config: Mapping[str, Any], source: str, params: Any) -> dict[str, Any]:
    """Return what the verifier of a source is told: parameters of its reward, then those of the task (JSON text)."""
    rewards = _record(config.get("rewards"))
    name = _source(config, source).get("reward") or (source if source in rewards else "default")
    return {**_record(_record(rewards.get(name)).get("params")), **read_params(params)}


def acting_params(config: Mapping[str, Any], source: str, params: Any) -> dict[str, Any]:
    """Return how the turns of a source are read: what its environment and its task say of actions and their space.

    What neither says is the default of all environments: any action space, places from 0 to 1000.
    """
    environment = _record(_source(config, source).get("environment"))
    said = {name: value for name, value in _record(environment.get("params")).items() if name in ("actions", "space")}
    return {"actions": "by_gold", **said, **read_params(params)}


def marks(text: str, role: Role, domain: str, params: Mapping[str, Any], size: tuple[int, int]) -> list[Mark]:
    """Return the boxes and points that an answer or a gold names.

    Args:
        params: what the verifier knows: space, gold_space, corners, gold_corners, actions, image and resized sizes.
        size: width and height of the image in pixels, for spaces that need it where `params` leave it out.

    Raises NoPicture when there is nothing to draw: why, in words.
    """
    try:
        frame = _frame(role, domain, params, size)
        if domain == "gui.action":
            return _action_marks(text, role, params, frame)
        reader = BoxReader(frame, _corners(role, params))
        readers = (_points, _boxes) if role == "answer" and domain.endswith("point") else (_boxes, _points)
        return [Mark(place, role, label) for place, label in _first_readable(text, readers, reader)]
    except (Unreadable, ValueError, TypeError, KeyError) as error:
        raise NoPicture(str(error)[:200]) from error


def _source(config: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return what config.yaml says of a training source; {} where it says nothing."""
    sources = _record(config.get("data")).get("train")
    rows = [row for row in sources if isinstance(row, dict)] if isinstance(sources, list) else []
    return next((row for row in rows if row.get("name") == name), {})


def _record(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _frame(role: Role, domain: str, params: Mapping[str, Any], size: tuple[int, int]) -> Frame:
    declared = {name: params[name] for name in _SIZES if isinstance(params.get(name), int)}
    size_of_image = {"image_width": size[0], "image_height": size[1]}
    # Actions declare one space for both sides.
    name = "space" if role == "answer" or domain == "gui.action" else "gold_space"
    space = params.get(name, "0-1000")
    if space not in get_args(Space):
        raise NoPicture(f"{name} is {space!r}; known: {', '.join(get_args(Space))}")
    return frame_of(space, Spaces(**{**size_of_image, **declared}))


def _corners(role: Role, params: Mapping[str, Any]) -> Literal["xyxy", "xywh"]:
    return "xywh" if params.get("corners" if role == "answer" else "gold_corners") == "xywh" else "xyxy"


def _first_readable(text: str, readers: Sequence[Any], reader: BoxReader) -> list[tuple[Box | Point, str]]:
    """Return what the first reader that can read the text finds; what the first one says when none can."""
    faults = []
    for read in readers:
        try:
            found: list[tuple[Box | Point, str]] = read(text, reader)
            return found
        except ValueError as fault:
            faults.append(fault)
    raise faults[0]


def _boxes(text: str, reader: BoxReader) -> list[tuple[Box | Point, str]]:
    return [(one.box, one.label) for one in read_gold_boxes(text, reader)]


def _points(text: str, reader: BoxReader) -> list[tuple[Box | Point, str]]:
    return [(point, "") for point in read_points(text, reader.frame)]


def _action_marks(text: str, role: Role, params: Mapping[str, Any], frame: Frame) -> list[Mark]:
    """Return the places of an action, and for the gold the element that it must hit."""
    spaces = [space for space in _ACTION_SPACES if params.get("actions", "mobile") in (space, "by_gold")]
    if not spaces:
        raise NoPicture(f"actions of {params.get('actions')} are not drawn")
    found = []
    if role == "gold" and isinstance(params.get("target_box"), list):
        found.append(Mark(BoxReader(frame).from_json(params["target_box"])[0].box, role, "target"))
    faults: list[Unreadable] = []
    for space in spaces:
        try:
            action = read_action(text, space, frame)
        except Unreadable as fault:
            faults.append(fault)
            continue
        places = {name: value for name, value in action.fields.items() if isinstance(value, tuple)}
        return found + [Mark(place, role, action.name + " to" * (name == "end_box")) for name, place in places.items()]
    raise faults[0]
