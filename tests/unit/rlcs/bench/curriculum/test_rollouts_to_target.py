"""Rollouts to target, worked out by hand."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest

from rlcs.bench.curriculum.rollouts_to_target import (
    Curve,
    Interval,
    Point,
    best,
    median_ratio,
    ratio,
    reached,
    read_curve,
    rollouts_to,
    standings,
)


def curve(accuracies: Sequence[float], *, arm: str = "uniform", seed: int = 0, budget: int = 400) -> Curve:
    """Return a run with an evaluation before training and after every 100 completions."""
    points = [Point(completions=100.0 * place, accuracy=accuracy) for place, accuracy in enumerate(accuracies)]
    return Curve(arm=arm, regime="balanced", seed=seed, budget=budget, points=points)


def test_a_target_counts_only_when_the_next_evaluation_reaches_it_too() -> None:
    run = curve([0.1, 0.5, 0.2, 0.5, 0.6])
    assert rollouts_to(run, 0.5) == 300.0
    assert rollouts_to(run, 0.2) == 100.0


def test_grades_count_net_for_those_who_look_at_them_and_tokens_and_seconds_are_told() -> None:
    def told(arm: str, *accuracies: float) -> Curve:
        points = [
            Point(completions=100.0 * place, accuracy=accuracy, tokens=1000.0 * place, seconds=10.0 * place)
            for place, accuracy in enumerate(accuracies)
        ]
        return Curve(arm=arm, regime="balanced", seed=0, budget=400, points=points, grading=200)

    uniform = told("uniform", 0.1, 0.2, 0.3, 0.4, 0.4)
    runs = [uniform, told("ours", 0.1, 0.4, 0.4, 0.5, 0.5), told("never", 0.1, 0.1, 0.1, 0.1, 0.1)]
    base, ours, never = standings(runs, baseline="uniform", refill="?", without_grades=("uniform",))
    assert str(base.net_ratios[1.0][0]) == "1.00"
    assert (str(ours.ratios[1.0][0]), str(ours.net_ratios[1.0][0])) == ("3.00", "1.00")
    assert str(never.net_ratios[1.0][0]) == "≤ 0.75"
    assert (ours.tokens[1.0], ours.seconds[1.0]) == ([1000.0], [10.0])
    assert never.tokens[1.0] == [math.inf]
    untold = standings([curve([0.1, 0.4, 0.4])], baseline="uniform", refill="?")[0]
    assert math.isnan(untold.seconds[1.0][0])
    assert reached(uniform, 0.3) == uniform.points[2]


def test_a_last_evaluation_alone_reaches_nothing() -> None:
    assert rollouts_to(curve([0.1, 0.2, 0.3, 0.4, 0.9]), 0.9) == math.inf


def test_what_comes_after_the_budget_counts_as_confirmation_only() -> None:
    run = curve([0.1, 0.2, 0.3, 0.4, 0.5, 0.6], budget=400)
    assert rollouts_to(run, 0.5) == 400.0
    assert rollouts_to(run, 0.6) == math.inf
    assert best(run) == 0.5


def test_the_policy_before_training_reaches_nothing() -> None:
    run = curve([0.9, 0.5, 0.8, 0.8])
    assert best(run) == 0.8
    assert rollouts_to(run, 0.8) == 200.0


def test_ratios_know_what_was_not_reached() -> None:
    assert ratio(80.0, 40.0, budget=100) == Interval(low=2.0, high=2.0)
    assert ratio(math.inf, 40.0, budget=100) == Interval(low=2.5, high=math.inf)
    assert ratio(80.0, math.inf, budget=100) == Interval(low=0.0, high=0.8)
    assert ratio(math.inf, math.inf, budget=100) == Interval(low=0.0, high=math.inf)


def test_the_median_of_ratios_is_known_as_far_as_they_are() -> None:
    known = [Interval(low=value, high=value) for value in (1.0, 3.0)]
    assert median_ratio([*known, Interval(low=2.0, high=2.0)]) == Interval(low=2.0, high=2.0)
    assert median_ratio([*known, Interval(low=2.0, high=math.inf)]) == Interval(low=2.0, high=3.0)
    assert median_ratio([*known, Interval(low=0.0, high=math.inf)]) == Interval(low=1.0, high=3.0)


@pytest.mark.parametrize(
    ("interval", "text"),
    [((1.5, 1.5), "1.50"), ((1.5, math.inf), "≥ 1.50"), ((0.0, 0.8), "≤ 0.80"), ((0.0, math.inf), "?"),
     ((1.0, 2.0), "1.00 to 2.00")],
)  # fmt: skip
def test_intervals_are_told_in_few_signs(interval: tuple[float, float], text: str) -> None:
    assert str(Interval(low=interval[0], high=interval[1])) == text


def test_arms_are_compared_seed_by_seed() -> None:
    runs = [
        curve([0.0, 0.2, 0.4, 0.6, 0.6], seed=0),
        curve([0.0, 0.1, 0.2, 0.2, 0.2], seed=1),
        curve([0.0, 0.6, 0.6, 0.6, 0.6], arm="ours", seed=0),
        curve([0.0, 0.1, 0.1, 0.1, 0.1], arm="ours", seed=1),
        curve([0.0, 0.1, 0.1, 0.1, 0.1], arm="ours", seed=2),
    ]
    uniform, ours = standings(runs, baseline="uniform", refill="uniform + refill")
    assert uniform.rollouts[1.0] == [300.0, 200.0]
    assert ours.rollouts[1.0] == [100.0, math.inf]
    assert ours.ratios[1.0] == [Interval(low=3.0, high=3.0), Interval(low=0.0, high=0.5)]
    assert ours.final == [0.6, 0.1]
    assert ours.refill_ratios[1.0] == []


def test_refill_is_compared_by_the_targets_of_the_baseline() -> None:
    runs = [
        curve([0.0, 0.2, 0.4, 0.4, 0.4]),
        curve([0.0, 0.2, 0.2, 0.4, 0.4], arm="uniform + refill"),
        curve([0.0, 0.4, 0.4, 0.8, 0.8], arm="ours"),
    ]
    ours = standings(runs, baseline="uniform", refill="uniform + refill")[2]
    assert ours.ratios[1.0] == [Interval(low=2.0, high=2.0)]
    assert ours.refill_ratios[1.0] == [Interval(low=3.0, high=3.0)]


def test_a_result_is_read_as_the_benchmarks_write_it() -> None:
    point = {"completions": 512.0, "tokens": 9000.0, "seconds": 4.5, "steps": 4.0, "accuracy": 0.25,
             "curriculum/invalid_rate": 0.75}  # fmt: skip
    result = {"arm": "rlcs", "regime": "balanced", "seed": 3, "budget": 5120, "curve": [point], "grading": 16}
    run = read_curve(result)
    assert run.points == [Point(completions=512.0, accuracy=0.25, tokens=9000.0, seconds=4.5, valid_share=0.25)]
    assert (run.arm, run.seed, run.budget, run.grading) == ("rlcs", 3, 5120, 16)
