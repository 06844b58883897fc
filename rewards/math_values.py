"""Decides by value whether two plain formulas are equal: sums, products, fractions, whole powers and roots of numbers.

Most formulas in answers are of this kind, and evaluating both at two random points takes microseconds where a computer
algebra system takes ten milliseconds. Rational functions are evaluated exactly, at points that depend on both texts:
by the lemma of Schwartz and Zippel two different ones agree there with a chance below (degree / 2^31)^2. What the
grammar does not hold, and what the parser of rewards/math_symbolic.py reads in a way of its own (`2(3)`, `x(y)`), is
left undecided.
"""

from __future__ import annotations

import hashlib
import math
import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from rewards.math_latex import to_latex

MAX_TEXT = 400
MAX_POWER = 64
MAX_BITS = 20_000
NEAR_CONSTANT, NEAR_FORMULA = 1e-5, 1e-3
"""Nearer values are left to algebra where one of both is not exact."""
ROUNDING = 1e-12
_TOKEN = re.compile(
    r"\s*(?:(\d+(?:\.\d+)?)|(\\(?:frac|sqrt|cdot|times|pi)(?![A-Za-z]))"
    r"|((?:[A-Za-z]|\\(?:alpha|beta|gamma|theta|lambda|mu|rho|sigma|tau|phi|omega)(?![A-Za-z]))(?:_\d|_\{\d+\})?)"
    r"|([-+/^(){}\[\]]))"
)
_NOT_SYMBOLS = frozenset("dDeEiIoO")
"""Differentials, constants, and the letters of `or`."""


class _Undecided(Exception):
    """The text is beyond this grammar, or the value out of bounds."""


@dataclass(frozen=True, slots=True)
class _Node:
    """A number, a symbol, or an operation on others."""

    kind: str
    """number, symbol, pi, +, *, /, ^ or root."""
    parts: tuple[_Node, ...] = ()
    name: str = ""
    number: Fraction = Fraction(0)
    """Of a number; the exponent of a power or the degree of a root."""
    symbols: frozenset[str] = frozenset()
    is_rational: bool = True
    """Without roots and pi."""
    is_exact: bool = True
    """Without decimal points."""


def same_value(answer: str, gold: str) -> bool | None:
    """Tell whether two formulas (bodies of MathText) have the same value for all values of their symbols, or None."""
    found, wanted = _read(answer), _read(gold)
    if found is None or wanted is None:
        return None
    points = [_point(answer, gold, number, sorted(found.symbols | wanted.symbols)) for number in range(2)]
    is_exact = found.is_exact and wanted.is_exact
    is_constant = not points[0]
    try:
        if found.is_rational and wanted.is_rational and is_exact:
            if all(_exact(found, point) == _exact(wanted, point) for point in points):
                return True
            if not is_constant:
                return False
        return _by_rounded_values(found, wanted, points, is_exact)
    except (_Undecided, ZeroDivisionError, OverflowError):
        return None


def _by_rounded_values(answer: _Node, gold: _Node, points: list[dict[str, int]], is_exact: bool) -> bool | None:
    """Tell values that surely differ, and constants that surely do not; the rest is left to algebra."""
    is_constant = not points[0]
    for point in points:
        small = {name: 0.5 + value / 2**31 for name, value in point.items()}
        (found, size), (wanted, other) = _rounded(answer, small), _rounded(gold, small)
        near = NEAR_CONSTANT if is_constant else NEAR_FORMULA
        if abs(found - wanted) > near * max(1.0, abs(wanted)) + ROUNDING * (size + other):
            return False
        if abs(found - wanted) > ROUNDING * (size + other):
            return None
    return True if is_constant and is_exact else None


def _point(answer: str, gold: str, number: int, names: list[str]) -> dict[str, int]:
    """Return a value in [0, 2^31) for each symbol. No answer can be made to fit it, for it changes with the answer."""
    found = {}
    for name in names:
        digest = hashlib.blake2b(f"{answer}\0{gold}\0{number}\0{name}".encode(), digest_size=4).digest()
        found[name] = int.from_bytes(digest, "big") >> 1
    return found


def _exact(node: _Node, point: dict[str, int]) -> Fraction:
    """Return the value at a point; ZeroDivisionError where there is none, _Undecided where it is too long."""
    if node.kind == "number":
        return node.number
    if node.kind == "symbol":
        return Fraction(point[node.name])
    values = [_exact(part, point) for part in node.parts]
    if node.kind == "+":
        found = sum(values, Fraction(0))
    elif node.kind == "*":
        found = math.prod(values, start=Fraction(1))
    elif node.kind == "/":
        found = values[0] / values[1]
    else:
        _check_bits(values[0], abs(int(node.number)))
        found = values[0] ** int(node.number)
    _check_bits(found, 1)
    return found


