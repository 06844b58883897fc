"""Each task in proportion to how often the policy fails it, 1 - p, with a floor (Kimi k1.5, arXiv 2501.12599).

    chance of a task = max((1 - p) ** (1 / temperature), floor)

The simplest rule, and a usual one to compare with: tasks that no completion ever solves come up most.
"""

from __future__ import annotations

import numpy as np

from curriculum.beliefs.difficulty import Floats
from curriculum.drawing import SMALLEST_CHANCE, ByChance
from rlcs.plugins import SAMPLERS


@SAMPLERS.register("prioritized")
class Prioritized(ByChance):
    """Hard tasks more often than easy ones."""

    def chance(self, pass_rate: Floats) -> Floats:
        """Return the chance of tasks with these pass rates: from `floor` to 1 (at a pass rate of 0)."""
        config = self.context.config
        failure = np.maximum(1.0 - pass_rate, 0.0) ** (1.0 / config.temperature)
        return np.asarray(np.maximum(failure, max(config.floor, SMALLEST_CHANCE)))
