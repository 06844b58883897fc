"""Each task in proportion to how often the policy fails it, 1 - p, with a floor (Kimi k1.5, arXiv 2501.12599).

    chance of a task = max((1 - p) ** (1 / temperature), floor)

The simplest rule, and a usual one to compare with: tasks that no completion ever solves come up most.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from curriculum.beliefs.difficulty import Floats
from curriculum.drawing import SMALLEST_CHANCE, ByChance
from rlcs.plugins import SAMPLERS


def failure_chance(pass_rate: Floats, *, temperature: float, floor: float) -> Floats:
    """Return the chance of tasks with these pass rates: from `floor` to 1 (at a pass rate of 0)."""
    failure = np.maximum(1.0 - pass_rate, 0.0) ** (1.0 / temperature)
    return np.asarray(np.maximum(failure, max(floor, SMALLEST_CHANCE)))


@SAMPLERS.register("prioritized")
class Prioritized(ByChance):
    """Hard tasks more often than easy ones."""

    def chance(self, pass_rate: Floats) -> Floats:
        """Return the chance of tasks with these pass rates."""
        config = self.context.config
        return failure_chance(pass_rate, temperature=config.temperature, floor=config.floor)

    def rule(self) -> dict[str, Any] | None:
        """Return the rule of this sampler, not of one made from it."""
        return self.rule_named("prioritized") if type(self) is Prioritized else None
