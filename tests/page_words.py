"""Makes rlcs/tiny/page_words.png, the words that the tiny world's pages are put together from, in the real browser.

    python tests/page_words.py

To be run again when the words change, or what Chromium makes of a heading, a paragraph or a button.
"""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

import rlcs.tiny
from rewards.verifiers.webpages.pages import close_browsers, in_browser
from rewards.verifiers.webpages.pixels import Picture
from rewards.verifiers.webpages.render import show_picture
from rlcs.tiny.page_picture import BLEED, MARGIN, ROW, SHEET, WIDTH, WORDS, Element
from rlcs.tiny.pages import html_of


def shown(html: str, height: int) -> Picture:
    """Return a page as the verifier's browser shows it: [height or more, WIDTH, 3]."""
    return in_browser("", "best", lambda tab: show_picture(tab, html, width=WIDTH, height=height, seconds=30.0))


def cut_out(tag: str, word: str) -> NDArray[np.uint8]:
    """Return a word in an element, with BLEED around it: [height, width, 4], colour and how much it covers.

    It is shown on white and on black; where both look different the ground shines through.
    """
    cell = SHEET[tag]
    light, dark = (
        shown(f"<body bgcolor={ground}>{html_of('white', [Element(tag, word)])}", 112).astype(int)
        for ground in ("white", "black")
    )
    edge = MARGIN - BLEED
    rows, columns = slice(edge, edge + cell.height + 2 * BLEED), slice(edge, edge + cell.width)
    light, dark = light[rows, columns], dark[rows, columns]
    cover = 255 - (light - dark).mean(axis=2).round()
    colour = dark * 255 / np.maximum(cover, 1)[..., None]
    return np.dstack([np.clip(colour.round(), 0, 255), cover]).astype(np.uint8)


def main() -> None:
    """Cut out every word in every element, and write the sheet."""
    width = max(cell.left + cell.width for cell in SHEET.values())
    sheet = np.zeros((ROW * len(WORDS), width, 4), np.uint8)
    for (number, word), (tag, cell) in product(enumerate(WORDS), SHEET.items()):
        found = cut_out(tag, word)
        sheet[ROW * number :][: len(found), cell.left : cell.left + cell.width] = found
    close_browsers()
    Image.fromarray(sheet, "RGBA").save(Path(rlcs.tiny.__file__).parent / "page_words.png", optimize=True)


if __name__ == "__main__":
    main()
