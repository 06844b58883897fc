"""Equations as what they hold for: `y = 2x + 1` is `2x - y + 1 = 0`, for one is a multiple of the other.

A gold that is solved (`x = 5`) asks for a solved answer: `2x = 10` would only say the question again.
"""

from __future__ import annotations

import hashlib
from decimal import Decimal
from fractions import Fraction

from rewards.verifiers.mathematics.algebra import Algebra, letters
from rewards.verifiers.mathematics.relations import equation_parts, is_name

_SAME = Decimal("1e-18")
_NUM_POINTS = 4
_MAX_LETTERS = 8


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
    """Tell whether two equations hold for the same values: one is the other times a number, or times its denominator."""
    found, wanted = sides_of(answer), sides_of(gold)
    if found is None or wanted is None:
        return False
    names = letters(answer) | letters(gold)
    if letters(answer) != letters(gold) or not 0 < len(names) <= _MAX_LETTERS:
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
    """Tell whether the quotient is one letter or its inverse, which can be no 0 on either side: y = 1/x is xy = 1."""
    for name in sorted(names):
        for power in (1, -1, 2, -2):
            scaled = [(number, one / _power(points[number][name], power)) for number, one in quotients]
            if _all_same(scaled):
                longer = found if power > 0 else wanted
                return _never_at_zero(longer, name, points, algebra)
    return False


def _power(value: Fraction, power: int) -> Decimal:
    exact = value**power
    return Decimal(exact.numerator) / exact.denominator


def _never_at_zero(
    sides: tuple[str, str], name: str, points: list[dict[str, Fraction]], algebra: Algebra
) -> bool | None:
    """Tell whether an equation cannot hold where a letter is 0: what is left of it there is a number, not 0."""
    at_zero = [{**point, name: Fraction(0)} for point in points]
    left = algebra.values(f"({sides[0]}) - ({sides[1]})", at_zero)
    if left is None or left[0] is None:
        return None if left is None and not algebra.is_final else False
    return left[0] != 0 and all(one is not None and abs(one - left[0]) <= _SAME * abs(left[0]) for one in left)


def _anywhere(name: str, number: int, answer: str, gold: str) -> Fraction:
    """Return a positive value that no answer can be made to fit: it changes with the answer."""
    digest = hashlib.blake2b(f"{answer}\0{gold}\0{number}\0{name}".encode(), digest_size=4).digest()
    return Fraction(int.from_bytes(digest, "big") | 1, 2**31)
