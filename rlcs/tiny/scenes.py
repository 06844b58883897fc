"""Scenes of coloured shapes: box one, point at one, count some. The level is the number of shapes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from random import Random
from typing import Any

from rlcs.tiny.canvas import CELL, COLOURS, PATCH, blank, draw_size, png, write_coordinate, write_one_of
from rlcs.tiny.problems import Problem, Work, Write, kind

_SHAPES = ("disc", "kite", "tile")
NAMES = tuple(f"{colour} {shape}" for colour, shape in product(COLOURS, _SHAPES))
Box = tuple[int, int, int, int]
"""Left, top, right, bottom in thousandths of the image."""


@dataclass(frozen=True, slots=True)
class Thing:
    """A shape in a scene, for example "pink disc" in (500, 125, 750, 250)."""

    name: str
    box: Box


@kind("box", "grounding.box", media="image")
def box(random: Random, level: int) -> Problem:
    """`box pink disc` is worked `500;125;750;250`, its edges: d = 4, among more shapes at a higher level."""
    return _search(random, level, "box", _box)


@kind("point", "grounding.point", media="image")
def point(random: Random, level: int) -> Problem:
    """`point pink disc` is worked `625;187`: d = 2, among more shapes at a higher level."""
    # A slip by a patch from the middle of a shape can end on its edge, and should cost.
    return _search(random, level, "point", point_at, params={"edges": "strict"})


@kind("count", "counting", media="image")
def count(random: Random, level: int) -> Problem:
    """`count pink` is worked `pink 1;blue 1;pink 2`, the colour of every shape and how many so far: d = level.

    The shapes stand in rows, without a gap.
    """
    size = draw_size(random)
    names = [random.choice(NAMES) for _ in range(level)]
    things = place(random, size, names, range(level))
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
        work=lambda write: counted(found, wanted, words, write),
    )


def _search(
    random: Random,
    level: int,
    order: str,
    answer: Callable[[Box, tuple[int, int], Write], Work],
    params: dict[str, Any] | None = None,
) -> Problem:
    """Scatter shapes and ask for one: `order` says what of it, `answer` works it out."""
    size = draw_size(random)
    cells = random.sample(range(size[0] * size[1] // CELL**2), level)
    things = place(random, size, random.sample(NAMES, level), sorted(cells))
    wanted = random.choice(things)
    return _problem(
        size,
        things,
        prompt=f"{order} {wanted.name}",
        answer=f"[{as_list(wanted.box)}]",
        work=lambda write: answer(wanted.box, size, write),
        params=params,
    )


def place(random: Random, size: tuple[int, int], names: list[str], cells: Sequence[int]) -> list[Thing]:
    """Put each shape into its cell; cells are counted in reading order."""
    columns = size[0] // CELL
    return [Thing(name, box_in(random, size, *divmod(cell, columns))) for name, cell in zip(names, cells, strict=True)]


def box_in(random: Random, size: tuple[int, int], row: int, column: int) -> Box:
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
        image=partial(draw_things, size, things),
        scene=f"{size} {things}",
        params=params or {},
    )


def as_list(numbers: Sequence[float]) -> str:
    """Write numbers as a JSON list, the shortest way: [2.5,4]."""
    return f"[{','.join(f'{number:g}' for number in numbers)}]"


def _box(found: Box, size: tuple[int, int], write: Write) -> Work:
    left, top, right, bottom = (
        write_coordinate(write, edge, step) for edge, step in zip(found, 2 * _steps(size), strict=True)
    )
    return list(map(str, (left, top, right, bottom))), f"[{as_list((left, top, right, bottom))}]"


def point_at(found: Box, size: tuple[int, int], write: Write) -> Work:
    """Work out the middle of a box."""
    left, top, right, bottom = found
    middles = (left + right) // 2, (top + bottom) // 2
    x, y = (write_coordinate(write, middle, step) for middle, step in zip(middles, _steps(size), strict=True))
    return [str(x), str(y)], as_list((x, y))


def counted(found: list[str], wanted: str, words: tuple[str, ...], write: Write) -> Work:
    """Return what is seen, one after the other, with how often the wanted one has come so far: `pink 1;blue 1`."""
    steps, number = [], 0
    for word in found:
        written = write_one_of(write, word, words)
        number += written == wanted
        steps.append(f"{written} {number}")
    return steps, str(number)


def draw_things(size: tuple[int, int], things: Sequence[Thing], *, rim: int = 1) -> bytes:
    """Draw a scene as PNG. A rim of so many pixels stays white inside each box, so that neighbours stay apart."""
    from PIL import ImageDraw

    image = blank(size)
    pen = ImageDraw.Draw(image)
    for thing in things:
        colour, shape = thing.name.split()
        left, top, right, bottom = (
            round(edge * side / 1000) for edge, side in zip(thing.box, (*size, *size), strict=True)
        )
        # Pillow draws the last pixel too.
        left, top, right, bottom, fill = left + rim, top + rim, right - rim - 1, bottom - rim - 1, COLOURS[colour]
        if shape == "tile":
            pen.rectangle((left, top, right, bottom), fill=fill)
        elif shape == "disc":
            pen.ellipse((left, top, right, bottom), fill=fill)
        else:
            across, down = (left + right) / 2, (top + bottom) / 2
            pen.polygon([(across, top), (right, down), (across, bottom), (left, down)], fill=fill)
    return png(image)
