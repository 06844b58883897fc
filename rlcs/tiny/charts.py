"""Small bar charts: add some bars, or find the highest. The level is the number of bars to read."""

from __future__ import annotations

from functools import partial
from random import Random

from rlcs.tiny.canvas import CELL, COLOURS, blank, draw_size, font, png
from rlcs.tiny.problems import Problem, Work, Write, kind

_HIGHEST = 9
_LABELS = "ABCDEFGH"
_LABEL_PIXELS = 14
_HIGHEST_SUM = 99


@kind("bars", "chart", has_image=True)
def bars(random: Random, level: int) -> Problem:
    """`sum AC` is worked `A=3;C=5;3+5=8`, d = 2 level - 1; `top AC` is worked `A=3;C=5`, answer 5, d = level."""
    size = draw_size(random)
    # Few bars are a token wide each; more than that are half as wide.
    width = CELL if level <= size[0] // CELL else CELL // 2
    heights = [random.randint(1, _HIGHEST) for _ in range(min(size[0] // width, len(_LABELS)))]
    level = min(level, len(heights))
    labels = sorted(random.sample(_LABELS[: len(heights)], level))
    colour, operation = random.choice(tuple(COLOURS)), random.choice(("sum", "top"))
    values = [heights[_LABELS.index(label)] for label in labels]
    return Problem(
        prompt=f"{operation} {''.join(labels)}",
        answer=str(sum(values) if operation == "sum" else max(values)),
        work=lambda write: _read(labels, values, operation, write),
        image=partial(_draw, size, width, heights, colour),
        scene=f"{size} {heights} {colour}",
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


def _draw(size: tuple[int, int], width: int, heights: list[int], colour: str) -> bytes:
    from PIL import ImageDraw

    image = blank(size)
    pen = ImageDraw.Draw(image)
    floor = size[1] - _LABEL_PIXELS
    unit = floor / (_HIGHEST + 1)
    for number, height in enumerate(heights):
        left = number * width
        pen.rectangle((left + 2, round(floor - height * unit), left + width - 3, floor - 1), fill=COLOURS[colour])
        pen.text((left + width // 2, size[1] - _LABEL_PIXELS // 2), _LABELS[number], "black", font(12), anchor="mm")
    pen.line((0, floor, size[0], floor), fill="black")
    return png(image)
