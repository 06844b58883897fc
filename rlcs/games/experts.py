"""What a player who knows a game would do now: a thought, the move, and other moves that there are.

They look into the game, but never at what a player could not find out: neither the number to be guessed nor a mine.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

Cell = tuple[int, int]
_STEPS = {"up": (-1, 0), "down": (1, 0), "left": (0, -1), "right": (0, 1)}
_KINDS = {"H": "hole", "G": "goal"}
_TOWERS = "ABC"


@dataclass(frozen=True, kw_only=True, slots=True)
class Advice:
    """What an expert says. Moves are without their brackets."""

    thought: str
    move: str
    others: tuple[str, ...]
    """Other moves that the rules allow."""
    forbidden: tuple[str, ...] = ()
    """Moves that the rules of the game forbid now."""


def frozen_lake(game: Any) -> Advice:
    """Walk a shortest way over the ice; the thought is what lies around: `up wall;down hole;left ice;right ice`."""
    state = game.state.game_state
    grid, here = state["grid"], state["player_pos"]
    around = {name: (here[0] + step[0], here[1] + step[1]) for name, step in _STEPS.items()}
    on_board = {name: cell for name, cell in around.items() if all(0 <= place < len(grid) for place in cell)}
    seen = {name: _KINDS.get(grid[row][column], "ice") for name, (row, column) in on_board.items()}
    far = _distances(grid, state["goal_pos"])
    best = min((name for name in on_board if on_board[name] in far), key=lambda name: far[on_board[name]])
    return Advice(
        thought=";".join(f"{name} {seen.get(name, 'wall')}" for name in _STEPS),
        move=best,
        others=tuple(name for name in on_board if name != best),
    )


def _distances(grid: list[list[str]], goal: Cell) -> dict[Cell, int]:
    """Return the number of steps to the goal from each cell that has a way there."""
    far, queue = {goal: 0}, deque([goal])
    while queue:
        row, column = queue.popleft()
        for down, right in _STEPS.values():
            cell = (row + down, column + right)
            if cell not in far and all(0 <= place < len(grid) for place in cell) and grid[cell[0]][cell[1]] != "H":
                far[cell] = far[row, column] + 1
                queue.append(cell)
    return far


def guess_the_number(game: Any) -> Advice:
    """Guess the middle of what is left; the thought is that: `6-10`."""
    low, high = game.min_number, game.max_number
    for guess, hint in game.state.game_state["guess_history"]:
        low, high = (max(low, guess + 1), high) if hint == "higher" else (low, min(high, guess - 1))
    middle = (low + high) // 2
    guessed = {guess for guess, _ in game.state.game_state["guess_history"]}
    others = (number for number in range(game.min_number, game.max_number + 1) if number not in {middle, *guessed})
    return Advice(thought=f"{low}-{high}", move=str(middle), others=tuple(map(str, others)))


def tower_of_hanoi(game: Any) -> Advice:
    """Make the next move of the shortest way to tower C from any state; the thought is the disk: `disk 2 to C`."""
    towers = game.state.game_state["towers"]
    where = {disk: name for name, disks in towers.items() for disk in disks}
    disk, move = 0, ""
    target = "C"
    # A disk that is in its place lets the smaller ones go there too; one that is not sends them out of its way.
    for one in sorted(where, reverse=True):
        if where[one] != target:
            disk, move = one, f"{where[one]} {target}"
            target = next(name for name in _TOWERS if name not in move)
    allowed = set(_allowed(towers))
    every = [f"{source} {target}" for source in _TOWERS for target in _TOWERS if source != target]
    return Advice(
        thought=f"disk {disk} to {move[-1:]}",
        move=move,
        others=tuple(one for one in every if one in allowed - {move}),
        forbidden=tuple(one for one in every if one not in allowed),
    )


def _allowed(towers: dict[str, list[int]]) -> Iterator[str]:
    tops = {name: disks[-1] if disks else None for name, disks in towers.items()}
    for source, top in tops.items():
        for target, below in tops.items():
            if source != target and top is not None and (below is None or top < below):
                yield f"{source} {target}"


def sudoku(game: Any) -> Advice:
    """Fill the first empty cell; the thought is its row: `265.39871`."""
    board = game.state.game_state["board"]
    row, column = next((row, column) for row in range(9) for column in range(9) if not board[row][column])
    return Advice(
        thought="".join(str(digit or ".") for digit in board[row]),
        move=f"{row + 1} {column + 1} {game.full_grid[row][column]}",
        others=(),
        forbidden=tuple(f"{row + 1} {column + 1} {digit}" for digit in board[row] if digit),
    )


EXPERTS: dict[str, Callable[[Any], Advice]] = {
    "FrozenLake": frozen_lake,
    "TowerOfHanoi": tower_of_hanoi,
    "Sudoku": sudoku,
    "GuessTheNumber": guess_the_number,
}
