"""What the readers of structure ask of algebra: are two texts the same, and what are the values of one?

Inline only plain formulas are known and everything else is None, "cannot tell here"; a worker knows more.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import lru_cache
from typing import Protocol

from rewards.verifiers.mathematics.plain import Plain, Undecided, read_plain

Point = Mapping[str, Fraction]
_DIGITS = 60
_MAX_BITS = 4000
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
    """Return the letters of a formula that stand for something, `x_1` whole: not those of commands and words, not e, i.
    """
    bare = _FUNCTION.sub(" ", _WORDS.sub(" ", text))
    found = {match[1] + (match[2] or "").replace("{", "").replace("}", "") for match in _LETTER.finditer(bare) if match[1]}
    return frozenset(found) - _CONSTANTS


def plain_values(text: str, points: Sequence[Point]) -> list[Decimal | None] | None:
    """Return the values of a plain formula; None when it is beyond that grammar or has other symbols."""
    node = read_plain(text)
    if node is None or not all(node.symbols <= point.keys() for point in points):
        return None
    with localcontext(prec=_DIGITS):
        return [_value_or_none(node, point) for point in points]


def _value_or_none(node: Plain, point: Point) -> Decimal | None:
    try:
        return _as_decimal(_value(node, point))
    except (Undecided, ArithmeticError):
        return None


def _value(node: Plain, point: Point) -> Fraction | Decimal:
    if node.kind == "number":
        return node.number
    if node.kind == "symbol":
        return point[node.name]
    if node.kind == "pi":
        return _PI
    parts = [_value(part, point) for part in node.parts]
    if any(isinstance(part, Decimal) for part in parts) or node.kind == "root":
        return _rounded(node, [_as_decimal(part) for part in parts])
    exact = [part for part in parts if isinstance(part, Fraction)]
    if node.kind == "+":
        return sum(exact, Fraction(0))
    if node.kind == "*":
        return math.prod(exact, start=Fraction(1))
    if node.kind == "/":
        return exact[0] / exact[1]
    if exact[0].numerator.bit_length() + exact[0].denominator.bit_length() > _MAX_BITS / max(1, abs(node.number)):
        raise Undecided
    return exact[0] ** int(node.number)


def _rounded(node: Plain, parts: list[Decimal]) -> Decimal:
    if node.kind == "+":
        return sum(parts, Decimal(0))
    if node.kind == "*":
        return math.prod(parts, start=Decimal(1))
    if node.kind == "/":
        return parts[0] / parts[1]
    if node.kind == "^":
        return parts[0] ** int(node.number)
    if parts[0] < 0:
        raise Undecided
    return parts[0] ** (1 / _as_decimal(node.number)) if parts[0] else parts[0]


def _as_decimal(value: Fraction | Decimal) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(value.numerator) / value.denominator


_PI = Decimal("3.14159265358979323846264338327950288419716939937510582097494459230781640628620899862803")
