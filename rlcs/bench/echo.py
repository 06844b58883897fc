"""An environment that answers at once, for `rlcs bench environments --engine`: what is left is the cost of turns."""

from __future__ import annotations

from rlcs.records import Outcome, Status, Task
from rollout.environments.protocol import Observation
from rollout.environments.registry import environment

NAME = "echo"


@environment(NAME, per_host=256)
class Echo:
    """Asks again and again. turns: of an episode."""

    def __init__(self, *, turns: int) -> None:
        self.turns, self.done = turns, 0

    def reset(self, task: Task, seed: int) -> Observation:
        """Ask the task's question."""
        self.done = 0
        return Observation(parts=(task.question,))

    def step(self, text: str) -> Observation:
        """Ask for more, whatever was said."""
        self.done += 1
        won = Outcome(score=1.0, status=Status.CORRECT) if self.done == self.turns else None
        return Observation(parts=("And once more, please: is it so? Think again.",), outcome=won)

    def close(self) -> None:
        """Nothing is held."""
