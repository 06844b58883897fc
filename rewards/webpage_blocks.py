"""Blocks of text of a page: what a person sees as one heading, paragraph, label or button.

The browser's layout says which text stands where; the two pictures of the page, with and without its text, say whether
it can be seen. Text that leaves no mark (transparent, in the colour of its ground, covered, off the page, of size 0)
is no text.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rewards.webpage_render import STYLES, Picture, Shown

MIN_HEIGHT = 5.0
MIN_OPACITY = 0.1
MIN_CONTRAST = 32
"""Of a pixel with text to the same without, in the channel that differs most, of 255."""
MIN_INK = 0.01
"""Share of a piece's pixels that must have that contrast."""
GAP, SPACE = 0.8, 0.1
"""On one line, an empty stretch wider than GAP times the height parts two blocks, one wider than SPACE two words."""
_INLINE = frozenset({"inline", "contents"})


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on the page, in pixels."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def area(self) -> float:
        """In square pixels."""
        return max(self.right - self.left, 0.0) * max(self.bottom - self.top, 0.0)

    @property
    def centre(self) -> tuple[float, float]:
        """Its middle."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def joined(self, other: Box) -> Box:
        """Return the smallest box around both."""
        left, top = min(self.left, other.left), min(self.top, other.top)
        return Box(left, top, max(self.right, other.right), max(self.bottom, other.bottom))


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
    """Where there is a picture only, instead of text (rewards/webpage_regions.py)."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """Text on one line."""

    text: str
    box: Box
    container: int
    """Number of the node whose lines it is part of."""
    begins: bool
    """A forced line break stands before it."""
    order: int
    """Of painting: later covers earlier."""


def text_blocks(shown: Shown) -> list[Block]:
    """Return the blocks of visible text, in the order of the page."""
    pieces = _visible(list(_pieces(shown.document, shown.strings)), shown)
    groups: list[list[_Piece]] = []
    for piece in pieces:
        if groups and _belongs(piece, groups[-1][-1]):
            groups[-1].append(piece)
        else:
            groups.append([piece])
    blocks = (_block(group, shown) for group in groups)
    return [block for block in blocks if block.text]


def _belongs(piece: _Piece, last: _Piece) -> bool:
    """Tell whether a piece goes on with the block of the one before it."""
    if piece.begins or piece.container != last.container:
        return False
    return not _on_one_line(last, piece) or -1.0 < _gap(last, piece) <= GAP


def _on_one_line(first: _Piece, second: _Piece) -> bool:
    middle = (first.box.top + first.box.bottom) / 2
    return second.box.top < middle < second.box.bottom


def _gap(first: _Piece, second: _Piece) -> float:
    """Return the empty stretch between two pieces of a line, in heights of the first."""
    return (second.box.left - first.box.right) / (first.box.bottom - first.box.top)


def _block(pieces: list[_Piece], shown: Shown) -> Block:
    box = pieces[0].box
    for piece in pieces[1:]:
        box = box.joined(piece.box)
    text = pieces[0].text
    for last, piece in pairwise(pieces):
        is_word = _on_one_line(last, piece) and _gap(last, piece) < SPACE
        text += piece.text if is_word else f" {piece.text}"
    colours = [_ink(cut(shown.picture, piece.box), cut(shown.bare, piece.box)) for piece in pieces]
    areas = [piece.box.area for piece in pieces]
    colour = np.average(np.array(colours), axis=0, weights=areas)
    return Block(box, sum(areas), (float(colour[0]), float(colour[1]), float(colour[2])), plain(text))


def plain(text: str) -> str:
    """Return text in one spelling: NFKC, spaces collapsed."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def _visible(pieces: list[_Piece], shown: Shown) -> list[_Piece]:
    """Keep what can be seen; of text upon text, what was painted last."""
    taken = np.zeros(shown.picture.shape[:2], np.uint8)
    kept = set()
    for number in sorted(range(len(pieces)), key=lambda one: (pieces[one].order, one), reverse=True):
        box = pieces[number].box
        covered = cut(taken, box)
        if covered.size == 0 or covered.mean() > 0.5 or box.bottom - box.top < MIN_HEIGHT:
            continue
        if _contrast(cut(shown.picture, box), cut(shown.bare, box)).mean() >= MIN_INK:
            covered[...] = 1
            kept.add(number)
    return [piece for number, piece in enumerate(pieces) if number in kept]


def _contrast(picture: Picture, bare: Picture) -> NDArray[np.bool_]:
    return difference(picture, bare) >= MIN_CONTRAST


