"""Writes a gold answer in another spelling, for `rlcs check`: one that is right only as written teaches its text."""

from __future__ import annotations

import re
from typing import Any

from rewards.verifiers.mathematics.structure.equations import is_solved, sides_of
from rewards.verifiers.mathematics.text import read_math

_FRACTION = re.compile(r"(?<![\d\w}\\])\\[dtc]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}")
_OPERATOR = re.compile(r"(?<=[\w)}])\s*([+=<>])\s*(?=[\w(\\{-])")
_COMMAND_SPACE = re.compile(
    r"(\\(?:cup|cap|cdot|times|le|ge|leq|geq|ne|neq|in|pm|equiv|land|lor)(?![A-Za-z]))\s*(?=[A-Za-z\d(\\{])"
)
_INSIDE = re.compile(r"\\(?:text|mathrm|operatorname|begin|end)\b")


def respelled(gold: Any) -> str | None:
    """Return the first of the golds in another spelling: fractions with a slash, sides swapped, spaces, `$ … $`.

    None for words, which have no other spelling.
    """
    text = str(gold[0] if isinstance(gold, list | tuple) and gold else gold).strip()
    read = read_math(text, "fraction")
    if not text or read.is_prose or read.is_word:
        return None
    if "$" in text or _INSIDE.search(text):
        return text if "$" in text else f"${text}$"
    sides = sides_of(text)
    if sides is not None and not read.label and not is_solved(sides):
        text = f"{sides[1]} = {sides[0]}"
    text = _FRACTION.sub(r"((\1)/(\2))", text)
    text = _OPERATOR.sub(r" \1 ", text)
    text = _COMMAND_SPACE.sub(r"\1 ", text)
    return f"$ {text} $"
