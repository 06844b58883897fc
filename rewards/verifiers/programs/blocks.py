"""Finds the code in an answer: fenced blocks as Markdown has them, of three or more backticks or tildes."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_OPENING = re.compile(r"([ \t]*)(`{3,}(?=[^`]*\Z)|~{3,})\s*(.*)")
_LANGUAGE = re.compile(r"\{?\.?([a-z0-9+#.-]*)", re.IGNORECASE)
_PYTHON = re.compile(r"(?:python|pypy|py|cpython|ipython)[\d.]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block that was closed."""

    language: str
    """The first word behind its opening fence; "" for none."""
    lines: Sequence[str]
    indent: int
    """Spaces before its opening fence."""

    @property
    def may_be_python(self) -> bool:
        """Whether it says that it is Python, or nothing."""
        return not self.language or _PYTHON.fullmatch(self.language) is not None

    def source(self) -> str:
        """Return the code, without the indentation of the block."""
        lines = [line[min(self.indent, len(line) - len(line.lstrip(" \t"))) :] for line in self.lines]
        source = "\n".join(lines)
        return textwrap.dedent(source) if source.lstrip("\n").startswith((" ", "\t")) else source


def closed_blocks(answer: str) -> Iterator[Block]:
    """Yield the fenced blocks of an answer that are closed: by the same sign, at least as often, alone on a line."""
    lines = answer.replace("\r\n", "\n").split("\n")
    opening, start = None, 0
    for number, line in enumerate(lines):
        if opening is None:
            opening, start = _OPENING.match(line), number
        elif (mark := line.strip()).startswith(opening[2]) and not mark.strip(mark[0]):
            language = _LANGUAGE.match(opening[3])
            yield Block(language[1].lower() if language else "", lines[start + 1 : number], len(opening[1]))
            opening = None
