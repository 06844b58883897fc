"""Decides by value whether two plain formulas (rewards/verifiers/mathematics/plain.py) are equal.

Most formulas in answers are of this kind, and evaluating both at two random points takes microseconds where a computer
algebra system takes ten milliseconds. Rational functions are evaluated exactly, at points that depend on both texts:
by the lemma of Schwartz and Zippel two different ones agree there with a chance below (degree / 2^31)^2.
"""

from __future__ import annotations

import hashlib
import math
from decimal import Decimal, localcontext
from fractions import Fraction

from rewards.verifiers.mathematics.plain import Plain, Undecided, read_plain

MAX_BITS = 20_000
NEAR_CONSTANT, NEAR_FORMULA = Decimal("1e-5"), Decimal("1e-3")
"""Nearer values are left to algebra where one of both is not exact."""
_DIGITS = 100
_ROUNDING = Decimal("1e-90")
MAX_PROVEN_BITS = 100
"""Constants of no more bits in all that agree to 90 digits are the same; longer ones may be made to look so."""
_PI = Decimal(
    "3.141592653589793238462643383279502884197169399375105820974944592307816406286208998628034825342117067982"
)


def same_value(answer: str, gold: str) -> bool | None:
    """Tell whether two formulas (bodies of MathText) have the same value for all values of their symbols, or None."""
    found, wanted = read_plain(answer), read_plain(gold)
    if found is None or wanted is None:
        return None
    points = [_point(answer, gold, number, sorted(found.symbols | wanted.symbols)) for number in range(2)]
    try:
        if found.is_rational and wanted.is_rational and found.is_exact and wanted.is_exact:
            if all(_exact(found, point) == _exact(wanted, point) for point in points):
                return True
            if points[0]:
                return False
        with localcontext(prec=_DIGITS):
            if _surely_differ(found, wanted, points):
                return False
            return True if not points[0] and _surely_same_constant(found, wanted) else None
    except (Undecided, ArithmeticError):
        return None


def _surely_differ(answer: Plain, gold: Plain, points: list[dict[str, int]]) -> bool:
    """Tell whether the values at a point are further apart than algebra would pass over."""
    for point in points:
        small = {name: Decimal("0.5") + Decimal(value) / 2**31 for name, value in point.items()}
        (found, size), (wanted, other) = _rounded(answer, small), _rounded(gold, small)
        near = NEAR_FORMULA if point else NEAR_CONSTANT
        if abs(found - wanted) > near * max(Decimal(1), abs(wanted)) + _ROUNDING * (size + other):
            return True
    return False


def _surely_same_constant(answer: Plain, gold: Plain) -> bool:
    """Tell whether two exact constants with roots or pi agree to 90 digits and are too short to do so by chance."""
    if not (answer.is_exact and gold.is_exact) or _bits(answer) + _bits(gold) > MAX_PROVEN_BITS:
        return False
    if answer.is_rational and gold.is_rational:  # compared exactly before
        return False
    (found, size), (wanted, other) = _rounded(answer, {}), _rounded(gold, {})
    return abs(found - wanted) <= _ROUNDING * (size + other)


def _bits(node: Plain) -> int:
    """Return how many bits the numbers of an expression have, powers written out."""
    own = node.number.numerator.bit_length() + node.number.denominator.bit_length() - 1
    if node.kind in ("number", "root"):
        return own + sum(map(_bits, node.parts))
    return sum(map(_bits, node.parts)) * (abs(int(node.number)) if node.kind == "^" else 1)


def _point(answer: str, gold: str, number: int, names: list[str]) -> dict[str, int]:
    """Return a value in [0, 2^31) for each symbol. No answer can be made to fit it, for it changes with the answer."""
    found = {}
    for name in names:
        digest = hashlib.blake2b(f"{answer}\0{gold}\0{number}\0{name}".encode(), digest_size=4).digest()
        found[name] = int.from_bytes(digest, "big") >> 1
    return found


def _exact(node: Plain, point: dict[str, int]) -> Fraction:
    """Return the value at a point; ZeroDivisionError where there is none, Undecided where it is too long."""
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
        raise Undecided


def _rounded(node: Plain, point: dict[str, Decimal]) -> tuple[Decimal, Decimal]:
    """Return the value at a point, and the size of what was added up to it, by which its rounding is judged."""
    if not node.parts:
        value = _PI if node.kind == "pi" else point[node.name] if node.kind == "symbol" else _decimal(node.number)
        return value, abs(value)
    values, sizes = zip(*(_rounded(part, point) for part in node.parts), strict=True)
    if node.kind == "+":
        return sum(values, Decimal(0)), sum(sizes, Decimal(0))
    if node.kind == "*":
        return math.prod(values, start=Decimal(1)), math.prod(sizes, start=Decimal(1))
    if sizes[-1] * _ROUNDING >= abs(values[-1]):  # it may be 0 as well
        raise Undecided
    if node.kind == "/":
        return values[0] / values[1], sizes[0] * sizes[1] / values[1] ** 2
    exponent = _decimal(node.number) if node.kind == "^" else 1 / _decimal(node.number)
    if node.kind == "root" and values[0] < 0:
        raise Undecided
    value = values[0] ** exponent
    return value, abs(value) * max(abs(exponent), Decimal(1)) * (sizes[0] / abs(values[0])) ** max(exponent, Decimal(1))


def _decimal(number: Fraction) -> Decimal:
    return Decimal(number.numerator) / number.denominator
