"""Scenes of coloured shapes: box one, point at one, count some. The level is the number of shapes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import product
from random import Random
from typing import Any

from rlcs.tiny.canvas import CELL, COLOURS, PATCH, blank, draw_size, png, write_coordinate, write_one_of
from rlcs.tiny.problems import Problem, Work, Write, kind

_SHAPES = ("block", "disc", "kite")
NAMES = tuple(f"{colour} {shape}" for colour, shape in product(COLOURS, _SHAPES))
Box = tuple[int, int, int, int]
"""Left, top, right, bottom in thousandths of the image."""


@dataclass(frozen=True, slots=True)
class Thing:
    """A shape in a scene, for example "red disc" in (500, 125, 750, 250)."""

    name: str
    box: Box


@kind("box", "grounding.box", has_image=True)
def box(random: Random, level: int) -> Problem:
    """`box red disc` is worked `blue kite;red disc;500;125;750;250`: shapes in reading order up to it, then its edges.

    d = the number of shapes looked at + 4.
    """
    size, things, wanted = _search(random, level)
    return _problem(
        size,
        things,
        prompt=f"box {wanted.name}",
        answer=f"[{_list(wanted.box)}]",
        work=lambda write: _box(things, wanted.name, size, write),
    )


@kind("point", "grounding.point", has_image=True)
def point(random: Random, level: int) -> Problem:
    """`point red disc` is worked `blue kite;red disc;625;187`: d = the number of shapes looked at + 2."""
    size, things, wanted = _search(random, level)
    return _problem(
        size,
        things,
        prompt=f"point {wanted.name}",
        answer=f"[{_list(wanted.box)}]",
        work=lambda write: _point(things, wanted.name, size, write),
        # A slip by a patch from the middle of a shape can end on its edge, and should cost.
        params={"edges": "strict"},
    )


@kind("count", "counting", has_image=True)
def count(random: Random, level: int) -> Problem:
    """`count red` is worked `red 1;blue 1;red 2`, the colour of every shape and how many so far: d = level."""
    size = draw_size(random)
    things = _scatter(random, size, [random.choice(NAMES) for _ in range(level)])
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
    things = _scatter(random, size, random.sample(NAMES, level))
    return size, things, random.choice(things)


def _scatter(random: Random, size: tuple[int, int], names: list[str]) -> list[Thing]:
    """Put each shape into a cell of its own; return them in reading order."""
    columns = size[0] // CELL
    cells = sorted(random.sample(range(columns * size[1] // CELL), len(names)))
    return [Thing(name, _box_in(random, size, *divmod(cell, columns))) for name, cell in zip(names, cells, strict=True)]


def _box_in(random: Random, size: tuple[int, int], row: int, column: int) -> Box:
    """Draw a box of one or two patches a side in a cell."""
    edges = []
    for cell, step in zip((column, row), _steps(size), strict=True):
        first, last = random.choice(((0, 1), (1, 2), (0, 2)))
        edges.append(((2 * cell + first) * step, (2 * cell + last) * step))
    (left, right), (top, bottom) = edges
    return left, top, right, bottom


def _steps(size: tuple[int, int]) -> tuple[int, int]:
    """Return how many thousandths of the width, and of the height, a patch is."""
    return 1000 * PATCH // size[0], 1000 * PATCH // size[1]


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


def _box(things: list[Thing], wanted: str, size: tuple[int, int], write: Write) -> Work:
    steps, found = _find(things, wanted, write)
    left, top, right, bottom = (
        write_coordinate(write, edge, step) for edge, step in zip(found, 2 * _steps(size), strict=True)
    )
    steps += map(str, (left, top, right, bottom))
    return steps, f"[{_list((left, top, right, bottom))}]"


def _point(things: list[Thing], wanted: str, size: tuple[int, int], write: Write) -> Work:
    steps, (left, top, right, bottom) = _find(things, wanted, write)
    middles = (left + right) // 2, (top + bottom) // 2
    x, y = (write_coordinate(write, middle, step) for middle, step in zip(middles, _steps(size), strict=True))
    return [*steps, str(x), str(y)], _list((x, y))


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
        # A pixel stays white all around, so that neighbours do not flow together; Pillow draws the last one too.
        left, top, right, bottom, fill = left + 1, top + 1, right - 2, bottom - 2, COLOURS[colour]
        if shape == "block":
            pen.rectangle((left, top, right, bottom), fill=fill)
        elif shape == "disc":
            pen.ellipse((left, top, right, bottom), fill=fill)
        else:
            across, down = (left + right) / 2, (top + bottom) / 2
            pen.polygon([(across, top), (right, down), (across, bottom), (left, down)], fill=fill)
    return png(image)
