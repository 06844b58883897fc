"""Formulas as trees, with an evaluation of their own: exact in fractions, or numeric at random points.

This is the reference that verdicts on formulas are checked against; it shares nothing with the verifiers, not even a
parser, since the trees are built and never read.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from random import Random

FUNCTIONS: dict[str, Callable[[complex], complex]] = {
    "sin": cmath.sin, "cos": cmath.cos, "tan": cmath.tan, "ln": cmath.log, "exp": cmath.exp,
}  # fmt: skip
CONSTANTS = {"pi": math.pi, "e": math.e, "i": 1j}
MAX_EXPONENT = 400
NUM_POINTS = 5
CLOSE = 1e-9


@dataclass(frozen=True, slots=True)
class Tree:
    """A formula: `op` is number, symbol, +, *, /, ^, !, root, or the name of a function."""

    op: str
    parts: tuple[Tree, ...] = ()
    number: Fraction = Fraction(0)
    name: str = ""

    def __add__(self, other: Tree) -> Tree:
        return Tree("+", (self, other))

    def __mul__(self, other: Tree) -> Tree:
        return Tree("*", (self, other))

    def __truediv__(self, other: Tree) -> Tree:
        return Tree("/", (self, other))

    def __pow__(self, other: Tree) -> Tree:
        return Tree("^", (self, other))


def number(value: int | Fraction) -> Tree:
    """Return a number as a tree."""
    return Tree("number", number=Fraction(value))


def symbol(name: str) -> Tree:
    """Return a letter, or one of the constants pi, e and i, as a tree."""
    return Tree("symbol", name=name)


def call(function: str, argument: Tree) -> Tree:
    """Return a function, `root` (the square root) or `!` of a tree."""
    return Tree(function, (argument,))


def negative(tree: Tree) -> Tree:
    """Return minus a tree."""
    return number(-tree.number) if tree.op == "number" else number(-1) * tree


def walk(tree: Tree, path: tuple[int, ...] = ()) -> Iterator[tuple[tuple[int, ...], Tree]]:
    """Yield every node with the way to it, the root first."""
    yield path, tree
    for place, part in enumerate(tree.parts):
        yield from walk(part, (*path, place))


def put(tree: Tree, path: tuple[int, ...], new: Tree) -> Tree:
    """Return the tree with the node at a path replaced."""
    if not path:
        return new
    parts = list(tree.parts)
    parts[path[0]] = put(parts[path[0]], path[1:], new)
    return replace(tree, parts=tuple(parts))


def letters(tree: Tree) -> set[str]:
    """Return the names of the unknowns in it."""
    return {one.name for _, one in walk(tree) if one.op == "symbol" and one.name not in CONSTANTS}


def exact(tree: Tree) -> Fraction | None:
    """Return the value as a fraction; None where it is none or would be too large to write."""
    if tree.op == "number":
        return tree.number
    parts = [exact(part) for part in tree.parts]
    known = [part for part in parts if part is not None]
    if not known or len(known) < len(parts):
        return None
    return _exact(tree.op, known)


def _exact(op: str, parts: list[Fraction]) -> Fraction | None:
    first, last = parts[0], parts[-1]
    if op == "+":
        return sum(parts, Fraction(0))
    if op == "*":
        return math.prod(parts, start=Fraction(1))
    if op == "/":
        return first / last if last else None
    if op == "^":
        return _power(first, last)
    if op == "!":
        return Fraction(math.factorial(int(first))) if first.denominator == 1 and 0 <= first <= 200 else None
    return None


def _power(base: Fraction, exponent: Fraction) -> Fraction | None:
    if exponent.denominator != 1 or abs(exponent) > MAX_EXPONENT or (base == 0 and exponent <= 0):
        return None
    return Fraction(base ** int(exponent))


def numeric(tree: Tree, values: Mapping[str, complex]) -> complex:
    """Return the value where the unknowns have these values; may raise ArithmeticError or ValueError."""
    if tree.op == "number":
        return complex(tree.number.numerator / tree.number.denominator)
    if tree.op == "symbol":
        return complex(CONSTANTS[tree.name] if tree.name in CONSTANTS else values[tree.name])
    parts = [numeric(part, values) for part in tree.parts]
    if tree.op in ("+", "*"):
        return sum(parts) if tree.op == "+" else math.prod(parts, start=complex(1))
    if tree.op == "/":
        return parts[0] / parts[1]
    if tree.op == "^":
        return parts[0] ** parts[1]
    if tree.op == "root":
        return cmath.sqrt(parts[0])
    return complex(math.factorial(round(parts[0].real))) if tree.op == "!" else FUNCTIONS[tree.op](parts[0])


def points(names: set[str]) -> Iterator[dict[str, complex]]:
    """Yield values for the unknowns, always the same, between 0.3 and 2.7."""
    for place in range(NUM_POINTS if names else 1):
        yield {name: complex(Random(f"{name} at {place}").uniform(0.3, 2.7)) for name in sorted(names)}


def is_same(one: Tree, other: Tree) -> bool:
    """Tell whether two formulas are equal: exactly where both are fractions, else at random points."""
    values = exact(one), exact(other)
    if values[0] is not None and values[1] is not None:
        return values[0] == values[1]
    return all(_is_close(one, other, point) for point in points(letters(one) | letters(other)))


def _is_close(one: Tree, other: Tree, point: Mapping[str, complex]) -> bool:
    first, second = numeric(one, point), numeric(other, point)
    return abs(first - second) <= CLOSE * max(abs(first), abs(second))


def is_sound(tree: Tree) -> bool:
    """Tell whether a formula has a value at all points, of a size that floating point can tell from others."""
    try:
        found = [abs(numeric(tree, point)) for point in points(letters(tree))]
    except (ArithmeticError, ValueError):
        return False
    return all(math.isfinite(one) and (one == 0 or 1e-200 < one < 1e200) for one in found)
