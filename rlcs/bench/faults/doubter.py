"""An environment for runs of the suite: it asks, doubts the first answer, and judges the second."""

from __future__ import annotations

import time

from rlcs import Observation, Outcome, Status, Task, environment
from rlcs.bench.faults.orders import let_clock_jump

DEADLINE_S = 3.0
WORK_S = 0.02
"""It takes its time, so that a process that is killed is now and then at work."""

let_clock_jump()


@environment("doubter", deadline_s=DEADLINE_S, reset_s=30.0, per_host=8)
class Doubter:
    """Two turns: an answer, and what is said when it is doubted; right is what holds the gold answer."""

    def __init__(self) -> None:
        self.gold, self.is_doubted = "", False

    def reset(self, task: Task, seed: int) -> Observation:
        """Ask the task's question."""
        self.gold, self.is_doubted = str(task.answer), False
        return Observation(parts=(task.question,))

    def step(self, text: str) -> Observation:
        """Doubt, then judge."""
        time.sleep(WORK_S)
        if not self.is_doubted:
            self.is_doubted = True
            return Observation(parts=("Are you sure?",))
        is_right = self.gold in text.rpartition("<answer>")[2]
        outcome = Outcome(score=float(is_right), status=Status.CORRECT if is_right else Status.INCORRECT)
        return Observation(parts=(), outcome=outcome)

    def close(self) -> None:
        """Nothing is held."""
