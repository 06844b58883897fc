"""The verifier `logic`: puzzles whose answer is a word, a set, an ordering, an assignment or a grid."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, Literal

from rewards.reading.json_values import JsonLimits, JsonValue, Unreadable, read_json
from rewards.reading.normalize import normalize, unwrap
from rewards.reading.numeric import parse_number
from rewards.reading.tables import without_fence
from rewards.registry import reward
from rlcs.records import Status, Verdict

MAX_CHARACTERS = 32_768
MAX_ITEMS = 1000
LIMITS = JsonLimits(characters=MAX_CHARACTERS, values=2 * MAX_ITEMS)
Kind = Literal["exact", "set", "ordering", "assignment", "grid"]
Items = list[str]
_ARROW = re.compile(r"\s*(?:->|→|⟶|=>|\\to\b|\\rightarrow\b|>|<|,|;|、|\n|\bthen\b|然后)\s*")
_LIST = re.compile(r"\s*(?:,|;|、|\n|\band\b)\s*")
_PAIR = re.compile(r"\s*(?::|=>|->|→|=|\bis\b|是|为)\s*")
_NUMBERING = re.compile(r"\A(?:\d{1,3}[.)]|[-*•])\s+")
_BARE_SET = re.compile(r"\{[^\[\]{}:\"]*\}")
"""Not JSON: {A, B}, as a set is written."""
_CELL = re.compile(r"[\s,|]+")
_RULE = re.compile(r"[|\s:+-]+")


def check_logic_gold(gold: Any, *, kind: Kind = "exact") -> str | None:
    """Return what is wrong with a gold answer, or None: it must be, or spell, what `kind` says."""
    try:
        size = len(_read(gold, kind))
    except Unreadable as fault:
        return f"the gold answer is no {kind}: {fault}"
    return None if size else f"the gold answer holds no {kind}"


@reward("logic", domains=["logic"], runs="inline", check_gold=check_logic_gold)
def logic(answer: str, gold: Any, *, kind: Kind = "exact", partial: bool = False) -> float | Verdict:
    """A puzzle's answer, exact or structured; words are compared without case, numbers by value.

    kind: `exact` (a word, number or sentence), `set` (a list in any order), `ordering` (in order), `assignment`
    (key to value), `grid` (rows of cells). Answer and gold are JSON, or text: `B > A > C`, `Ann: red, Bob: blue`, a
    line of cells a row. partial: pay the share of elements, places, pairs or cells that are right, of the larger side.
    """
    if len(answer) > MAX_CHARACTERS:
        return Verdict(score=0.0, status=Status.OVER_LIMIT, message=f"more than {MAX_CHARACTERS} characters")
    wanted = _read(gold, kind)
    try:
        found = _read(answer, kind, like=wanted)
    except Unreadable as fault:
        return fault.verdict()
    if max(len(found), len(wanted)) > MAX_ITEMS:
        return Verdict(score=0.0, status=Status.OVER_LIMIT, message=f"more than {MAX_ITEMS} elements")
    share = _share_right(found, wanted, kind)
    return share if partial else float(share == 1.0)


def _share_right(found: Sequence[Any], wanted: Sequence[Any], kind: Kind) -> float:
    """Return how much is right of the larger side; 1.0 exactly when all is."""
    if kind == "grid":
        if found[:1] != wanted[:1]:
            return 0.0
        found, wanted = found[1:], wanted[1:]
    size = max(len(found), len(wanted))
    if kind in ("set", "assignment"):
        right = (Counter(found) & Counter(wanted)).total()
    else:
        right = sum(one == other for one, other in zip(found, wanted, strict=False))
    return right / size if size else 0.0


def _read(value: Any, kind: Kind, like: Sequence[Any] = ()) -> list[Any]:
    """Return the parts of an answer or gold as plain text: items, pairs, or cells with the shape in front of them.

    like: the gold's parts; where these are single characters, a text without separators is read one by one.
    """
    if isinstance(value, str):
        text = unwrap(without_fence(value)).strip()
        is_json = kind != "exact" and text[:1] in ("[", "{") and not _BARE_SET.fullmatch(text)
        parsed = read_json(text, LIMITS) if is_json else None
        if parsed is None:
            return _read_text(text, kind, like)
        value = parsed
    if kind == "exact":
        if isinstance(value, list | dict):
            raise Unreadable("a list or mapping; declare its kind")
        return [_plain(value)] if _plain(value) else []
    if kind == "assignment":
        if not isinstance(value, dict):
            raise Unreadable("expected a mapping")
        return _distinct([(_plain(key), _plain(one)) for key, one in value.items()])
    if not isinstance(value, list | tuple):
        raise Unreadable("expected a list")
    if kind == "grid":
        return _cells([row if isinstance(row, list | tuple) else [row] for row in value])
    return [_plain(one) for one in value]


def _read_text(text: str, kind: Kind, like: Sequence[Any]) -> list[Any]:
    if kind == "exact":
        return [_plain(text)] if _plain(text) else []
    if kind == "grid":
        single = all(len(cell) == 1 for cell in like[1:]) and len(like) > 1
        rows = [line.strip(" |[],") for line in text.split("\n") if not _RULE.fullmatch(line)]
        return _cells([_row(row, single) for row in rows if row])
    if kind == "assignment":
        return _distinct([_pair(part) for part in _parts(text, _LIST)])
    separator = _ARROW if kind == "ordering" else _LIST
    parts = _parts(text, separator)
    if len(parts) == 1 and len(like) > 1 and len(parts[0]) == len(like) and all(len(one) == 1 for one in like):
        parts = list(parts[0])
    items = [_plain(part) for part in parts]
    if kind != "ordering" or "<" not in text:
        return items
    if ">" in text:
        raise Unreadable("an ordering in two directions")
    return items[::-1]


def _parts(text: str, separator: re.Pattern[str]) -> Items:
    lines = "\n".join(_NUMBERING.sub("", line.strip(), count=1) for line in text.strip("()[]{} ").split("\n"))
    parts = [part for part in separator.split(lines) if part.strip(" .")]
    if len(parts) > MAX_ITEMS:
        raise Unreadable(f"more than {MAX_ITEMS} elements", Status.OVER_LIMIT)
    return parts


def _pair(part: str) -> tuple[str, str]:
    key, *value = _PAIR.split(part, maxsplit=1)
    if not value:
        key, _, rest = part.partition("-")
        value = [rest]
    if not _plain(key) or not _plain(value[0]):
        raise Unreadable(f"expected `key: value`, got {part[:40]!r}")
    return _plain(key), _plain(value[0])


def _distinct(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    if len({key for key, _ in pairs}) < len(pairs):
        raise Unreadable("a key comes twice")
    return pairs


def _row(text: str, single: bool) -> list[str]:
    return list(text) if single and not _CELL.search(text) else [cell for cell in _CELL.split(text) if cell]


def _cells(rows: Sequence[Sequence[Any]]) -> list[Any]:
    """Return all cells behind the lengths of the rows; grids of different shape have no common start."""
    if sum(map(len, rows)) > MAX_ITEMS:
        raise Unreadable(f"a grid of more than {MAX_ITEMS} cells", Status.OVER_LIMIT)
    shape = "x".join(str(len(row)) for row in rows)
    return [shape, *(_plain(cell) for row in rows for cell in row)] if rows else []


def _plain(value: JsonValue | tuple[Any, ...]) -> str:
    """Write a value in one way: 3.0 as 3, no case, no extra spaces, no full stop; lists and mappings as sorted text."""
    if value is None or isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "{" + ", ".join(sorted(f"{_plain(key)}: {_plain(one)}" for key, one in value.items())) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_plain(one) for one in value) + "]"
    text = unwrap(normalize(str(value))).strip(" .。'\"").casefold()
    number = parse_number(text)
    return text if number is None else str(number.value)
