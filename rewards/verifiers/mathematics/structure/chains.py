"""Chains: `x = 10/2 = 5`, `A = \\pi r^2 = 9\\pi`, `\\sqrt{2} \\approx 1.414`. The last part is the answer.

Parts that contradict each other pay nothing: `x = 5 = 6` names two values to see which one is right.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from rewards.reading.numeric import parse_number
from rewards.verifiers.mathematics.relations import chain_parts, is_name, label_name
from rewards.verifiers.mathematics.structure.algebra import Algebra, letters
from rewards.verifiers.mathematics.structure.elements import read_elements

_MIN_DIGITS = 2


@dataclass(frozen=True, slots=True)
class Chain:
    """A chain without the names at its front."""

    names: tuple[str, ...]
    parts: tuple[tuple[str, bool], ...]
    """Text, and whether a sign of approximation stands before it."""


def read_chain(text: str) -> Chain | None:
    """Read a chain that is more than `name = value`; None for anything else."""
    parts = chain_parts(text)
    if len(parts) < 2 or any(not part for part, _ in parts) or any(sign in text for sign in "<>"):
        return None
    if read_elements(text) is not None:
        return None
    num_names = 0
    while num_names < len(parts) - 1 and is_name(parts[num_names][0]):
        num_names += 1
    if len(parts) - num_names < 2 and num_names < 2:
        return None
    names = tuple(label_name(part) for part, _ in parts[:num_names])
    return Chain(names, tuple(parts[num_names:]))


def value_of(chain: Chain) -> str:
    """Return what a chain comes to: its last part, or what that part rounds."""
    exact = [part for part, is_near in chain.parts[1:] if not is_near]
    return exact[-1] if exact else chain.parts[-1][0] if not chain.parts[-1][1] else chain.parts[0][0]


def same_chain(chain: Chain, gold: str, label: str, algebra: Algebra) -> bool | None:
    """Tell whether a chain gives the gold: its last part does, or what that rounds, and nothing in it disagrees."""
    if label and chain.names and label not in chain.names:
        return False
    last, _ = chain.parts[-1]
    compared = [part for part in chain.parts if letters(part[0]) == letters(last)]
    if len(compared) < len(chain.parts) and not chain.names:  # x + y + z = 5 is not 5
        return False
    agreed: list[bool | None] = []
    for (before, _), (after, is_near) in zip(compared, compared[1:], strict=False):
        same = algebra.same(after, before)
        agreed.append(same if same else _rounds(before, after, is_near, algebra, same))
    if False in agreed:
        return False
    given = algebra.same(last, gold)
    if not given and len(compared) > 1 and agreed[-1] is not None:
        rounded = [algebra.same(part, gold) for part, _ in compared[:-1]]
        given = True if True in rounded else None if None in (given, *rounded) else False
    return False if given is False else None if given is None or None in agreed else True


def _rounds(exact: str, rounded: str, is_near: bool, algebra: Algebra, same: bool | None) -> bool | None:
    """Tell whether a decimal is a value rounded or cut off at its last digit; whole numbers only after `\\approx`."""
    number = parse_number(rounded)
    if number is None or not (number.is_decimal or is_near):
        return same
    digits = rounded.strip().lstrip("+-").replace(",", "")
    decimals = len(digits.partition(".")[2]) if digits.replace(".", "").isdecimal() else None
    if decimals is None or not is_near and len(digits.replace(".", "").lstrip("0")) < _MIN_DIGITS:
        return same
    values = algebra.values(exact, [{}])
    if values is None or values[0] is None:
        return None if same is None and not algebra.is_final else False
    unit = Decimal(1).scaleb(-decimals)
    rest = values[0] - Decimal(number.value.numerator) / number.value.denominator
    return abs(rest) <= unit / 2 or 0 <= rest.copy_sign(rest * values[0]) < unit
