"""Finds where brackets close and where a text splits at its top level: one linear scan each, escapes respected."""

from __future__ import annotations

OPENING = "([{"
CLOSING = ")]}"


def closing_brace(text: str, opening: int) -> int:
    """Return the index of the `}` that closes the `{` at `opening`, or -1; `\\{` and `\\}` are plain characters."""
    depth = 0
    position = opening
    while position < len(text):
        character = text[position]
        if character == "\\":
            position += 1
        elif character == "{":
            depth += 1
        elif character == "}":
            depth -= 1
            if depth == 0:
                return position
        position += 1
    return -1


def closing_parenthesis(text: str, opening: int) -> int:
    """Return the index of the `)` that closes the `(` at `opening`, or -1."""
    depth = 0
    for position in range(opening, len(text)):
        depth += (text[position] == "(") - (text[position] == ")")
        if depth == 0:
            return position
    return -1


def split_top_level(text: str, separators: str) -> list[str]:
    """Split at any of the characters `separators` that stand outside all brackets; parts are stripped."""
    parts, start, depth = [], 0, 0
    for position, character in enumerate(text):
        if character in OPENING:
            depth += 1
        elif character in CLOSING:
            depth = max(0, depth - 1)
        elif depth == 0 and character in separators and (position == 0 or text[position - 1] != "\\"):
            parts.append(text[start:position].strip())
            start = position + 1
    return [*parts, text[start:].strip()]


def argument_of(text: str, command_end: int) -> tuple[int, int] | None:
    """Return the span inside the braces of a command that ends at `command_end`, or None when they are missing."""
    opening = command_end
    while opening < len(text) and text[opening].isspace():
        opening += 1
    if opening >= len(text) or text[opening] != "{":
        return None
    closing = closing_brace(text, opening)
    return (opening + 1, closing) if closing >= 0 else None
