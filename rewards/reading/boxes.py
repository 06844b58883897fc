"""Bounding boxes: read in the spellings models use, checked, and compared by overlap and one-to-one matching."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from rewards.reading.json_values import JsonValue, Unreadable
from rewards.reading.normalize import normalize
from rewards.reading.points import Box, Frame, as_numbers, holds_json, json_part, number_groups, one_key, plain_text
from rlcs.records import Status

Corners = Literal["xyxy", "xywh"]
OutOfRange = Literal["invalid", "clip"]

MAX_BOXES = 200
BOX_KEYS = ("bbox_2d", "box_2d", "bbox", "box", "bounding_box", "boxes", "bboxes", "objects")
CORNER_KEYS = tuple(
    dict.fromkeys(names.split())
    for names in ("x1 y1 x2 y2", "xmin ymin xmax ymax", "x_min y_min x_max y_max", "left top right bottom")
)
"""Left, top, right, bottom."""
LABEL_KEYS = ("label", "name", "category")


@dataclass(frozen=True, slots=True)
class LabelledBox:
    """A box and what it is said to show ("" where nothing is said)."""

    box: Box
    label: str = ""


@dataclass(frozen=True, slots=True)
class BoxReader:
    """How the boxes of an answer or a gold are written: declared, never guessed from the numbers."""

    frame: Frame
    corners: Corners = "xyxy"
    out_of_range: OutOfRange = "invalid"

    def read(self, answer: str) -> list[LabelledBox]:
        """Return the boxes of an answer, an explicit empty list as none; raises Unreadable.

        Read: `[[x1,y1,x2,y2], …]` with any brackets, one box without the outer ones, JSON objects with `bbox_2d` and
        `label`, `<box>…</box>`, `(x1,y1),(x2,y2)`, `\\boxed{…}`, words around.
        """
        text = plain_text(answer)
        if text.replace(" ", "") in ("[]", "[[]]", "{}", "()"):
            return []
        if holds_json(text):
            return self.from_json(json_part(text))
        groups = number_groups(text)
        if groups and all(len(group) == 2 for group in groups) and len(groups) % 2 == 0:
            groups = [first + second for first, second in zip(groups[::2], groups[1::2], strict=True)]
        if not groups:
            raise Unreadable("no box found")
        return self._capped([LabelledBox(self.box(group)) for group in groups])

    def from_json(self, value: JsonValue) -> list[LabelledBox]:
        """Return the boxes of a JSON value: a box, a list of boxes, or objects with a box and a label."""
        if isinstance(value, dict):
            label = next((value[key] for key in LABEL_KEYS if key in value), "")
            if corners := next((keys for keys in CORNER_KEYS if value.keys() >= keys.keys()), None):
                numbers = as_numbers([value[key] for key in corners])
                return [LabelledBox(replace(self, corners="xyxy").box(numbers), fold_label(label))]
            inner = self.from_json(value[one_key(value, BOX_KEYS)])
            if not label:
                return inner
            return [LabelledBox(one.box, fold_label(label)) for one in inner]
        if not isinstance(value, list):
            raise Unreadable(f"expected a box or a list of boxes, got {str(value)[:60]}")
        if value and not isinstance(value[0], list | dict):
            return [LabelledBox(self.box(as_numbers(value)))]
        return self._capped([box for item in value[: MAX_BOXES + 1] for box in self.from_json(item)])

    def box(self, numbers: tuple[float, ...]) -> Box:
        """Return four numbers as a box; raises Unreadable unless it lies in the image and has an area."""
        if len(numbers) != 4:
            raise Unreadable(f"a box has four numbers, got {len(numbers)}")
        left, top, right, bottom = numbers
        if self.corners == "xywh":
            right, bottom = left + right, top + bottom
        if self.out_of_range == "clip":
            left, right = (min(max(x, 0.0), self.frame.width) for x in (left, right))
            top, bottom = (min(max(y, 0.0), self.frame.height) for y in (top, bottom))
        if left >= right or top >= bottom:
            raise Unreadable("a box needs left < right and top < bottom")
        return (*self.frame.point(left, top), *self.frame.point(right, bottom))

    def _capped(self, boxes: list[LabelledBox]) -> list[LabelledBox]:
        if len(boxes) > MAX_BOXES:
            raise Unreadable(f"more than {MAX_BOXES} boxes", Status.OVER_LIMIT)
        return boxes


def read_gold_boxes(gold: Any, reader: BoxReader) -> list[LabelledBox]:
    """Return the boxes of a gold: text as a model may write it, or the JSON itself; raises ValueError."""
    return reader.read(gold) if isinstance(gold, str) else reader.from_json(gold)


def fold_label(label: JsonValue) -> str:
    """Return a label in the form in which labels are compared: normalised, without case."""
    return normalize(label).casefold() if isinstance(label, str) else ""


def overlaps(answers: list[LabelledBox], golds: list[LabelledBox], *, generalized: bool = False) -> NDArray[np.float64]:
    """Return IoU [A, G] of every answer with every gold box, each in [0, 1].

    generalized: (GIoU + 1) / 2 instead (Rezatofighi et al. 2019), so that it too lies in [0, 1].
    """
    found = np.array([one.box for one in answers], dtype=np.float64).reshape(-1, 1, 4)
    wanted = np.array([one.box for one in golds], dtype=np.float64).reshape(1, -1, 4)
    common = _area(np.maximum(found[..., :2], wanted[..., :2]), np.minimum(found[..., 2:], wanted[..., 2:]))
    union = _area(found[..., :2], found[..., 2:]) + _area(wanted[..., :2], wanted[..., 2:]) - common
    iou: NDArray[np.float64] = common / union
    if not generalized:
        return iou
    hull = _area(np.minimum(found[..., :2], wanted[..., :2]), np.maximum(found[..., 2:], wanted[..., 2:]))
    return (iou - (hull - union) / hull + 1.0) / 2.0


def _area(low: NDArray[np.float64], high: NDArray[np.float64]) -> NDArray[np.float64]:
    area: NDArray[np.float64] = np.clip(high - low, 0.0, None).prod(axis=-1)
    return area


def best_total(weights: NDArray[np.float64]) -> float:
    """Return the largest sum of weights [A, G] >= 0 that a one-to-one matching reaches.

    With 0/1 weights this is the largest number of pairs. Hungarian algorithm by shortest augmenting paths,
    O(min(A, G)^2 max(A, G)).
    """
    useful = weights[weights.any(axis=1)][:, weights.any(axis=0)]
    if useful.size == 0:
        return 0.0
    if 1 in useful.shape:
        return float(useful.max())
    rows = useful if useful.shape[0] <= useful.shape[1] else useful.T
    return float(sum(rows[row, column] for row, column in enumerate(_assign(rows.max() - rows))))


def _assign(cost: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the column of every row in the cheapest assignment of cost [R, C], R <= C."""
    num_rows, num_columns = cost.shape
    row_price, column_price = np.zeros(num_rows + 1), np.zeros(num_columns + 1)
    row_of = np.full(num_columns + 1, num_rows, dtype=np.intp)  # the last row and column stand for "none"
    for row in range(num_rows):
        row_of[num_columns] = row
        column, visited = num_columns, np.zeros(num_columns + 1, dtype=bool)
        slack, came_from = np.full(num_columns, np.inf), np.zeros(num_columns, dtype=np.intp)
        while row_of[column] != num_rows:
            visited[column] = True
            here = row_of[column]
            reduced = cost[here] - row_price[here] - column_price[:-1]
            better = ~visited[:-1] & (reduced < slack)
            slack[better], came_from[better] = reduced[better], column
            nearest = int(np.where(visited[:-1], np.inf, slack).argmin())
            step = slack[nearest]
            row_price[row_of[visited]] += step
            column_price[visited] -= step
            slack[~visited[:-1]] -= step
            column = nearest
        while column != num_columns:
            row_of[column] = row_of[came_from[column]]
            column = int(came_from[column])
    columns = np.zeros(num_rows + 1, dtype=np.intp)
    columns[row_of[:-1]] = np.arange(num_columns)
    return columns[:-1]
