"""Progress: how far each stratum has come for the training it got, so that those standing still do not eat the batch.

A pass rate in the middle promises a gradient, not that it leads anywhere: questions that are guessed, badly posed, or
beyond the model keep their pass rate whatever is spent on them, and a curriculum by difficulty alone spends ever more
on them as the others are mastered. Over the last steps (EMA of memory MEMORY), for stratum k of a source:

    gained_k  = level_k - EMA of level_k, at least 0          logits, the level being that of skill.py
    share_k   = valid groups of k / valid groups of the source
    factor_k  = (gained_k + GUARD) / (share_k x sum of gained + GUARD), within LOWEST and 1

One that gains as much as the training it gets would suggest, or more, has the factor 1; all have it where none gains.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from curriculum.beliefs.arrays import Floats, Ints
from curriculum.beliefs.strata import Strata

MEMORY = 0.95
"""Weight of the past in both averages: about twenty steps."""
GUARD = 0.1
"""Logits that count as nothing: levels are estimates."""
LOWEST = 0.1
"""Of its weight, what a stratum keeps that stands still: enough to see it move when it does."""
STALLED = 0.5
"""Below this factor a stratum is told of as stalled."""


class Progress:
    """Average level and training of G strata."""

    def __init__(self, strata: Strata) -> None:
        self._strata = strata
        self._past_level: Floats = np.full(len(strata), np.nan)
        self._trained: Floats = np.zeros(len(strata))

    def observe(self, level: Floats, num_valid: Ints) -> None:
        """Take note of the levels [G] after a step, and of the valid groups [G] that it had."""
        # What the first groups tell of the level is where the policy stood, not what it gained.
        past = np.where(np.isnan(self._past_level), level, self._past_level)
        self._past_level = MEMORY * past + (1.0 - MEMORY) * level
        self._trained = MEMORY * self._trained + num_valid

    def factors(self, level: Floats) -> Floats:
        """Return [G] what the weights of the tasks of each stratum are to be multiplied with, LOWEST to 1."""
        gained = np.maximum(np.nan_to_num(level - self._past_level), 0.0)
        expected = self._share_of_source(self._trained) * self._total_of_source(gained)
        return np.clip((gained + GUARD) / (expected + GUARD), LOWEST, 1.0)

    def state_dict(self) -> list[list[Any]]:
        """Return what a checkpoint keeps, by the names of the strata: JSON-able. Nothing before the first step."""
        rows = zip(self._strata.keys, self._past_level.tolist(), self._trained.tolist(), strict=True)
        return [[*key, *values] for key, *values in rows if not np.isnan(values[0])]

    def load_state_dict(self, state: list[list[Any]]) -> None:
        """Take back what `state_dict` returned; strata that are gone are dropped, new ones start anew."""
        place = {key: number for number, key in enumerate(self._strata.keys)}
        for source, subcategory, past_level, trained in state:
            number = place.get((source, subcategory))
            if number is not None:
                self._past_level[number], self._trained[number] = past_level, trained

    def _total_of_source(self, values: Floats) -> Floats:
        """Return [G] for each stratum the sum over the strata of its source."""
        return np.asarray(np.bincount(self._strata.source, weights=values)[self._strata.source])

    def _share_of_source(self, values: Floats) -> Floats:
        total = self._total_of_source(values)
        return np.divide(values, total, out=np.zeros(len(values)), where=total > 0.0)
