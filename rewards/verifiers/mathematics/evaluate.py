"""Evaluates a formula that plain.py has read: exactly, or to as many digits as asked for."""

from __future__ import annotations

import hashlib
import math
import threading
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from mpmath import MPContext

from rewards.verifiers.mathematics.plain import Plain
from rewards.verifiers.mathematics.tokens import TooLarge, Undecided

MAX_BITS = 20_000
MAX_SIZE = 1e9
"""Arguments of functions that grow are refused beyond it, before they are evaluated."""


def exact(node: Plain, point: dict[str, int]) -> int | Fraction:
    """Return the value at a point; ZeroDivisionError where there is none, Undecided where it is too long."""
    if node.kind == "number":
        return node.number.numerator if node.number.denominator == 1 else node.number
    if node.kind == "symbol":
        return point[node.name]
    values = [exact(part, point) for part in node.parts]
    found: int | Fraction
    if node.kind == "+":
        found = sum(values)
    elif node.kind == "*":
        found = math.prod(values)
    elif node.kind == "/":
        found = Fraction(values[0]) / values[1]
    elif node.kind == "^":
        exponent = int(node.number)
        _check_bits(values[0], abs(exponent))
        found = values[0] ** exponent if exponent >= 0 else Fraction(values[0]) ** exponent
    elif node.kind == "call" and node.name == "factorial":
        found = _factorial(values[0])
    else:
        raise Undecided
    _check_bits(found, 1)
    return found


def _factorial(value: int | Fraction) -> int:
    if value.denominator != 1 or not 0 <= value <= 2000:
        raise Undecided
    return math.factorial(int(value))


def _check_bits(value: int | Fraction, times: int) -> None:
    if max(value.numerator.bit_length(), value.denominator.bit_length()) * times > MAX_BITS:
        raise TooLarge


def approximate(node: Plain, point: dict[str, Fraction], context: MPContext) -> Any:
    """Return the value at a point, real or complex, to the digits of `context`; Undecided where there is none."""
    if node.kind == "number":
        return _real(node.number, context)
    if node.kind == "symbol":
        return _real(point[node.name], context)
    if node.kind in ("pi", "e"):
        return +getattr(context, node.kind)
    if node.kind == "i":
        return context.mpc(0, 1)
    if node.kind == "call" and node.name in _OF_CONSTANTS and node.symbols:
        raise Undecided
    values = [approximate(part, point, context) for part in node.parts]
    return _applied(node, values, context)


def _applied(node: Plain, values: list[Any], context: MPContext) -> Any:
    if node.kind == "+":
        return sum(values, context.mpf(0))
    if node.kind == "*":
        return math.prod(values, start=context.mpf(1))
    if node.kind == "/":
        return values[0] / values[1]
    if node.kind == "^":
        return values[0] ** int(node.number)
    if node.kind == "root":
        return _root(values[0], int(node.number), context)
    if node.kind == "power":
        return _power(values[0], values[1], context)
    if node.kind == "unknown":
        return _unknown(node.name, values, context)
    if node.kind == "call":
        return _FUNCTIONS[node.name](context, *values)
    raise Undecided


def _real(number: Fraction, context: MPContext) -> Any:
    return context.mpf(number.numerator) / number.denominator


def _root(value: Any, degree: int, context: MPContext) -> Any:
    """Return the root; the real one of a negative number where the degree is odd."""
    if context.im(value) == 0 and context.re(value) < 0 and degree % 2:
        return -context.root(-context.re(value), degree)
    return context.root(value, degree)


def _power(base: Any, exponent: Any, context: MPContext) -> Any:
    """Return a power; a negative number to a broken power is meant in two ways."""
    if base == 0:
        if context.re(exponent) <= 0:
            raise Undecided
        return context.mpf(0)
    if context.im(base) == 0 and context.re(base) < 0 and not context.isint(exponent):
        raise Undecided
    _check_size(exponent * context.log(base), context)
    return context.power(base, exponent)


def _unknown(name: str, values: list[Any], context: MPContext) -> Any:
    """Return a value for f(x) that depends on the name and the arguments, and on nothing else."""
    written = [context.nstr(value, 25, strip_zeros=False) for value in values]
    digest = hashlib.blake2b("\0".join([name, *written]).encode(), digest_size=6).digest()
    return 1 + context.mpf(int.from_bytes(digest, "big")) / 2**48


def _check_size(value: Any, context: MPContext) -> None:
    if not context.isfinite(value):
        raise Undecided
    if abs(value) > MAX_SIZE:
        raise TooLarge


def _growing(name: str) -> Callable[..., Any]:
    """Return a function of mpmath that is asked for arguments of a usual size only."""

    def call(context: MPContext, *values: Any) -> Any:
        for value in values:
            _check_size(value, context)
        return getattr(context, name)(*values)

    return call


def _logarithm(context: MPContext, value: Any) -> Any:
    if value == 0:
        raise Undecided
    return context.log(value)


def _rounded(name: str) -> Callable[..., Any]:
    def call(context: MPContext, value: Any) -> Any:
        if context.im(value) != 0 or abs(value) > MAX_SIZE or abs(value - context.nint(value)) < 1e-20:
            if not context.isint(value):
                raise Undecided
        return getattr(context, name)(value)

    return call


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{name: _growing(name) for name in ("sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh", "coth")},
    **{"arc" + name: _growing("a" + name) for name in ("sin", "cos", "tan")},
    **{"ar" + name: _growing("a" + name) for name in ("sinh", "cosh", "tanh")},
    "ln": _logarithm,
    "abs": lambda context, value: abs(value),
    "factorial": _growing("factorial"),
    "binom": _growing("binomial"),
    "floor": _rounded("floor"),
    "ceil": _rounded("ceil"),
}
_OF_CONSTANTS = frozenset(("floor", "ceil"))
"""Steps may lie between the points where a formula is evaluated."""


def bits(node: Plain) -> int:
    """Return how many bits the numbers of a formula have, powers written out; a measure for what may look alike."""
    own = node.number.numerator.bit_length() + node.number.denominator.bit_length() - 1
    if node.kind in ("number", "root"):
        return own + sum(map(bits, node.parts))
    if node.kind == "power":
        return bits(node.parts[0]) * max(1, _size(node.parts[1])) + bits(node.parts[1])
    if node.kind == "call" and node.name == "factorial":
        return bits(node.parts[0]) * max(1, _size(node.parts[0]))
    return 1 + sum(map(bits, node.parts)) * (abs(int(node.number)) if node.kind == "^" else 1)


def _size(node: Plain) -> int:
    """Return the size of a constant exponent, at most MAX_BITS; 1 where it has symbols."""
    if node.symbols:
        return 1
    try:
        return min(MAX_BITS, int(abs(approximate(node, {}, context_of(15)))) + 1)
    except (Undecided, ArithmeticError, ValueError):
        return MAX_BITS


def context_of(digits: int) -> MPContext:
    """Return the context of mpmath of this thread (its functions change it for a while) set to so many digits."""
    if not hasattr(_OWN, "context"):
        _OWN.context = MPContext()
    _OWN.context.dps = digits
    return _OWN.context


_OWN = threading.local()
