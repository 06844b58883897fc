"""Rendered letters and digits to read. The level is their number, and more of them come with more noise."""

from __future__ import annotations

from functools import partial
from random import Random

from rlcs.tiny.canvas import CELL, LETTERS, blank, draw_size, font, png, write_one_of
from rlcs.tiny.problems import Problem, Work, Write, kind

_HEIGHTS = (18, 20, 22)
"""Pixels of a letter with its surroundings; it fits into a cell."""
_SPECKS = 4
"""Specks of noise a level."""


@kind("word", "ocr.text", has_image=True)
def word(random: Random, level: int) -> Problem:
    """`read` beside an image of K7M is worked `K;7;M`: d = level."""
    size = draw_size(random)
    text = "".join(random.choice(LETTERS) for _ in range(level))
    height, seed = random.choice(_HEIGHTS), random.randrange(1_000_000)
    return Problem(
        prompt="read",
        answer=text,
        work=lambda write: _read(text, write),
        image=partial(_draw, size, text, height, seed),
        scene=f"{size} {text} {height} {seed}",
    )


def _read(text: str, write: Write) -> Work:
    letters = [write_one_of(write, letter, LETTERS) for letter in text]
    return letters, "".join(letters)


def _draw(size: tuple[int, int], text: str, height: int, seed: int) -> bytes:
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
