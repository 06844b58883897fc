"""What the readers of structure ask of algebra: are two texts the same, and what are the values of one?

Inline only plain formulas are known and everything else is None, "cannot tell here"; a worker knows more.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Protocol

from rewards.verifiers.mathematics.evaluate import approximate, context_of
from rewards.verifiers.mathematics.plain import Plain, read_plain
from rewards.verifiers.mathematics.tokens import Undecided

Point = Mapping[str, Fraction]
_DIGITS = 50
_TINY = 1e-30
_GREEK = "alpha|beta|gamma|delta|theta|lambda|mu|rho|sigma|tau|varphi|phi|omega"
_LETTER = re.compile(rf"(\\(?:{_GREEK})(?![A-Za-z])|(?<!\\)[A-Za-z])(_\d|_\{{\d+\}})?|\\[A-Za-z]+")
_WORDS = re.compile(r"\\(?:text|mathrm|operatorname|mathbb)\s*\{[^{}]*\}")
_FUNCTION = re.compile(r"(?<![A-Za-z\\])(?:sqrt|sin|cos|tan|cot|sec|csc|log|ln|exp|pi|mod|max|min|gcd|lcm)(?![A-Za-z])")
_CONSTANTS = frozenset("ei")


class Algebra(Protocol):
    """Two questions about formulas; None means that it cannot be told here."""

    is_final: bool
    """Nobody else will be asked: what cannot be told stays so."""

    def same(self, answer: str, gold: str) -> bool | None:
        """Tell whether an answer equals a gold by all that the verifier knows."""
        ...

    def values(self, text: str, points: Sequence[Point]) -> list[Decimal | None] | None:
        """Return the real value of a formula at each point (None where it has none), or None when it is unreadable."""
        ...


@lru_cache(maxsize=4096)
def letters(text: str) -> frozenset[str]:
    """Return the letters of a formula that stand for something, `x_1` whole: none of commands and words, no e and i."""
    if (node := read_plain(text)) is not None:
        return node.symbols
    bare = _FUNCTION.sub(" ", _WORDS.sub(" ", text))
    found = {
        match[1] + (match[2] or "").replace("{", "").replace("}", "") for match in _LETTER.finditer(bare) if match[1]
    }
    return frozenset(found) - _CONSTANTS


def plain_values(text: str, points: Sequence[Point]) -> list[Decimal | None] | None:
    """Return the values of a formula that plain.py reads; None when it does not, or when it has other symbols."""
    node = read_plain(text)
    if node is None or not all(node.symbols <= point.keys() for point in points):
        return None
    return [_value(node, dict(point)) for point in points]


def _value(node: Plain, point: dict[str, Fraction]) -> Decimal | None:
    """Return the real value at a point, or None where there is none."""
    context = context_of(_DIGITS)
    try:
        found = approximate(node, point, context)
        if abs(context.im(found)) > _TINY * (1 + abs(found)) or not context.isfinite(found):
            return None
        return Decimal(context.nstr(context.re(found), _DIGITS - 5))
    except (Undecided, ArithmeticError, ValueError):
        return None
