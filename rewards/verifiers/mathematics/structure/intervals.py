"""Reads sets of real numbers: `x < 1 \\text{ or } x \\ge 3`, `(-\\infty, 1) \\cup [3, \\infty)`, `x \\ne 2`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from rewards.reading.brackets import CLOSING, OPENING, closing_parenthesis, split_top_level
from rewards.verifiers.mathematics.structure.algebra import Algebra, letters
from rewards.verifiers.mathematics.structure.words import ALL_REALS, EMPTY_SET, known_words

_MAX_PIECES, _MAX_FACTORS = 16, 4
_UNION = re.compile(
    r"\\cup(?![A-Za-z])|∪|\\(?:lor|vee)(?![A-Za-z])|\\text\s*\{\s*,?\s*(?:or|或者?|union)\s*\}|(?<![A-Za-z])(?:or|union|U)(?![A-Za-z])|或者?"
)
_AND = re.compile(
    r"\\text\s*\{\s*,?\s*(?:and|且|并且)\s*\}|(?<![A-Za-z])and(?![A-Za-z])|且|\\(?:land|wedge)(?![A-Za-z])"
)
_SIGNS = (
    ("<", r"<(?!=)|\\lt(?![A-Za-z])"), ("<=", r"<=|≤|\\leq?(?![A-Za-z])"), (">", r">(?!=)|\\gt(?![A-Za-z])"),
    (">=", r">=|≥|\\geq?(?![A-Za-z])"), ("!=", r"!=|≠|\\neq?(?![A-Za-z])|\\not\s*="),
)  # fmt: skip
_SIGN = re.compile("|".join(f"({pattern})" for _, pattern in _SIGNS))
_INFINITE = re.compile(r"([+-]?)\s*(?:\\infty(?![A-Za-z])|∞|inf(?:inity|ty)?|oo)")
_MEMBER = re.compile(r"(\\?[A-Za-z]+)\s*(?:\\in(?![A-Za-z])|∈)\s*(.+)", re.DOTALL)
_BUILDER = re.compile(r"\\\{\s*(\\?[A-Za-z])\s*(?:\\in\s*\\mathbb\s*\{?R\}?\s*)?(?:\||\\mid|:|\\vert)\s*(.+?)\s*\\\}")
_BARE_BUILDER = re.compile(r"(\\?[A-Za-z])\s*(?:\||\\mid(?![A-Za-z]))\s*(.+)")
_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "!=": "!="}


@dataclass(frozen=True, slots=True)
class Piece:
    """An interval; an end that is None is infinite."""

    low: str | None
    low_in: bool
    high: str | None
    high_in: bool


@dataclass(frozen=True, slots=True)
class RealSet:
    """Unions of intervals, of which the set is the intersection, and the letter that was used for its numbers."""

    letter: str
    factors: tuple[tuple[Piece, ...], ...]
    """Unions that must all hold: x > -1 and x \\ne 0."""
    is_tuple: bool = False
    """One pair in round brackets, which may as well be a point."""
    by_comma: bool = False
    """Relations with commas between, which may mean `and` or, where that leaves nothing, `or`."""

    @property
    def ends(self) -> list[str]:
        """The finite ends of all intervals, as they are written."""
        return [end for pieces in self.factors for piece in pieces for end in (piece.low, piece.high) if end]


Placed = tuple[Decimal, Decimal, Piece]


def read_real_set(text: str) -> RealSet | None:
    """Read a set of real numbers; None when the text is none."""
    text = text.strip()
    if known := known_words(text):
        whole = (Piece(None, False, None, False),)
        return RealSet("", (whole,)) if known == ALL_REALS else RealSet("", ((),)) if known == EMPTY_SET else None
    if builder := _BUILDER.fullmatch(text) or _BARE_BUILDER.fullmatch(text):
        text = builder[2]
    letter = ""
    if member := _MEMBER.fullmatch(text):
        letter, text = member[1], "\\mathbb{R}" if member[2].strip() == "R" else member[2]
    found = _intersection(_outside(text, _AND), letter)
    if found is None and len(parts := split_top_level(text, ",;，；")) > 1 and all(map(_SIGN.search, parts)):
        found = _intersection(parts, letter)
        found = RealSet(found.letter, found.factors, by_comma=True) if found else None
    return found


def _intersection(parts: list[str], letter: str) -> RealSet | None:
    factors: list[tuple[Piece, ...]] = []
    for part in parts if len(parts) <= _MAX_FACTORS else []:
        union = _union(_outside(part.strip(), _UNION), letter)
        if union is None:
            return None
        letter, pieces = union
        factors.append(tuple(pieces))
    is_tuple = len(parts) == 1 and len(factors) == 1 and len(factors[0]) == 1 and _is_round(parts[0].strip())
    return RealSet(letter, tuple(factors), is_tuple) if factors else None


def _is_round(text: str) -> bool:
    return text[:1] + text[-1:] == "()"


def _union(parts: list[str], letter: str) -> tuple[str, list[Piece]] | None:
    pieces: list[Piece] = []
    for part in parts:
        found = _piece(part.strip(), letter)
        if found is None or len(pieces) > _MAX_PIECES:
            return None
        letter = found[0] or letter
        pieces += found[1]
    return letter, pieces


def _outside(text: str, separator: re.Pattern[str]) -> list[str]:
    """Split at a separator that stands outside all brackets."""
    parts, start, depth, position = [], 0, 0, 0
    for match in separator.finditer(text):
        between = text[position : match.start()]
        position = match.start()
        depth += sum(map(between.count, OPENING)) - sum(map(between.count, CLOSING))
        if depth % 2 == 0:  # a half-open interval leaves the count as it is
            parts.append(text[start : match.start()])
            start = match.end()
    return [*parts, text[start:]]


def _piece(text: str, letter: str) -> tuple[str, list[Piece]] | None:
    if known_words(text) == ALL_REALS:
        return letter, [Piece(None, False, None, False)]
    if text[:1] == "]" or text[-1:] == "[":
        text = text[:1].replace("]", "(") + text[1:-1] + text[-1:].replace("[", ")")
    if text[:1] in ("(", "[") and text[-1:] in (")", "]"):
        return _bracketed(text)
    return _related(text, letter)


def _bracketed(text: str) -> tuple[str, list[Piece]] | None:
    """Read `(a, b]`; an infinite end is never part of it."""
    if closing_parenthesis(text.replace("[", "(").replace("]", ")"), 0) != len(text) - 1:
        return None
    inner = text[1:-1]
    ends = split_top_level(inner, ";") if ";" in inner else split_top_level(inner, ",")
    if len(ends) != 2 or not all(ends):
        return None
    low, high = (_INFINITE.fullmatch(end.strip()) for end in ends)
    if low and low[1] != "-" or high and high[1] == "-":
        return None
    first = None if low else ends[0].strip()
    last = None if high else ends[1].strip()
    return "", [Piece(first, text[0] == "[" and first is not None, last, text[-1] == "]" and last is not None)]


def _related(text: str, letter: str) -> tuple[str, list[Piece]] | None:
    """Read `1 < x \\le 2`, `x > 1`, `x \\ne 3`, `x > 1 and x < 5`."""
    signs = [_SIGNS[match.lastindex - 1][0] for match in _SIGN.finditer(text) if match.lastindex]
    sides = [side.strip() for side in _SIGN.sub("\ue002", text).split("\ue002")]
    if not 1 <= len(signs) <= 2 or not all(sides):
        return None
    names = [place for place, side in enumerate(sides) if re.fullmatch(r"\\?[A-Za-z]+(?:_\{?\w+\}?)?", side)]
    names = [place for place in names if not _INFINITE.fullmatch(sides[place]) and sides[place] not in ("e", "\\pi")]
    if len(names) != 1 or len(signs) == 2 and names != [1]:
        return None
    name = sides[names[0]]
    if letter and name != letter or any(name in letters(side) for side in sides if side != name):
        return None
    if len(signs) == 1:
        sign = signs[0] if names == [0] else _FLIPPED[signs[0]]
        return _half(name, sign, sides[1 - names[0]])
    return _between(name, sides, signs)


def _half(name: str, sign: str, end: str) -> tuple[str, list[Piece]] | None:
    if _INFINITE.fullmatch(end):
        return None
    if sign == "!=":
        return name, [Piece(None, False, end, False), Piece(end, False, None, False)]
    is_in = sign.endswith("=")
    above = Piece(end, is_in, None, False)
    return name, [above if sign.startswith(">") else Piece(None, False, end, is_in)]


def _between(name: str, sides: list[str], signs: list[str]) -> tuple[str, list[Piece]] | None:
    if {sign[0] for sign in signs} not in ({"<"}, {">"}):
        return None
    if signs[0][0] == ">":
        sides, signs = sides[::-1], signs[::-1]
    low, high = (_INFINITE.fullmatch(side) for side in (sides[0], sides[2]))
    first, last = None if low else sides[0], None if high else sides[2]
    if low and low[1] != "-" or high and high[1] == "-":
        return None
    return name, [Piece(first, bool(first) and signs[0].endswith("="), last, bool(last) and signs[1].endswith("="))]


def same_real_set(answer: RealSet, gold: RealSet, algebra: Algebra) -> bool | None:
    """Compare two sets of real numbers by their pieces, put in order and joined where they touch."""
    if answer.letter and gold.letter and answer.letter != gold.letter:
        return False
    found, wanted = _ordered(answer, algebra), _ordered(gold, algebra)
    if found is None or wanted is None:
        return None
    if len(found) != len(wanted):
        return False
    results = [_same_piece(one, other, algebra) for one, other in zip(found, wanted, strict=True)]
    return False if False in results else None if None in results else True


def _same_piece(answer: Piece, gold: Piece, algebra: Algebra) -> bool | None:
    if (answer.low_in, answer.high_in) != (gold.low_in, gold.high_in):
        return False
    found: list[bool | None] = []
    for one, other in ((answer.low, gold.low), (answer.high, gold.high)):
        if one is None or other is None:
            found.append(one is other)
        else:
            found.append(algebra.same(one, other))
    return False if False in found else None if None in found else True


def _ordered(real: RealSet, algebra: Algebra) -> list[Piece] | None:
    """Return the intervals of a set in order; None when an end has no value known here, or one is upside down."""
    only = real.factors[0][0] if len(real.factors) == 1 and len(real.factors[0]) == 1 else None
    if only and (only.low is None or only.high is None):
        return [only]
    placed = [_placed(pieces, algebra) for pieces in real.factors]
    found = placed[0]
    for other in placed[1:]:
        found = None if found is None or other is None else _both(found, other)
    if found == [] and real.by_comma and None not in placed:
        found = _joined([one for factor in placed if factor for one in factor])
    return None if found is None else [piece for _, _, piece in found]


def _placed(pieces: tuple[Piece, ...], algebra: Algebra) -> list[Placed] | None:
    placed: list[Placed] = []
    for piece in pieces:
        low, high = _place(piece.low, "-Infinity", algebra), _place(piece.high, "Infinity", algebra)
        if low is None or high is None or low > high:
            return None
        placed.append((low, high, piece))
    return _joined(placed)


def _joined(placed: list[Placed]) -> list[Placed]:
    """Sort intervals and join those that touch."""
    joined: list[Placed] = []
    for low, high, piece in sorted(placed, key=lambda one: (one[0], not one[2].low_in)):
        if joined and (low < joined[-1][1] or low == joined[-1][1] and (piece.low_in or joined[-1][2].high_in)):
            _, last_high, last = joined[-1]
            longer = piece if (high, piece.high_in) > (last_high, last.high_in) else last
            merged = Piece(last.low, last.low_in, longer.high, longer.high_in)
            joined[-1] = (joined[-1][0], max(high, last_high), merged)
        else:
            joined.append((low, high, piece))
    return joined


def _both(found: list[Placed], other: list[Placed]) -> list[Placed]:
    """Return the intersection of two sorted unions."""
    common: list[Placed] = []
    for low, high, piece in found:
        for other_low, other_high, other_piece in other:
            first = max(
                ((low, not piece.low_in), piece), ((other_low, not other_piece.low_in), other_piece), key=_first
            )
            last = min(((high, piece.high_in), piece), ((other_high, other_piece.high_in), other_piece), key=_first)
            (start, is_open), (end, is_in) = first[0], last[0]
            if start < end or start == end and not is_open and is_in:
                common.append((start, end, Piece(first[1].low, not is_open, last[1].high, is_in)))
    return sorted(common, key=lambda one: one[0])


def _first(pair: tuple[tuple[Decimal, bool], Piece]) -> tuple[Decimal, bool]:
    return pair[0]


def _place(end: str | None, infinite: str, algebra: Algebra) -> Decimal | None:
    if end is None:
        return Decimal(infinite)
    values = algebra.values(end, [{}])
    return values[0] if values else None


def holds_at(real: RealSet, place: Decimal, algebra: Algebra) -> bool:
    """Tell whether a number is in a set; False where an end has no value that is known here."""
    return all(any(_is_in(piece, place, algebra) for piece in pieces) for pieces in real.factors)


def _is_in(piece: Piece, place: Decimal, algebra: Algebra) -> bool:
    low, high = _place(piece.low, "-Infinity", algebra), _place(piece.high, "Infinity", algebra)
    if low is None or high is None:
        return False
    return (low < place or piece.low_in and low == place) and (place < high or piece.high_in and place == high)
