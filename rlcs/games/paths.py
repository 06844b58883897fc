"""`textarena://FrozenLake+2048?levels=0-3&seeds=0-63&split=train`: what it asks for. `textarena://all`: every game."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl

from rlcs.errors import UserError, unknown_name
from rlcs.games.library import GAMES, NUM_LEVELS

PREFIX = "textarena://"
SPLITS = ("train", "eval")
ALL = "all"
MAX_SEED = 10**6
_SETTINGS = ("levels", "seeds", "split")


@dataclass(frozen=True, kw_only=True, slots=True)
class GameSource:
    """What a textarena:// path asks for."""

    games: tuple[str, ...]
    levels: range
    seeds: range
    """A row for each game, level and seed; TowerOfHanoi begins the same for all of them."""
    split: str = "train"
    """train or eval, whose seeds are others."""


def parse_path(path: str) -> GameSource:
    """Read a path; raises UserError on an unknown game or setting, or a value out of range."""
    name, _, query = path.removeprefix(PREFIX).partition("?")
    given = dict(parse_qsl(query, keep_blank_values=True))
    for key in given:
        if key not in _SETTINGS:
            raise unknown_name("setting in textarena:// path", key, _SETTINGS)
    split = given.get("split", SPLITS[0])
    if split not in SPLITS:
        raise unknown_name("split in textarena:// path", split, SPLITS)
    games = tuple(GAMES) if name == ALL else tuple(name.split("+"))
    for game in games:
        if game not in GAMES:
            raise unknown_name("game of textarena://", game, GAMES)
    return GameSource(
        games=games,
        levels=_range(path, "levels", given.get("levels", f"0-{NUM_LEVELS - 1}"), NUM_LEVELS),
        seeds=_range(path, "seeds", given.get("seeds", "0-63"), MAX_SEED),
        split=split,
    )


def _range(path: str, key: str, text: str, end: int) -> range:
    low, dash, high = text.partition("-")
    first, last = (int(one) if one.isdecimal() else -1 for one in (low, high if dash else low))
    if not 0 <= first <= last < end:
        raise UserError(f"{path}: {key}={text} is no range below {end}; write for example {key}=0-3")
    return range(first, last + 1)
