"""Quantities in two or more units: `2 h 30 min`, `5 ft 3 in`, `5'3"`, `1米20厘米`, in the smallest of their units.

Units of one family, each part smaller than one of the unit before it, whole numbers but for the last: `2 h 90 min`,
`5 m 3 s` and `30 min 2 h` are no quantities.
"""

from __future__ import annotations

import re
from fractions import Fraction

from rewards.reading.unit_text import read_unit

_MAX_PARTS = 4
_FAMILIES: tuple[dict[str, int | Fraction], ...] = (
    {"week": 604_800, "day": 86_400, "hour": 3600, "minute": 60, "second": 1, "millisecond": Fraction(1, 1000)},
    {"year": 12, "month": 1},
    {"kilometer": 10**6, "meter": 1000, "decimeter": 100, "centimeter": 10, "millimeter": 1},
    {"mile": 63_360, "yard": 36, "foot": 12, "inch": 1},
    {"tonne": 10**6, "kilogram": 1000, "jin": 500, "gram": 1, "milligram": Fraction(1, 1000)},
    {"pound": 16, "ounce": 1}, {"stone": 14, "pound": 1},
    {"degree": 3600, "arcminute": 60, "arcsecond": 1},
    {"liter": 1000, "deciliter": 100, "centiliter": 10, "milliliter": 1},
    {"gallon": 8, "quart": 2, "pint": 1},
)  # fmt: skip
_PART = re.compile(
    r"\s*(?:,\s*)?(?:(?:and\b|又)\s*)?(\d{1,9}(?:\.\d{1,9})?)\s*([^\d,]{1,40}?)\s*(?=\d|,|\band\b|又|\Z)"
)
_QUOTES = (("''", '"'), ("′′", '"'), ("″", '"'), ("′", "'"), ("’", "'"), ("”", '"'))
_PRIME = re.compile(r"\^\s*\{\s*((?:\\prime\s*){1,2})\}|\^\\prime")


def read_compound(text: str) -> tuple[Fraction, str] | None:
    """Return the value in the smallest unit and that unit's name, or None when `text` is anything else."""
    sign = -1 if text.startswith("-") else 1
    parts = _parts(text.lstrip("+-").strip())
    if not 2 <= len(parts) <= _MAX_PARTS:
        return None
    names = [_name(unit, [other for _, other in parts]) for _, unit in parts]
    family = next((family for family in _FAMILIES if all(name in family for name in names)), None)
    numbers = [Fraction(number) for number, _ in parts]
    if family is None or any(number.denominator != 1 for number in numbers[:-1]):
        return None
    sizes = [Fraction(family[name or ""]) for name in names]
    for (before, size), number in zip(zip(sizes, sizes[1:], strict=False), numbers[1:], strict=True):
        if number * size >= before:
            return None
    total = sum((number * size for number, size in zip(numbers, sizes, strict=True)), Fraction(0))
    return sign * total / sizes[-1], names[-1] or ""


def _parts(text: str) -> list[tuple[str, str]]:
    text = _PRIME.sub(lambda match: "'" * max(1, match.group().count("\\prime")), text)
    for spelling, plain in _QUOTES:
        text = text.replace(spelling, plain)
    parts: list[tuple[str, str]] = []
    position = 0
    while position < len(text):
        match = _PART.match(text, position)
        if match is None or len(parts) > _MAX_PARTS:
            return []
        parts.append((match[1], match[2].strip(" .")))
        position = match.end()
    return parts


def _name(unit: str, units: list[str]) -> str | None:
    """Return the name of the unit of one part: `'` is a foot, or a minute of arc behind a degree; `m` among h and s."""
    is_angle = any(read_unit(other) == (("degree", 1),) for other in units)
    if unit in ("'", '"'):
        names = ("arcminute", "arcsecond") if is_angle else ("foot", "inch")
        return names[unit == '"']
    if unit == "m" and any(read_unit(other) in ((("hour", 1),), (("second", 1),)) for other in units):
        return "minute"
    found = read_unit(unit.removeprefix("个"))
    name = found[0][0] if found and len(found) == 1 and found[0][1] == 1 else None
    return f"arc{name}" if is_angle and name in ("minute", "second") else name
