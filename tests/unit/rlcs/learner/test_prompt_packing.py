"""Plans for samples that share prompts: by hand, and what holds for any."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlcs.learner.packing import PackPlan
from rlcs.learner.prompt_packing import STEP_COST, plan_samples, work_of
from rlcs.model.prompts import computed_tokens
from rlcs.records import PromptImage, Sample

GROUPS = st.lists(st.tuples(st.integers(1, 60), st.lists(st.integers(1, 60), min_size=1, max_size=6)), max_size=10)


def groups_of(groups: list[tuple[int, list[int]]], *, images: int = 0) -> list[Sample]:
    """Samples of groups, each told as the tokens of its prompt and those of its completions."""
    return [
        Sample(
            prompt_ids=(name,) * prompt,
            token_ids=(1,) * size,
            loss_mask=(1,) * size,
            logprobs=(0.0,) * size,
            advantage=1.0,
            images=(PromptImage(reference=f"{name}", start=0, num_tokens=images),) if images else (),
        )
        for name, (prompt, sizes) in enumerate(groups)
        for size in sizes
    ]


def seconds(plan: PackPlan, samples: list[Sample], *, pack_tokens: int, share: bool = True) -> float:
    """Work of the costliest rank; without sharing every sample pays for its prompt."""
    work = work_of(samples)
    one_by_one = [[[[n] for n in step] for step in rank] for rank in plan.ranks]
    together = [[[step] for step in rank] for rank in plan.ranks]
    loads = [sum(work.cost(part) for step in rank for part in step) for rank in (together if share else one_by_one)]
    return max(loads) + len(plan.ranks[0]) * STEP_COST * pack_tokens


def test_groups_stay_together() -> None:
    samples = groups_of([(50, [10, 10]), (30, [20, 20]), (50, [10, 10]), (30, [20, 20])])
    plan = plan_samples(samples, num_ranks=2, pack_tokens=140, share=True)
    assert sorted(sorted(step) for rank in plan.ranks for step in rank) == [[0, 1, 2, 3], [4, 5, 6, 7]]
    assert plan.shared_tokens == pytest.approx(160 / 440)
    assert plan.pack_efficiency == pytest.approx(280 / 280)
    assert plan.rank_balance == pytest.approx(1.0)


def test_a_group_is_torn_apart_where_a_rank_would_wait_longer() -> None:
    # One rank for all: 100 + 8 x 50 = 500. Half of it on each: 100 + 4 x 50 = 300.
    plan = plan_samples(groups_of([(100, [50] * 8)]), num_ranks=2, pack_tokens=1000, share=True)
    assert [len(step) for rank in plan.ranks for step in rank] == [4, 4]
    # A prompt too long to be read twice: 1000 + 2 x 50 on one rank, against 1000 + 50 and one more each.
    plan = plan_samples(groups_of([(1000, [50] * 2), (1000, [50] * 2)]), num_ranks=2, pack_tokens=4000, share=True)
    assert sorted(step for rank in plan.ranks for step in rank) == [(0, 1), (2, 3)]


def test_a_group_longer_than_a_pack_is_cut_and_a_sample_is_not() -> None:
    plan = plan_samples(groups_of([(40, [30] * 4), (10, [150])]), num_ranks=1, pack_tokens=100, share=True)
    assert sorted(map(sorted, plan.ranks[0])) == [[0, 2], [1, 3], [4]]


def test_without_sharing_every_prompt_counts() -> None:
    samples = groups_of([(50, [10, 10])])
    plan = plan_samples(samples, num_ranks=1, pack_tokens=100, share=False)
    assert len(plan.ranks[0]) == 2 and plan.shared_tokens == 0.0
    assert plan.pack_efficiency == pytest.approx(120 / 200)


def test_the_vision_tower_is_paid_for_once_a_group() -> None:
    samples = groups_of([(50, [10, 10]), (50, [10])], images=20)
    work = work_of(samples, image_token_cost=2.0)
    assert work.cost([0, 1]) - work.cost([0]) == pytest.approx(10, rel=0.01)
    assert work.cost([0]) == pytest.approx(60 + 40, rel=0.01)
    assert work.cost([0, 2]) == pytest.approx(2 * work.cost([0]))


def test_an_image_behind_the_prompt_is_paid_for_by_its_completion() -> None:
    first, second = groups_of([(50, [10, 10])], images=20)
    late = PromptImage(reference="late", start=52, num_tokens=5)
    work = work_of([first, replace(second, images=(*second.images, late))], image_token_cost=2.0)
    assert work.cost([0, 1]) - work.cost([0]) == pytest.approx(10 + 10, rel=0.01)
    assert work.cost([1]) == pytest.approx(60 + 40 + 10, rel=0.01)


def test_attention_of_a_completion_reaches_over_its_prompt() -> None:
    # L (1 + L / (12 x 4096)) of the whole sample, whether the prompt is there already or not.
    work = work_of(groups_of([(4096, [4096] * 2)]))
    whole = 8192 * (1 + 8192 / (12 * 4096))
    assert work.cost([0]) == pytest.approx(whole)
    assert work.cost([0, 1]) == pytest.approx(2 * whole - 4096 * (1 + 1 / 12))


def test_nothing_to_train_on_is_one_empty_micro_step_a_rank() -> None:
    assert plan_samples([], num_ranks=2, pack_tokens=8, share=True).ranks == (((),), ((),))


@given(GROUPS, st.integers(1, 4), st.integers(20, 200))
def test_every_sample_is_planned_once_within_its_slots(
    groups: list[tuple[int, list[int]]], num_ranks: int, pack_tokens: int
) -> None:
    samples = groups_of(groups)
    plan = plan_samples(samples, num_ranks=num_ranks, pack_tokens=pack_tokens, share=True)
    steps = [step for rank in plan.ranks for step in rank]
    assert sorted(number for step in steps for number in step) == list(range(len(samples)))
    assert len(plan.ranks) == num_ranks and len({len(rank) for rank in plan.ranks}) == 1
    computed = [computed_tokens([samples[number] for number in step]) for step in steps]
    assert all(tokens <= pack_tokens or len(step) == 1 for tokens, step in zip(computed, steps, strict=True))
    assert sum(computed) == pytest.approx((1 - plan.shared_tokens) * sum(sample.num_tokens for sample in samples))


@given(GROUPS, st.integers(1, 4), st.integers(20, 200))
def test_no_rank_works_longer_than_without_sharing(
    groups: list[tuple[int, list[int]]], num_ranks: int, pack_tokens: int
) -> None:
    samples = groups_of(groups)
    shared, apart = (
        plan_samples(samples, num_ranks=num_ranks, pack_tokens=pack_tokens, share=share) for share in (True, False)
    )
    bound = seconds(apart, samples, pack_tokens=pack_tokens, share=False)
    assert seconds(shared, samples, pack_tokens=pack_tokens) <= bound * (1 + 1e-9)
