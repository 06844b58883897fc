"""`miniwob://click-test-2+enter-text?seeds=0-63&split=train`: what a path asks for; `miniwob://all` is every task."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl

from rlcs.errors import UserError, unknown_name
from rlcs.miniwob.catalogue import check_task, usable_tasks

PREFIX = "miniwob://"
SPLITS = ("train", "eval")
ALL = "all"
MAX_SEED = 10**6
_SETTINGS = ("seeds", "split")


@dataclass(frozen=True, kw_only=True, slots=True)
class WobSource:
    """What a miniwob:// path asks for."""

    tasks: tuple[str, ...]
    seeds: range
    """A row for each task and seed."""
    split: str = "train"
    """train or eval; the pages of one are not those of the other, whatever the seeds."""


def parse_path(path: str) -> WobSource:
    """Read a path; raises UserError on an unknown task or setting, or a value out of range."""
    name, _, query = path.removeprefix(PREFIX).partition("?")
    given = dict(parse_qsl(query, keep_blank_values=True))
    for key in given:
        if key not in _SETTINGS:
            raise unknown_name("setting in miniwob:// path", key, _SETTINGS)
    split = given.get("split", SPLITS[0])
    if split not in SPLITS:
        raise unknown_name("split in miniwob:// path", split, SPLITS)
    tasks = tuple(usable_tasks()) if name == ALL else tuple(name.split("+"))
    for task in tasks:
        check_task(task)
    return WobSource(tasks=tasks, seeds=_seeds(path, given.get("seeds", "0-63")), split=split)


def _seeds(path: str, text: str) -> range:
    low, dash, high = text.partition("-")
    first, last = (int(one) if one.isdecimal() else -1 for one in (low, high if dash else low))
    if not 0 <= first <= last < MAX_SEED:
        raise UserError(f"{path}: seeds={text} is no range below {MAX_SEED}; write for example seeds=0-63")
    return range(first, last + 1)
