"""Every built-in sampler where little is there to go by, and its promise that no task waits for ever."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from curriculum import Curriculum
from rlcs.config.schema import CurriculumConfig
from rlcs.records import Group, TaskIndex

Builder = Callable[..., TaskIndex]
GroupBuilder = Callable[..., Group]
ConfigBuilder = Callable[..., CurriculumConfig]
Scores = Callable[[int], Sequence[float | None]]

RIGHT, WRONG, HALF, UNJUDGED = [1.0] * 4, [0.0] * 4, [0.0, 1.0, 0.0, 1.0], [None] * 4


def run(
    curriculum: Curriculum, make_group: GroupBuilder, scores: Scores, num_steps: int
) -> tuple[np.ndarray, list[int]]:
    """Do some steps; return the plan sizes by source, [steps, sources], and the rows trained on."""
    sizes, trained = [], []
    for step in range(1, num_steps + 1):
        rows = curriculum.next(step).rows
        sizes.append(np.bincount(curriculum.index.source[rows], minlength=len(curriculum.index.sources)))
        groups = [make_group(int(row), scores(int(row))) for row in rows]
        curriculum.observe(step, groups)
        trained += [groups[index].task.row for index in curriculum.select(groups).indices]
        assert np.isfinite(curriculum.snapshot(step)["weight"].to_numpy()).all()
        assert all(np.isfinite(value) for value in curriculum.metrics().values())
    return np.array(sizes), trained


@pytest.mark.parametrize("scores", [RIGHT, WRONG, UNJUDGED, HALF])
def test_one_task(
    scores: list[float | None], sampler: str, make_index: Builder, make_group: GroupBuilder, make_config: ConfigBuilder
) -> None:
    curriculum = Curriculum(make_config(sampler=sampler, batch_size=4), make_index([1]), seed=0)
    sizes, trained = run(curriculum, make_group, lambda row: scores, 10)
    assert (sizes >= 4).all()
    assert len(trained) == (40 if scores is HALF else 0)


def test_fewer_tasks_than_a_batch(
    sampler: str, make_index: Builder, make_group: GroupBuilder, make_config: ConfigBuilder
) -> None:
    curriculum = Curriculum(make_config(sampler=sampler, batch_size=9), make_index([3, 2], (2 / 3, 1 / 3)), seed=0)
    sizes, trained = run(curriculum, make_group, lambda row: HALF, 10)
    assert (sizes == [6, 3]).all()
    assert np.bincount(trained).min() >= 10, "every task in every step"


@pytest.mark.parametrize("grade", [0.0, 0.5, 1.0])
def test_all_of_the_same_difficulty_come_equally_often(
    grade: float, sampler: str, make_index: Builder, make_config: ConfigBuilder
) -> None:
    curriculum = Curriculum(
        make_config(sampler=sampler, batch_size=10, expand=False), make_index([50], difficulty=grade), seed=0
    )
    counts = sum(np.bincount(curriculum.next(step).rows, minlength=50) for step in range(1, 201))
    # 2,000 draws of 50 tasks: 40 each; the samplers that draw at random have a deviation of sqrt(200 x 0.2 x 0.8).
    assert np.abs(counts - 40).max() <= 4.5 * 5.66


def test_groups_of_two(sampler: str, make_index: Builder, make_group: GroupBuilder, make_config: ConfigBuilder) -> None:
    curriculum = Curriculum(make_config(sampler=sampler, batch_size=6), make_index([50]), seed=0)
    _, trained = run(curriculum, make_group, lambda row: [0.0, 1.0] if row % 2 else [1.0, 1.0], 30)
    assert len(trained) > 120 and all(row % 2 for row in trained)


@pytest.mark.parametrize("scores", [RIGHT, WRONG, UNJUDGED])
def test_all_groups_invalid(
    scores: list[float | None], sampler: str, make_index: Builder, make_group: GroupBuilder, make_config: ConfigBuilder
) -> None:
    index = make_index([60, 40], (0.75, 0.25))
    curriculum = Curriculum(make_config(sampler=sampler, batch_size=8, cap=2.5), index, seed=0)
    sizes, trained = run(curriculum, make_group, lambda row: scores, 40)
    assert trained == []
    assert sizes[-1].tolist() == [15, 5], "the cap of 2.5, in the configured mixture"


def test_a_source_with_only_none_verdicts(
    sampler: str, make_index: Builder, make_group: GroupBuilder, make_config: ConfigBuilder
) -> None:
    index = make_index([60, 60], (0.5, 0.5))
    curriculum = Curriculum(make_config(sampler=sampler, batch_size=8, expand=False), index, seed=0)
    sizes, trained = run(curriculum, make_group, lambda row: HALF if row < 60 else UNJUDGED, 30)
    assert (sizes == [4, 4]).all() and len(trained) == 120 and max(trained) < 60
    believed = curriculum.snapshot(30).filter(np.array(curriculum.snapshot(30)["source"].to_pylist()) == "s1")
    assert set(believed["pass_rate"].to_pylist()) == {0.5}, "nothing was learned of its tasks"


def test_constant_reward_in_one_domain(
    sampler: str, make_index: Builder, make_group: GroupBuilder, make_config: ConfigBuilder
) -> None:
    index = make_index([60, 60], (0.5, 0.5))
    curriculum = Curriculum(make_config(sampler=sampler, batch_size=8, expand=False), index, seed=0)
    sizes, trained = run(curriculum, make_group, lambda row: HALF if row < 60 else [0.7] * 4, 30)
    assert (sizes == [4, 4]).all() and len(trained) == 120 and max(trained) < 60


def test_no_floor_and_a_low_temperature_still_fill_the_plan(
    sampler: str, make_index: Builder, make_group: GroupBuilder, make_config: ConfigBuilder
) -> None:
    settings = {"floor": 0.0, "temperature": 0.01, "target_pass_rate": 0.01}
    index = make_index([300], difficulty=[0.0] * 150 + [1.0] * 150)
    curriculum = Curriculum(make_config(sampler=sampler, batch_size=8, **settings), index, seed=0)
    sizes, _ = run(curriculum, make_group, lambda row: RIGHT if row >= 150 else WRONG, 10)
    assert (sizes >= 8).all()


def test_every_task_comes_back_however_it_was_judged(
    sampler: str, make_index: Builder, make_group: GroupBuilder, make_config: ConfigBuilder
) -> None:
    # A third of each; beliefs hardly fade. By the floor alone a task waits 90 / (0.05 x 10) = 180 steps on average;
    # that one of 60 waits more than 1,800 has a chance of 60 exp(-10) = 0.003.
    config = make_config(sampler=sampler, batch_size=10, expand=False, half_life=1e6, floor=0.05)
    curriculum = Curriculum(config, make_index([90], difficulty=np.repeat([0.02, 0.5, 0.98], 30)), seed=2)
    last, longest = np.zeros(90), np.zeros(90)
    for step in range(1, 2001):
        rows = curriculum.next(step).rows
        longest[rows] = np.maximum(longest[rows], step - last[rows])
        last[rows] = step
        curriculum.observe(step, [make_group(int(row), [WRONG, HALF, RIGHT][row // 30]) for row in rows])
    assert np.maximum(longest, 2000 - last).max() < 1800
