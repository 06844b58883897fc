"""What the images of the tiny world are drawn with: white canvases of mixed sizes, colours, letters, PNG.

Sizes are multiples of 28 pixels, what a vision token covers, and letters come from the font inside Pillow: the same
image everywhere, and no pixel is ever resized.
"""

from __future__ import annotations

import functools
import io
from random import Random
from typing import TYPE_CHECKING

from rlcs.tiny.problems import Write

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFont import FreeTypeFont

CELL, PATCH = 28, 14
"""Pixels of the side of a vision token, and of the patches that the tower looks at."""

SIZES = ((112, 112), (112, 112), (112, 56), (56, 112))
"""(width, height) in pixels; half of the images are square. A patch is 125 or 250 thousandths of a side."""

COLOURS = {"blue": "#2050e0", "gold": "#e8b000", "grey": "#707070", "lime": "#30b020", "pink": "#f050a0"}
"""Names of one length: a list of them is then read at a steady pace, which a tiny model learns far sooner."""

LETTERS = "ACEHKLMPRTXZ2457"
"""What can be read apart on a few pixels."""


def draw_size(random: Random) -> tuple[int, int]:
    """Draw the size of an image, (width, height) in pixels."""
    return random.choice(SIZES)


def blank(size: tuple[int, int]) -> Image:
    """Return a white canvas."""
    from PIL import Image

    return Image.new("RGB", size, "white")


@functools.cache
def font(pixels: int) -> FreeTypeFont:
    """Return the font that ships inside Pillow."""
    from PIL import ImageFont
    from PIL.ImageFont import FreeTypeFont

    loaded = ImageFont.load_default(pixels)
    assert isinstance(loaded, FreeTypeFont), "Pillow is built with FreeType"
    return loaded


def png(image: Image) -> bytes:
    """Encode an image, fast rather than small."""
    encoded = io.BytesIO()
    image.save(encoded, "PNG", compress_level=1)
    return encoded.getvalue()


def write_one_of(write: Write, item: str, items: tuple[str, ...] | str) -> str:
    """Write one of `items`; a slip makes it one of the three before or after."""
    return items[write(items.index(item), len(items) - 1)]


def write_coordinate(write: Write, coordinate: int, step: int) -> int:
    """Write a coordinate in 0..1000; a slip moves it by one to three times `step`."""
    steps, rest = divmod(coordinate, step)
    return write(steps, (1000 - rest) // step) * step + rest
