"""An episode played by the environment's own expert, as a policy would play it."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from rlcs.records import Outcome, Task
from rollout.environments.protocol import Environment, EnvironmentFault, Expert, Fallible, Observation


@dataclass(frozen=True, kw_only=True, slots=True)
class PlayedTurn:
    """A turn, and what was shown then."""

    text: str
    shown: Observation
    is_mistake: bool = False
    """A turn that is part of the episode and none to imitate."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Played:
    """What was shown first, and each turn."""

    opening: Observation
    turns: tuple[PlayedTurn, ...]

    @property
    def outcome(self) -> Outcome | None:
        """How the episode ended; None where it was left."""
        return (self.turns[-1].shown if self.turns else self.opening).outcome

    @property
    def num_mistakes(self) -> int:
        """How many turns are none to imitate."""
        return sum(turn.is_mistake for turn in self.turns)


def play(
    environment: Environment, task: Task, *, seed: int = 0, max_turns: int | None = None, mistakes: float = 0.0
) -> Played:
    """Play an episode, so many turns at most. Raises EnvironmentFault, also where the expert knows nothing.

    mistakes: share of turns that are a mistake of a Fallible environment, drawn by task and seed.
    """
    if not isinstance(environment, Expert):
        raise EnvironmentFault(f"{type(environment).__name__} has no method expert")
    fallible = environment if isinstance(environment, Fallible) else None
    random = Random(f"{task.id} {seed}")
    shown = opening = environment.reset(task, seed)
    turns: list[PlayedTurn] = []
    while shown.outcome is None and len(turns) != max_turns:
        if errs := fallible is not None and random.random() < mistakes:
            text = fallible.mistake(random)
        else:
            text = environment.expert()
        shown = environment.step(text)
        turns.append(PlayedTurn(text=text, shown=shown, is_mistake=errs))
    return Played(opening=opening, turns=tuple(turns))
