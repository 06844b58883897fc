"""Reads `\\begin{cases}`: a function in pieces, or a system of equations.

A function in pieces is compared where its conditions change and between: on each stretch both must give the same.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from rewards.reading.brackets import split_top_level
from rewards.verifiers.mathematics.relations import label_name, split_label
from rewards.verifiers.mathematics.structure.algebra import Algebra
from rewards.verifiers.mathematics.structure.elements import Elements, all_of, matched
from rewards.verifiers.mathematics.structure.intervals import RealSet, holds_at, read_real_set

_CASES = re.compile(r"(?:(.*?)\s*=\s*)?\\begin\s*\{cases\}(.*?)\\end\s*\{cases\}", re.DOTALL)
_IF = re.compile(
    r"\\text\s*\{\s*,?\s*(?:if|when|for|as|当|若|且)?\s*\}|(?<![A-Za-z\\])(?:if|when|for)(?![A-Za-z])|[当若时]"
)
_OTHERWISE = re.compile(
    r"\\text\s*\{\s*,?\s*(?:otherwise|else|其他|其它|否则)\s*[.,]?\s*\}|otherwise|else|其他|其它|否则", re.I
)
_TEXT = re.compile(r"\\text\s*\{([^{}]*)\}")
_MAX_ROWS = 8


@dataclass(frozen=True, slots=True)
class Pieces:
    """A function in pieces: (value, where); no set says otherwise."""

    label: str
    rows: tuple[tuple[str, RealSet | None], ...]


def read_cases(text: str) -> Pieces | Elements | None:
    """Read cases as a function in pieces or a system; None when it is neither."""
    match = _CASES.fullmatch(text.strip())
    if match is None:
        return None
    rows = [row.strip() for row in match[2].split("\\\\") if row.strip()]
    if not 1 <= len(rows) <= _MAX_ROWS:
        return None
    pairs = [_value_and_condition(row) for row in rows]
    if any(pair is None for pair in pairs):
        return _system(rows) if match[1] is None and all(pair is None for pair in pairs) else None
    return _pieces(label_name(match[1] or ""), [pair for pair in pairs if pair is not None])


def _value_and_condition(row: str) -> tuple[str, str] | None:
    """Split `x^2, & x > 0`, `x^2 \\text{ if } x > 0`, `x^2, x > 0`."""
    cells = [cell.strip(" ,;.") for cell in row.split("&") if cell.strip(" ,;.")]
    if len(cells) == 1:
        told = _IF.search(cells[0]) or _OTHERWISE.search(cells[0])
        if told and told.start():
            cells = [cells[0][: told.start()], cells[0][told.start() :]]
        else:
            cells = [*split_top_level(cells[0], ",;，；")]
    if len(cells) != 2 or not re.search(r"[<>≤≥≠=∈]|\\(?:le|ge|ne|in|lt|gt)|otherwise|else|其|否则", cells[1]):
        return None
    return (cells[0].strip(" ,;"), cells[1]) if "=" not in cells[0] or "<" in cells[1] or ">" in cells[1] else None


def _pieces(label: str, pairs: list[tuple[str, str]]) -> Pieces | None:
    rows: list[tuple[str, RealSet | None]] = []
    for value, said in pairs:
        where = None if _OTHERWISE.search(said) else read_real_set(_IF.sub(" ", said).strip(" ,;."))
        equal = _at_a_point(_IF.sub(" ", said).strip(" ,;."))
        where = where or equal
        if where is None and not _OTHERWISE.search(said):
            return None
        rows.append((value, where))
    return Pieces(label, tuple(rows))


def _at_a_point(text: str) -> RealSet | None:
    """Read the condition x = 0."""
    label, value = split_label(text)
    return read_real_set(f"{value} \\le {label} \\le {value}") if label else None


def _system(rows: list[str]) -> Elements:
    """Read rows as equations; those that name a value each, `x = 1`, by name."""
    split = [split_label(row.replace("&", "").strip(" ,;.")) for row in rows]
    labels = tuple(label for label, _ in split)
    if all(labels) and len(set(labels)) == len(labels):
        return Elements("list", tuple(body for _, body in split), labels)
    return Elements("list", tuple(row.replace("&", "").strip(" ,;.") for row in rows))


def same_pieces(answer: Pieces, gold: Pieces, algebra: Algebra) -> bool | None:
    """Compare two functions in pieces stretch by stretch."""
    if answer.label and gold.label and answer.label != gold.label:
        return False
    ends = _ends((*answer.rows, *gold.rows), algebra)
    if ends is None:
        return None
    found: list[bool | None] = []
    for place, end in _stretches(ends):
        values, wanted = (_values_at(one, place, algebra) for one in (answer, gold))
        if not values or not wanted:
            found.append(values == wanted)
        found += [_same_here(value, wanted[0], end, (answer, gold), algebra) for value in values if wanted]
    return all_of(found)


def _same_here(answer: str, gold: str, end: str | None, both: tuple[Pieces, Pieces], algebra: Algebra) -> bool | None:
    """Compare two formulas that hold on a stretch, or only at its end, where x and -x may be the same."""
    same = algebra.same(answer, gold)
    return _same_at(answer, gold, end, both, algebra) if same is False and end is not None else same


def _ends(rows: Sequence[tuple[str, RealSet | None]], algebra: Algebra) -> dict[Decimal, str] | None:
    """Return where conditions change, and how it is written."""
    found: dict[Decimal, str] = {}
    for text in {end for _, real in rows if real for end in real.ends}:
        values = algebra.values(text, [{}])
        if not values or values[0] is None:
            return None
        found[values[0]] = text
    return found


def _stretches(ends: dict[Decimal, str]) -> list[tuple[Decimal, str | None]]:
    """Return each end, with its text, and a place between each two."""
    places = sorted(ends)
    if not places:
        return [(Decimal(0), None)]
    between = [(one + other) / 2 for one, other in zip(places, places[1:], strict=False)]
    inner: list[tuple[Decimal, str | None]] = [(place, None) for place in [places[0] - 1, *between, places[-1] + 1]]
    return inner + [(place, ends[place]) for place in places]


def _values_at(function: Pieces, place: Decimal, algebra: Algebra) -> list[str]:
    """Return the texts of all values that hold at a place (conditions may overlap), else that of `otherwise`."""
    found = [value for value, real in function.rows if real is not None and holds_at(real, place, algebra)]
    return found or [value for value, real in function.rows if real is None]


def _same_at(answer: str, gold: str, end: str, both: tuple[Pieces, Pieces], algebra: Algebra) -> bool | None:
    """Compare two formulas at one end: x and -x are the same at 0."""
    letter = next((real.letter for one in both for _, real in one.rows if real and real.letter), "")
    place = algebra.values(end, [{}])
    if not letter or not place or place[0] is None:
        return False
    points = [{letter: Fraction(place[0])}]
    found, wanted = algebra.values(answer, points), algebra.values(gold, points)
    if not found or not wanted or found[0] is None or wanted[0] is None:
        return False if algebra.is_final else None
    return abs(found[0] - wanted[0]) < Decimal("1e-15")


def same_system(answer: Elements, gold: Elements, algebra: Algebra) -> bool | None:
    """Compare two systems of equations, in any order."""
    if len(answer.parts) != len(gold.parts):
        return False
    return matched(answer.parts, gold.parts, algebra)
