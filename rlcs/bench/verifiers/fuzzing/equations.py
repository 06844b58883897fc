"""Golds in mathematics that are equations: lines in the plane, in every form that says the same."""

from __future__ import annotations

from fractions import Fraction
from random import Random
from typing import Any

from rlcs.bench.verifiers.fuzzing.cases import Change, Domain, Spelling, exactly
from rlcs.bench.verifiers.fuzzing.mathematics import TEXT_AROUND
from rlcs.bench.verifiers.fuzzing.printing import PLAIN, TEX, write
from rlcs.bench.verifiers.fuzzing.trees import Tree, negative, number, symbol

Line = tuple[int, int, int]
"""a x + b y = c."""


def draw_line(source: Random) -> Line:
    """None of the three is 0, and they have no common factor that is left out of a, b."""
    return source.choice((1, 2, 3, 5)), source.choice((1, -2, 3, 4, -5)), source.choice((1, 2, -3, 7, 10))


def _sides(left: Tree, right: Tree, *, plain: bool = False) -> str:
    dialect = PLAIN if plain else TEX
    return f"{write(left, dialect)} = {write(right, dialect)}"


def _terms(line: Line) -> tuple[Tree, Tree, Tree]:
    first, second, constant = line
    x, y = symbol("x"), symbol("y")
    return (x if first == 1 else number(first) * x), (y if second == 1 else number(second) * y), number(constant)


def standard(line: Line, source: Random) -> str:
    """2x + 3y = 5."""
    x, y, constant = _terms(line)
    return _sides(x + y, constant)


def other_side_first(line: Line, source: Random) -> str:
    """5 = 2x + 3y."""
    x, y, constant = _terms(line)
    return _sides(constant, x + y)


def equal_zero(line: Line, source: Random) -> str:
    """2x + 3y - 5 = 0."""
    x, y, constant = _terms(line)
    return _sides(Tree("+", (x, y, negative(constant))), number(0))


def moved_over(line: Line, source: Random) -> str:
    """2x = 5 - 3y."""
    x, _, constant = _terms(line)
    return _sides(x, constant + _terms((1, -line[1], 1))[1])


def multiplied(line: Line, source: Random) -> str:
    """4x + 6y = 10."""
    x, y, constant = _terms((2 * line[0], 2 * line[1], 2 * line[2]))
    return _sides(x + y, constant)


def solved(line: Line, source: Random) -> str:
    """y = -2/3 x + 5/3."""
    slope, rest = Fraction(-line[0], line[1]), Fraction(line[2], line[1])
    return _sides(symbol("y"), number(slope) * symbol("x") + number(rest))


def solved_plain(line: Line, source: Random) -> str:
    """y = (5 - 2x)/3, in plain text."""
    top = number(line[2]) + number(-line[0]) * symbol("x")
    return _sides(symbol("y"), top / number(line[1]), plain=True)


def same_line(meant: Line, gold: Line) -> bool:
    """Tell whether the coefficients of two lines are in proportion."""
    return all(meant[i] * gold[j] == meant[j] * gold[i] for i, j in ((0, 1), (0, 2), (1, 2)))


def coefficient(place: int, step: int) -> Change[Line]:
    """Return the change of one coefficient (never to 0)."""
    return lambda line, _: tuple(one + (step if at == place else 0) or 9 for at, one in enumerate(line))  # type: ignore[return-value]


LINES: dict[str, Spelling[Line]] = {
    "standard": standard, "sides exchanged": other_side_first, "= 0": equal_zero, "moved over": moved_over,
    "multiplied": multiplied, "solved for y": solved, "solved, plain text": solved_plain,
}  # fmt: skip
LINE_CHANGES: dict[str, Change[Line]] = {
    "x": coefficient(0, 1), "y": coefficient(1, 1), "constant": coefficient(2, 1),
    "sign of y": lambda line, _: (line[0], -line[1], line[2]),
    "sign of the constant": lambda line, _: (line[0], line[1], -line[2]),
    "x for y": lambda line, _: (line[1], line[0], line[2]),
}  # fmt: skip

DOMAINS: list[Domain[Any]] = [
    Domain(
        name="math: lines",
        verifier="math",
        draw=draw_line,
        gold=lambda line: standard(line, Random(0)),
        spellings=LINES,
        changes=LINE_CHANGES,
        pays=exactly(same_line),
        wordings=TEXT_AROUND,
    ),
]
