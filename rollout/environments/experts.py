"""An episode played by the environment's own expert, as a policy would play it."""

from __future__ import annotations

from dataclasses import dataclass

from rlcs.records import Outcome, Task
from rollout.environments.protocol import Environment, EnvironmentFault, Expert, Observation


@dataclass(frozen=True, kw_only=True, slots=True)
class Played:
    """What was shown first, and each turn with what was shown then."""

    opening: Observation
    turns: tuple[tuple[str, Observation], ...]

    @property
    def outcome(self) -> Outcome | None:
        """How the episode ended; None where it was left."""
        return (self.turns[-1][1] if self.turns else self.opening).outcome


def play(environment: Environment, task: Task, *, seed: int = 0, max_turns: int | None = None) -> Played:
    """Play an episode, so many turns at most. Raises EnvironmentFault, also where the expert knows nothing."""
    if not isinstance(environment, Expert):
        raise EnvironmentFault(f"{type(environment).__name__} has no method expert")
    shown = opening = environment.reset(task, seed)
    turns: list[tuple[str, Observation]] = []
    while shown.outcome is None and len(turns) != max_turns:
        text = environment.expert()
        shown = environment.step(text)
        turns.append((text, shown))
    return Played(opening=opening, turns=tuple(turns))
