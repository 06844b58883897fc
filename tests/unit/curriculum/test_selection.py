"""Which groups are trained on."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curriculum import Curriculum
from curriculum.mixture import apportion
from curriculum.selection import most_balanced, select_groups
from rlcs.config.schema import CurriculumConfig
from rlcs.records import Group, TaskIndex


def test_means_nearest_one_half_win_and_ties_keep_plan_order() -> None:
    mean = np.array([0.125, 0.3, 0.7, 0.5, 0.9])  # 0.3 and 0.7 are equally near, save for the last bit
    everyone = np.arange(5)
    assert most_balanced(mean, everyone, 3).tolist() == [3, 1, 2]
    assert most_balanced(mean, everyone, 2).tolist() == [3, 1]
    assert most_balanced(mean[::-1], everyone, 2).tolist() == [1, 2]


def test_selection_is_per_source_and_in_plan_order() -> None:
    selection = select_groups(
        np.array([0.5, 0.1, 0.9, 0.5, 0.5, 0.3]),
        is_valid=np.array([True, True, True, False, True, True]),
        source=np.array([0, 1, 1, 1, 0, 0], dtype=np.int16),
        wanted=np.array([2, 2]),
        names=("a", "b"),
    )
    assert selection.indices == [0, 1, 2, 4]
    assert (selection.num_valid, selection.num_wanted, selection.warning) == (5, 4, None)


def test_a_short_source_is_not_filled_from_another() -> None:
    selection = select_groups(
        np.full(6, 0.5),
        is_valid=np.array([True, True, True, True, True, False]),
        source=np.array([0, 0, 0, 0, 1, 1], dtype=np.int16),
        wanted=np.array([2, 2]),
        names=("math", "ocr"),
    )
    assert selection.indices == [0, 1, 4]
    assert selection.warning == "training on 3 of 4 groups: too few with unequal rewards: ocr had 1 of 2"


@settings(max_examples=60)
@given(
    weights=st.lists(st.integers(1, 20), min_size=1, max_size=6),
    batch_size=st.integers(1, 40),
    ema=st.floats(1.0, 3.0),
    seed=st.integers(0, 2**32 - 1),
)
def test_selected_mixture_is_the_configured_one(weights: list[int], batch_size: int, ema: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    proportions = np.array(weights) / sum(weights)
    wanted = apportion(batch_size, proportions, offset=rng.random())
    num_groups = np.ceil(wanted * ema).astype(int) + rng.integers(0, 4, len(weights))
    source = rng.permutation(np.repeat(np.arange(len(weights)), num_groups)).astype(np.int16)
    mean, is_valid = rng.random(len(source)), rng.random(len(source)) < 0.7
    names = [f"s{number}" for number in range(len(weights))]
    selection = select_groups(mean, is_valid=is_valid, source=source, wanted=wanted, names=names)
    chosen = np.bincount(source[selection.indices], minlength=len(weights))
    num_valid = np.bincount(source[is_valid], minlength=len(weights))
    assert is_valid[selection.indices].all()
    assert chosen.tolist() == np.minimum(wanted, num_valid).tolist()
    enough = num_valid >= wanted
    assert (np.abs(chosen - batch_size * proportions) < 1 + 1e-9)[enough].all()
    assert (selection.warning is None) == bool(enough.all())


# The fixtures only hand out functions.
@settings(max_examples=250, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    shares=st.lists(st.integers(1, 20), min_size=1, max_size=5),
    batch_size=st.integers(1, 40),
    invalid_rate=st.sampled_from([0.0, 0.1, 0.4, 0.8]),
    name=st.sampled_from(["tiers", "uniform", "learnability", "thompson", "pools", "adarft"]),
    seed=st.integers(0, 2**32 - 1),
)
def test_in_a_thousand_random_plans_the_selected_mixture_is_the_configured_one(
    make_index: Callable[..., TaskIndex],
    make_group: Callable[..., Group],
    make_config: Callable[..., CurriculumConfig],
    shares: list[int],
    batch_size: int,
    invalid_rate: float,
    name: str,
    seed: int,
) -> None:
    rng = np.random.default_rng(seed)
    proportions = np.array(shares) / sum(shares)
    index = make_index(rng.integers(1, 120, len(shares)).tolist(), proportions.tolist())
    curriculum = Curriculum(make_config(sampler=name, batch_size=batch_size), index, seed=seed)
    for step in range(1, 5):  # 4 plans of each of the 250 curricula
        plan = curriculum.next(step)
        is_valid = rng.random(len(plan.rows)) >= invalid_rate
        groups = [make_group(int(row), [0.0, float(ok)]) for row, ok in zip(plan.rows, is_valid, strict=True)]
        curriculum.observe(step, groups)
        rows = [groups[number].task.row for number in curriculum.select(groups).indices]
        chosen = np.bincount(index.source[rows], minlength=len(shares))
        num_valid = np.bincount(index.source[plan.rows[is_valid]], minlength=len(shares))
        exact = batch_size * proportions
        enough = num_valid >= np.ceil(exact)
        assert (np.abs(chosen - exact) < 1 + 1e-9)[enough].all()
        assert (chosen[~enough] >= np.minimum(num_valid, np.floor(exact + 1e-9))[~enough]).all()
        if enough.all():
            assert chosen.sum() == batch_size


def test_over_many_plans_the_trained_mixture_is_the_configured_one(
    make_index: Callable[..., TaskIndex],
    make_group: Callable[..., Group],
    make_config: Callable[..., CurriculumConfig],
) -> None:
    proportions = (0.55, 0.3, 0.13, 0.02)
    index = make_index([60, 300, 40, 50], proportions)
    curriculum = Curriculum(make_config(batch_size=10), index, seed=3)
    rng = np.random.default_rng(4)
    trained = np.zeros(4)
    for step in range(1, 201):
        plan = curriculum.next(step)
        # One group in twenty teaches nothing; the expansion learns to draw one spare task.
        groups = [make_group(int(row), [0.0, 0.0] if rng.random() < 0.05 else [0.0, 1.0]) for row in plan.rows]
        curriculum.observe(step, groups)
        selection = curriculum.select(groups)
        rows = [groups[index].task.row for index in selection.indices]
        trained += np.bincount(index.source[rows], minlength=4)
    assert trained.sum() > 1900
    assert np.abs(trained / trained.sum() - proportions).max() < 0.01
