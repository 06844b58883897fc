"""The built-in samplers: weights by hand, order inside a tier, epochs, and statistics with a fixed seed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from curriculum import Curriculum
from curriculum.beliefs.tiering import NEW, bin_of
from curriculum.samplers.tiers import learnability, relative_weights, unseen_share
from rlcs.config.schema import CurriculumConfig
from rlcs.records import TIERS, Group, TaskIndex

EDGES = np.array([0.1, 0.3, 0.7, 0.9])
Builder = Callable[..., TaskIndex]
GroupBuilder = Callable[..., Group]
ConfigBuilder = Callable[..., CurriculumConfig]


def judged(make_group: GroupBuilder, rows: np.ndarray, pass_rate: np.ndarray, rng: np.random.Generator) -> list[Group]:
    """Groups of 8 completions, each right with the true pass rate of its task."""
    return [make_group(int(row), [float(right) for right in rng.random(8) < pass_rate[row]]) for row in rows]


def test_learnability_is_p_times_one_less_p_and_less_where_p_is_not_known() -> None:
    rates = np.array([[0.5, 0.1, 0.5, 0.9]])
    # The first bin holds tasks without grade: Beta(1, 1) around 0.5 has E[p (1 - p)] = 1/6, Beta(2, 2) 1/5.
    assert learnability(rates, prior_strength=2.0, temperature=1.0)[0] == pytest.approx([1 / 6, 0.09, 0.25, 0.09])
    assert learnability(rates, prior_strength=4.0, temperature=1.0)[0, NEW] == pytest.approx(1 / 5)


def test_the_weight_of_a_task_of_unknown_difficulty_is_the_mean_over_its_prior() -> None:
    # Beta(1, 1), temperature 1/2: the mean of (p (1 - p)) ** 2 over [0, 1] is B(3, 3) = 1/30.
    even = learnability(np.array([[0.5, 0.5]]), prior_strength=2.0, temperature=0.5)
    assert even[0, NEW] ** 2 == pytest.approx(1 / 30)
    # Beta(0.025, 0.225) at the default temperature, against a sum over many draws.
    unknown = learnability(np.array([[0.1, 0.5]]), prior_strength=0.25, temperature=0.2)
    drawn = np.random.default_rng(0).beta(0.025, 0.225, 1_000_000)
    assert unknown[0, NEW] ** 5 == pytest.approx(((drawn * (1 - drawn)) ** 5).mean(), rel=0.03)
    # However sure first visits were, it stays a number.
    sure = learnability(np.array([[0.0, 0.5], [1.0, 0.5]]), prior_strength=0.25, temperature=0.01)
    assert (sure > 0).all() and np.isfinite(sure).all()


def test_of_the_tasks_never_judged_no_more_count_than_eight_steps_draw() -> None:
    assert unseen_share(1000, 20) == pytest.approx(0.16)
    assert unseen_share(160, 20) == 1.0
    assert unseen_share(0, 20) == unseen_share(1000, 0) == 1.0
    # 1000 unseen tasks and 40 others, all of the weight 1: as if there were 160 of them.
    weights = relative_weights(
        np.array([1000, 40]), learnability=np.ones(2), progress=np.ones(2), temperature=1.0, floor=0.0, unseen=0.16
    )
    assert weights * [1000, 40] / 1040 == pytest.approx([160 / 200, 40 / 200])


LEARNABILITY = np.array([0.05, 0.15, 0.25, 0.15, 0.05])
EVEN = np.ones(5)


def test_relative_weights_by_hand() -> None:
    num_tasks = np.array([10, 0, 10, 0, 0])
    weights = relative_weights(num_tasks, learnability=LEARNABILITY, progress=EVEN, temperature=1.0, floor=0.05)
    # w = 0.2 and 1 of the largest, mean 0.6; r = 0.95 w / mean + 0.05.
    assert weights[[0, 2]] == pytest.approx([0.366667, 1.633333], abs=1e-6)
    assert (num_tasks * weights).sum() == pytest.approx(20)
    squared = relative_weights(num_tasks, learnability=LEARNABILITY, progress=EVEN, temperature=0.5, floor=0.0)
    assert squared[[0, 2]] == pytest.approx([0.04 / 0.52, 1 / 0.52])
    # The second stands still: w = 0.2 and 0.2, so both are drawn alike.
    slow = relative_weights(
        num_tasks, learnability=LEARNABILITY, progress=np.array([1, 1, 0.2, 1, 1]), temperature=1.0, floor=0.05
    )
    assert slow[[0, 2]] == pytest.approx([1.0, 1.0])


def test_temperature_sharpens_and_the_floor_holds() -> None:
    num_tasks = np.array([50, 0, 50, 0, 0])
    sharp = relative_weights(num_tasks, learnability=LEARNABILITY, progress=EVEN, temperature=1e-3, floor=0.2)
    assert sharp[[0, 2]] == pytest.approx([0.2, 1.8])
    flat = relative_weights(num_tasks, learnability=LEARNABILITY, progress=EVEN, temperature=1e9, floor=0.0)
    assert flat[[0, 2]] == pytest.approx([1.0, 1.0])
    assert (
        relative_weights(0 * num_tasks, learnability=LEARNABILITY, progress=EVEN, temperature=1.0, floor=0.1).tolist()
        == [0.0] * 5
    )


def test_draws_of_the_first_step_follow_the_weights(make_index: Builder, make_config: ConfigBuilder) -> None:
    # 100 tasks graded 0.05 and 100 graded 0.5: ratings -2.944 and 0 in the bins of middle -2.875 and 0.125, which are
    # the pass rates 0.0534 and 0.5312 with L = 0.05056 and 0.2490. Hard: 0.95 x 0.05056 / 0.14979 + 0.05 = 0.3707.
    index = make_index([200], difficulty=[0.05] * 100 + [0.5] * 100)
    curriculum = Curriculum(make_config(batch_size=100, expand=False, temperature=1.0), index, seed=0)
    num_hard = [int((curriculum.next(step).rows < 100).sum()) for step in range(1, 41)]
    assert set(num_hard) == {18, 19}
    assert np.mean(num_hard) == pytest.approx(18.53, abs=0.2)


def test_medium_tasks_are_drawn_more_and_none_is_starved(
    make_index: Builder, make_group: GroupBuilder, make_config: ConfigBuilder
) -> None:
    pass_rate = np.repeat([0.02, 0.5, 0.98], 100)
    curriculum = Curriculum(make_config(batch_size=20, expand=False), make_index([300]), seed=11)
    rng = np.random.default_rng(12)
    last_drawn, longest_wait, num_drawn = np.zeros(300), np.zeros(300), np.zeros(300)
    for step in range(1, 301):
        rows = curriculum.next(step).rows
        longest_wait[rows] = np.maximum(longest_wait[rows], step - last_drawn[rows])
        last_drawn[rows] = step
        num_drawn[rows] += step > 15  # the first 15 steps see every task once
        curriculum.observe(step, judged(make_group, rows, pass_rate, rng))
    longest_wait = np.maximum(longest_wait, 300 - last_drawn)
    hard, medium, easy = num_drawn.reshape(3, 100).mean(axis=1)
    assert medium > 1.3 * hard and medium > 1.3 * easy
    # Uniform drawing would wait 15 steps; the floor of 0.05 lets a task wait 300 at most.
    assert longest_wait.max() <= 300


def test_the_floor_alone_keeps_every_task_coming_back(make_index: Builder, make_config: ConfigBuilder) -> None:
    # Temperature near 0: all weight on the medium tier, the two others live on the floor. Of 20 draws they get
    # 20 x 0.05 x 30 / 90 = 1/3 a step each, so that 30 tasks come round in about 90 steps.
    index = make_index([90], difficulty=[0.05] * 30 + [0.5] * 30 + [0.95] * 30)
    # No rest: with 90 tasks, the medium ones could otherwise not fill every step.
    curriculum = Curriculum(make_config(batch_size=20, expand=False, temperature=0.01, rest=1), index, seed=5)
    drawn = np.array([np.bincount(curriculum.next(step).rows, minlength=90) for step in range(1, 271)])
    assert drawn.sum(axis=0).reshape(3, 30).sum(axis=1)[[0, 2]] == pytest.approx([90, 90], abs=15)
    assert drawn[:150].sum(axis=0).min() >= 1


def test_inside_a_tier_the_longest_unseen_come_first(
    make_index: Builder, make_group: GroupBuilder, make_config: ConfigBuilder
) -> None:
    rng = np.random.default_rng(8)
    pass_rate = rng.random(240)
    index = make_index([80, 160], (0.4, 0.6), difficulty=pass_rate)
    curriculum = Curriculum(make_config(batch_size=16, half_life=5.0), index, seed=9)
    last_turn = np.zeros(240)
    for step in range(1, 150):
        rows = curriculum.next(step).rows
        cell = index.source * 65 + bin_of(curriculum._posterior.rating)  # as they were at the draw
        was_drawn = np.isin(np.arange(240), rows)
        for number in range(130):
            members = cell == number
            if (members & was_drawn).any() and (members & ~was_drawn).any():
                assert last_turn[members & was_drawn].max() <= last_turn[members & ~was_drawn].min()
        last_turn[rows] = step
        curriculum.observe(step, judged(make_group, rows, pass_rate, rng))


def test_a_task_judged_without_having_been_planned_goes_to_the_end(
    make_index: Builder, make_group: GroupBuilder, make_config: ConfigBuilder
) -> None:
    curriculum = Curriculum(make_config(batch_size=2, expand=False), make_index([6], difficulty=0.5), seed=0)
    curriculum.observe(1, [make_group(row, [0.0, 1.0]) for row in range(4)])
    assert sorted(curriculum.next(2).rows.tolist()) == [4, 5]


def test_a_plan_holds_no_task_twice_and_the_seed_decides(
    sampler: str, make_index: Builder, make_config: ConfigBuilder
) -> None:
    index = make_index([40, 25], (0.5, 0.5))
    config = make_config(sampler=sampler, batch_size=30)
    runs = []
    for seed in (1, 1, 2):
        curriculum = Curriculum(config, index, seed=seed)
        runs.append([curriculum.next(step).rows.tolist() for step in range(1, 20)])
        assert all(len(set(rows)) == 30 for rows in runs[-1])
    assert runs[0] == runs[1] != runs[2]


def test_uniform_goes_through_shuffled_epochs(make_index: Builder, make_config: ConfigBuilder) -> None:
    curriculum = Curriculum(make_config(sampler="uniform", batch_size=7, expand=False), make_index([20]), seed=1)
    counts = np.zeros(20, dtype=int)
    orders = []
    for step in range(1, 41):
        rows = curriculum.next(step).rows
        counts[rows] += 1
        orders.append(rows.tolist())
        assert counts.max() - counts.min() <= 1, "a task came a third time before another came a second"
    assert counts.tolist() == [14] * 20
    assert orders[0] != orders[20], "the second epoch from its start repeats the order of the first"


def test_uniform_epochs_are_per_source(make_index: Builder, make_config: ConfigBuilder) -> None:
    index = make_index([4, 12], (0.5, 0.5))
    curriculum = Curriculum(make_config(sampler="uniform", batch_size=4, expand=False), index, seed=1)
    rows = np.concatenate([curriculum.next(step).rows for step in range(1, 7)])
    assert np.bincount(rows, minlength=16).tolist() == [3] * 4 + [1] * 12


def test_weights_of_the_snapshot_are_those_of_the_draw(
    make_index: Builder, make_group: GroupBuilder, make_config: ConfigBuilder
) -> None:
    index = make_index([3], difficulty=[0.5, 0.5, 0.0])
    config = make_config(batch_size=3, expand=False, prior_strength=1e6, temperature=1.0)
    curriculum = Curriculum(config, index, seed=0)
    curriculum.next(1)
    curriculum.observe(1, [make_group(row, [0.0, 1.0] if row < 2 else [0.0, 0.0]) for row in range(3)])
    table = curriculum.snapshot(1)
    # Two medium tasks, in the bin of middle 0.125 (L 0.2490), and one graded 0, kept at 0.001: rating -6.907, middle
    # -6.875, L 0.001031. Mean L 0.16634.
    expected = [0.95 * 0.24903 / 0.16636 + 0.05] * 2 + [0.95 * 0.001031 / 0.16636 + 0.05]
    assert table["weight"].to_pylist() == pytest.approx(expected, abs=1e-3)
    assert sum(table["weight"].to_pylist()) == pytest.approx(3, abs=1e-4)
    assert table["tier"].to_pylist() == [TIERS[2], TIERS[2], TIERS[0]]
