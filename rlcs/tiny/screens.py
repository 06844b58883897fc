"""Small screens with buttons and text fields, and one thing to do. The level is the number of widgets."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Any

from rlcs.tiny.canvas import LETTERS, blank, font, png, write_one_of
from rlcs.tiny.problems import Problem, Work, Write, kind

_SIZES = ((112, 112), (112, 112), (112, 140))
"""Widgets are two cells wide and one high, in two columns."""
_COLUMNS = 2
_ROW_PIXELS = 28
_SWIPE_SHARE = 0.1
_DIRECTIONS = ("down", "left", "right", "up")


@dataclass(frozen=True, slots=True)
class Widget:
    """A button or a text field with a letter on it."""

    label: str
    is_field: bool


@kind("screen", "gui.action", media="image")
def screen(random: Random, level: int) -> Problem:
    """`tap K` is worked `A;K;row 1;column 2`: widgets in reading order up to it, then its place.

    d = the number of widgets looked at + 2. `type 42 in A` is worked in the same way; a swipe looks at none, d = 1.
    """
    size = random.choice(_SIZES)
    widgets = [Widget(label, random.random() < 0.4) for label in random.sample(LETTERS, level)]
    if random.random() < _SWIPE_SHARE:
        direction = random.choice(_DIRECTIONS)
        return _problem(
            size,
            widgets,
            prompt=f"swipe {direction}",
            answer=_swipe(direction),
            work=lambda write: _work_swipe(direction, write),
        )
    number = random.randrange(level)
    wanted, text = widgets[number], str(random.randint(10, 99))
    order = f"type {text} in {wanted.label}" if wanted.is_field else f"tap {wanted.label}"
    typed = text if wanted.is_field else None
    return _problem(
        size,
        widgets,
        prompt=order,
        answer=_act(typed, *divmod(number, _COLUMNS), size),
        work=lambda write: _work_act([widget.label for widget in widgets], wanted.label, typed, size, write),
    )


def _problem(size: tuple[int, int], widgets: list[Widget], **rest: Any) -> Problem:
    return Problem(image=partial(_draw, size, widgets), scene=f"{size} {widgets}", **rest)


def _swipe(direction: str) -> str:
    return json.dumps({"action_type": "swipe", "direction": direction}, separators=(",", ":"))


def _act(text: str | None, row: int, column: int, size: tuple[int, int]) -> str:
    """Return the action on the widget in a row and column, both from 0: a click, or typing `text` into it."""
    action = {"action_type": "click"} if text is None else {"action_type": "input_text", "text": text}
    height = 1000 * _ROW_PIXELS // size[1]
    box = [500 * column + 50, height * row + 25, 500 * column + 450, height * (row + 1) - 25]
    return json.dumps({**action, "box_2d": [box]}, separators=(",", ":"))


def _work_swipe(direction: str, write: Write) -> Work:
    written = write_one_of(write, direction, _DIRECTIONS)
    return [written], _swipe(written)


def _work_act(labels: list[str], wanted: str, text: str | None, size: tuple[int, int], write: Write) -> Work:
    steps: list[str] = []
    for label in labels:
        steps.append(write_one_of(write, label, LETTERS))
        if steps[-1] == wanted:
            break
    last_row = size[1] // _ROW_PIXELS - 1
    row, column = divmod(len(steps) - 1, _COLUMNS)
    row, column = write(row, last_row), write(column, _COLUMNS - 1)
    return [*steps, f"row {row + 1}", f"column {column + 1}"], _act(text, row, column, size)


def _draw(size: tuple[int, int], widgets: list[Widget]) -> bytes:
    from PIL import ImageDraw

    image = blank(size)
    pen = ImageDraw.Draw(image)
    width = size[0] // _COLUMNS
    for number, widget in enumerate(widgets):
        row, column = divmod(number, _COLUMNS)
        left, top = column * width, row * _ROW_PIXELS
        edges = (left + 3, top + 2, left + width - 4, top + _ROW_PIXELS - 3)
        if widget.is_field:
            pen.rectangle(edges, fill="white", outline="black")
        else:
            pen.rounded_rectangle(edges, radius=6, fill="#c8d8f8")
        # At the left end, in the middle of a cell.
        pen.text((left + 14, top + 14), widget.label, "black", font(18), anchor="mm")
    return png(image)
