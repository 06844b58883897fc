"""Sets, tuples, intervals and lists, compared item by item with whatever compares two items.

Every comparison has three outcomes: True, False, or None where the items are beyond what compares them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from rewards.reading.brackets import split_top_level

Same = Callable[[str, str], bool | None]
Item = TypeVar("Item")

MAX_ITEMS = 64
_KINDS = {("\\{", "\\}"): "set", ("\\langle", "\\rangle"): "tuple", ("(", ")"): "round", ("[", "]"): "square",
          ("[", ")"): "half-open right", ("(", "]"): "half-open left"}  # fmt: skip
_INFINITE = re.compile(r"([+-]?)\s*\\infty(?![A-Za-z])\s*")
_MEMBER = re.compile(r"(\\?[A-Za-z]+)\s*\\in(?![A-Za-z])\s*")
_ORDER = re.compile(r"(<=|>=|<|>|\\(?:leq|geq|le|ge|lt|gt)(?![A-Za-z]))")
_SYMBOL = re.compile(r"[A-Za-z]|\\(?!infty)[a-z]+")
_OTHER_SIGNS = re.compile(r"[=!,;]|\\(?:ne|neq|in|cup|cap|pm|text|land|lor|setminus|to|begin|sum|int)(?![A-Za-z])")
_LESS = {"<": "<", "<=": "<=", "\\lt": "<", "\\le": "<=", "\\leq": "<="}
_MORE = {">": "<", ">=": "<=", "\\gt": "<", "\\ge": "<=", "\\geq": "<="}
_AND = re.compile(r"(?:and|or|\\text\s*\{\s*(?:and|or)\s*\})(?![A-Za-z])\s*")
_ALTERNATIVES = re.compile(r"\\text\s*\{\s*or\s*\}|\\(?:cup|lor)(?![A-Za-z])|(?<![A-Za-z\\])or(?![A-Za-z])|∪")


@dataclass(frozen=True, slots=True)
class Listed:
    """A list with its brackets."""

    kind: str
    """set, tuple, round, square, half-open …, or bare where there are no brackets."""
    items: tuple[str, ...]
    name: str = ""
    """The symbol of an inequality, read as an interval."""


def all_of(decided: Iterable[bool | None]) -> bool | None:
    """Return whether all are True: one False decides, else one None leaves it open."""
    found = list(decided)
    return False if False in found else None if None in found else True


def matched(found: Sequence[Item], wanted: Sequence[Item], same: Callable[[Item, Item], bool | None]) -> bool | None:
    """Tell whether each item has its equal on the other side; order and repetitions do not count."""
    if not found or not wanted or len(found) > MAX_ITEMS or len(wanted) > MAX_ITEMS:
        return None
    table = [[same(one, other) for other in wanted] for one in found]
    lines = [*table, *(list(column) for column in zip(*table, strict=True))]
    return all_of(True if True in line else None if None in line else False for line in lines)


def same_lists(answer: str, gold: str, same: Same) -> bool | None:
    """Compare two texts that are both lists, or both intervals or unions of them; None where one is neither."""
    unions = [_union(text) for text in (answer, gold)]
    if unions[0] and unions[1]:
        return _same_unions(unions[0], unions[1], same)
    found, wanted = read_list(answer), read_list(gold)
    if found is None or wanted is None:
        return None
    return _same_listed(found, wanted, same)


def read_list(text: str) -> Listed | None:
    """Read a list with brackets around all of it, or a bare one with commas."""
    text = text.strip()
    for (left, right), kind in _KINDS.items():
        if text.startswith(left) and text.endswith(right) and len(text) > len(left) + len(right):
            inner = text[len(left) : -len(right)]
            items = split_items(inner)
            if _closes_at_end(text, left) and (len(items) > 1 or kind == "set"):
                return Listed(kind, tuple(items)) if all(items) else None
    items = split_items(text)
    return Listed("bare", tuple(items)) if len(items) > 1 and all(items) else None




def split_items(text: str) -> list[str]:
    """Split at semicolons where there are any, else at commas; `and` before the last item is no part of it."""
    items = split_top_level(text, ";" if len(split_top_level(text, ";")) > 1 else ",")
    return [_AND.sub("", item) for item in items] if len(items) > 1 else items


def _closes_at_end(text: str, left: str) -> bool:
    """Tell whether the first bracket of a text is closed by its last one: not so in (1, 2), (3, 4)."""
    depth = 0
    for position, character in enumerate(text):
        depth += character in "([{"
        depth -= character in ")]}"
        if depth <= 0 and position > len(left) - 1 and position < len(text) - 1 and left != "\\langle":
            return False
    return True


def _same_listed(found: Listed, wanted: Listed, same: Same) -> bool | None:
    kinds = {found.kind, wanted.kind}
    if kinds <= {"set", "bare"}:
        return matched(found.items, wanted.items, same)
    if kinds in ({"tuple", "round"}, {"tuple", "square"}):
        kinds = {"tuple"}
    if len(kinds) > 1 and "bare" not in kinds:
        return False
    if len(found.items) != len(wanted.items):
        return False
    decided = all_of(map(same, found.items, wanted.items))
    return None if "bare" in kinds and decided else decided


def _union(text: str) -> list[Listed]:
    """Read intervals and inequalities of one symbol, joined by `or` or a cup; an empty list for anything else."""
    parts = [_interval(part.strip()) for part in _ALTERNATIVES.split(text)]
    found = [part for part in parts if part is not None]
    if len(found) != len(parts) or len(found) > MAX_ITEMS or len({part.name for part in found} - {""}) > 1:
        return []
    return found


def _interval(text: str) -> Listed | None:
    name = ""
    if member := _MEMBER.match(text):
        name, text = member[1], text[member.end() :]
    if _ORDER.search(text):
        return None if name else _inequality(text)
    listed = read_list(text)
    if listed is None or listed.kind in ("set", "bare", "tuple") or len(listed.items) != 2:
        return None
    return Listed(listed.kind, listed.items, name)


def _inequality(text: str) -> Listed | None:
    """Read `1 < x \\le 2`, `x > 1` or `2 \\ge x` as an interval."""
    if _OTHER_SIGNS.search(text):
        return None
    parts = [part.strip() for part in _ORDER.split(text)]
    signs = parts[1::2]
    if all(sign in _MORE for sign in signs):
        parts, signs = parts[::-1], [_MORE[sign] for sign in reversed(signs)]
    elif all(sign in _LESS for sign in signs):
        signs = [_LESS[sign] for sign in signs]
    else:
        return None
    values = parts[::2]
    places = [place for place, value in enumerate(values) if _SYMBOL.fullmatch(value) and value not in ("e", "\\pi")]
    if len(places) != 1 or not all(values) or len(values) > 3 or (len(values) == 3 and places != [1]):
        return None
    if len(values) == 2:
        values, signs = (["-\\infty", *values], ["<", *signs]) if places == [0] else ([*values, "\\infty"], [*signs, "<"])
    kind = {"<<": "round", "<=<=": "square", "<=<": "half-open right", "<<=": "half-open left"}["".join(signs)]
    return Listed(kind, (values[0], values[2]), values[1])


def _same_unions(found: list[Listed], wanted: list[Listed], same: Same) -> bool | None:
    """Compare unions of intervals part by part; parts that overlap are left to algebra, where they do not all match."""
    names = {part.name for part in [*found, *wanted]} - {""}
    if len(names) > 1:
        return None
    decided = matched(found, wanted, lambda one, other: _same_interval(one, other, same))
    return None if decided is False and max(len(found), len(wanted)) > 1 else decided


def _same_interval(one: Listed, other: Listed, same: Same) -> bool | None:
    if one.kind != other.kind:
        return False
    return all_of(_same_end(first, second, same) for first, second in zip(one.items, other.items, strict=True))


def _same_end(one: str, other: str, same: Same) -> bool | None:
    """Compare two ends, of which each may be infinite."""
    infinite = [_INFINITE.fullmatch(end) for end in (one, other)]
    if infinite[0] and infinite[1]:
        return (infinite[0][1] or "+") == (infinite[1][1] or "+")
    if any(infinite):
        return None if any("\\infty" in end for end, match in zip((one, other), infinite, strict=True) if not match) else False
    return same(one, other)
