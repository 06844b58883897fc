"""Rules by which a sampler's weights follow from what is believed of the tasks, so that nobody has to write them down.

A rule is a dict of plain values with its name; `Sampler.rule` returns it, a snapshot on disk keeps it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from curriculum.beliefs.arrays import Floats, Rows
from curriculum.samplers.learnability import learnability_chance
from curriculum.samplers.prioritized import failure_chance
from curriculum.samplers.thompson import nearness

CHANCES: dict[str, Callable[..., Floats]] = {"learnability": learnability_chance, "prioritized": failure_chance}


def weights_by(rule: Mapping[str, Any], *, source: Rows, pass_rate: Floats, alpha: Floats, beta: Floats) -> Floats:
    """Return [k] the weights of tasks of these sources and beliefs. Raises KeyError for a rule of another release."""
    if rule["name"] == "thompson":
        return nearness(rule, source=source, alpha=alpha, beta=beta)
    chance = CHANCES[rule["name"]](pass_rate, temperature=rule["temperature"], floor=rule["floor"])
    return np.asarray(chance / np.array(rule["mean"], dtype=np.float64)[source])