def _check_bits(value: Fraction, times: int) -> None:
    if max(value.numerator.bit_length(), value.denominator.bit_length()) * times > MAX_BITS:
        raise _Undecided


def _rounded(node: _Node, point: dict[str, float]) -> tuple[float, float]:
    """Return the value at a point, and the size of what was added up to it, by which its rounding is judged."""
    if node.kind in ("number", "symbol", "pi"):
        value = math.pi if node.kind == "pi" else point[node.name] if node.kind == "symbol" else float(node.number)
        return value, abs(value)
    values, sizes = zip(*(_rounded(part, point) for part in node.parts), strict=True)
    if node.kind == "+":
        return math.fsum(values), math.fsum(sizes)
    if node.kind == "*":
        return math.prod(values), math.prod(sizes)
    if node.kind == "/":
        if sizes[1] * ROUNDING > abs(values[1]):
            raise ZeroDivisionError
        return values[0] / values[1], sizes[0] * sizes[1] / values[1] ** 2
    exponent = float(node.number) if node.kind == "^" else 1 / float(node.number)
    if values[0] <= sizes[0] * ROUNDING and (node.kind == "root" or exponent < 0):
        raise _Undecided
    if not values[0]:
        return 0.0**exponent, sizes[0]
    value = values[0] ** exponent
    return value, abs(value) * max(abs(exponent), 1.0) * (sizes[0] / abs(values[0])) ** max(exponent, 1.0)


@lru_cache(maxsize=4096)
def _read(text: str) -> _Node | None:
    """Parse a formula; None when it is beyond the grammar."""
    if len(text) > MAX_TEXT:
        return None
    try:
        reader = _Reader(_tokens(to_latex(text)))
        node = reader.sum()
        reader.end()
    except (_Undecided, RecursionError):
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
            raise _Undecided
        found.extend(filter(None, match.groups()))
        position = match.end()
    return found


def _node(kind: str, *parts: _Node, number: Fraction = Fraction(0)) -> _Node:
    return _Node(
        kind,
        parts,
        number=number,
        symbols=frozenset().union(*(part.symbols for part in parts)),
        is_rational=kind != "root" and all(part.is_rational for part in parts),
        is_exact=all(part.is_exact for part in parts),
    )


_MINUS = _Node("number", number=Fraction(-1))


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
            raise _Undecided
        self._place += 1
        return token

    def end(self) -> None:
        """Refuse what is left over."""
        self._take("")

    def sum(self) -> _Node:
        """Read terms with signs between, and perhaps one before."""
        terms: list[_Node] = []
        while not terms or self._next in ("+", "-"):
            sign = self._take() if self._next in ("+", "-") else "+"
            term = self._product()
            terms.append(_node("*", _MINUS, term) if sign == "-" else term)
        return terms[0] if len(terms) == 1 else _node("+", *terms)

    def _product(self) -> _Node:
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
                raise _Undecided
            found, last = _node("*", found, factor), factor
        return found

    def _power(self) -> _Node:
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
            raise _Undecided
        return _node("^", base, number=Fraction(sign * exponent))

    def _whole_number(self) -> int:
        token = self._take()
        if not token.isdecimal():
            raise _Undecided
        return int(token)

    def _base(self) -> _Node:
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
            return _Node("pi", is_rational=False)
        if token[:1].isdecimal():
            return _Node("number", number=Fraction(token), is_exact="." not in token)
        if token[:1].isalpha() or token[:1] == "\\":
            if token[0] in _NOT_SYMBOLS or token in ("\\cdot", "\\times"):
                raise _Undecided
            name = token.replace("{", "").replace("}", "")
            return _Node("symbol", name=name, symbols=frozenset({name}))
        raise _Undecided

    def _root(self) -> _Node:
        degree = 2
        if self._next == "[":
            self._take()
            degree = self._whole_number()
            self._take("]")
        found = self._group()
        if found.symbols or not 2 <= degree <= 9:
            raise _Undecided
        return _node("root", found, number=Fraction(degree))

    def _group(self) -> _Node:
        self._take("{")
        found = self.sum()
        self._take("}")
        return found
