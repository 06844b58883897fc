"""Letters that stand for matrices: AB is not BA, and the transpose of AB is that of B times that of A."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from rewards.verifiers.mathematics.plain import Plain, node, power
from rewards.verifiers.mathematics.tokens import Undecided

_PRIME = 2**61 - 1
_ORDER = 3
_MAX_POWER = 64
_EXPONENT = Plain("symbol", name="T", symbols=frozenset("T"))
Matrix = tuple[tuple[int, ...], ...]


def are_matrices(*formulas: Plain) -> bool:
    """Tell whether letters stand for matrices: one is transposed, or a capital inverted where nothing is divided."""
    if not any(formula.has_matrices for formula in formulas):
        return False
    nodes = [one for formula in formulas for one in _nodes(formula)]
    return any(one.kind == "T" for one in nodes) or not any(one.kind == "/" and one.parts[1].symbols for one in nodes)


def with_exponent(formula: Plain, names: frozenset[str]) -> Plain:
    """Read ^T as a power where T is a symbol of the formulas (`names`) or the base a sum with a number: (1 + r)^T."""
    if not formula.has_matrices:
        return formula
    parts = tuple(with_exponent(part, names) for part in formula.parts)
    if formula.kind == "T" and ("T" in names or _is_growth(parts[0])):
        return power(parts[0], _EXPONENT)
    return node(formula.kind, *parts, name=formula.name, number=formula.number) if parts else formula


def same_matrices(answer: Plain, gold: Plain, seed: str) -> bool | None:
    """Tell whether two formulas are the same for matrices of three rows (modulo a prime), or None."""
    try:
        return as_matrix(answer, seed) == as_matrix(gold, seed)
    except Undecided:
        return None


def _nodes(formula: Plain) -> Iterator[Plain]:
    yield formula
    for part in formula.parts:
        yield from _nodes(part)


def _is_growth(base: Plain) -> bool:
    is_sum = base.kind == "+" and any(part.kind == "number" for part in base.parts)
    return is_sum and not any(name[0].isupper() for name in base.symbols)


def as_matrix(formula: Plain, seed: str) -> Matrix:
    """Return the value with a random matrix (modulo a prime) for each symbol, so that AB is not BA.

    Raises Undecided for what matrices do not have: quotients by them, roots, functions. Greek letters are numbers.
    """
    if formula.kind == "number":
        value = formula.number.numerator * pow(formula.number.denominator, -1, _PRIME) % _PRIME
        return _scaled(_IDENTITY, value)
    if formula.kind == "symbol":
        entries = [_entry(seed, formula.name, place) for place in range(_ORDER**2)]
        if formula.name.startswith("\\"):
            return _scaled(_IDENTITY, entries[0])
        if formula.name in ("I", "E_n", "I_n"):
            return _IDENTITY
        return tuple(tuple(entries[row * _ORDER : (row + 1) * _ORDER]) for row in range(_ORDER))
    parts = [as_matrix(part, seed) for part in formula.parts]
    if formula.kind == "+":
        return tuple(
            tuple(sum(column) % _PRIME for column in zip(*rows, strict=True)) for rows in zip(*parts, strict=True)
        )
    if formula.kind == "*":
        return _product(parts)
    if formula.kind == "/" and not formula.parts[1].symbols:
        return _product([parts[0], _inverse(parts[1])])
    if formula.kind == "T":
        return tuple(zip(*parts[0], strict=True))
    if formula.kind == "^" and abs(formula.number) <= _MAX_POWER:
        base = parts[0] if formula.number >= 0 else _inverse(parts[0])
        return _product([base] * abs(int(formula.number)))
    raise Undecided


_IDENTITY: Matrix = tuple(tuple(int(row == column) for column in range(_ORDER)) for row in range(_ORDER))


def _entry(seed: str, name: str, place: int) -> int:
    digest = hashlib.blake2b(f"{seed}\0{name}\0{place}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % _PRIME


def _scaled(matrix: Matrix, value: int) -> Matrix:
    return tuple(tuple(entry * value % _PRIME for entry in row) for row in matrix)


def _product(factors: list[Matrix]) -> Matrix:
    found = _IDENTITY
    for factor in factors:
        columns = list(zip(*factor, strict=True))
        found = tuple(
            tuple(sum(a * b for a, b in zip(row, column, strict=True)) % _PRIME for column in columns) for row in found
        )
    return found


def _inverse(matrix: Matrix) -> Matrix:
    """Return the inverse by Gauss and Jordan; Undecided where there is none."""
    rows = [list(row) + list(one) for row, one in zip(matrix, _IDENTITY, strict=True)]
    for column in range(_ORDER):
        pivot = next((row for row in range(column, _ORDER) if rows[row][column]), None)
        if pivot is None:
            raise Undecided
        rows[column], rows[pivot] = rows[pivot], rows[column]
        scale = pow(rows[column][column], -1, _PRIME)
        rows[column] = [value * scale % _PRIME for value in rows[column]]
        for row in range(_ORDER):
            if row != column:
                factor = rows[row][column]
                rows[row] = [(a - factor * b) % _PRIME for a, b in zip(rows[row], rows[column], strict=True)]
    return tuple(tuple(row[_ORDER:]) for row in rows)