def _ink(picture: Picture, bare: Picture) -> NDArray[np.float64]:
    """Return the colour of the text: of the pixels that it changes most, for the others are blurred edges."""
    change = difference(picture, bare)
    return np.asarray(np.median(picture[change >= 0.8 * change.max()], axis=0))


def difference(one: Picture, other: Picture) -> NDArray[np.int16]:
    """Return by how much each pixel differs in the channel that differs most, in [0, 255]."""
    return np.asarray(np.abs(one.astype(np.int16) - other.astype(np.int16)).max(axis=2))


def cut(picture: NDArray[Any], box: Box) -> NDArray[Any]:
    """Return the part of a picture inside a box (a view; empty when the box lies outside)."""
    height, width = picture.shape[:2]
    left, right = (int(min(max(round(value), 0), width)) for value in (box.left, box.right))
    top, bottom = (int(min(max(round(value), 0), height)) for value in (box.top, box.bottom))
    return picture[top:bottom, left:right]


def _pieces(document: dict[str, Any], strings: list[str]) -> Iterator[_Piece]:
    """Yield text line by line in the order of the page, less what its own styles hide."""
    nodes, layout, boxes = document["nodes"], document["layout"], document["textBoxes"]
    lines: dict[int, list[int]] = {}
    for number, row in enumerate(boxes["layoutIndex"]):
        lines.setdefault(row, []).append(number)
    containers, is_hidden = _containers_and_hidden(document, strings)
    typed = _typed(nodes, strings)
    begins = True
    for row, node in enumerate(layout["nodeIndex"]):
        if is_hidden[node]:
            continue
        order = layout["paintOrders"][row]
        if node in typed:
            yield _Piece(typed[node], _box(layout["bounds"][row]), node, True, order)
        units = strings[layout["text"][row]].encode("utf-16-le") if row in lines else b""
        end = 0
        for number in lines.get(row, ()):
            start, length = boxes["start"][number], boxes["length"][number]
            begins = begins or "\n" in _text(units, end, start)
            end = start + length
            text = _text(units, start, end)
            if text.strip():
                yield _Piece(text, _box(boxes["bounds"][number]), containers[node], begins, order)
            begins = "\n" in text


def _text(units: bytes, start: int, end: int) -> str:
    """Return a part of a text that is counted in UTF-16, as the browser counts."""
    return units[2 * start : 2 * end].decode("utf-16-le", "replace")


def _box(bounds: list[float]) -> Box:
    left, top, width, height = bounds
    return Box(left, top, left + width, top + height)


def _containers_and_hidden(document: dict[str, Any], strings: list[str]) -> tuple[list[int], list[bool]]:
    """Return for each node the block that its lines are part of, and whether its styles make it invisible."""
    parents, layout = document["nodes"]["parentIndex"], document["layout"]
    styles = {node: [strings[one] for one in layout["styles"][row]] for row, node in enumerate(layout["nodeIndex"])}
    containers: list[int] = []
    opacities: list[float] = []
    is_hidden: list[bool] = []
    for node, parent in enumerate(parents):  # a parent comes before its children
        display, visibility, opacity = styles.get(node) or ("", "visible", "1")[: len(STYLES)]
        is_text = document["nodes"]["nodeType"][node] == 3
        is_part = parent >= 0 and (is_text or display in _INLINE or not display)
        containers.append(containers[parent] if is_part else node)
        opacities.append((1.0 if is_text else float(opacity or 1)) * (opacities[parent] if parent >= 0 else 1.0))
        is_marker = strings[document["nodes"]["nodeName"][node]] == "::marker"
        is_hidden.append(visibility != "visible" or opacities[node] < MIN_OPACITY or is_marker)
    return containers, is_hidden


def _typed(nodes: dict[str, Any], strings: list[str]) -> dict[int, str]:
    """Return what fields and buttons of forms show, by node: their value, else their placeholder."""
    found = {}
    values = {
        node: strings[text]
        for kind in ("inputValue", "textValue")
        for node, text in zip(nodes[kind]["index"], nodes[kind]["value"], strict=True)
        if text >= 0
    }
    for node, name in enumerate(nodes["nodeName"]):
        if strings[name] in ("INPUT", "TEXTAREA"):
            attributes = [strings[one] for one in nodes["attributes"][node]]
            named = dict(zip(attributes[::2], attributes[1::2], strict=True))
            if text := values.get(node) or named.get("placeholder", ""):
                found[node] = text
    return found
