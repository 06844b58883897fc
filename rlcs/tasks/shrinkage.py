"""Shrinkage: what a few completions of a task, and the other tasks of its source, tell of its pass rate together.

A task that none of 8 completions solved is not one that is never solved, and of tasks graded 0.5 most are harder where
most of the source is. Pass rates within a source are taken to be Beta(a, b), completions of a task to be Binomial; by
the method of moments, with m and v the mean and variance of the grades over the source and n the completions of one:

    rho      = (v / (m (1 - m)) - 1 / n) / (1 - 1 / n)          correlation of two completions of one task
    strength = a + b = 1 / rho - 1                              completions that the source is worth
    rate     = (n grade + strength m) / (n + strength)
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LEAST_STRENGTH = 0.25
"""Also where the grades of a source are all 0 or 1: then, too, 0 of 8 is not never."""
MOST_STRENGTH = 32.0
"""As hard as each other as they may seem, what several groups say of a task stands."""
FEWEST = 20
"""Of fewer grades the variance says little: the least strength is taken."""


def shrunk(grades: Floats, num_judged: Floats) -> Floats:
    """Return the expected pass rates of tasks of one source.

    Args:
        grades: [N] mean scores in [0, 1].
        num_judged: [N] completions behind each, at least 1.

    Example: of 1,000 tasks whose grades say m = 0.05 and strength 2, one that failed 8 times has (0 + 0.1) / 10 = 0.01.
    """
    if not len(grades):
        return grades
    mean, strength = float(grades.mean()), strength_of(grades, num_judged)
    return np.asarray((num_judged * grades + strength * mean) / (num_judged + strength))


def strength_of(grades: Floats, num_judged: Floats) -> float:
    """Return a + b of the Beta distribution that pass rates of these tasks seem to have, within bounds."""
    mean, several = float(grades.mean()), num_judged > 1
    spread = mean * (1.0 - mean)
    if several.sum() < FEWEST or spread <= 0.0:
        return LEAST_STRENGTH
    chance = float((1.0 / num_judged[several]).mean())
    rho = (float(((grades[several] - mean) ** 2).mean()) / spread - chance) / (1.0 - chance)
    return float(np.clip(1.0 / rho - 1.0 if rho > 0.0 else np.inf, LEAST_STRENGTH, MOST_STRENGTH))
