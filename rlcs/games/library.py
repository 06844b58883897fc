"""The package `textarena`: whether it is there, and the games of it that one player plays without a network."""

from __future__ import annotations

import importlib
import importlib.util
from dataclasses import dataclass
from typing import Any

from rlcs.errors import UserError, unknown_name

INSTALL = "pip install 'rlcs[textarena]'"


@dataclass(frozen=True, slots=True)
class Game:
    """A game: the module and class of the package, and the settings of each level, from the easiest."""

    module: str
    made: str
    levels: tuple[dict[str, int], ...]
    reminder: str = ""
    """How the line begins that repeats rules in every turn."""


GAMES = {
    "FrozenLake": Game(
        "FrozenLake", "FrozenLakeEnv",
        ({"size": 3, "num_holes": 1}, {"size": 4, "num_holes": 3}, {"size": 5, "num_holes": 6},
         {"size": 6, "num_holes": 9}),
        reminder="Available Actions:",
    ),
    "TowerOfHanoi": Game(
        "TowerOfHanoi", "TowerOfHanoiEnv",
        ({"num_disks": 2, "max_turns": 6}, {"num_disks": 3, "max_turns": 14}, {"num_disks": 4, "max_turns": 30},
         {"num_disks": 5, "max_turns": 62}),
    ),
    "2048": Game(
        "Game2048", "Game2048Env", ({"target_tile": 16}, {"target_tile": 32}, {"target_tile": 64}, {"target_tile": 128})
    ),
    # On smaller boards it looks for a place for its mines for ever.
    "Minesweeper": Game(
        "Minesweeper", "MinesweeperEnv",
        ({"rows": 4, "cols": 4, "num_mines": 2}, {"rows": 5, "cols": 5, "num_mines": 4},
         {"rows": 6, "cols": 6, "num_mines": 6}, {"rows": 8, "cols": 8, "num_mines": 10}),
    ),
    "Sudoku": Game("Sudoku", "SudokuEnv", ({"clues": 79}, {"clues": 77}, {"clues": 73}, {"clues": 65})),
    "GuessTheNumber": Game(
        "GuessTheNumber", "GuessTheNumberEnv",
        ({"max_number": 5, "max_turns": 3}, {"max_number": 10, "max_turns": 4}, {"max_number": 20, "max_turns": 5},
         {"max_number": 50, "max_turns": 6}),
    ),
}  # fmt: skip
NUM_LEVELS = 4


def check_installed() -> None:
    """Raise a UserError, with the command that brings it, where the package is not there."""
    if importlib.util.find_spec("textarena") is None:
        raise UserError(f"TextArena is not installed; get it by {INSTALL}")


def make_game(name: str, level: int) -> Any:
    """Return a game of the package. Raises UserError on an unknown one, or without the package."""
    if name not in GAMES:
        raise unknown_name("game of textarena://", name, GAMES)
    check_installed()
    game = GAMES[name]
    return getattr(importlib.import_module(f"textarena.envs.{game.module}.env"), game.made)(**game.levels[level])
