"""How Chromium shows the pages of the tiny world: what stands where, and the picture.

The picture is put together on a canvas from what the verifier's browser made of each word (page_words.png, by
tests/page_words.py): the rows of a path are then the same on every machine, whatever its fonts, and need no browser.
With the fonts of that browser (DejaVu) it is what the browser shows, each pixel within 1 of 255. With others the
verifier shows both the gold page and the answer in those, and the letters in the picture are a little different.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rlcs.tiny.canvas import png

if TYPE_CHECKING:
    from PIL.Image import Image

WIDTH = 224
"""Of the window in pixels: eight tokens."""
HEIGHTS = (112, 224, 336)
"""Of windows; a page gets the lowest that it fits in."""
MARGIN = 8
"""Pixels around the page."""
BLEED = 4
"""Pixels around a word that its letters may reach into: the tail of a J does."""
WORDS = ("Home", "Shop", "News", "Mail", "Maps", "Help", "Blog", "Team", "Jobs", "Cart", "Menu", "Chat")
_SHEET = Path(__file__).with_name("page_words.png")


@dataclass(frozen=True, slots=True)
class Element:
    """One thing on a page: a heading h1, a paragraph p, a button, or a block of colour hr."""

    tag: str
    text: str
    """The word on it; the colour of an hr."""
    size: int = 0
    """Height of an hr, in pixels."""

    @property
    def html(self) -> str:
        """As it is written."""
        if self.tag == "hr":
            return f"<hr color={self.text} size={self.size}>"
        return f"<{self.tag}>{self.text}</{self.tag}>"


@dataclass(frozen=True, slots=True)
class Cell:
    """Where the words of one kind of element stand on the sheet, in pixels, with BLEED around them."""

    left: int
    width: int
    height: int
    """Of the element, without BLEED."""


SHEET = {"h1": Cell(0, 136, 38), "p": Cell(136, 64, 19), "button": Cell(200, 72, 21)}
ROW = 38 + 2 * BLEED
"""Pixels of the height of a row of the sheet: one word in all kinds of elements."""
_MARGINS = {"h1": 21.4375, "p": 16.0, "button": 0.0, "hr": 8.0}
"""Pixels between an element and the next: of two the larger. Before the first there is none, as without a doctype."""


def places(elements: Sequence[Element]) -> Iterator[tuple[Element, float]]:
    """Yield each element with its upper edge, in pixels."""
    top, gap = float(MARGIN), 0.0
    for element in elements:
        top += max(gap, _MARGINS[element.tag]) if gap or top > MARGIN else 0.0
        yield element, top
        top += height_of(element)
        gap = _MARGINS[element.tag]


def height_of(element: Element) -> int:
    """Return the height of an element in pixels."""
    return element.size if element.tag == "hr" else SHEET[element.tag].height


def window(elements: Sequence[Element]) -> int | None:
    """Return the height of the lowest window that a page fits in; None where it fits in none."""
    last, top = list(places(elements))[-1]
    end = top + height_of(last) + max(_MARGINS[last.tag], MARGIN)
    return next((height for height in HEIGHTS if end <= height), None)


def draw_page(ground: str, elements: Sequence[Element]) -> bytes:
    """Draw a page of elements on a ground of one colour, as PNG."""
    from PIL import Image

    image = Image.new("RGB", (WIDTH, window(elements) or HEIGHTS[-1]), ground)
    for element, top in places(elements):
        upper = round(top)
        if element.tag == "hr":
            image.paste(element.text, (MARGIN, upper, WIDTH - MARGIN, upper + element.size))
        else:
            word = _word(element.tag, element.text)
            image.paste(word, (MARGIN - BLEED, upper - BLEED), word)
    return png(image)


@functools.cache
def _word(tag: str, text: str) -> Image:
    from PIL import Image

    cell, top = SHEET[tag], ROW * WORDS.index(text)
    with Image.open(_SHEET) as sheet:
        return sheet.crop((cell.left, top, cell.left + cell.width, top + cell.height + 2 * BLEED))
