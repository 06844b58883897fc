"""Answers with an integer in them: `\\frac{\\pi}{4} + k\\pi, k \\in \\mathbb{Z}` and `x \\equiv 3 \\pmod 7`.

Two are the same when each gives the values of the other. Values are compared for a range of integers, and at random
points where other letters stand in them.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from rewards.verifiers.mathematics.relations import split_label
from rewards.verifiers.mathematics.structure.algebra import Algebra, letters
from rewards.verifiers.mathematics.structure.conditions import Conditioned
from rewards.verifiers.mathematics.structure.elements import read_elements

_CONGRUENT = re.compile(
    r"(?:(.{1,40}?)\s*(?:\\equiv(?![A-Za-z])|≡)\s*)?(.+?)\s*"
    r"(?:\\pmod\s*(?:\{([^{}]+)\}|(\w+))|\(?\s*(?:\\mod|\\bmod|(?:\\(?:text|mathrm|operatorname)\s*\{\s*)?mod(?:\s*\})?)"
    r"\s*\{?\s*([^{}()]+?)\s*\}?\s*\)?)"
)
_MEMBER = re.compile(r"^\s*\\?[A-Za-z]+\s*(?:\\in(?![A-Za-z])|∈)\s*")
_WEIGHT = "\\sqrt{7919}"
_DEGREE = re.compile(r"\s*(?:\^\s*\{?\s*\\circ\s*\}?|°|\\degree(?![A-Za-z]))")
_MAX_MODULUS, _MAX_BODIES = 10_000, 16
_NEAR, _FAR = 6, 48
"""Values for integers up to _NEAR must occur among the other's up to _FAR."""
_SAME = Decimal("1e-12")


@dataclass(frozen=True, slots=True)
class Family:
    """All values of formulas for all integers of a kind."""

    label: str
    bodies: tuple[str, ...]
    letter: str
    kind: str
    """Z, N or N+, or empty where the answer does not say."""


def read_congruence(text: str) -> Family | None:
    """Read `x \\equiv 3, 5 \\pmod 7`, also without `x \\equiv`."""
    if "mod" not in text:
        return None
    match = _CONGRUENT.fullmatch(text.strip())
    modulus = (match[3] or match[4] or match[5]).strip() if match else ""
    if match is None or not modulus.isdecimal() or not 0 < int(modulus) <= _MAX_MODULUS:
        return None
    if match[1] is None and "\\equiv" not in text and "≡" not in text and "\\pmod" not in text and "(" not in text:
        return None  # 7 mod 3 is a number
    several = read_elements(match[2])
    residues = several.parts if several is not None and not several.is_ordered else (match[2],)
    label = (match[1] or "").strip()
    return Family(label, tuple(f"({one}) + {modulus} \\cdot k" for one in residues), "k", "Z")


def read_family(read: Conditioned) -> Family | None:
    """Make a family of an answer that declares one integer; more than one is beyond this."""
    if len(read.integers) != 1:
        return None
    (letter, kind), bodies = read.integers[0], _bodies(read.body)
    return Family(bodies[0][0], tuple(body for _, body in bodies), letter, kind)


def undeclared(text: str, gold: Family) -> Family | None:
    """Read an answer that does not say which letter stands for any integer: the one that the gold does not have."""
    bodies = _bodies(text)
    known = frozenset().union(*map(letters, gold.bodies)) - {gold.letter}
    free = frozenset().union(*(letters(body) for _, body in bodies)) - known
    return Family(bodies[0][0], tuple(body for _, body in bodies), min(free), "") if len(free) == 1 else None


def _bodies(text: str) -> list[tuple[str, str]]:
    several = read_elements(_MEMBER.sub("", text))
    if several is not None and not several.is_ordered and not several.labels:
        return [split_label(part) for part in several.parts]
    if several is not None and len(several.parts) == 2:  # an interval, by both of its ends at once
        low, high = several.parts
        return [(several.kind, f"({low}) + {_WEIGHT} \\cdot ({high})")]
    return [split_label(text)]


def same_family(answer: Family, gold: Family, algebra: Algebra) -> bool | None:
    """Compare two families by their values; None where this algebra cannot tell."""
    if answer.label and gold.label and answer.label != gold.label:
        return False
    if max(len(answer.bodies), len(gold.bodies)) > _MAX_BODIES:
        return False
    kind = answer.kind or gold.kind
    others = frozenset().union(*map(letters, gold.bodies)) - {gold.letter}
    if frozenset().union(*map(letters, answer.bodies)) - {answer.letter} - others:
        return False
    salt = "\0".join((*answer.bodies, *gold.bodies))
    place = {name: _anywhere(name, salt) for name in others}
    found = _values(answer, kind, place, algebra)
    wanted = _values(gold, gold.kind, place, algebra)
    if found is None or wanted is None:
        return None
    (near_found, far_found), (near_wanted, far_wanted) = found, wanted
    if not near_found or not near_wanted:
        return None
    return _contains(far_wanted, near_found) and _contains(far_found, near_wanted)


def _values(
    family: Family, kind: str, place: Mapping[str, Fraction], algebra: Algebra
) -> tuple[list[Decimal], list[Decimal]] | None:
    """Return the values for small integers, and those for all integers in range, sorted."""
    first = {"N": 0, "N+": 1}.get(kind)
    integers = range(-_FAR, _FAR + 1) if first is None else range(first, first + 2 * _FAR)
    points = [{**place, family.letter: Fraction(number)} for number in integers]
    near: list[Decimal] = []
    every: list[Decimal] = []
    for body in family.bodies:
        found = algebra.values(_DEGREE.sub(r"\\cdot\\frac{\\pi}{180}", body), points)
        if found is None:
            return None
        every += [value for value in found if value is not None]
        end = _NEAR if first is None else first + 2 * _NEAR
        pairs = zip(integers, found, strict=True)
        near += [value for number, value in pairs if value is not None and abs(number) <= end]
    return near, sorted(every)


def _anywhere(name: str, salt: str) -> Fraction:
    """Return a value for a letter that no answer can be made to fit: it changes with the answer."""
    digest = hashlib.blake2b(f"{salt}\0{name}".encode(), digest_size=4).digest()
    return Fraction(int.from_bytes(digest, "big"), 2**31) + Fraction(1, 2)


def _contains(values: Sequence[Decimal], wanted: Sequence[Decimal]) -> bool:
    for one in wanted:
        tolerance = _SAME * max(Decimal(1), abs(one))
        place = bisect_left(values, one - tolerance)
        if place >= len(values) or values[place] > one + tolerance:
            return False
    return True
