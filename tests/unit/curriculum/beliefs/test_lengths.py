from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from curriculum.beliefs.lengths import Lengths
from curriculum.beliefs.strata import whole_sources
from rlcs.records import Group, TaskIndex


@pytest.fixture
def index(make_index: Callable[..., TaskIndex]) -> TaskIndex:
    return make_index([3, 2])


@pytest.fixture
def group(make_group: Callable[..., Group]) -> Callable[..., Group]:
    def of(row: int, *lengths: int) -> Group:
        made = make_group(row, [0.0] * len(lengths))
        completions = zip(made.completions, lengths, strict=True)
        return replace(made, completions=tuple(replace(one, token_ids=(1,) * length) for one, length in completions))

    return of


def test_a_task_is_expected_as_it_was_and_a_new_one_as_others_of_its_source(
    index: TaskIndex, group: Callable[..., Group]
) -> None:
    lengths = Lengths(len(index), whole_sources(index))
    assert lengths.expected(np.arange(5)).tolist() == [0.0] * 5
    lengths.observe([group(0, 10, 30), group(1, 40, 40)])
    assert lengths.expected(np.arange(5)).tolist() == [20.0, 40.0, 30.0, 0.0, 0.0]
    lengths.observe([group(0, 40, 40)])
    assert lengths.expected(np.arange(3)).tolist() == [30.0, 40.0, 35.0]


def test_it_goes_through_a_checkpoint_and_does_without_one(index: TaskIndex, group: Callable[..., Group]) -> None:
    lengths, restored = (Lengths(len(index), whole_sources(index)) for _ in range(2))
    lengths.observe([group(0, 10, 30), group(4, 7)])
    restored.load_columns({})
    assert restored.expected(np.arange(5)).tolist() == [0.0] * 5
    restored.load_columns(lengths.columns())
    for one in (lengths, restored):
        one.observe([group(4, 9)])
    assert restored.expected(np.arange(5)).tolist() == lengths.expected(np.arange(5)).tolist() == [20, 20, 20, 8, 8]
