"""Whole numbers from shares."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curriculum.mixture import apportion, capped_shares, step_offset


@pytest.mark.parametrize(
    ("total", "weights", "offset", "expected"),
    [
        (10, (0.5, 0.3, 0.2), 0.0, [5, 3, 2]),
        (10, (0.5, 0.3, 0.2), 0.999, [5, 3, 2]),
        (3, (0.5, 0.5), 0.4, [1, 2]),
        (3, (0.5, 0.5), 0.5, [2, 1]),
        # Shares 1.25, 1.25, 2.5: fractions add up to 0.25, 0.5, 1.0.
        (5, (1, 1, 2), 0.3, [1, 1, 3]),
        (5, (1, 1, 2), 0.6, [1, 2, 2]),
        (5, (1, 1, 2), 0.8, [2, 1, 2]),
        (0, (1, 1), 0.5, [0, 0]),
        (4, (0, 1, 0), 0.9, [0, 4, 0]),
    ],
)  # fmt: skip
def test_apportion_by_hand(total: int, weights: tuple[float, ...], offset: float, expected: list[int]) -> None:
    assert apportion(total, weights, offset=offset).tolist() == expected


@given(
    total=st.integers(0, 5000),
    weights=st.lists(st.floats(0.001, 1), min_size=1, max_size=40),
    offset=st.floats(0, 1, exclude_max=True),
)
def test_counts_sum_to_the_total_and_are_shares_rounded(total: int, weights: list[float], offset: float) -> None:
    counts = apportion(total, weights, offset=offset)
    shares = total * np.array(weights) / sum(weights)
    assert counts.sum() == total
    assert (np.abs(counts - shares) < 1 + 1e-6).all() and (counts >= 0).all()


def test_a_source_worth_a_fraction_of_a_task_gets_its_share_over_the_steps() -> None:
    weights = [0.97, 0.0125, 0.0125, 0.005]  # of a batch of 32: 31.04, 0.4, 0.4 and 0.16 tasks
    total = sum(apportion(32, weights, offset=step_offset(step)) for step in range(1, 1001))
    assert np.abs(total - 32_000 * np.array(weights)).max() <= 3


def test_what_exceeds_a_cap_goes_to_the_others() -> None:
    assert capped_shares(50, np.array([1.0, 1.0]), caps=np.array([10, 90])).tolist() == [10, 40]
    # 12 by (6, 3, 3, 0) is 6, 3, 3: the first keeps 2 and its 4 go to the others by halves.
    shares = capped_shares(12, np.array([6.0, 3.0, 3.0, 0.5]), caps=np.array([2, 9, 9, 0]))
    assert shares.tolist() == [2, 5, 5, 0]


def test_caps_are_filled_when_all_is_asked_for() -> None:
    assert capped_shares(9, np.array([0.1, 5.0, 1.0]), caps=np.array([4, 3, 2])).tolist() == [4, 3, 2]


@given(caps=st.lists(st.integers(0, 50), min_size=5, max_size=5), data=st.data())
def test_capped_counts_never_exceed_their_caps(caps: list[int], data: st.DataObject) -> None:
    total = data.draw(st.integers(0, sum(caps)))
    weights = np.array(data.draw(st.lists(st.floats(1e-3, 1), min_size=5, max_size=5))) * caps
    offset = data.draw(st.floats(0, 1, exclude_max=True))
    counts = apportion(total, capped_shares(total, weights, caps=np.array(caps)), offset=offset)
    assert counts.sum() == total and (counts <= caps).all()
