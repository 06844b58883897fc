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
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from rlcs.tiny.canvas import png

if TYPE_CHECKING:
    from PIL.Image import Image

WIDTH = 112
"""Of the window in pixels: four tokens, as the square images of other kinds."""
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
    """One thing on a page: a heading h2, a line of text br, a button, or a block of colour hr."""

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
        line = self.text if self.tag == "br" else f"<{self.tag}>{self.text}</{self.tag}>"
        return line if self.tag == "h2" else line + "<br>"


@dataclass(frozen=True, slots=True)
class Cell:
    """Where the words of one kind of element stand on the sheet, in pixels, with BLEED around them."""

    left: int
    width: int
    height: int
    """Of the element, without BLEED."""


SHEET = {"h2": Cell(0, 88, 28), "br": Cell(88, 80, 28), "button": Cell(168, 64, 21)}
ROW = 28 + 2 * BLEED
"""Pixels of the height of a row of the sheet: one word in all kinds of elements."""
_MARGINS = {"h2": 19.921875, "br": 0.0, "button": 0.0, "hr": 12.0}
"""Pixels between an element and the next: of two the larger. An hr has half of the size of the letters around it, and
keeps it above where it is the first; a heading does not, as without a doctype."""


def places(elements: Sequence[Element]) -> Iterator[tuple[Element, float]]:
    """Yield each element with its upper edge, in pixels."""
    top = float(max(MARGIN, _MARGINS["hr"] if elements[0].tag == "hr" else 0.0))
    yield elements[0], top
    for above, element in pairwise(elements):
        top += height_of(above) + max(_MARGINS[above.tag], _MARGINS[element.tag])
        yield element, top


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
