"""Scenes of coloured shapes: box one, point at one, count some. The level is the number of shapes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import product
from random import Random
from typing import Any

from rlcs.tiny.canvas import COLOURS, blank, draw_size, png, write_coordinate, write_one_of
from rlcs.tiny.problems import Problem, Work, Write, kind

_SHAPES = ("block", "disc", "kite")
NAMES = tuple(f"{colour} {shape}" for colour, shape in product(COLOURS, _SHAPES))
_SLOTS = tuple((50 + 300 * column, 50 + 300 * row) for row in range(3) for column in range(3))
_SLOT, _STEP = 300, 100
_SIDES = (200, 300)
"""Every edge is 50, 150, … or 950: eleven pixels apart on the usual image, which a tiny model can tell apart."""

Box = tuple[int, int, int, int]
"""Left, top, right, bottom in thousandths of the image."""


@dataclass(frozen=True, slots=True)
class Thing:
    """A shape in a scene, for example "red disc" in (50, 100, 250, 300)."""

    name: str
    box: Box


@kind("box", "grounding.box", has_image=True)
def box(random: Random, level: int) -> Problem:
    """`box red disc` is worked `blue kite;red disc;50;100;250;300`: shapes in reading order up to it, then its edges.

    d = the number of shapes looked at + 4.
    """
    size, things, wanted = _search(random, level)
    return _problem(
        size,
        things,
        prompt=f"box {wanted.name}",
        answer=f"[{_list(wanted.box)}]",
        work=lambda write: _box(things, wanted.name, write),
    )


@kind("point", "grounding.point", has_image=True)
def point(random: Random, level: int) -> Problem:
    """`point red disc` is worked `blue kite;red disc;150;200`: d = the number of shapes looked at + 2."""
    size, things, wanted = _search(random, level)
    return _problem(
        size,
        things,
        prompt=f"point {wanted.name}",
        answer=f"[{_list(wanted.box)}]",
        work=lambda write: _point(things, wanted.name, write),
        # A slip of 100 from the middle of a small shape ends on its edge, and should cost.
        params={"edges": "strict"},
    )


@kind("count", "counting", has_image=True)
def count(random: Random, level: int) -> Problem:
    """`count red` is worked `red 1;blue 1;red 2`, the colour of every shape and how many so far: d = level."""
    size = draw_size(random)
    things = _scatter(random, [random.choice(NAMES) for _ in range(level)])
    part = random.choice((0, 1))
    words = tuple(COLOURS) if part == 0 else _SHAPES
    # Mostly what is there: else the answer would often be 0.
    wanted = random.choice(things).name.split()[part] if random.random() < 0.8 else random.choice(words)
    found = [thing.name.split()[part] for thing in things]
    return _problem(
        size,
        things,
        prompt=f"count {wanted}",
        answer=str(found.count(wanted)),
        work=lambda write: _count(found, wanted, words, write),
    )


def _search(random: Random, level: int) -> tuple[tuple[int, int], list[Thing], Thing]:
    size = draw_size(random)
    things = _scatter(random, random.sample(NAMES, level))
    return size, things, random.choice(things)


def _scatter(random: Random, names: list[str]) -> list[Thing]:
    """Put each shape into a slot of its own; return them in reading order."""
    slots = sorted(random.sample(range(len(_SLOTS)), len(names)))
    return [Thing(name, _box_in(random, *_SLOTS[slot])) for name, slot in zip(names, slots, strict=True)]


def _box_in(random: Random, left: int, top: int) -> Box:
    width, height = random.choice(_SIDES), random.choice(_SIDES)
    left += random.randrange(0, _SLOT - width + 1, _STEP)
    top += random.randrange(0, _SLOT - height + 1, _STEP)
    return left, top, left + width, top + height


def _problem(
    size: tuple[int, int],
    things: list[Thing],
    *,
    prompt: str,
    answer: str,
    work: Callable[[Write], Work],
    params: dict[str, Any] | None = None,
) -> Problem:
    return Problem(
        prompt=prompt,
        answer=answer,
        work=work,
        image=partial(_draw, size, things),
        scene=f"{size} {things}",
        params=params or {},
    )


def _list(numbers: tuple[int, ...]) -> str:
    return f"[{','.join(map(str, numbers))}]"


def _find(things: list[Thing], wanted: str, write: Write) -> tuple[list[str], Box]:
    """Name shapes in reading order until the wanted one is written; it is the last one looked at."""
    steps: list[str] = []
    for thing in things:
        steps.append(write_one_of(write, thing.name, NAMES))
        if steps[-1] == wanted:
            break
    return steps, thing.box


def _box(things: list[Thing], wanted: str, write: Write) -> Work:
    steps, found = _find(things, wanted, write)
    left, top, right, bottom = (write_coordinate(write, edge) for edge in found)
    steps += map(str, (left, top, right, bottom))
    return steps, f"[{_list((left, top, right, bottom))}]"


def _point(things: list[Thing], wanted: str, write: Write) -> Work:
    steps, (left, top, right, bottom) = _find(things, wanted, write)
    x, y = (write_coordinate(write, _middle(low, high)) for low, high in ((left, right), (top, bottom)))
    return [*steps, str(x), str(y)], _list((x, y))


def _middle(low: int, high: int) -> int:
    """Return the coordinate of the grid that is nearest to the middle, the lower one of two."""
    return low + (high - low) // 2 // _STEP * _STEP


def _count(found: list[str], wanted: str, words: tuple[str, ...], write: Write) -> Work:
    steps, number = [], 0
    for word in found:
        written = write_one_of(write, word, words)
        number += written == wanted
        steps.append(f"{written} {number}")
    return steps, str(number)


def _draw(size: tuple[int, int], things: list[Thing]) -> bytes:
    from PIL import ImageDraw

    image = blank(size)
    pen = ImageDraw.Draw(image)
    for thing in things:
        colour, shape = thing.name.split()
        left, top, right, bottom = (
            round(edge * side / 1000) for edge, side in zip(thing.box, (*size, *size), strict=True)
        )
        # Pillow draws the last row and column too.
        right, bottom, fill = right - 1, bottom - 1, COLOURS[colour]
        if shape == "block":
            pen.rectangle((left, top, right, bottom), fill=fill)
        elif shape == "disc":
            pen.ellipse((left, top, right, bottom), fill=fill)
        else:
            across, down = (left + right) / 2, (top + bottom) / 2
            pen.polygon([(across, top), (right, down), (across, bottom), (left, down)], fill=fill)
    return png(image)
