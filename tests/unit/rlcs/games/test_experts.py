"""Experts: what they say of a state, and that it is the best."""

from __future__ import annotations

from itertools import product
from types import SimpleNamespace
from typing import Any

from rlcs.games.experts import frozen_lake, guess_the_number, sudoku, tower_of_hanoi


def in_state(**state: Any) -> Any:
    return SimpleNamespace(state=SimpleNamespace(game_state=state))


def test_ice_is_walked_by_a_shortest_way_around_holes() -> None:
    lake = [list("  H"), list(" H "), list("  G")]
    advice = frozen_lake(in_state(grid=lake, player_pos=(1, 0), goal_pos=(2, 2)))
    assert advice.thought == "up ice;down ice;left wall;right hole"
    assert (advice.move, set(advice.others)) == ("down", {"up", "right"})
    assert frozen_lake(in_state(grid=lake, player_pos=(2, 1), goal_pos=(2, 2))).move == "right"


def test_a_guess_halves_what_is_left() -> None:
    game = in_state(guess_history=[(10, "higher"), (15, "lower")])
    game.min_number, game.max_number = 1, 20
    advice = guess_the_number(game)
    assert (advice.thought, advice.move) == ("11-14", "12")
    assert set(advice.others) == {str(number) for number in range(1, 21)} - {"10", "12", "15"}


def towers(places: tuple[str, ...]) -> dict[str, list[int]]:
    """Return towers on which disk i + 1 stands at places[i]."""
    return {name: [disk for disk in (3, 2, 1) if places[disk - 1] == name] for name in "ABC"}


def test_every_state_of_the_towers_is_left_by_a_shortest_way() -> None:
    def moves_left(state: dict[str, list[int]]) -> int:
        for count in range(9):
            if state["C"] == [3, 2, 1]:
                return count
            source, target = tower_of_hanoi(in_state(towers=state)).move.split()
            state[target].append(state[source].pop())
            assert sorted(state[target], reverse=True) == state[target]
        raise AssertionError("not done after 8 moves")

    lengths = [moves_left(towers(places)) for places in product("ABC", repeat=3)]
    # Of n disks a state is 2 / 3 * (2^n - 1) moves away on average (Hinz, The Tower of Hanoi, 1989).
    assert max(lengths) == 7 and sum(lengths) * 3 == len(lengths) * 2 * 7


def test_an_empty_cell_is_filled_as_the_solution_has_it() -> None:
    board, full = [[1] * 9 for _ in range(9)], [[1] * 9 for _ in range(9)]
    board[2][3], full[2][3] = 0, 7
    game = in_state(board=board)
    game.full_grid = full
    advice = sudoku(game)
    assert (advice.thought, advice.move, advice.others) == ("111.11111", "3 4 7", ())
