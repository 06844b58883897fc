"""`key=value` on the command line: the key says what kind of value stands behind it, so no quoting is needed.

Text is taken as it is, so a regular expression or a sentence survives; everything else is read as YAML. Lists take an
index, and the next free index adds an entry: `data.train.1.name=extra`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from rlcs.config.schema import Config
from rlcs.config.shape import bare, container_of, find_problems, hints_of, is_optional, item_hint, join, unknown_key
from rlcs.config.text import parse_yaml
from rlcs.errors import UserError

NULLS = ("", "null", "~")


def apply_override(tree: dict[str, Any], text: str, *, schema: type = Config) -> dict[str, Any]:
    """Return the tree, shaped as the dataclass `schema`, with one `key=value` set.

    Raises UserError for an unknown key, a wrong type or a missing `=`.
    """
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise UserError(f"override {text!r}: expected key=value, for example rollout.group_size=8")
    where = f"override {text!r}"
    changed: dict[str, Any] = _replaced(tree, schema, key.strip().split("."), value, path="", where=where)
    return changed


def _replaced(node: Any, hint: Any, keys: Sequence[str], text: str, *, path: str, where: str) -> Any:
    """Return `node` with the value of `text` in the place that `keys` lead to; nothing is changed in place."""
    hint = hint if not keys else bare(hint)
    if not keys:
        value = parse_value(text, hint, where)
        for problem in find_problems(value, where, hint=hint, path=path):
            raise UserError(problem)
        return value
    key, rest = keys[0], keys[1:]
    inner = join(path, key)
    if container_of(hint) is list or (hint is Any and isinstance(node, list)):
        items = list(node or [])
        index = _index(key, len(items), path=path, where=where)
        entry_hint = Any if hint is Any else item_hint(hint)
        items[index : index + 1] = [
            _replaced(items[index] if index < len(items) else None, entry_hint, rest, text, path=inner, where=where)
        ]
        return items
    below = _hint_below(hint, key, path=path, where=where)
    old = node.get(key) if isinstance(node, dict) else None
    old = _default_list(hint, key) if old is None else old
    return {**(node or {}), key: _replaced(old, below, rest, text, path=inner, where=where)}


def parse_value(text: str, hint: Any, where: str) -> Any:
    """Return the value that a text stands for, by the type behind the key.

    Text stays as it is; where null is allowed, an empty text or `null` is null. Of the parameters of a verifier, which
    may be anything, `[1, 2]`, `{a: 1}`, `0.5` and `true` are read as YAML, and whatever else as text.
    """
    if is_optional(hint) and text.strip() in NULLS:
        return None
    if bare(hint) is str:
        return text
    if hint is not Any:
        return parse_yaml(text, where)
    try:
        value = parse_yaml(text, where)
    except UserError:
        return text
    quoted = text[:1] in ("'", '"')
    return text if value is None or (isinstance(value, str) and not quoted) else value


def _index(key: str, length: int, *, path: str, where: str) -> int:
    if not key.isdecimal():
        raise UserError(f"{path} in {where} is a list: expected an index such as {path}.0, got {key!r}")
    if int(key) > length:
        raise UserError(f"{path} in {where}: got index {key}, but the next free one is {path}.{length}")
    return int(key)


def _hint_below(hint: Any, key: str, *, path: str, where: str) -> Any:
    """Return the type of what stands under `key`."""
    if dataclasses.is_dataclass(hint):
        known = hints_of(hint)
        if key not in known:
            raise UserError(unknown_key(join(path, key), where, known))
        return known[key]
    if hint is Any:
        return Any
    if container_of(hint) is None:
        raise UserError(f"unknown key {join(path, key)} in {where}: {path} is a single value and has no keys below it")
    return item_hint(hint)


def _default_list(hint: Any, key: str) -> Any:
    """Return the default of a list setting, so that one entry of it can be overridden alone; None for the rest."""
    if not dataclasses.is_dataclass(hint) or container_of(hints_of(hint)[key]) is not list:
        return None
    (field,) = (field for field in dataclasses.fields(hint) if field.name == key)
    assert field.default_factory is not dataclasses.MISSING, f"list setting {key} has no default"
    return field.default_factory()
