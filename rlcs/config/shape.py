"""Does a tree of plain values have the shape of the schema? Unknown keys and wrong types, in words, all at once."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Iterator
from typing import Any

from rlcs.config.schema import Config
from rlcs.errors import nearest

BOOLEAN_WORDS = frozenset({"true", "false", "yes", "no", "on", "off"})
EXPECTED = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    list: "a list",
    dict: "keys and values",
}


def hints_of(section: Any) -> dict[str, Any]:
    """Return the type of each key of a section of the schema."""
    return typing.get_type_hints(section)


def bare(hint: Any) -> Any:
    """Return a type without its None: `str | None` gives str."""
    if isinstance(hint, types.UnionType):
        return next(option for option in typing.get_args(hint) if option is not types.NoneType)
    return hint


def is_optional(hint: Any) -> bool:
    """Tell whether null is a value of the type."""
    return hint is Any or isinstance(hint, types.UnionType)


def container_of(hint: Any) -> type | None:
    """Return list or dict for types that hold others (sections are dicts), None for the rest."""
    if dataclasses.is_dataclass(hint):
        return dict
    origin = typing.get_origin(hint)
    return origin if origin in (list, dict) else None


def item_hint(hint: Any) -> Any:
    """Return the type of the items of a list type or of the values of a mapping type."""
    return typing.get_args(hint)[-1]


def find_problems(value: Any, where: str, *, hint: Any = Config, path: str = "") -> Iterator[str]:
    """Yield a sentence for every unknown key and every value of a wrong type below `path`; `where` names the file."""
    if value is None and (is_optional(hint) or container_of(hint) is dict):
        return
    hint = bare(hint)
    container = container_of(hint)
    if container and not isinstance(value, container):
        yield f"{path or 'the configuration'} in {where}: got {describe(value)}, expected {EXPECTED[container]}"
    elif dataclasses.is_dataclass(hint):
        for key, item in value.items():
            if key in hints_of(hint):
                yield from find_problems(item, where, hint=hints_of(hint)[key], path=join(path, key))
            else:
                yield unknown_key(join(path, key), where, hints_of(hint))
    elif container:
        for key, item in value.items() if container is dict else enumerate(value):
            yield from find_problems(item, where, hint=item_hint(hint), path=join(path, key))
    elif hint is not Any and not is_value_of(value, hint):
        yield f"{path} in {where}: got {describe(value)}, expected {EXPECTED[hint]}{_quoting_hint(value, hint)}"


def unknown_key(path: str, where: str, known: dict[str, Any]) -> str:
    """Return the sentence for a key that the schema does not have, with the nearest one that it has."""
    guess = nearest(path.rpartition(".")[2], known)
    hint = f": did you mean {guess}?" if guess else f"; known here: {', '.join(known)}"
    return f"unknown key {path} in {where}{hint}"


def is_value_of(value: Any, hint: type) -> bool:
    """Tell whether a scalar can stand for text, a number or a switch; `${…}` is judged when it is resolved."""
    if isinstance(value, str):
        return hint is str or "${" in value or _reads_as(value, hint)
    if isinstance(value, bool):
        return hint is bool
    return isinstance(value, int | float) and (hint in (str, float) or (hint is int and isinstance(value, int)))


def describe(value: Any) -> str:
    """Return a value as a person would call it."""
    if value is None:
        return "nothing"
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "keys and values"
    return f"text {value!r}" if isinstance(value, str) else str(value).lower()


def join(path: str, key: object) -> str:
    """Return the path of a key below a path."""
    return f"{path}.{key}" if path else str(key)


def _reads_as(text: str, hint: type) -> bool:
    if hint is bool:
        return text.lower() in BOOLEAN_WORDS
    try:
        hint(text)
    except ValueError:
        return False
    return True


def _quoting_hint(value: Any, hint: type) -> str:
    return "; put it in quotes" if hint is str and isinstance(value, bool) else ""
