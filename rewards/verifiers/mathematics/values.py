"""Decides by value whether two formulas (rewards/verifiers/mathematics/plain.py) are equal.

Most formulas in answers are of this kind, and evaluating both at a few random points takes a tenth of the time of a
computer algebra system. Rational functions are evaluated exactly, at points that depend on both texts: by the lemma of
Schwartz and Zippel two different ones agree there with a chance below (degree / 2^31)^2. Everything else is evaluated
to more digits than its numbers have bits, so that neither tiny numbers nor tiny differences are passed over.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from rewards.verifiers.mathematics.evaluate import approximate, bits, context_of, exact
from rewards.verifiers.mathematics.matrix_letters import are_matrices, same_matrices, with_exponent
from rewards.verifiers.mathematics.plain import Plain, functions_of, read_plain
from rewards.verifiers.mathematics.tokens import TooLarge, Undecided

MAX_DIGITS = 4000
ROUNDED = 1.000001e-6
"""A decimal with six digits or more may be rounded: it is right to this share of a gold that is no whole number."""
_NEAR = 1e-3
_SPARE, _MORE = 60, 30
_SHRINKS = 1e-12


@dataclass(frozen=True, slots=True)
class Near:
    """How far an answer may be off: |answer - gold| <= max(rel_tol * |gold|, abs_tol)."""

    rel_tol: float = 0.0
    abs_tol: float = 0.0


EXACTLY = Near()


def same_value(answer: str, gold: str, *, near: Near = EXACTLY, positive: bool = False) -> bool | None:
    """Tell whether two formulas (bodies of MathText) have the same value for all values of their symbols, or None.

    positive: for all positive values only.
    """
    called = functions_of(answer, gold)
    found, wanted = read_plain(answer, called), read_plain(gold, called)
    if found is None or wanted is None:
        return None
    names = found.symbols | wanted.symbols
    if found.has_matrices or wanted.has_matrices:
        found, wanted = with_exponent(found, names), with_exponent(wanted, names)
        names = found.symbols | wanted.symbols
    if are_matrices(found, wanted):
        return same_matrices(found, wanted, f"{answer}\0{gold}")
    try:
        if not names:
            return False if _is_huge(found) and not _is_huge(wanted) else _same_constant(found, wanted, near)
        points = [_point(answer, gold, number, sorted(names)) for number in range(2)]
        known = _same_rational(found, wanted, points) if found.is_rational and wanted.is_rational else None
        return _same_function(found, wanted, points, positive=positive) if known is None else known
    except (Undecided, ArithmeticError, ValueError, RecursionError):
        return None


def _same_rational(answer: Plain, gold: Plain, points: list[dict[str, int]]) -> bool | None:
    """Compare two rational functions exactly; None where the values are too long, or a decimal may be rounded."""
    try:
        if all(exact(answer, point) == exact(gold, point) for point in points):
            return True
    except Undecided:
        return None
    return False if answer.is_exact and gold.is_exact else None


def _is_huge(constant: Plain) -> bool:
    """Tell whether a number has too many digits to be written down."""
    try:
        approximate(constant, {}, context_of(15))
    except TooLarge:
        return True
    except (Undecided, ArithmeticError, ValueError):
        return False
    return False


def _same_constant(answer: Plain, gold: Plain, near: Near) -> bool | None:
    """Compare two numbers, exactly where both are rational."""
    rounded = not (answer.is_exact and gold.is_exact)
    try:
        found, wanted = Fraction(exact(answer, {})), Fraction(exact(gold, {}))
    except Undecided:
        return _same_rounded(answer, gold, near, rounded=rounded)
    if found == wanted:
        return True
    relative = Fraction(near.rel_tol)
    if rounded and wanted.denominator != 1:
        relative = max(relative, Fraction(1, 10**6))
    return abs(found - wanted) <= max(relative * abs(wanted), Fraction(near.abs_tol))


def _same_rounded(answer: Plain, gold: Plain, near: Near, *, rounded: bool) -> bool | None:
    digits = _SPARE + bits(answer) + bits(gold)
    if digits > MAX_DIGITS:
        raise Undecided
    found, wanted = _value(answer, {}, digits), _value(gold, {}, digits)
    context = context_of(digits)
    difference, size = abs(found - wanted), max(abs(found), abs(wanted))
    if difference <= size * context.mpf(10) ** (_MORE - digits):
        return True
    if difference <= max(near.rel_tol * abs(wanted), near.abs_tol):
        return True
    is_whole = abs(wanted - context.nint(context.re(wanted))) < context.mpf(10) ** (_MORE - digits)
    return bool(rounded and not is_whole and difference <= ROUNDED * abs(wanted))


def _value(formula: Plain, point: dict[str, Fraction], digits: int) -> Any:
    """Return the value to so many digits, 0 where rounding is all that is left; Undecided where digits are lost."""
    rough = approximate(formula, point, context_of(digits))
    fine = approximate(formula, point, context_of(digits + _MORE))
    if abs(fine) <= _SHRINKS * abs(rough) or fine == 0:
        return context_of(digits).mpf(0)
    if not context_of(digits).isfinite(fine) or abs(fine - rough) > abs(fine) * context_of(digits).mpf(10) ** (
        _MORE // 2 - digits
    ):
        raise Undecided
    return fine


def _same_function(answer: Plain, gold: Plain, points: list[dict[str, int]], *, positive: bool) -> bool | None:
    """Compare two functions at points of both signs and of several sizes, where both are real."""
    # Rounding may change a number, but neither brings a letter in nor takes one out.
    rounded = not (answer.is_exact and gold.is_exact) and answer.symbols == gold.symbols
    num_bits = bits(answer) + bits(gold)
    digits = _SPARE + min(MAX_DIGITS // 4, num_bits)
    has_i = _has_i(answer) or _has_i(gold)
    seen: list[str] = []
    for number, point in enumerate(_real_points(points, 2 * max(_largest(answer), _largest(gold)))):
        if positive and any(value < 0 for value in point.values()):
            continue
        seen.append(_compare(answer, gold, point, digits, rounded=rounded, is_complex=has_i))
        if number == 1 and seen == ["different", "different"]:
            return False
    decided = [one for one in seen if one != "unknown"]
    if len(decided) >= 2 and all(one == "same" for one in decided):
        return True if num_bits <= MAX_DIGITS else None
    if rounded and "different" in decided:
        return False
    return False if len(decided) >= 2 and all(one == "different" for one in decided) else None


def _compare(
    answer: Plain, gold: Plain, point: dict[str, Fraction], digits: int, *, rounded: bool, is_complex: bool
) -> str:
    """Compare two functions at one point: same, near, different, apart (one is real, one is not) or unknown."""
    context = context_of(digits)
    try:
        found, wanted = approximate(answer, point, context), approximate(gold, point, context)
    except (Undecided, ArithmeticError, ValueError):
        return "unknown"
    tiny = context.mpf(10) ** (_MORE - digits)
    are_real = [abs(context.im(value)) <= tiny * (1 + abs(value)) for value in (found, wanted)]
    if not is_complex and not all(are_real):
        return "apart" if any(are_real) else "unknown"
    difference, size = abs(found - wanted), max(abs(found), abs(wanted))
    if difference <= size * tiny:
        return "same"
    if _vanishes(answer, gold, point, digits, difference):
        return "same"
    if rounded and difference <= _NEAR * size:
        return "same" if difference <= ROUNDED * size else "near"
    return "different"


def _vanishes(answer: Plain, gold: Plain, point: dict[str, Fraction], digits: int, difference: Any) -> bool:
    """Tell whether a difference is due to rounding: it shrinks with more digits."""
    if difference > context_of(digits).mpf(10) ** (-_MORE // 2):
        return False
    context = context_of(digits + _MORE)
    return bool(abs(approximate(answer, point, context) - approximate(gold, point, context)) <= _SHRINKS * difference)


def _point(answer: str, gold: str, number: int, names: list[str]) -> dict[str, int]:
    """Return a value in [0, 2^31) for each symbol. No answer can be made to fit it, for it changes with the answer."""
    found = {}
    for name in names:
        digest = hashlib.blake2b(f"{answer}\0{gold}\0{number}\0{name}".encode(), digest_size=4).digest()
        found[name] = int.from_bytes(digest, "big") >> 1
    return found


def _real_points(points: list[dict[str, int]], largest: int) -> list[dict[str, Fraction]]:
    """Return points in [1/2, 3/2], then larger and smaller ones of either sign."""
    first, second = ({name: Fraction(value + 2**30, 2**31) for name, value in point.items()} for point in points)
    mixed = {name: value if number % 2 else -value for number, (name, value) in enumerate(first.items())}
    return [
        first,
        second,
        {name: value * largest for name, value in second.items()},
        {name: value / (2 * largest) for name, value in first.items()},
        {name: -value for name, value in second.items()},
        {name: -value * largest for name, value in first.items()},
        mixed,
    ]


def _largest(formula: Plain) -> int:
    """Return a whole number above every number of a formula, at most a million."""
    own = min(10**6, int(abs(formula.number)) + 1)
    return max([own, *map(_largest, formula.parts)])


def _has_i(formula: Plain) -> bool:
    return formula.kind == "i" or any(map(_has_i, formula.parts))
