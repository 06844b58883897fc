"""The simulated learner: its step is the policy gradient of a group, and its constants mean what they say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from rlcs.algorithm.advantages import grpo
from rlcs.bench.curriculum.simulated_learner import (
    NODES,
    Items,
    LearnerModel,
    SimulatedLearner,
    difficulty_kernel,
    dimension_kernel,
    group_signal,
    square_root,
)

QUIET = LearnerModel(noise=0.0, wear=0.0, rote=0.0, guess=0.0, slip=0.0)
"""Nothing but the signal."""


def items(difficulty: list[float], *, dimension: int = 0, discrimination: float = 1.0) -> Items:
    """Return tasks of one dimension."""
    num = len(difficulty)
    return Items(
        dimension=np.full(num, dimension), difficulty=np.array(difficulty), discrimination=np.full(num, discrimination)
    )


def learner(model: LearnerModel, tasks: Items, num_dimensions: int = 2) -> SimulatedLearner:
    """Return an untrained learner."""
    return SimulatedLearner(model, tasks, num_dimensions=num_dimensions, rng=np.random.default_rng(0))


def logit(rate: float) -> float:
    """Return log(p / (1 - p))."""
    return float(np.log(rate / (1.0 - rate)))


def test_the_first_pass_rate_follows_from_difficulty_and_discrimination() -> None:
    rates = learner(QUIET, items([0.0, 1.0, -2.0], discrimination=0.5)).pass_rates(np.arange(3))
    assert rates == pytest.approx([0.5, 1 / (1 + np.exp(0.5)), 1 / (1 + np.exp(-1.0))])


def test_guess_and_slip_bound_the_pass_rate() -> None:
    model = replace(QUIET, guess=0.1, slip=0.2)
    rates = learner(model, items([9.0, 0.0, -9.0])).pass_rates(np.arange(3))
    assert rates == pytest.approx([0.1, 0.45, 0.8], abs=1e-3)


@pytest.mark.parametrize(("guess", "slip"), [(0.0, 0.0), (0.1, 0.05)])
@pytest.mark.parametrize("num_right", [1, 3, 7])
def test_the_signal_of_a_group_is_its_policy_gradient(num_right: int, guess: float, slip: float) -> None:
    """Against the mean over the group of GRPO's own advantages times a numerical gradient of log-probability."""
    logits, size, change = 0.7, 8, 1e-6

    def rate(z: float) -> float:
        return guess + (1.0 - guess - slip) / (1.0 + np.exp(-z))

    scores = [1.0] * num_right + [0.0] * (size - num_right)

    def surrogate(z: float) -> float:
        log_probabilities = [np.log(rate(z)) if score else np.log(1.0 - rate(z)) for score in scores]
        return float(np.mean([a * log for a, log in zip(grpo([scores])[0], log_probabilities, strict=True)]))

    expected = (surrogate(logits + change) - surrogate(logits - change)) / (2 * change)
    slope = (rate(logits + change) - rate(logits - change)) / (2 * change)
    score, pass_rate = np.array([num_right / size]), np.array([rate(logits)])
    assert group_signal(score, pass_rate, np.array([slope]))[0] == pytest.approx(expected, rel=1e-4)


def test_a_step_without_noise_has_the_size_it_is_given() -> None:
    """One task on a node, alone in the batch: its logit moves by step_size, however clear the signal is."""
    for score in (0.125, 0.5):
        one = learner(replace(QUIET, step_size=0.2), items([0.5]))
        before = logit(one.pass_rates(np.array([0]))[0])
        one.update(np.array([0]), np.array([score]), group_size=8)
        assert logit(one.pass_rates(np.array([0]))[0]) - before == pytest.approx(0.2)


def test_a_quarter_of_the_batch_makes_half_the_step() -> None:
    one = learner(replace(QUIET, step_size=0.2), items([0.5]))
    before = logit(one.pass_rates(np.array([0]))[0])
    one.update(np.array([0]), np.array([0.5]), group_size=8, batch_share=0.25)
    assert logit(one.pass_rates(np.array([0]))[0]) - before == pytest.approx(0.1)


def test_neighbours_in_difficulty_and_other_dimensions_learn_by_the_kernel() -> None:
    model = replace(QUIET, width=1.5, breadth=0.2, transfer=0.15)
    one = learner(model, items([0.0]))
    one.update(np.array([0]), np.array([0.5]), group_size=8)
    far = np.flatnonzero(np.isclose(NODES, 1.5))[0]
    middle = np.flatnonzero(np.isclose(NODES, 0.0))[0]
    assert one.skill[0, far] / one.skill[0, middle] == pytest.approx(0.2 + 0.8 * np.exp(-0.5))
    assert one.skill[1] == pytest.approx(0.15 * one.skill[0])


def test_where_noise_rules_four_times_the_groups_double_the_step_in_the_right_direction() -> None:
    model = replace(QUIET, noise=1000.0, directions=1e18)
    moved = []
    for num_groups in (2, 8):
        one = learner(model, items([0.0] * num_groups))
        one.update(np.arange(num_groups), np.full(num_groups, 0.5), group_size=8)
        moved.append(one.skill[0].max())
    assert moved[1] / moved[0] == pytest.approx(2.0, rel=1e-3)


def test_noise_alone_wears_skills_by_the_square_of_the_step() -> None:
    model = replace(QUIET, noise=1e6, directions=1e18, wear=0.1, step_size=0.2)
    one = learner(model, items([0.0]))
    one.update(np.array([0]), np.array([0.5]), group_size=8)
    assert one.skill == pytest.approx(np.full_like(one.skill, -0.1 * 0.2**2), abs=1e-5)


def test_what_is_learned_by_heart_helps_no_other_task() -> None:
    model = replace(QUIET, rote=10.0)
    one = learner(model, items([0.0, 0.0]))
    one.update(np.array([0]), np.array([0.5]), group_size=8)
    trained, same = one.pass_rates(np.arange(2))
    assert logit(trained) == pytest.approx(11.0 * logit(same))
    assert one.held_out_rates(items([0.0]))[0] == pytest.approx(same)


def test_a_batch_without_groups_teaches_nothing() -> None:
    one = learner(LearnerModel(), items([0.0]))
    one.update(np.array([], dtype=np.int64), np.array([]), group_size=8)
    assert not one.skill.any()


def test_kernels_have_square_roots() -> None:
    for kernel in (difficulty_kernel(LearnerModel()), dimension_kernel(LearnerModel(), 8)):
        root = square_root(kernel)
        assert root @ root.T == pytest.approx(kernel, abs=1e-6)
