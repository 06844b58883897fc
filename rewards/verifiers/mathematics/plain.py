"""Reads a plain formula: sums, products, fractions, whole powers, roots of numbers.

What is not in this grammar is left to the parser of symbolic.py, and so is what that one reads in a way of
its own (`2(3)`, `1/2x`, `x(y)`): both must never read one text as two formulas.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from rewards.verifiers.mathematics.latex import to_latex

MAX_TEXT = 400
MAX_POWER = 64
_TOKEN = re.compile(
    r"\s*(?:(\d+(?:\.\d+)?)|(\\(?:frac|sqrt|cdot|times|pi)(?![A-Za-z]))"
    r"|((?:[A-Za-z]|\\(?:alpha|beta|gamma|theta|lambda|mu|rho|sigma|tau|phi|omega)(?![A-Za-z]))(?:_\d|_\{\d+\})?)"
    r"|([-+/^(){}\[\]]))"
)
_NOT_SYMBOLS = frozenset("dDeEiIoO")
"""Differentials, constants, and the letters of `or`."""


class Undecided(Exception):
    """The text is beyond this grammar, or the value out of bounds."""


@dataclass(frozen=True, slots=True)
class Plain:
    """A number, a symbol, or an operation on others."""

    kind: str
    """number, symbol, pi, +, *, /, ^ or root."""
    parts: tuple[Plain, ...] = ()
    name: str = ""
    number: Fraction = Fraction(0)
    """Of a number; the exponent of a power or the degree of a root."""
    symbols: frozenset[str] = frozenset()
    is_rational: bool = True
    """Without roots and pi."""
    is_exact: bool = True
    """Without decimal points."""


@lru_cache(maxsize=4096)
def read_plain(text: str) -> Plain | None:
    """Parse the body of an answer; None when it is beyond the grammar."""
    if len(text) > MAX_TEXT:
        return None
    try:
        reader = _Reader(_tokens(to_latex(text)))
        node = reader.sum()
        reader.end()
    except (Undecided, RecursionError):
        return None
    letters = {name[0] for name in node.symbols if len(name) == 1 or name[1] == "_"}
    return None if any(letter.swapcase() in letters for letter in letters) else node


def _tokens(latex: str) -> list[str]:
    found: list[str] = []
    position = 0
    latex = latex.strip()
    while position < len(latex):
        match = _TOKEN.match(latex, position)
        if match is None:
            raise Undecided
        found.extend(filter(None, match.groups()))
        position = match.end()
    return found


def _node(kind: str, *parts: Plain, number: Fraction = Fraction(0)) -> Plain:
    return Plain(
        kind,
        parts,
        number=number,
        symbols=frozenset().union(*(part.symbols for part in parts)),
        is_rational=kind != "root" and all(part.is_rational for part in parts),
        is_exact=all(part.is_exact for part in parts),
    )


_MINUS = Plain("number", number=Fraction(-1))


class _Reader:
    """Recursive descent over tokens."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = [*tokens, ""]
        self._place = 0

    @property
    def _next(self) -> str:
        return self._tokens[self._place]

    def _take(self, *wanted: str) -> str:
        token = self._next
        if wanted and token not in wanted:
            raise Undecided
        self._place += 1
        return token

    def end(self) -> None:
        """Refuse what is left over."""
        self._take("")

    def sum(self) -> Plain:
        """Read terms with signs between, and perhaps one before."""
        terms: list[Plain] = []
        while not terms or self._next in ("+", "-"):
            sign = self._take() if self._next in ("+", "-") else "+"
            term = self._product()
            terms.append(_node("*", _MINUS, term) if sign == "-" else term)
        return terms[0] if len(terms) == 1 else _node("+", *terms)

    def _product(self) -> Plain:
        """Read factors; 1/2x is left to the parser, and so is a number that follows without a sign, as in 2(3)."""
        found = last = self._power()
        divided = False
        while self._next not in ("", "+", "-", ")", "}", "]"):
            if self._next in ("\\cdot", "\\times", "/"):
                sign = self._take()
                last, divided = self._power(), sign == "/"
                found = _node("/" if divided else "*", found, last)
                continue
            factor, before = self._power(), last
            is_call = before.kind == "symbol" and factor.kind == "symbol" and self._tokens[self._place - 1] == ")"
            if divided or is_call or (factor.is_rational and not factor.symbols):
                raise Undecided
            found, last = _node("*", found, factor), factor
        return found

    def _power(self) -> Plain:
        base = self._base()
        if self._next != "^":
            return base
        self._take()
        is_braced = self._next == "{"
        if is_braced:
            self._take()
        sign = -1 if is_braced and self._next == "-" and self._take() else 1
        exponent = self._whole_number()
        if is_braced:
            self._take("}")
        if self._next == "^" or exponent > MAX_POWER:
            raise Undecided
        return _node("^", base, number=Fraction(sign * exponent))

    def _whole_number(self) -> int:
        token = self._take()
        if not token.isdecimal():
            raise Undecided
        return int(token)

    def _base(self) -> Plain:
        token = self._take()
        if token == "(":
            found = self.sum()
            self._take(")")
            return found
        if token == "\\frac":
            return _node("/", self._group(), self._group())
        if token == "\\sqrt":
            return self._root()
        if token == "\\pi":
            return Plain("pi", is_rational=False)
        if token[:1].isdecimal():
            return Plain("number", number=Fraction(token), is_exact="." not in token)
        if token[:1].isalpha() or token[:1] == "\\":
            if token[0] in _NOT_SYMBOLS or token in ("\\cdot", "\\times"):
                raise Undecided
            name = token.replace("{", "").replace("}", "")
            return Plain("symbol", name=name, symbols=frozenset({name}))
        raise Undecided

    def _root(self) -> Plain:
        degree = 2
        if self._next == "[":
            self._take()
            degree = self._whole_number()
            self._take("]")
        found = self._group()
        if found.symbols or not 2 <= degree <= 9:
            raise Undecided
        return _node("root", found, number=Fraction(degree))

    def _group(self) -> Plain:
        self._take("{")
        found = self.sum()
        self._take("}")
        return found
