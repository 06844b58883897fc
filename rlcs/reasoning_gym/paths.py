"""`reasoning_gym://SET?levels=0-3&size=500&seed=0&split=train&…`: what a path asks for.

Every other key is a setting of the set, as the library names it, with its value as YAML: `min_terms=2`,
`operators=[+,-]`. Settings win over what a level says. Without `levels` the set is as its defaults have it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import yaml

from rlcs.errors import UserError, unknown_name

PREFIX = "reasoning_gym://"
SPLITS = ("train", "eval")


@dataclass(frozen=True, kw_only=True, slots=True)
class GymSource:
    """What a reasoning_gym:// path asks for."""

    path: str
    name: str
    """Name of the set, as `chain_sum`."""
    levels: tuple[int, ...] = ()
    """Levels of its curriculum, which take turns; none: the set as its defaults have it."""
    size: int = 500
    """Number of rows."""
    seed: int = 0
    split: str = "train"
    """train or eval; no question is in both, whatever seeds and settings."""
    settings: dict[str, Any] = field(default_factory=dict)
    """Settings of the set by their own names."""


def parse_path(path: str) -> GymSource:
    """Read a path, as far as that needs no library. Raises UserError on a value that cannot be."""
    name, _, query = path.removeprefix(PREFIX).partition("?")
    given = dict(_pair(path, part) for part in query.split("&") if part)
    split = given.pop("split", SPLITS[0])
    if split not in SPLITS:
        raise unknown_name("split in reasoning_gym:// path", split, SPLITS)
    return GymSource(
        path=path,
        name=name,
        levels=_levels(path, given.pop("levels", "")),
        size=_whole_number(path, "size", given.pop("size", "500"), lowest=1),
        seed=_whole_number(path, "seed", given.pop("seed", "0"), lowest=0),
        split=split,
        settings={key: _value(path, key, text) for key, text in given.items()},
    )


def _pair(path: str, part: str) -> tuple[str, str]:
    key, sign, text = part.partition("=")
    if not sign or not key:
        raise UserError(f"{path}: {part!r} is no setting; write name=value, with & between several")
    return key, unquote(text)  # no + for a space: it is an operator of many sets


def _levels(path: str, text: str) -> tuple[int, ...]:
    if not text:
        return ()
    low, dash, high = text.partition("-")
    lowest = _whole_number(path, "levels", low, lowest=0)
    return tuple(range(lowest, 1 + _whole_number(path, "levels", high if dash else low, lowest=lowest)))


def _whole_number(path: str, key: str, text: str, *, lowest: int) -> int:
    if not text.isdecimal() or int(text) < lowest:
        raise UserError(f"{path}: {key} must be a whole number of at least {lowest}, got {text!r}")
    return int(text)


def _value(path: str, key: str, text: str) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise UserError(f"{path}: {key}={text} is no value; write a number, a word or a list as [a,b]") from error
