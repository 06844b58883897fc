"""A simulated run: the real curriculum in the loop, everything counted."""

from __future__ import annotations

import pytest

from rlcs.bench.curriculum.rollouts_to_target import read_curve
from rlcs.bench.curriculum.simulated_run import EVALUATE_EVERY, Job, SimulatedRun, simulate
from rlcs.errors import UserError

AS_DRAWN = ("curriculum.batch_size=8", "curriculum.expansion.enabled=false")


def job(*overrides: str, regime: str = "hard-heavy", is_graded: bool = False, seed: int = 0) -> Job:
    """Return a run of 20 steps of 8 tasks, where nothing is drawn twice."""
    return Job(arm="some", regime=regime, seed=seed, overrides=(*AS_DRAWN, *overrides), num_tasks=400,
               is_graded=is_graded, budget=1280, group_size=8)  # fmt: skip


def test_a_run_generates_its_budget_and_is_evaluated_before_and_between() -> None:
    result = simulate(job("curriculum.sampler=uniform"))
    points = read_curve(result).points
    assert [point.completions for point in points] == [64.0 * step for step in range(0, 21, EVALUATE_EVERY)]
    assert points[-1].accuracy > points[0].accuracy
    assert result["grading"] == 0


def test_the_same_seed_gives_the_same_run_and_another_one_another() -> None:
    first, again, other = (simulate(job(seed=seed)) for seed in (0, 0, 1))
    assert first == again
    assert first["curve"] != other["curve"]


def test_completions_of_refills_count() -> None:
    run = SimulatedRun(job("curriculum.sampler=uniform", "curriculum.max_refills=20"))
    run.iterate()
    assert run.num_completions > 64
    assert run.num_completions == 8 * run.curriculum.metrics()["curriculum/num_planned"]
    assert run.steps[0]["curriculum/num_selected"] == 8.0


def test_shares_of_what_was_drawn_sum_to_one() -> None:
    diagnostics = simulate(job())["diagnostics"]
    assert sum(value for name, value in diagnostics.items() if name.startswith("true/")) == pytest.approx(1.0)
    assert 0.0 < diagnostics["posterior_error"] < 0.5
    # 1,280 completions: 8 of each task, or, of those that are screened out, 4.
    assert 0 < diagnostics["tasks_seen"] <= 320


def test_grading_is_told_apart() -> None:
    assert simulate(job(is_graded=True))["grading"] == 400 * 8


def test_a_wrong_setting_is_told_plainly() -> None:
    with pytest.raises(UserError, match="sampler"):
        SimulatedRun(job("curriculum.sampler=tires"))
