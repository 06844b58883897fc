"""Sources whose tasks are generated: which paths mean one, what columns its rows have, and the rows."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import rlcs.games
import rlcs.miniwob
import rlcs.reasoning_gym
import rlcs.tiny
from rlcs.games import paths as game_paths
from rlcs.games import rows as game_rows
from rlcs.games.library import check_installed
from rlcs.miniwob import library as wob_library
from rlcs.miniwob import paths as wob_paths
from rlcs.miniwob import rows as wob_rows
from rlcs.reasoning_gym import library, process, rows
from rlcs.reasoning_gym.paths import PREFIX as GYM_PREFIX
from rlcs.tiny.generate import PREFIX as TINY_PREFIX
from rlcs.tiny.generate import generate_rows, parse_path

OFFERED = ("id", "difficulty", "subcategory", "images", "videos", "params")
"""Columns that are mapped unasked where the rows have them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Generator:
    """What makes the tasks of a kind of path. Its rows know their own domain."""

    columns: Callable[[str], tuple[str, ...]]
    """path -> names of the columns that every row has; raises UserError on a path that means nothing."""
    rows: Callable[[str], Iterator[dict[str, Any]]]
    """path -> rows, the same ones each time."""
    stamps: Callable[[], tuple[str, ...]]
    """() -> words that change when the rows of a path may."""


def _tiny_columns(path: str) -> tuple[str, ...]:
    return parse_path(path).columns


def _tiny_rows(path: str) -> Iterator[dict[str, Any]]:
    return generate_rows(parse_path(path))


def _gym_columns(path: str) -> tuple[str, ...]:
    library.load_library()
    return rows.COLUMNS


def _gym_stamps() -> tuple[str, ...]:
    library.load_library()
    return (importlib.metadata.version("reasoning-gym"), *_code_of(rlcs.reasoning_gym))


def _wob_columns(path: str) -> tuple[str, ...]:
    wob_paths.parse_path(path)
    return wob_rows.COLUMNS


def _wob_rows(path: str) -> Iterator[dict[str, Any]]:
    return wob_rows.generate_rows(wob_paths.parse_path(path))


def _wob_stamps() -> tuple[str, ...]:
    return (wob_library.version(), *_code_of(rlcs.miniwob))


def _game_columns(path: str) -> tuple[str, ...]:
    game_paths.parse_path(path)
    return game_rows.COLUMNS


def _game_rows(path: str) -> Iterator[dict[str, Any]]:
    return game_rows.generate_rows(game_paths.parse_path(path))


def _game_stamps() -> tuple[str, ...]:
    check_installed()
    return (importlib.metadata.version("textarena"), *_code_of(rlcs.games))


def _code_of(package: Any) -> tuple[str, ...]:
    return stamps_of(sorted(Path(package.__file__).parent.glob("*.py")))


def stamps_of(files: list[Path]) -> tuple[str, ...]:
    """Return name, size and time of each file."""
    return tuple(f"{file} {file.stat().st_size} {file.stat().st_mtime_ns}" for file in files)


_GENERATORS = {
    TINY_PREFIX: Generator(columns=_tiny_columns, rows=_tiny_rows, stamps=lambda: _code_of(rlcs.tiny)),
    wob_paths.PREFIX: Generator(columns=_wob_columns, rows=_wob_rows, stamps=_wob_stamps),
    game_paths.PREFIX: Generator(columns=_game_columns, rows=_game_rows, stamps=_game_stamps),
    GYM_PREFIX: Generator(columns=_gym_columns, rows=process.read_rows, stamps=_gym_stamps),
}


def generator_of(path: str) -> Generator | None:
    """Return what makes the tasks of a path, or None where they are read."""
    return next((generator for prefix, generator in _GENERATORS.items() if path.startswith(prefix)), None)
