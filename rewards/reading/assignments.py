"""Who has what, as models write it: `Ann: red, Bob: blue`, `Ann is a knight and Bob a knave`, `Knights: Ann`."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from rewards.reading.json_values import JsonValue, Unreadable
from rewards.reading.listings import AND_LIST, LEAD, NUMBERING, bare_list, parts_of, plain

Pair = tuple[str, str]
"""A key and its value, both plain."""
_SO = re.compile(r"(?:so|thus|therefore|hence|then|and|while|whereas|but)\b,?\s*", re.IGNORECASE)
_PAIR = re.compile(
    r"\s*(?::|=>|->|→|⇒|\\(?:to|rightarrow)\b|=|\b(?:is|are|has|have|owns?|gets?|lives? in|must be|should be)\b"
    r"|是|为)\s*",
    re.IGNORECASE,
)
_BRACKETED = re.compile(r"([^()]+?)\s*\(([^()]+)\)")
_TUPLE = re.compile(r"\(([^(),:]+),([^(),:]+)\)")
_SENTENCE_END = re.compile(r"(?<=[^\W\d_]{2})\.\s+|。")
_RULE = re.compile(r"[|\s:+=-]+")
_GROUPS = re.compile(r";|\n|(?<=[^\W\d_])\.\s+|。")


def read_pairs(text: str, wanted: Sequence[Pair]) -> list[Pair]:
    """Return the pairs of plain key and value that a text assigns; raises Unreadable.

    wanted: the pairs looked for; their keys tell where a pair begins. Empty where a gold itself is read.
    """
    text = _TUPLE.sub(r"\1: \2", bare_list(text))
    keys, values = {key for key, _ in wanted}, {value for _, value in wanted}
    if "|" in text:
        return _table(text.split("\n"), keys)
    if grouped := _by_value(text, keys, values):
        return grouped
    return _listed(text, keys, values) if not keys else _listed(LEAD.sub("", text, count=1), keys, values)


def pairs_of(value: JsonValue) -> list[Pair]:
    """Return the pairs of a JSON mapping, or of a list of two-element lists or objects; raises Unreadable."""
    if isinstance(value, list) and value:
        if all(isinstance(one, list) and len(one) == 2 for one in value):
            return [(plain(one[0]), plain(one[1])) for one in value if isinstance(one, list)]
        if all(isinstance(one, dict) and len(one) == 2 for one in value):
            return [(plain(key), plain(one)) for key, one in (one.values() for one in value if isinstance(one, dict))]
        if all(isinstance(one, dict) and len(one) == 1 for one in value):
            return [(plain(key), plain(one)) for each in value if isinstance(each, dict) for key, one in each.items()]
    if not isinstance(value, dict):
        raise Unreadable("expected a mapping")
    return [(plain(key), plain(one)) for key, one in value.items()]


def _listed(text: str, keys: Collection[str], values: Collection[str]) -> list[Pair]:
    pairs: list[Pair] = []
    waiting: list[str] = []
    for part in parts_of(_SENTENCE_END.sub("\n", text), AND_LIST):
        key, value = _key_and_value(part, keys)
        if value:
            pairs += [(one, _singular(value, values) if waiting else value) for one in (*waiting, key)]
            waiting = []
        elif key in keys:
            waiting.append(key)
        elif pairs and not waiting:
            pairs[-1] = (pairs[-1][0], f"{pairs[-1][1]} and {key}")
        else:
            raise Unreadable(f"expected `key: value`, got {part[:40]!r}")
    if waiting:
        raise Unreadable(f"{waiting[0][:40]!r} is given no value")
    return pairs


def _key_and_value(part: str, keys: Collection[str]) -> Pair:
    """Return key and value of `A: x`, `A is x`, `A (x)`, `(A, x)`, `A - x`; and `A x` for a known key."""
    if keys:
        part = _SO.sub("", NUMBERING.sub("", part.strip(), count=1), count=1)
    if bracketed := _BRACKETED.fullmatch(part.strip()):
        return plain(bracketed[1]), plain(bracketed[2])
    part = part.strip("()[]{} ")
    key, *value = _PAIR.split(part, maxsplit=1)
    if value and plain(key):
        return plain(key), plain(value[0])
    for mark in ("-", " "):
        key, _, rest = part.partition(mark)
        if plain(rest) and (mark == "-" or plain(key) in keys):
            return plain(key), plain(rest)
    return plain(part), ""


def _singular(value: str, values: Collection[str]) -> str:
    """Return the wanted value of which this is the plural: `Ann and Bob are knights`."""
    value = re.sub(r"\A(?:both|all|each) ", "", value)
    return next((one for one in values if value in (one + "s", one + "es")), value)


def _by_value(text: str, keys: Collection[str], values: Collection[str]) -> list[Pair]:
    """Read `Knights: Ann, Bob; Knaves: Cid`, where values stand in front; [] where a text is not that."""
    pairs: list[Pair] = []
    for part in filter(str.strip, _GROUPS.split(text)):
        label, _, rest = part.partition(":")
        value = _singular(plain(label), values)
        found = [plain(one) for one in parts_of(rest, AND_LIST)] if value in values and value not in keys else []
        if not found or not set(found) <= set(keys):
            return []
        pairs += [(one, value) for one in found]
    return pairs


def _table(lines: Sequence[str], keys: Collection[str]) -> list[Pair]:
    """Read a table of two columns; its head is passed over where its first cell is no wanted key."""
    rows = [[plain(cell) for cell in line.strip(" |").split("|")] for line in lines if not _RULE.fullmatch(line)]
    if rows and keys and rows[0][0] not in keys:
        rows = rows[1:]
    if not rows or any(len(row) != 2 for row in rows):
        raise Unreadable("expected a table of two columns")
    return [(row[0], row[1]) for row in rows]
