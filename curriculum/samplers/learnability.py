"""Each task in proportion to its learnability p (1 - p) under its posterior mean p, with a floor (LILO, NeurIPS 2025).

    chance of a task = max((4 p (1 - p)) ** (1 / temperature), floor)

4 p (1 - p) is 1 at p = 1/2. Unlike `tiers` it parts tasks of the same tier and takes them at random, so that some
come up again soon and others late.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from curriculum.beliefs.difficulty import Floats
from curriculum.drawing import SMALLEST_CHANCE, ByChance
from rlcs.plugins import SAMPLERS


def learnability_chance(pass_rate: Floats, *, temperature: float, floor: float) -> Floats:
    """Return the chance of tasks with these pass rates: from `floor` to 1 (at a pass rate of one half)."""
    learnability = np.maximum(4.0 * pass_rate * (1.0 - pass_rate), 0.0) ** (1.0 / temperature)
    # Without a floor all tasks of a source may come to 0; they are then all alike.
    return np.asarray(np.maximum(learnability, max(floor, SMALLEST_CHANCE)))


@SAMPLERS.register("learnability")
class Learnability(ByChance):
    """Tasks near a pass rate of one half more often than easy and hard ones."""

    def chance(self, pass_rate: Floats) -> Floats:
        """Return the chance of tasks with these pass rates."""
        config = self.context.config
        return learnability_chance(pass_rate, temperature=config.temperature, floor=config.floor)

    def rule(self) -> dict[str, Any] | None:
        """Return the rule of this sampler, not of one made from it."""
        return self.rule_named("learnability") if type(self) is Learnability else None
