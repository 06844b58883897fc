"""Splits an answer into its elements: lists and sets in any order, tuples in theirs, `\\pm` into both values."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import product

from rewards.reading.brackets import closing_parenthesis
from rewards.reading.numeric import parse_number
from rewards.verifiers.mathematics.relations import equation_parts, is_name, label_name, split_angled
from rewards.verifiers.mathematics.structure.algebra import Algebra

MAX_ELEMENTS = 24
_MAX_SIGNS = 3
_AND = re.compile(
    r"\s*,?\s*(?:\\text\s*\{\s*,?\s*(?:and|or|或者?|和|及|以及|与)\s*,?\s*\}|(?<![A-Za-z\\])(?:and|or)(?![A-Za-z])"
    r"|或者?|以及|和|及|与|\\(?:lor|vee)(?![A-Za-z]))\s*|\s*、\s*"
)
_PLUS_MINUS = re.compile(r"\\(pm|mp)(?![A-Za-z])|±|∓")
_NUMBER_COMMA = re.compile(r"(?<=\d),(?=\d)")
_TWO_NUMBERS = re.compile(r"-?\d+,(?:-\d+|\d{1,2}|\d{4,})")
_COMMA = "\ue001"
_PAIRS = (("\\{", "\\}", "set"), ("\\langle", "\\rangle", "tuple"))
_NAMED = re.compile(r"[A-Z](?:_\{?\d\}?|')?\s*(?=\()")
_BASE_OF_INDEX = re.compile(r"(\\?[A-Za-z]+)_\{?\d+\}?\Z")


@dataclass(frozen=True, slots=True)
class Elements:
    """A list read as its elements."""

    kind: str
    """list, set, tuple, or the brackets of an interval such as `[)`."""
    parts: tuple[str, ...]
    labels: tuple[str, ...] = ()
    """A name for each part, where they are all named and differently: x = 1, y = 2."""
    wholes: tuple[str, ...] = ()
    """The parts with the one name that was taken off all of them: y = 2x, y = 3x."""
    name: str = ""
    """Of a point: the A of A(1, 2)."""

    @property
    def is_ordered(self) -> bool:
        """Whether the order of the parts counts."""
        return self.kind not in ("list", "set")


def read_elements(text: str, *, may_be_number: bool = True) -> Elements | None:
    """Read a list of two elements or more, also one that only `\\pm` makes; None for a single value.

    may_be_number: `1,2` is 1.2; otherwise it is a list, unless it is 1,234.
    """
    if (may_be_number or not _TWO_NUMBERS.fullmatch(text)) and parse_number(text) is not None:
        return None
    group = _bracketed(text)
    if group is not None:
        kind, inner = group
        parts = _split(inner)
        if kind == "set":
            several = [one for part in parts for one in both_signs(part)]
            return replace(_without_labels(several), kind=kind) if inner and all(several) else None
        if len(parts) > 1:
            return _with_signs(text, kind, parts)
        return None
    parts = [one for part in _split(_AND.sub(", ", text)) for one in both_signs(part)]
    return _without_labels(parts) if 2 <= len(parts) and all(parts) else None


def _with_signs(text: str, kind: str, parts: list[str]) -> Elements:
    """Return a tuple; one with `\\pm` in it is a list of tuples."""
    several = both_signs(text)
    named = _NAMED.match(text)
    name = named.group().strip() if named else ""
    return Elements("list", tuple(several)) if len(several) > 1 else Elements(kind, tuple(parts), name=name)


def _bracketed(text: str) -> tuple[str, str] | None:
    """Return kind and content when brackets stand around all of the text."""
    text = text.strip()
    if named := _NAMED.match(text):  # A(1, 2)
        text = text[named.end() :] if "," in text else text
    for left, right, kind in _PAIRS:
        if text.startswith(left) and text.endswith(right) and text.count(left) == 1:
            return kind, text[len(left) : -len(right)].strip()
    if text[:1] in tuple("([") and text[-1:] in tuple(")]") and len(text) > 1:
        if closing_parenthesis(text.replace("[", "(").replace("]", ")"), 0) == len(text) - 1:
            kind = "tuple" if text[0] + text[-1] == "()" else text[0] + text[-1]
            return kind, text[1:-1].strip()
    return None


def _split(text: str) -> list[str]:
    """Split at semicolons, else at commas; where other commas have a space after them, 1,000 is one number."""
    if len(by_semicolon := split_angled(text, ";；")) > 1:
        return by_semicolon
    if ", " in text:
        text = _NUMBER_COMMA.sub(_COMMA, text)
    return [part.replace(_COMMA, ",") for part in split_angled(text, ",，")]


def both_signs(text: str) -> list[str]:
    """Write `a \\pm b` as its two values. Several signs are independent, unless a `\\mp` ties them together."""
    signs = list(_PLUS_MINUS.finditer(text))
    if not signs or len(signs) > _MAX_SIGNS:
        return [text]
    kinds = [match.group() in ("\\mp", "∓") for match in signs]
    if any(kinds):
        choices = [["-" if kind != upper else "+" for kind in kinds] for upper in (False, True)]
    else:
        choices = [list(choice) for choice in product("+-", repeat=len(signs))]
    return [_signed(text, signs, choice) for choice in choices]


def _signed(text: str, signs: list[re.Match[str]], choice: list[str]) -> str:
    pieces: list[str] = []
    start = 0
    for match, sign in zip(signs, choice, strict=True):
        before = text[start : match.start()]
        opens = not before.strip() and not pieces or before.rstrip()[-1:] in tuple("([{,=")
        pieces += [before, "" if sign == "+" and opens else sign + " "]
        start = match.end()
    return "".join([*pieces, text[start:]]).strip()


def _without_labels(parts: list[str]) -> Elements:
    """Take the names off `x = 1, x = 2`, `x = 1 or 2` and `x_1 = 1, x_2 = 2`; keep those of `x = 1, y = 2`."""
    split = [equation_parts(part) for part in parts]
    named = [len(sides) == 2 and is_name(sides[0]) for sides in split]
    if (
        len(parts) < 2
        or not named[0]
        or not all(one or len(sides) == 1 for one, sides in zip(named, split, strict=True))
    ):
        return Elements("list", tuple(parts))
    values = tuple(sides[-1] for sides in split)
    labels = [label_name(sides[0]) for one, sides in zip(named, split, strict=True) if one]
    if len(set(labels)) == 1:
        return Elements("list", values, wholes=tuple(parts) if all(named) else ())
    if not all(named) or len(set(labels)) < len(labels):
        return Elements("list", tuple(parts))
    return Elements("list", values, tuple(labels))


def are_roots(labels: tuple[str, ...]) -> bool:
    """Tell whether names are one letter with numbers: x_1, x_2."""
    bases = [match[1] if (match := _BASE_OF_INDEX.match(label)) else "" for label in labels]
    return len(set(bases)) == 1 and bool(bases[0])


def same_elements(answer: Elements, gold: Elements, algebra: Algebra) -> bool | None:
    """Compare two lists; None where an element needs more algebra."""
    if answer.name and gold.name and answer.name != gold.name:
        return False
    if answer.labels and gold.labels:
        return _same_named(answer, gold, algebra)
    if bool(answer.labels) != bool(gold.labels):
        answer, gold = _in_order_of_labels(answer, gold), _in_order_of_labels(gold, answer)
    answer, gold = _as_wholes(answer, gold), _as_wholes(gold, answer)
    if answer.kind != gold.kind and "list" not in (answer.kind, gold.kind):
        return False
    ordered = answer.is_ordered or gold.is_ordered
    if ordered and {answer.kind, gold.kind} - {"tuple", "list"} and answer.kind != gold.kind:
        return False
    found, wanted = answer.parts, gold.parts
    if len(found) != len(wanted) and gold.kind == answer.kind == "set":
        found, wanted = tuple(dict.fromkeys(found)), tuple(dict.fromkeys(wanted))
    if len(found) != len(wanted) or len(found) > MAX_ELEMENTS:
        return False
    if ordered:
        return all_of([algebra.same(one, other) for one, other in zip(found, wanted, strict=True)])
    return matched(found, wanted, algebra)


def _as_wholes(one: Elements, other: Elements) -> Elements:
    """Return the whole equations of named values where the other list consists of whole equations, too."""
    if one.wholes and not other.wholes and all("=" in part for part in other.parts):
        return Elements("list", one.wholes)
    return one


def _same_named(answer: Elements, gold: Elements, algebra: Algebra) -> bool | None:
    found, wanted = (dict(zip(one.labels, one.parts, strict=True)) for one in (answer, gold))
    if found.keys() != wanted.keys():
        return False
    return all_of([algebra.same(found[name], wanted[name]) for name in wanted])


def _in_order_of_labels(one: Elements, other: Elements) -> Elements:
    """Return named values as a tuple in the order of their names; roots stay a list, and so does what has no names."""
    if not one.labels or are_roots(one.labels):
        is_named = bool(other.labels) and not are_roots(other.labels) and one.kind == "list"
        return Elements("tuple" if is_named else one.kind, one.parts)
    return Elements("tuple", tuple(part for _, part in sorted(zip(one.labels, one.parts, strict=True))))


def all_of(found: list[bool | None]) -> bool | None:
    """Return the conjunction of what is known: False wins, then None."""
    return False if False in found else None if None in found else True


def matched(found: tuple[str, ...], wanted: tuple[str, ...], algebra: Algebra) -> bool | None:
    """Tell whether each found element has a wanted one of its own."""
    same = [[algebra.same(one, other) for other in wanted] for one in found]
    if _perfect([[cell is True for cell in row] for row in same]):
        return True
    return None if _perfect([[cell is not False for cell in row] for row in same]) else False


def _perfect(allowed: list[list[bool]]) -> bool:
    """Tell whether rows and columns can be matched one to one (augmenting paths)."""
    owner: dict[int, int] = {}

    def place(row: int, seen: set[int]) -> bool:
        for column, fits in enumerate(allowed[row]):
            if fits and column not in seen:
                seen.add(column)
                if column not in owner or place(owner[column], seen):
                    owner[column] = row
                    return True
        return False

    return all(place(row, set()) for row in range(len(allowed)))
