"""Games of TextArena (Guertler et al., 2025; MIT) as an environment: a move a turn, in words."""

from __future__ import annotations

import contextlib
import random
import threading
from collections.abc import Iterator
from typing import Any

from rlcs.games.experts import EXPERTS, Advice
from rlcs.games.library import GAMES, check_installed, make_game
from rlcs.records import Status, Task
from rollout.environments.protocol import EnvironmentFault, Observation, Outcome, answer_of
from rollout.environments.registry import environment

_lock = threading.Lock()
"""The games draw from Python's one generator, which several of a process would share."""
_MAX_MOVE = 1000


def check_textarena(*, max_turns: int) -> str | None:
    """Return what is wrong with parameters, or None; UserError where the package is missing."""
    check_installed()
    return None if max_turns > 0 else f"max_turns is {max_turns}; expected at least 1"


@environment("textarena", deadline_s=20.0, reset_s=60.0, per_host=16, check=check_textarena)
class TextArena:
    """Games of TextArena for one player: FrozenLake, TowerOfHanoi, 2048, Minesweeper, Sudoku, GuessTheNumber.

    max_turns: then a game ends without success; games have limits of their own as well. partial: a game that was
    played in part scores what it says, else only one that was won scores. tell_rules: the first message has the rules,
    else only the names of game and level, for a policy that was shown how to play.
    """

    def __init__(self, *, max_turns: int = 40, partial: bool = False, tell_rules: bool = True) -> None:
        self.max_turns, self.partial, self.tell_rules = max_turns, partial, tell_rules
        self._turns = 0
        self._name = ""
        self._game: Any = None
        self._drawn: object = None

    def reset(self, task: Task, seed: int) -> Observation:
        """Begin the game that the row of the task names."""
        name, level = str(task.params.get("game", "")), int(task.params.get("level", 0))
        number = int(task.params.get("game_seed", seed))
        self._turns, self._name = 0, name
        with self._own_random(number):
            self._game = make_game(name, level)
            self._game.reset(num_players=1, seed=number)
            told = self._told()
        return Observation(parts=(told if self.tell_rules else f"{name}, level {level}\n{told}".rstrip(),))

    def step(self, text: str) -> Observation:
        """Make a move; brackets around it may be left out."""
        self._turns += 1
        move = answer_of(text)[:_MAX_MOVE]
        with self._own_random():
            is_over, _ = self._game.step(action=move if "[" in move else f"[{move}]")
            if is_over:
                rewards, info = self._game.close()
                return self._end(float((rewards or {}).get(0, 0.0)), str(info[0].get("reason") or ""))
            counted = ("invalid_move",) if self._game.state.error_count else ()
            told = self._told()
        if self._turns >= self.max_turns:
            outcome = Outcome(score=0.0, status=Status.OVER_LIMIT, message=f"not over after {self.max_turns} moves")
            return Observation(parts=(told,), outcome=outcome, counted=counted)
        return Observation(parts=(told,), counted=counted)

    def expert(self) -> str:
        """Return the turn that an expert would write now; EnvironmentFault in a game without one."""
        advice = self._advice()
        return _written(advice, advice.move)

    def mistake(self, random: random.Random) -> str:
        """Return another move than the expert's, one that the rules allow or (a third, where there are both) forbid."""
        advice = self._advice()
        kinds = [moves for moves in (advice.others, advice.others, advice.forbidden) if moves]
        return _written(advice, random.choice(random.choice(kinds)))

    def close(self) -> None:
        """Forget the game."""
        self._game = None

    def _advice(self) -> Advice:
        if self._name not in EXPERTS:
            raise EnvironmentFault(f"there is no expert for {self._name}; there are for {', '.join(EXPERTS)}")
        return EXPERTS[self._name](self._game)

    def _end(self, reward: float, reason: str) -> Observation:
        score = min(max(reward, 0.0), 1.0) if self.partial else float(reward == 1.0)
        status = {1.0: Status.CORRECT, 0.0: Status.INCORRECT}.get(score, Status.PARTIAL)
        return Observation(parts=(reason,), outcome=Outcome(score=score, status=status, message=reason[:200]))

    def _told(self) -> str:
        """Return what the game has said since, without the player's own moves."""
        messages = [(str(text), kind.name) for _, text, kind in self._game.get_observation()[1]]
        if not self.tell_rules:
            reminder = GAMES[self._name].reminder or None
            messages = [
                (text.partition(reminder)[0] if reminder else text, kind) for text, kind in messages if kind != "PROMPT"
            ]
        return "\n".join(text.strip() for text, kind in messages if kind != "PLAYER_ACTION")

    @contextlib.contextmanager
    def _own_random(self, seed: int | None = None) -> Iterator[None]:
        """Let the game draw from a generator of its own; an exception of its code is our fault."""
        with _lock:
            outer = random.getstate()
            if seed is None:
                random.setstate(self._drawn)  # type: ignore[arg-type]
            else:
                random.seed(seed)
            try:
                yield
            except (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError) as error:
                raise EnvironmentFault(f"the game raised {type(error).__name__}: {error}") from error
            finally:
                self._drawn = random.getstate()
                random.setstate(outer)


def _written(advice: Advice, move: str) -> str:
    return f"<think>{advice.thought}</think><answer>[{move}]</answer>"
