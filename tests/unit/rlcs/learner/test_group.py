"""How the samples of a step are dealt over its updates."""

from __future__ import annotations

import pytest

from rlcs.learner.group import split_evenly, totals, whole_completions
from rlcs.records import Sample


def samples(*weights: float) -> list[Sample]:
    return [
        Sample(prompt_ids=(1,), token_ids=(2, 3), loss_mask=(1, 0), logprobs=(0.0, 0.0), advantage=1.0, weight=weight)
        for weight in weights
    ]


def test_single_answers_are_dealt_in_turn() -> None:
    assert split_evenly(samples(1, 1, 1, 1, 1), 2) == [[0, 2, 4], [1, 3]]
    assert split_evenly(samples(1), 3) == [[0]]


def test_the_parts_of_an_episode_stay_together() -> None:
    some = samples(1 / 3, 1 / 3, 1 / 3, 1, 0.1, 0.2, 0.7, 1)
    assert whole_completions(some) == [[0, 1, 2], [3], [4, 5, 6], [7]]
    assert split_evenly(some, 2) == [[0, 1, 2, 4, 5, 6], [3, 7]]
    assert totals(some, [0, 1, 2, 4, 5, 6]) == {"num_samples": pytest.approx(2.0), "num_tokens": 6}


def test_many_small_parts_are_one_episode() -> None:
    assert whole_completions(samples(*[1 / 7] * 14)) == [list(range(7)), list(range(7, 14))]
