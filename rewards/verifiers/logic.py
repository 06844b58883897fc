"""The verifier `logic`: puzzles whose answer is a word, a set, an ordering, an assignment or a grid."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, Literal

from rewards.reading.assignments import Pair, pairs_of, read_pairs
from rewards.reading.json_values import JsonLimits, JsonValue, Unreadable, read_json
from rewards.reading.listings import MAX_ITEMS, plain, read_items, read_rows
from rewards.reading.normalize import unwrap
from rewards.reading.tables import without_fence
from rewards.registry import reward
from rlcs.records import Status, Verdict

MAX_CHARACTERS = 32_768
LIMITS = JsonLimits(characters=MAX_CHARACTERS, values=2 * MAX_ITEMS)
Kind = Literal["exact", "set", "ordering", "assignment", "grid"]
Signs = Literal["as_written", "largest_first", "smallest_first"]
_GREATER = re.compile(r"(?<![-=])>|≻|\\succ\b|\\gt\b")
_SMALLER = re.compile(r"<(?!-)|≺|\\prec\b|\\lt\b")


def check_logic_gold(gold: Any, *, kind: Kind = "exact", signs: Signs = "as_written") -> str | None:
    """Return what is wrong with a gold answer, or None: it must be, or spell, what `kind` says."""
    try:
        size = len(_read(gold, kind, signs))
    except Unreadable as fault:
        return f"the gold answer is no {kind}: {fault}"
    return None if size else f"the gold answer holds no {kind}"


@reward("logic", domains=["logic"], runs="inline", check_gold=check_logic_gold)
def logic(
    answer: str, gold: Any, *, kind: Kind = "exact", partial: bool = False, signs: Signs = "as_written"
) -> float | Verdict:
    """A puzzle's answer, exact or structured; words are compared without case, numbers by value.

    kind: `exact` (a word, number or sentence), `set` (a list in any order), `ordering` (in order), `assignment`
    (key to value), `grid` (rows of cells). Answer and gold are JSON, or text: `B > A > C`, `Ann: red, Bob: blue`, a
    line of cells a row. partial: pay the share of elements, places, pairs or cells that are right, of the larger side.
    signs: `>` and `<` part the items of an ordering like other arrows, `as_written`; where the puzzle wants the
    `largest_first` or `smallest_first`, they mean what they say, and `A < B` is B before A in the first case.
    """
    if len(answer) > MAX_CHARACTERS:
        return Verdict(score=0.0, status=Status.OVER_LIMIT, message=f"more than {MAX_CHARACTERS} characters")
    wanted = _read(gold, kind, signs)
    try:
        found = _read(answer, kind, signs, like=wanted)
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


def _read(value: Any, kind: Kind, signs: Signs, like: Sequence[Any] = ()) -> list[Any]:
    """Return the parts of an answer or gold as plain text: items, pairs, or cells with the shape in front of them.

    like: the gold's parts, which decide between readings of a text; none where a gold itself is read.
    """
    if isinstance(value, str):
        text = unwrap(without_fence(value)).strip()
        if kind == "exact" or text[:1] not in ("[", "{"):
            return _read_text(text, kind, signs, like)
        try:
            value = read_json(text, LIMITS)
        except Unreadable:
            if not _is_balanced(text):  # cut off, so not to be guessed
                raise
            return _read_text(text, kind, signs, like)
    return _of_json(value, kind, like)


def _is_balanced(text: str) -> bool:
    return all(text.count(left) == text.count(right) for left, right in ("[]", "{}", "()")) and '"' not in text


def _of_json(value: JsonValue | tuple[Any, ...], kind: Kind, like: Sequence[Any]) -> list[Any]:
    if kind == "exact":
        if isinstance(value, list | dict):
            raise Unreadable("a list or mapping; declare its kind")
        return [plain(value)] if plain(value) else []
    if isinstance(value, dict) and len(value) == 1 and isinstance(inner := next(iter(value.values())), list | dict):
        key = plain(next(iter(value)))
        value = value if kind == "assignment" and (not like or key in dict(like)) else inner  # {"solution": …}
    if kind == "assignment":
        return _distinct(pairs_of(list(value) if isinstance(value, tuple) else value))
    if kind == "ordering" and isinstance(value, dict):
        value = _by_rank(value)
    if not isinstance(value, list | tuple):
        raise Unreadable("expected a list")
    if kind == "grid":
        return _cells([row if isinstance(row, list | tuple) else [row] for row in value])
    return [plain(one) for one in value]


def _by_rank(value: dict[str, JsonValue]) -> JsonValue:
    """Return the values of {"1": "Ann", "2": "Bob"} in the order of their ranks."""
    ranks = sorted(
        ((int(key), one) for key, one in value.items() if key.isdecimal() and len(key) < 5), key=lambda one: one[0]
    )
    is_complete = [rank for rank, _ in ranks] in ([*range(len(value))], [*range(1, len(value) + 1)])
    return [one for _, one in ranks] if is_complete else value


def _read_text(text: str, kind: Kind, signs: Signs, like: Sequence[Any]) -> list[Any]:
    if kind == "exact":
        return [plain(text)] if plain(text) else []
    if kind == "grid":
        return _cells(read_rows(text, is_single=len(like) > 1 and all(len(cell) == 1 for cell in like[1:])))
    if kind == "assignment":
        return _distinct(read_pairs(text, like))
    if kind == "set":
        return read_items(text, like, is_ordered=False)
    return _ordering(text, signs, like)


def _ordering(text: str, signs: Signs, like: Sequence[str]) -> list[str]:
    is_smaller, is_greater = _SMALLER.search(text) is not None, _GREATER.search(text) is not None
    if is_smaller and is_greater:
        raise Unreadable("an ordering in two directions")
    items = read_items(text, like, is_ordered=True)
    is_turned = is_smaller if signs == "largest_first" else is_greater and signs == "smallest_first"
    return items[::-1] if is_turned else items


def _distinct(pairs: list[Pair]) -> list[Pair]:
    if len({key for key, _ in pairs}) < len(pairs):
        raise Unreadable("a key comes twice")
    return pairs


def _cells(rows: Sequence[Sequence[Any]]) -> list[Any]:
    """Return all cells behind the lengths of the rows; grids of different shape have no common start."""
    if sum(map(len, rows)) > MAX_ITEMS:
        raise Unreadable(f"a grid of more than {MAX_ITEMS} cells", Status.OVER_LIMIT)
    shape = "x".join(str(len(row)) for row in rows)
    return [shape, *(plain(cell) for row in rows for cell in row)] if rows else []
