"""A rank with a stop-watch. Apart from arms.py, for it imports DeepSpeed, which the command itself does without."""

from __future__ import annotations

import time

from rlcs.bench.learner.flops import synchronize
from rlcs.learner.learner import Learner


class TimedLearner(Learner):
    """A learner that knows how long its last optimizer step took, clipping included."""

    step_s = 0.0

    def step(self) -> float:
        """Make the step as always."""
        synchronize(self.device)
        started = time.perf_counter()
        norm = super().step()
        synchronize(self.device)
        self.step_s = time.perf_counter() - started
        return norm
