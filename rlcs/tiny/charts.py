"""Small bar charts: add some bars, or find the highest. The level is the number of bars to read."""

from __future__ import annotations

from functools import partial
from random import Random

from rlcs.tiny.canvas import CELL, COLOURS, PATCH, blank, font, png
from rlcs.tiny.problems import Problem, Work, Write, kind

_SIDE = 8 * PATCH
"""Pixels of a chart's side: a patch a unit, and one for the label on top of the highest bar."""
_HIGHEST = 7
_LABELS = "ABCDEFGH"
_HIGHEST_SUM = 99
_RULES = "#d0d0d0"
"""Colour of the lines at each unit."""


@kind("bars", "chart", has_image=True)
def bars(random: Random, level: int) -> Problem:
    """`sum AC` is worked `A=3;C=5;3+5=8`, d = 2 level - 1; `top AC` is worked `A=3;C=5`, answer 5, d = level."""
    # Few bars are a token wide each; more than that are half as wide.
    width = CELL if level <= _SIDE // CELL else PATCH
    heights = [random.randint(1, _HIGHEST) for _ in range(_SIDE // width)]
    labels = sorted(random.sample(_LABELS[: len(heights)], level))
    colour, operation = random.choice(tuple(COLOURS)), random.choice(("sum", "top"))
    values = [heights[_LABELS.index(label)] for label in labels]
    return Problem(
        prompt=f"{operation} {''.join(labels)}",
        answer=str(sum(values) if operation == "sum" else max(values)),
        work=lambda write: _read(labels, values, operation, write),
        image=partial(_draw, width, heights, colour),
        scene=f"{heights} {colour}",
        # Sums go up to 72, where one off is less than the usual 5 %.
        params={"rel_tol": 0.0},
    )


def _read(labels: list[str], values: list[int], operation: str, write: Write) -> Work:
    steps: list[str] = []
    total = highest = 0
    for label, value in zip(labels, values, strict=True):
        read = write(value, _HIGHEST)
        steps.append(f"{label}={read}")
        highest = max(highest, read)
        if operation == "sum" and len(steps) > 1:
            before, total = total, write(total + read, _HIGHEST_SUM)
            steps.append(f"{before}+{read}={total}")
        else:
            total = read
    return steps, str(total if operation == "sum" else highest)


def _draw(width: int, heights: list[int], colour: str) -> bytes:
    from PIL import ImageDraw

    image = blank((_SIDE, _SIDE))
    pen = ImageDraw.Draw(image)
    for rule in range(0, _SIDE, PATCH):
        pen.line((0, rule, _SIDE, rule), fill=_RULES)
    for number, height in enumerate(heights):
        left, top = number * width, _SIDE - height * PATCH
        pen.rectangle((left + 2, top, left + width - 3, _SIDE), fill=COLOURS[colour])
        pen.text((left + width // 2, top - PATCH // 2), _LABELS[number], "black", font(12), anchor="mm")
    return png(image)
