"""What belongs to an item, as JSON and back: tuples stay tuples, and keys that are no text stay what they are.

Scorers compare with it (a grid of ARC is a tuple of tuples). Anything else that JSON does not know becomes its text.
"""

from __future__ import annotations

import math
from typing import Any

_TUPLE, _TABLE = "tuple!", "table!"


def to_plain(value: Any) -> Any:
    """Return a value that JSON can hold; `from_plain` brings it back. Example: (1, 2) becomes {"tuple!": [1, 2]}."""
    if isinstance(value, dict):
        if all(isinstance(key, str) for key in value):
            return {key: to_plain(item) for key, item in value.items()}
        return {_TABLE: [[to_plain(key), to_plain(item)] for key, item in value.items()]}
    if isinstance(value, tuple):
        return {_TUPLE: [to_plain(item) for item in value]}
    if isinstance(value, list):
        return [to_plain(item) for item in value]
    if hasattr(value, "tolist"):  # numbers and arrays of NumPy
        return to_plain(value.tolist())
    is_plain = value is None or isinstance(value, str | int) or (isinstance(value, float) and math.isfinite(value))
    return value if is_plain else str(value)


def from_plain(value: Any) -> Any:
    """Return what `to_plain` was given."""
    if isinstance(value, list):
        return [from_plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {_TUPLE}:
        return tuple(from_plain(item) for item in value[_TUPLE])
    if value.keys() == {_TABLE}:
        return {from_plain(key): from_plain(item) for key, item in value[_TABLE]}
    return {key: from_plain(item) for key, item in value.items()}
