"""Equations as what they hold for: `y = 2x + 1` is `2x - y + 1 = 0`, for one is a multiple of the other.

A gold that is solved (`x = 5`) asks for a solved answer: `2x = 10` would only say the question again.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from itertools import combinations, product

from rewards.verifiers.mathematics.relations import equation_parts, is_name
from rewards.verifiers.mathematics.structure.algebra import Algebra, letters

_SAME = Decimal("1e-18")
_NUM_POINTS = 4
_MAX_LETTERS, _MAX_PAIRED = 8, 5
_CURRENT = re.compile(r"\\[A-Za-z]+|I")


def sides_of(text: str) -> tuple[str, str] | None:
    """Return both sides of one equation between formulas; None for anything else."""
    if "=" not in text or "\\approx" in text or any(sign in text for sign in "<>"):
        return None
    sides = equation_parts(text)
    return (sides[0], sides[1]) if len(sides) == 2 and all(sides) else None


def is_solved(sides: tuple[str, str]) -> bool:
    """Tell whether an equation gives a named value and has no other letters: x = 5, but not y = 2x."""
    left, right = sides
    return is_name(left) and not letters(right) or is_name(right) and not letters(left)


def same_equation(answer: str, gold: str, algebra: Algebra) -> bool | None:
    """Tell whether two equations hold for the same values: one is the other times a number, or its denominator."""
    answer, gold = _without_currents(answer, gold)
    found, wanted = sides_of(answer), sides_of(gold)
    if found is None or wanted is None:
        return False
    names = _letters_of(found)
    if names != _letters_of(wanted) or not 0 < len(names) <= _MAX_LETTERS:
        return False
    points = [{name: _anywhere(name, number, answer, gold) for name in names} for number in range(_NUM_POINTS)]
    quotients = _quotients(f"({found[0]}) - ({found[1]})", f"({wanted[0]}) - ({wanted[1]})", points, algebra)
    if quotients is None:
        return None
    if len(quotients) < 2:
        return False
    if _all_same(quotients):
        return True
    return _same_but_for_denominator(found, wanted, names, quotients, points, algebra)


def _letters_of(sides: tuple[str, str]) -> frozenset[str]:
    """Return the letters of both sides, each read alone: y'' is a letter of its own."""
    return letters(sides[0]) | letters(sides[1])


def _without_currents(answer: str, gold: str) -> tuple[str, str]:
    """Write a current I, which formulas take for the imaginary unit, as a letter that is not used."""
    used = letters(answer) | letters(gold)
    free = next((letter for letter in "JZWQK" if letter not in used), "")
    if "I" not in used or not free:
        return answer, gold
    first, second = (_CURRENT.sub(lambda m: free if m.group() == "I" else m.group(), one) for one in (answer, gold))
    return first, second


def _quotients(
    answer: str, gold: str, points: list[dict[str, Fraction]], algebra: Algebra
) -> list[tuple[int, Decimal]] | None:
    """Return the quotients of two formulas, with the number of their point; None when one is unreadable here."""
    found, wanted = algebra.values(answer, points), algebra.values(gold, points)
    if found is None or wanted is None:
        return None
    pairs = enumerate(zip(found, wanted, strict=True))
    return [(number, one / other) for number, (one, other) in pairs if one and other]


def _all_same(quotients: list[tuple[int, Decimal]]) -> bool:
    first = quotients[0][1]
    return all(abs(one - first) <= _SAME * abs(first) for _, one in quotients)


def _same_but_for_denominator(
    found: tuple[str, str],
    wanted: tuple[str, str],
    names: frozenset[str],
    quotients: list[tuple[int, Decimal]],
    points: list[dict[str, Fraction]],
    algebra: Algebra,
) -> bool | None:
    """Tell whether one equation is the other times a letter that the other divides by: xy = 1 is y = 1/x."""
    for powers in _monomials(sorted(names)):
        scaled = []
        for number, quotient in quotients:
            for name, power in powers:
                quotient /= _power(points[number][name], power)
            scaled.append((number, quotient))
        if _all_same(scaled):
            sides = [(wanted if power > 0 else found, name) for name, power in powers]
            divided = [_divides_by(side, name, points[0], algebra) for side, name in sides]
            return False if False in divided else None if None in divided else True
    return False


def _monomials(names: list[str]) -> Iterator[tuple[tuple[str, int], ...]]:
    """Yield x, 1/x, x^2 and 1/x^2 for each letter, and for few letters the products of two."""
    for name in names:
        for power in (1, -1, 2, -2):
            yield ((name, power),)
    for one, other in combinations(names[:_MAX_PAIRED], 2):
        for first, second in product((1, -1), repeat=2):
            yield (one, first), (other, second)


def _divides_by(sides: tuple[str, str], name: str, point: dict[str, Fraction], algebra: Algebra) -> bool | None:
    """Tell whether an equation has no value where a letter is 0."""
    values = algebra.values(f"({sides[0]}) - ({sides[1]})", [{**point, name: Fraction(0)}])
    return None if values is None else values[0] is None


def _power(value: Fraction, power: int) -> Decimal:
    exact = value**power
    return Decimal(exact.numerator) / exact.denominator


def _anywhere(name: str, number: int, answer: str, gold: str) -> Fraction:
    """Return a positive value that no answer can be made to fit: it changes with the answer."""
    digest = hashlib.blake2b(f"{answer}\0{gold}\0{number}\0{name}".encode(), digest_size=4).digest()
    return Fraction(int.from_bytes(digest, "big") | 1, 2**31)
