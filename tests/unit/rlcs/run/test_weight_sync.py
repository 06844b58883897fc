"""The parity check's arithmetic."""

from __future__ import annotations

import math

from rlcs.run.weight_sync import kept, largest_gap


def test_only_what_the_mask_keeps_is_compared() -> None:
    engine, learner = [[-1.0, -9.0], [-2.0]], [[-1.25, -20.0], [-2.0]]
    assert largest_gap(engine, learner) == 11.0
    masks = [[True, False], [True]]
    assert kept(engine, masks) == [[-1.0], [-2.0]]
    assert largest_gap(kept(engine, masks), kept(learner, masks)) == 0.25


def test_not_a_number_is_a_gap_and_nothing_is_none() -> None:
    assert math.isnan(largest_gap([[float("nan"), -1.0]], [[0.0, -1.0]]))
    assert largest_gap([[]], [[]]) == 0.0
