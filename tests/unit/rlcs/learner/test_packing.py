"""Packing: hand-worked plans, and properties that hold for any lengths."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlcs.learner.packing import PackPlan, estimate_cost, first_fit_decreasing, plan_micro_steps

LENGTHS = st.lists(st.integers(1, 130), max_size=60)


def steps_of(plan: PackPlan) -> list[tuple[int, ...]]:
    return [step for rank in plan.ranks for step in rank]


def test_four_samples_on_two_ranks_are_paired_long_with_short() -> None:
    plan = plan_micro_steps([60, 50, 40, 30], num_ranks=2, pack_tokens=100)
    assert plan.ranks == (((0, 3),), ((1, 2),))
    assert plan.pack_efficiency == pytest.approx(180 / 200)
    assert plan.rank_balance == pytest.approx(1.0, abs=1e-3)


def test_statistics_are_slots_used_and_the_costliest_rank_over_the_mean() -> None:
    # One rank gets 60, the other 30: the mean is 45.
    plan = plan_micro_steps([60, 30], num_ranks=2, pack_tokens=100, cost=[60.0, 30.0])
    assert plan.pack_efficiency == pytest.approx(90 / 200)
    assert plan.rank_balance == pytest.approx(60 / 45)


def test_cost_and_not_length_is_balanced() -> None:
    # The second sample carries an image: as much work as the other three together.
    plan = plan_micro_steps([10, 10, 10, 10], num_ranks=2, pack_tokens=30, cost=[1.0, 3.0, 1.0, 1.0])
    assert sorted(sorted(rank[0]) for rank in plan.ranks) == [[0, 2, 3], [1]]


def test_a_sample_longer_than_a_pack_stands_alone() -> None:
    plan = plan_micro_steps([250, 20, 30], num_ranks=1, pack_tokens=100)
    assert plan.ranks == (((0,), (2, 1)),)
    assert plan.pack_efficiency == pytest.approx(300 / 350)


def test_ranks_without_work_get_empty_micro_steps() -> None:
    plan = plan_micro_steps([10], num_ranks=3, pack_tokens=100)
    assert plan.ranks == (((0,),), ((),), ((),))
    assert plan.rank_balance == pytest.approx(3.0)


def test_nothing_to_train_on_is_one_empty_micro_step_a_rank() -> None:
    assert plan_micro_steps([], num_ranks=2, pack_tokens=8).ranks == (((),), ((),))


def test_packs_are_dealt_whole_when_spreading_does_not_fit() -> None:
    # First-fit decreasing fills two packs exactly: 6 + 4 and 3 + 3 + 2 + 2. Costliest-first would strand a sample.
    plan = plan_micro_steps([6, 4, 3, 3, 2, 2], num_ranks=2, pack_tokens=10, cost=[6.0, 4.0, 3.0, 3.0, 2.0, 2.0])
    assert len(plan.ranks[0]) == 1
    assert sorted(sum([6, 4, 3, 3, 2, 2][i] for i in step) for step in steps_of(plan)) == [10, 10]


def test_micro_steps_of_a_rank_run_costliest_first() -> None:
    plan = plan_micro_steps([30, 90, 60], num_ranks=1, pack_tokens=90)
    assert [sum([30, 90, 60][i] for i in step) for step in plan.ranks[0]] == [90, 90]
    plan = plan_micro_steps([30, 80, 60], num_ranks=1, pack_tokens=80)
    assert [sum([30, 80, 60][i] for i in step) for step in plan.ranks[0]] == [80, 60, 30]


def test_deal_hands_out_the_samples_themselves() -> None:
    plan = plan_micro_steps([60, 50, 40, 30], num_ranks=2, pack_tokens=100)
    assert plan.deal("abcd") == [[["a", "d"]], [["b", "c"]]]


def test_long_sequences_cost_more_than_their_tokens() -> None:
    # 12 * 100 tokens make attention as costly as the linear layers.
    assert estimate_cost([12, 1200], hidden_size=100) == pytest.approx([12 * 1.01, 2400.0])


@given(LENGTHS, st.integers(1, 5), st.integers(20, 120))
def test_every_sample_is_planned_once_in_equal_numbers_of_micro_steps(
    lengths: list[int], num_ranks: int, pack_tokens: int
) -> None:
    plan = plan_micro_steps(lengths, num_ranks=num_ranks, pack_tokens=pack_tokens)
    assert sorted(i for step in steps_of(plan) for i in step) == list(range(len(lengths)))
    assert len({len(rank) for rank in plan.ranks}) == 1
    assert len(plan.ranks) == num_ranks
    for step in steps_of(plan):
        assert sum(lengths[i] for i in step) <= pack_tokens or len(step) == 1
    assert 0.0 <= plan.pack_efficiency <= 1.0
    assert 1.0 - 1e-9 <= plan.rank_balance <= num_ranks + 1e-9


@given(LENGTHS, st.integers(1, 5), st.integers(20, 120))
def test_no_rank_gets_more_micro_steps_than_first_fit_needs(
    lengths: list[int], num_ranks: int, pack_tokens: int
) -> None:
    plan = plan_micro_steps(lengths, num_ranks=num_ranks, pack_tokens=pack_tokens)
    packs = first_fit_decreasing(np.array(lengths, dtype=np.int64), capacity=pack_tokens)
    assert len(plan.ranks[0]) == max(-(-len(packs) // num_ranks), 1)
    # Any first fit leaves at most one pack less than half full, so it uses less than 2 * total / capacity + 1.
    fitting = [min(length, pack_tokens) for length in lengths]
    assert len(packs) < 2 * sum(fitting) / pack_tokens + 1 or not lengths


def test_many_like_samples_balance_within_one_percent() -> None:
    rng = np.random.default_rng(0)
    plan = plan_micro_steps(rng.integers(40, 4000, size=512).tolist(), num_ranks=8, pack_tokens=32768)
    assert plan.rank_balance < 1.01
    # A million tokens are 33 packs, so 5 micro-steps on each of 8 ranks.
    assert len(plan.ranks[0]) == 5
