"""What text stands where on a page, line by line, by the layout that the browser reports."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

MIN_OPACITY = 0.1
_INLINE = frozenset({"inline", "contents"})
_KEEPS_BREAKS = frozenset({"preserve", "preserve-breaks", "break-spaces"})
"""Values of white-space-collapse with which a line end in the source is one on the page."""


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
class Piece:
    """Text on one line."""

    text: str
    box: Box
    container: int
    """Number of the node whose lines it is part of."""
    begins: bool
    """A forced line break stands before it."""
    order: int
    """Of painting: later covers earlier."""


def pieces_of(document: dict[str, Any], strings: list[str]) -> Iterator[Piece]:
    """Yield text line by line in the order of the page, less what its own styles hide."""
    nodes, layout, boxes = document["nodes"], document["layout"], document["textBoxes"]
    lines: dict[int, list[int]] = {}
    for number, row in enumerate(boxes["layoutIndex"]):
        lines.setdefault(row, []).append(number)
    containers, is_hidden, breaks = _read_styles(document, strings)
    typed = _typed(nodes, strings)
    begins = True
    for row, node in enumerate(layout["nodeIndex"]):
        if is_hidden[node]:
            continue
        order = layout["paintOrders"][row]
        if node in typed:
            yield Piece(typed[node], _box(layout["bounds"][row]), node, True, order)
        units = strings[layout["text"][row]].encode("utf-16-le", "surrogatepass") if row in lines else b""
        end = 0
        for number in lines.get(row, ()):
            start, length = boxes["start"][number], boxes["length"][number]
            begins = begins or (breaks[node] and "\n" in _text(units, end, start))
            end = start + length
            text = _text(units, start, end)
            if text.strip():
                yield Piece(text, _box(boxes["bounds"][number]), containers[node], begins, order)
            begins = breaks[node] and "\n" in text


def _text(units: bytes, start: int, end: int) -> str:
    """Return a part of a text that is counted in UTF-16, as the browser counts."""
    return units[2 * start : 2 * end].decode("utf-16-le", "replace")


def _box(bounds: list[float]) -> Box:
    left, top, width, height = bounds
    return Box(left, top, left + width, top + height)


def _read_styles(document: dict[str, Any], strings: list[str]) -> tuple[list[int], list[bool], list[bool]]:
    """Return for each node the block that its lines are part of, whether its styles make it invisible, and whether a
    line end in it is one on the page.
    """
    parents, layout = document["nodes"]["parentIndex"], document["layout"]
    styles = {node: [strings[one] for one in layout["styles"][row]] for row, node in enumerate(layout["nodeIndex"])}
    containers: list[int] = []
    opacities: list[float] = []
    is_hidden: list[bool] = []
    breaks: list[bool] = []
    for node, parent in enumerate(parents):  # a parent comes before its children
        display, visibility, opacity, spaces = styles.get(node) or ("", "visible", "1", "")
        is_text = document["nodes"]["nodeType"][node] == 3
        is_part = parent >= 0 and (is_text or display in _INLINE or not display)
        containers.append(containers[parent] if is_part else node)
        opacities.append((1.0 if is_text else float(opacity or 1)) * (opacities[parent] if parent >= 0 else 1.0))
        name = strings[document["nodes"]["nodeName"][node]]
        is_hidden.append(visibility != "visible" or opacities[node] < MIN_OPACITY or name == "::marker")
        breaks.append(name == "BR" or (breaks[parent] if is_text and not spaces else spaces in _KEEPS_BREAKS))
    return containers, is_hidden, breaks


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
