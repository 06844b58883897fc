"""Games of TextArena as an environment."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest

from rlcs.errors import UserError
from rlcs.games.experts import EXPERTS
from rlcs.games.library import GAMES, NUM_LEVELS, check_installed
from rlcs.records import Status, Task
from rollout.environments.experts import play
from rollout.environments.protocol import EnvironmentFault, Observation
from rollout.environments.textarena import TextArena

try:
    check_installed()
except UserError as error:
    pytest.skip(str(error), allow_module_level=True)


def game(name: str, level: int = 0, seed: int = 0) -> Task:
    params: dict[str, Any] = {"game": name, "level": level, "game_seed": seed}
    return Task(id=f"g:{name}", source="g", domain="planning.episode", prompt="", answer=name, params=params)


def played(environment: TextArena, moves: list[str]) -> Observation:
    return [environment.step(move) for move in moves][-1]


def hanoi(disks: int, start: str = "A", end: str = "C", other: str = "B") -> Iterator[str]:
    if disks:
        yield from hanoi(disks - 1, start, other, end)
        yield f"[{start} {end}]"
        yield from hanoi(disks - 1, other, end, start)


def test_a_game_that_is_won_scores_one() -> None:
    environment = TextArena()
    first = environment.reset(game("TowerOfHanoi", 1), 0)
    assert "Tower of Hanoi with 3 disks" in str(first.parts[0])
    outcome = played(environment, [f"<think>so</think>{move}" for move in hanoi(3)]).outcome
    assert outcome is not None and (outcome.score, outcome.status) == (1.0, Status.CORRECT)


def test_one_that_is_lost_scores_what_was_reached_only_when_asked() -> None:
    scores = {}
    for partial in (False, True):
        environment = TextArena(partial=partial)
        environment.reset(game("TowerOfHanoi", 1), 0)
        # The largest disk is in its place; then twice a move that cannot be.
        outcome = played(environment, [*list(hanoi(3))[:4], "[C B]", "[C B]"]).outcome
        assert outcome is not None
        scores[partial] = outcome.score
    assert scores[False] == 0.0 and scores[True] is not None and 0.0 < scores[True] < 1.0


def test_a_move_that_cannot_be_is_told_and_counted() -> None:
    environment = TextArena()
    environment.reset(game("FrozenLake"), 0)
    observation = environment.step("up")
    assert observation.counted == ("invalid_move",) and "hit a wall" in str(observation.parts[0])
    assert "[up]" not in str(observation.parts[0]).partition("You attempted")[0]


def test_too_many_moves_end_it() -> None:
    environment = TextArena(max_turns=2)
    environment.reset(game("2048", 3), 0)
    outcomes = [environment.step(move).outcome for move in ("left", "down")]
    assert outcomes[0] is None and outcomes[1] is not None and outcomes[1].status is Status.OVER_LIMIT


def test_games_beside_one_another_draw_their_own_numbers() -> None:
    moves = ["left", "down", "right", "up"]
    alone = TextArena()
    shown = [alone.reset(game("2048", 3, 5), 0).parts, *(alone.step(move).parts for move in moves)]
    one, other = TextArena(), TextArena()
    beside = [one.reset(game("2048", 3, 5), 0).parts]
    other.reset(game("2048", 3, 9), 0)
    random.seed(1)
    outer = random.getstate()
    for move in moves:
        other.step(move)
        beside.append(one.step(move).parts)
    assert beside == shown and random.getstate() == outer


@pytest.mark.parametrize(("name", "level"), list(product(GAMES, range(NUM_LEVELS))))
def test_every_game_begins_the_same_and_takes_nonsense(name: str, level: int) -> None:
    environment = TextArena()
    first, again = (environment.reset(game(name, level, 3), 0) for _ in range(2))
    assert first == again and first.outcome is None and len(str(first.parts[0])) > 50
    assert environment.step("what?").outcome is None
    ended = environment.step("[99 99 99]").outcome
    assert ended is not None and ended.score == 0.0


@pytest.mark.parametrize(("name", "level", "seed"), list(product(EXPERTS, range(NUM_LEVELS), range(3))))
def test_experts_win_every_game_of_theirs(name: str, level: int, seed: int) -> None:
    environment = TextArena()
    observation = environment.reset(game(name, level, seed), 0)
    while observation.outcome is None:
        observation = environment.step(environment.expert())
    assert observation.outcome.score == 1.0


def test_experts_know_a_way_on_after_mistakes() -> None:
    episodes = [play(TextArena(), game("TowerOfHanoi", 2), seed=seed, mistakes=0.2) for seed in range(6)]
    assert len({tuple(turn.text for turn in one.turns) for one in episodes}) == 6
    assert any(one.outcome and one.outcome.score == 1.0 and one.num_mistakes > 1 for one in episodes)
    counted = {turn.is_mistake for one in episodes for turn in one.turns if "invalid_move" in turn.shown.counted}
    assert counted == {True}, "only mistakes break the rules"


@pytest.mark.parametrize("name", EXPERTS)
def test_a_mistake_is_another_move_than_the_experts(name: str) -> None:
    environment, draws = TextArena(), random.Random(0)
    environment.reset(game(name, 1), 0)
    said = {environment.mistake(draws) for _ in range(40)}
    assert said and environment.expert() not in said


def test_a_game_without_an_expert_says_so() -> None:
    environment = TextArena()
    environment.reset(game("Minesweeper"), 0)
    with pytest.raises(EnvironmentFault, match="no expert for Minesweeper"):
        environment.expert()


def test_rules_may_be_left_out() -> None:
    environment = TextArena(tell_rules=False)
    told = environment.reset(game("GuessTheNumber", 1), 0).parts
    assert told == ("GuessTheNumber, level 1",)
    assert str(environment.step("5").parts[0]).startswith("The target number is")
