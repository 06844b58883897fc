"""Blocks of text of a page: what a person sees as one heading, paragraph, label or button.

The browser's layout says which text stands where; the two pictures of the page, with and without its text, say whether
it can be seen. Text that leaves no mark (transparent, in the colour of its ground, covered, off the page, of size 0)
is no text.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rewards.verifiers.webpages.layout import Box, Piece, pieces_of
from rewards.verifiers.webpages.pixels import Picture, difference, median_colour, strongest
from rewards.verifiers.webpages.render import Shown

MIN_HEIGHT = 5.0
MIN_CONTRAST = 32
"""Of a pixel with text to the same without, in the channel that differs most, of 255."""
MIN_INK = 0.01
"""Share of a piece's pixels that must have that contrast."""
GAP, SPACE = 0.8, 0.1
"""On one line, an empty stretch wider than GAP times the height parts two blocks, one wider than SPACE two words."""

Change = NDArray[np.uint8]
"""[height, width]: by how much the text changes each pixel, in the channel that differs most."""


@dataclass(frozen=True, slots=True)
class Block:
    """Something on a page that is compared with its counterpart."""

    box: Box
    area: float
    """Of its pieces, in square pixels."""
    colour: tuple[float, float, float]
    """Of its ink, sRGB in [0, 255]."""
    text: str = ""
    look: NDArray[np.float32] | None = None
    """Where there is a picture only, instead of text (rewards/verifiers/webpages/regions.py)."""


def text_blocks(shown: Shown) -> list[Block]:
    """Return the blocks of visible text, in the order of the page."""
    change = difference(shown.picture, shown.bare)
    pieces = _visible(list(pieces_of(shown.document, shown.strings)), change)
    groups: list[list[Piece]] = []
    for piece in pieces:
        if groups and _belongs(piece, groups[-1][-1]):
            groups[-1].append(piece)
        else:
            groups.append([piece])
    blocks = (_block(group, shown.picture, change) for group in groups)
    return [block for block in blocks if block.text]


def _belongs(piece: Piece, last: Piece) -> bool:
    """Tell whether a piece goes on with the block of the one before it."""
    if piece.begins or piece.container != last.container:
        return False
    return not _on_one_line(last, piece) or -1.0 < _gap(last, piece) <= GAP


def _on_one_line(first: Piece, second: Piece) -> bool:
    middle = (first.box.top + first.box.bottom) / 2
    return second.box.top < middle < second.box.bottom


def _gap(first: Piece, second: Piece) -> float:
    """Return the empty stretch between two pieces of a line, in heights of the first."""
    return (second.box.left - first.box.right) / (first.box.bottom - first.box.top)


def _block(pieces: list[Piece], picture: Picture, change: Change) -> Block:
    box = pieces[0].box
    for piece in pieces[1:]:
        box = box.joined(piece.box)
    text = pieces[0].text
    for last, piece in pairwise(pieces):
        is_word = _on_one_line(last, piece) and _gap(last, piece) < SPACE
        text += piece.text if is_word else f" {piece.text}"
    colours = [_ink(cut(picture, piece.box), cut(change, piece.box)) for piece in pieces]
    areas = [piece.box.area for piece in pieces]
    colour = np.average(np.array(colours), axis=0, weights=areas)
    return Block(box, sum(areas), (float(colour[0]), float(colour[1]), float(colour[2])), plain(text))


def plain(text: str) -> str:
    """Return text in one spelling: NFKC, spaces collapsed."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def _visible(pieces: list[Piece], change: Change) -> list[Piece]:
    """Keep what can be seen; of text upon text, what was painted last."""
    taken = np.zeros(change.shape, bool)
    marks = change >= MIN_CONTRAST
    kept = set()
    for number in sorted(range(len(pieces)), key=lambda one: (pieces[one].order, one), reverse=True):
        box = pieces[number].box
        covered = cut(taken, box)
        if covered.size == 0 or box.bottom - box.top < MIN_HEIGHT or _share(covered) > 0.5:
            continue
        if _share(cut(marks, box)) >= MIN_INK:
            covered[...] = True
            kept.add(number)
    return [piece for number, piece in enumerate(pieces) if number in kept]


def _share(marks: NDArray[np.bool_]) -> float:
    return np.count_nonzero(marks) / marks.size


def _ink(picture: Picture, change: Change) -> NDArray[np.float64]:
    """Return the colour of the text: of the pixels that it changes most, for the others are blurred edges."""
    return median_colour(picture[strongest(change)])


def cut(picture: NDArray[Any], box: Box) -> NDArray[Any]:
    """Return the part of a picture inside a box (a view; empty when the box lies outside)."""
    height, width = picture.shape[:2]
    left, right = (int(min(max(round(value), 0), width)) for value in (box.left, box.right))
    top, bottom = (int(min(max(round(value), 0), height)) for value in (box.top, box.bottom))
    return picture[top:bottom, left:right]
