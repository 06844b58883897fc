"""Coordinates in a declared space, the number groups in a text, and points: read, compared, never guessed.

Everything is brought to fractions of the image, x and y in [0, 1], y pointing down.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any, Literal

from rewards.reading.json_values import JsonValue, Unreadable, read_json
from rewards.reading.normalize import normalize, unwrap
from rlcs.records import Status

Space = Literal["0-1000", "0-1", "pixels", "resized"]
Edges = Literal["inclusive", "strict"]
Point = tuple[float, float]
Box = tuple[float, float, float, float]
"""Left, top, right, bottom as fractions of the image; left < right and top < bottom."""

MAX_CHARACTERS = 32_768
MAX_DEPTH = 8
ROUNDING = 1e-9
"""Coordinates and scores this close are the same: what division by the size of the image may lose."""
POINT_KEYS = ("point_2d", "point", "coordinate", "coordinates", "click_point", "position")

_NUMBER = r"-?(?:\d{1,32}(?:\.\d{0,32})?|\.\d{1,32})(?:[eE][+-]?\d{1,3})?"
_ITEM = re.compile(rf"(?:[A-Za-z]\w{{0,19}} ?[=:] ?)?({_NUMBER})", re.ASCII)
_GROUP = re.compile(r"[\[({<]([^\[\](){}<>]*)[\])}>]")
_TAG = re.compile(r"</?(?:box|bbox|point|ref|coordinate)>|<\|/?(?:box|point|object_ref|ref)(?:_start|_end)?\|>", re.I)
_TAGGED = re.compile(r"<(box|bbox|point)>([^<>]+)</\1>", re.I)
_BRACKETS = str.maketrans("【】〔〕", "[][]")
_ALTERNATIVES = re.compile(
    r"[\])}>][^\[\](){}<>]{0,40}?(?:\b(?:or|alternatively)\b|或)[^\[\](){}<>]{0,40}[\[({<]|\bnot (?:at )?[\[({<]", re.I
)
_MAY_DOUBT = frozenset(("or", "not", "alternatively"))
_NEXT_OBJECT = re.compile(r"\}\s*[,;]?\s*\{")
_POINT_TAG = re.compile(
    rf"<points? x1?=[\"']({_NUMBER})[\"'] y1?=[\"']({_NUMBER})[\"'](?: alt=[\"'][^\"'<>]*[\"'])?>[^<>]*</points?>"
)
_FENCE = re.compile(r"\A```[A-Za-z]{0,12}\s|```\Z")


@dataclass(frozen=True, slots=True)
class Frame:
    """A declared coordinate space: how wide and high the image is in it."""

    width: float
    height: float

    def point(self, x: float, y: float) -> Point:
        """Return a point as fractions of the image; raises Unreadable outside it."""
        if not (0 <= x <= self.width and 0 <= y <= self.height):
            raise Unreadable(f"({x:g}, {y:g}) lies outside 0 to {self.width:g}, 0 to {self.height:g}")
        return x / self.width, y / self.height


@dataclass(frozen=True, slots=True, kw_only=True)
class Spaces:
    """Parameters that the spatial verifiers share: how places are declared to be written, and the sizes this needs."""

    space: Space = "0-1000"
    """That of the answer."""
    gold_space: Space = "0-1000"
    image_width: int = 0
    """Pixels of the image, 0 where not declared."""
    image_height: int = 0
    resized_width: int = 0
    """Pixels of the image as the model was shown it, 0 where not declared."""
    resized_height: int = 0

    def frame(self) -> Frame:
        """Return the frame of the answer; raises ValueError when it needs a size that is not declared."""
        return frame_of(self.space, self)

    def gold_frame(self) -> Frame:
        """Return the frame of the gold; raises ValueError when it needs a size that is not declared."""
        return frame_of(self.gold_space, self)


THOUSANDTHS = Spaces()
"""Both sides in thousandths of the image."""


def frame_of(space: Space, sizes: Spaces = THOUSANDTHS) -> Frame:
    """Return the frame of a declared space; raises ValueError when it needs a size that is not declared."""
    if space == "0-1000":
        return Frame(1000, 1000)
    if space == "0-1":
        return Frame(1, 1)
    kind = "image" if space == "pixels" else space
    width, height = getattr(sizes, f"{kind}_width"), getattr(sizes, f"{kind}_height")
    if width <= 0 or height <= 0:
        raise ValueError(f"the space {space!r} needs {kind}_width and {kind}_height, got {width} and {height}")
    return Frame(width, height)


def plain_text(answer: str) -> str:
    """Return an answer without code fence, box tags and `\\boxed{}`; raises Unreadable when it is too long."""
    if len(answer) > MAX_CHARACTERS:
        raise Unreadable(f"longer than {MAX_CHARACTERS} characters", Status.OVER_LIMIT)
    # Each tagged part stays a group of its own: <point>1 2</point><point>3 4</point> is not "1 2 3 4".
    text = _FENCE.sub("", answer.strip())
    text = text if text.isascii() else text.translate(_BRACKETS)
    if "<" in text:
        text = _POINT_TAG.sub(r"[\1, \2]", _TAGGED.sub(r"[\2]", text))
    if not text.isascii() or not _MAY_DOUBT.isdisjoint(text.lower().split()):
        _refuse_alternatives(text)
    return unwrap(normalize(_TAG.sub(" ", text)))


def _refuse_alternatives(text: str) -> None:
    if _ALTERNATIVES.search(text):
        raise Unreadable("more than one answer")


def may_be_many(answer: str, gold: Any, limit: int) -> bool:
    """Tell whether answer and gold may both hold more than `limit` points or boxes: matching them takes a while."""
    num_golds = sum(map(gold.count, "[(<{")) if isinstance(gold, str) else len(gold)
    return num_golds > limit and len(answer.replace(",", " ").split()) > 2 * limit


def number_groups(text: str) -> list[tuple[float, ...]]:
    """Return the numbers of every innermost bracket, of any kind: `[[1,2],(3,4)]` is (1, 2), (3, 4).

    A bracket that holds digits or commas must hold numbers only. Without any bracket the whole text is one group.
    """
    if _depth(text) > MAX_DEPTH:
        raise Unreadable(f"brackets nested deeper than {MAX_DEPTH}", Status.OVER_LIMIT)
    found = [inner for inner in _GROUP.findall(text) if "," in inner or any(map(str.isdigit, inner))]
    if not found:
        return [_numbers(text)] if any(map(str.isdigit, text)) else []
    return [_numbers(inner) for inner in found]


def read_points(answer: str, frame: Frame, *, accept_boxes: bool = False) -> list[Point]:
    """Return the points of an answer, or the centres of its boxes where they are accepted; raises Unreadable.

    Read: `[x, y]`, `(x, y)`, `[[x, y], …]`, `x, y`, `<point>(x, y)</point>`, `[{"point_2d": [x, y]}]`, `{"x": 1,
    "y": 2}`, `CLICK(point=(x, y))`, with words around.
    """
    text = plain_text(answer)
    groups = _json_groups(text) if holds_json(text) else number_groups(text)
    if not groups:
        raise Unreadable("no point found")
    return [as_point(group, frame, accept_boxes=accept_boxes) for group in groups]


def as_point(numbers: tuple[float, ...], frame: Frame, *, accept_boxes: bool = False) -> Point:
    """Return x, y as a point, or the centre of left, top, right, bottom."""
    if len(numbers) == 2:
        return frame.point(*numbers)
    if len(numbers) != 4 or not accept_boxes:
        raise Unreadable(f"expected x and y, got {len(numbers)} numbers")
    (left, top), (right, bottom) = frame.point(*numbers[:2]), frame.point(*numbers[2:])
    if left > right or top > bottom:
        raise Unreadable("the corners of the box are swapped")
    return (left + right) / 2, (top + bottom) / 2


def holds_json(text: str) -> bool:
    """Tell whether a text writes its coordinates as JSON objects with keys."""
    return "{" in text and ('"' in text or "'" in text)


def json_part(text: str) -> JsonValue:
    """Return the value between the first and the last bracket of a text."""
    starts = [position for position in (text.find("["), text.find("{")) if position >= 0]
    part = text[min(starts, default=0) : max(text.rfind("]"), text.rfind("}")) + 1]
    if part.startswith("{") and part.endswith("}") and _NEXT_OBJECT.search(part):
        part = f"[{_NEXT_OBJECT.sub('},{', part)}]"  # objects one a line
    return read_json(part)


def as_numbers(value: JsonValue) -> tuple[float, ...]:
    """Return a JSON list of numbers; raises Unreadable (a boolean or a text in quotes is no number)."""
    if not isinstance(value, list) or any(isinstance(v, bool) or not isinstance(v, int | float) for v in value):
        raise Unreadable(f"expected a list of numbers, got {str(value)[:60]}")
    return tuple(_float(v) for v in value if isinstance(v, int | float))


def one_key(value: dict[str, JsonValue], names: tuple[str, ...]) -> str:
    """Return which one of `names` is a key; raises Unreadable when none or several are."""
    found = [name for name in names if name in value]
    if len(found) != 1:
        raise Unreadable(
            f"expected one of the keys {', '.join(names)}, got {', '.join(map(str, value))[:60] or 'none'}"
        )
    return found[0]


def inside(point: Point, box: Box, edges: Edges = "inclusive") -> bool:
    """Tell whether a point lies in a box; its edges count unless `edges` is strict."""
    slack = ROUNDING if edges == "inclusive" else -ROUNDING
    return (
        box[0] - slack <= point[0] <= box[2] + slack and box[1] - slack <= point[1] <= box[3] + slack
    )  # fmt: skip


def distance_to_box(point: Point, box: Box) -> float:
    """Return the distance to the nearest point of a box in fractions of the image: 0 inside."""
    return math.hypot(
        max(box[0] - point[0], point[0] - box[2], 0.0), max(box[1] - point[1], point[1] - box[3], 0.0)
    )  # fmt: skip


def decay(distance: float, limit: float, power: float = 1.0) -> float:
    """Return (1 - distance / limit)^power, and 0 from the limit on."""
    if distance <= ROUNDING:
        return 1.0
    return (1.0 - distance / limit) ** power if distance < limit - ROUNDING else 0.0


def _json_groups(text: str) -> list[tuple[float, ...]]:
    value = json_part(text)
    groups = []
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict) and isinstance(inner := item.get("arguments"), dict):
            item = inner  # a tool call
        if not isinstance(item, dict):
            groups.append(as_numbers(item))
        elif "x" in item and "y" in item:
            groups.append(as_numbers([item["x"], item["y"]]))
        else:
            groups.append(as_numbers(item[one_key(item, (*POINT_KEYS, "bbox_2d", "box_2d", "bbox"))]))
    return groups


def _numbers(text: str) -> tuple[float, ...]:
    """Return the numbers of `1, 2` or `1 2` or `x=1, y=2`; raises Unreadable on anything else."""
    items = text.split(",") if "," in text else text.split()
    matches = [_ITEM.fullmatch(item.strip()) for item in items]
    if not matches or None in matches:
        raise Unreadable(f"expected numbers, got {text[:60]!r}")
    return tuple(_float(float(match[1])) for match in matches if match is not None)


def _float(value: int | float) -> float:
    if isinstance(value, int) and abs(value) > 10**12:
        raise Unreadable("a coordinate is too large")
    if not math.isfinite(value):
        raise Unreadable("a coordinate is not finite")
    return float(value)


def _depth(text: str) -> int:
    """Return how deeply brackets nest; raises Unreadable when they do not close."""
    depth = deepest = 0
    for character in text:
        depth += (character in "[({") - (character in "])}")
        deepest = max(deepest, depth)
        if depth < 0:
            break
    if depth:
        raise Unreadable("the brackets do not close")
    return deepest


def click_target(gold: Any, frame: Frame) -> Point | Box:
    """Return the gold of a click as a point or a box; raises ValueError."""
    groups = number_groups(plain_text(gold)) if isinstance(gold, str) else []
    numbers = groups[0] if len(groups) == 1 else as_numbers(_innermost(gold))
    if len(numbers) == 2:
        return as_point(numbers, frame)
    if len(numbers) != 4 or numbers[0] >= numbers[2] or numbers[1] >= numbers[3]:
        raise ValueError(f"the gold must be a point [x, y] or a box [x1, y1, x2, y2], got {gold}")
    return (*frame.point(*numbers[:2]), *frame.point(*numbers[2:]))


def _innermost(gold: Any) -> Any:
    """Take the outer brackets off [[x1, y1, x2, y2]]."""
    return gold[0] if isinstance(gold, list) and len(gold) == 1 else gold
