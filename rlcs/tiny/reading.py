"""Images to read: rendered letters and digits (the level is their number, and more of them come with more noise), and
small bar charts, to add some bars or find the highest (the number of bars).
"""

from __future__ import annotations

from functools import partial
from random import Random

from rlcs.tiny.canvas import CELL, COLOURS, LETTERS, PATCH, blank, draw_size, font, png, write_one_of
from rlcs.tiny.problems import Problem, Work, Write, kind

_HEIGHTS = (18, 20, 22)
"""Pixels of a letter with its surroundings; it fits into a cell."""
_SPECKS = 4
"""Specks of noise a level."""
_SIDE = 8 * PATCH
"""Pixels of a chart's side: a patch a unit, and one for the label on top of the highest bar."""
_HIGHEST_BAR = 7
_LABELS = "ABCDEFGH"
_HIGHEST_SUM = 99
_RULES = "#d0d0d0"
"""Colour of the lines at each unit."""


@kind("word", "ocr.text", media="image")
def word(random: Random, level: int) -> Problem:
    """`read` beside an image of K7M is worked `K;7;M`: d = level."""
    size = draw_size(random)
    text = "".join(random.choice(LETTERS) for _ in range(level))
    height, seed = random.choice(_HEIGHTS), random.randrange(1_000_000)
    return Problem(
        prompt="read",
        answer=text,
        work=lambda write: _read_letters(text, write),
        image=partial(_draw_letters, size, text, height, seed),
        scene=f"{size} {text} {height} {seed}",
    )


def _read_letters(text: str, write: Write) -> Work:
    letters = [write_one_of(write, letter, LETTERS) for letter in text]
    return letters, "".join(letters)


def _draw_letters(size: tuple[int, int], text: str, height: int, seed: int) -> bytes:
    """Draw letter by letter into cells of a token each, a little out of place, then specks over it."""
    from PIL import ImageDraw

    random, image = Random(seed), blank(size)
    pen = ImageDraw.Draw(image)
    per_row = size[0] // CELL
    ink = random.choice(("black", "#102060", "#601010"))
    for number, letter in enumerate(text):
        row, column = divmod(number, per_row)
        centre = [CELL * cell + CELL // 2 + random.randint(-1, 1) for cell in (column, row)]
        pen.text((centre[0], centre[1]), letter, fill=ink, font=font(height), anchor="mm")
    specks = [(random.randrange(size[0]), random.randrange(size[1])) for _ in range(_SPECKS * len(text))]
    pen.point(specks, fill="#808080")
    return png(image)


@kind("bars", "chart", media="image")
def bars(random: Random, level: int) -> Problem:
    """`sum AC` is worked `A=3;C=5;3+5=8`, d = 2 level - 1; `top AC` is worked `A=3;C=5`, answer 5, d = level."""
    # Few bars are a token wide each; more than that are half as wide.
    width = CELL if level <= _SIDE // CELL else PATCH
    heights = [random.randint(1, _HIGHEST_BAR) for _ in range(_SIDE // width)]
    labels = sorted(random.sample(_LABELS[: len(heights)], level))
    colour, operation = random.choice(tuple(COLOURS)), random.choice(("sum", "top"))
    values = [heights[_LABELS.index(label)] for label in labels]
    return Problem(
        prompt=f"{operation} {''.join(labels)}",
        answer=str(sum(values) if operation == "sum" else max(values)),
        work=lambda write: _read_bars(labels, values, operation, write),
        image=partial(_draw_bars, width, heights, colour),
        scene=f"{heights} {colour}",
        # Sums go up to 72, where one off is less than the usual 5 %.
        params={"rel_tol": 0.0},
    )


def _read_bars(labels: list[str], values: list[int], operation: str, write: Write) -> Work:
    steps: list[str] = []
    total = highest = 0
    for label, value in zip(labels, values, strict=True):
        read = write(value, _HIGHEST_BAR)
        steps.append(f"{label}={read}")
        highest = max(highest, read)
        if operation == "sum" and len(steps) > 1:
            before, total = total, write(total + read, _HIGHEST_SUM)
            steps.append(f"{before}+{read}={total}")
        else:
            total = read
    return steps, str(total if operation == "sum" else highest)


def _draw_bars(width: int, heights: list[int], colour: str) -> bytes:
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
