"""Snapshots and rollouts as summaries, numbers worked out by hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from rlcs.dashboard.data.draws import draws_over_steps, recent_draws, uniform_waste
from rlcs.dashboard.data.run import Run
from rlcs.dashboard.data.slices import Slice
from rlcs.dashboard.data.snapshots import beliefs_over_steps, parts_of, subcategories
from rlcs.dashboard.data.view import View
from rlcs.dashboard.data.weights import mean_weights
from rlcs.records import TIERS

WriteRun = Callable[..., Path]
LOGIC = {"source": "b", "domain": "logic"}


def task(task_id: str, alpha: float, beta: float, tier: str, **other: object) -> dict[str, object]:
    rate = alpha / (alpha + beta)
    return {"task_id": task_id, "alpha": alpha, "beta": beta, "pass_rate": rate, "tier": tier, **other}


def completions(group: int, scores: list[float | None], **other: object) -> list[dict[str, object]]:
    status = {None: "judge_error", 0.0: "incorrect", 1.0: "correct"}
    return [{"group": group, "score": score, "status": status.get(score, "partial"), **other} for score in scores]


@pytest.fixture
def run(write_run: WriteRun) -> Run:
    first, second, other = (
        task("a:1", 1.0, 1.0, "medium"),
        task("a:2", 1.0, 1.0, "medium"),
        task("b:1", 1.0, 19.0, "very_hard", **LOGIC),
    )
    return Run(write_run(snapshots={1: [first], 2: [task("a:1", 3.0, 1.0, "easy"), second, other]}))


def test_the_map_has_the_share_of_tasks_in_each_bin(run: Run) -> None:
    found = beliefs_over_steps(run, View())
    assert found.steps.tolist() == [1, 2] and found.tasks.tolist() == [1.0, 3.0]
    assert found.bins.shape == (20, 2)
    np.testing.assert_allclose(found.bins.sum(axis=0), 1.0)
    # 0.5 -> bin 10, 0.75 -> bin 15, 0.05 -> bin 1
    assert np.flatnonzero(found.bins[:, 0]).tolist() == [10]
    np.testing.assert_allclose(found.bins[[1, 10, 15], 1], 1 / 3)
    assert found.read.is_done


def test_a_domain_has_its_own_tasks_only(run: Run) -> None:
    found = beliefs_over_steps(run, View(domain="logic"))
    assert found.steps.tolist() == [2] and found.tasks.tolist() == [1.0]
    # Beta(1, 19): variance 19 / (400 x 21)
    np.testing.assert_allclose(found.sd, np.sqrt(19 / 8400))
    assert beliefs_over_steps(run, View(domain="nowhere")).steps.tolist() == []


def all_tasks(*rows: dict[str, object]) -> list[dict[str, object]]:
    """A snapshot with the task that `completions` are of."""
    return [task("a:1", 9.0, 9.0, "medium"), *rows]


def test_groups_with_equal_scores_are_wasted_whatever_could_not_be_judged(write_run: WriteRun) -> None:
    rows = [
        *completions(0, [1.0, 0.0]),
        *completions(1, [1.0, 1.0], selected=False),
        *completions(2, [1.0, None], selected=False),
        *completions(3, [None, None], selected=False, **LOGIC),
        *completions(4, [0.5, 0.5 + 1e-8], selected=False, **LOGIC),
        *completions(5, [0.2, 0.4], **LOGIC),
    ]
    run = Run(write_run(rollouts={4: rows}, snapshots={4: all_tasks()}))
    sums = draws_over_steps(run, View()).sums
    assert {name: sums[name].tolist() for name in ("groups", "wasted")} == {"groups": [6], "wasted": [4]}
    assert sums["selected"].sum() == 2
    assert draws_over_steps(run, View(domain="logic")).sums["wasted"].tolist() == [2]
    assert draws_over_steps(run, View(source="nowhere")).steps.tolist() == []
    recent = recent_draws(run)
    assert (recent[Slice("a", "stem.math", "")]["groups"], recent[Slice("b", "logic", "")]["wasted"]) == (3, 2)


def test_rows_of_a_group_need_not_stand_together(write_run: WriteRun) -> None:
    rows = [*completions(7, [1.0]), *completions(3, [0.0]), *completions(7, [0.0]), *completions(3, [0.0])]
    sums = draws_over_steps(Run(write_run(rollouts={1: rows}, snapshots={1: all_tasks()})), View()).sums
    assert sums["groups"].tolist() == [2] and sums["wasted"].tolist() == [1]


def test_uniform_waste_counts_each_group_by_how_seldom_its_kind_is_drawn(write_run: WriteRun) -> None:
    """a:1 was Beta(1, 1), bin 10, whose tasks have weights 2 and 2: it counts 1/2. a:2 was Beta(1, 19), bin 1, where
    b:0 is left, another source's, and a:9 of weight 0.25: it counts 4. Wasted is the second: 4 / (1/2 + 4).
    """
    rows = [*completions(0, [1.0, 0.0], task_id="a:1"), *completions(1, [0.0, 0.0], task_id="a:2", selected=False)]
    snapshot = [
        task("a:1", 2, 2, "medium", weight=2.0), task("a:8", 1, 1, "medium", weight=2.0),
        task("a:2", 1, 21, "very_hard", weight=7.0), task("a:9", 1, 19, "very_hard", weight=0.25),
        task("b:0", 1, 19, "very_hard", weight=100.0, **LOGIC),
    ]  # fmt: skip
    found = draws_over_steps(Run(write_run(rollouts={1: rows}, snapshots={1: snapshot})), View())
    # a:2 is in bin 0 by now (1/22); bin 1 of its source is a:9 alone.
    np.testing.assert_allclose(uniform_waste(found), [[4 / 4.5], [1 / 2]])


def test_uniform_waste_is_that_of_a_uniform_draw(write_run: WriteRun) -> None:
    """10,000 tasks of pass rates even over [0, 1], groups of 8. Uniform draws waste 2/9 of the groups: the integral of
    p^8 + (1 - p)^8. Drawn by p (1 - p) they waste 6 (B(10, 2) + B(2, 10)) = 12/110; from those 2/9 must come out.
    """
    rng = np.random.default_rng(0)
    rates = (np.arange(10_000) + 0.5) / 10_000
    weights = 6.0 * rates * (1.0 - rates)
    rollouts, snapshots = {}, {}
    for step in range(1, 11):
        rows = rng.choice(10_000, 400, p=weights / weights.sum(), replace=False)
        scores = (rng.random((400, 8)) < rates[rows, None]).astype(float)
        rollouts[step] = [
            row
            for n, task_row in enumerate(rows)
            for row in completions(n, scores[n].tolist(), task_id=f"a:{task_row}")
        ]
        gained = np.zeros((2, 10_000))
        gained[0, rows], gained[1, rows] = scores.sum(axis=1), 8 - scores.sum(axis=1)
        alpha, beta = 20 * rates + gained[0], 20 * (1 - rates) + gained[1]
        chance = alpha / (alpha + beta)
        snapshots[step] = [
            task(f"a:{n}", alpha[n], beta[n], "medium", weight=6.0 * chance[n] * (1.0 - chance[n]))
            for n in range(10_000)
        ]
    found = draws_over_steps(Run(write_run(rollouts=rollouts, snapshots=snapshots)), View(), budget_s=60.0)
    uniform, actual = uniform_waste(found)
    assert actual[-1] == pytest.approx(12 / 110, abs=0.015)
    assert uniform[-1] == pytest.approx(2 / 9, abs=0.03)


def test_the_tier_of_a_drawn_task_is_the_one_from_before_the_step(write_run: WriteRun) -> None:
    """a:1 is Beta(3, 1) after scores 1 and 1: it was Beta(1, 1), medium. a:2 is Beta(1, 9) after 0 and 0: it was
    Beta(1, 7), hard. a:3 was drawn twice: Beta(4, 2) after 1, 1, 1, 0 was Beta(1, 1), medium, in both groups.
    """
    rows = [
        *completions(0, [1.0, 1.0], task_id="a:1", selected=False),
        *completions(1, [0.0, 0.0], task_id="a:2", selected=True),
        *completions(2, [1.0, 1.0], task_id="a:3", selected=False),
        *completions(3, [1.0, 0.0], task_id="a:3", selected=True),
        *completions(4, [1.0, 0.0], task_id="gone", selected=True),
    ]
    snapshot = [task("a:1", 3, 1, "easy"), task("a:2", 1, 9, "hard"), task("a:3", 4, 2, "medium")]
    found = draws_over_steps(Run(write_run(rollouts={1: rows}, snapshots={1: snapshot})), View())
    assert dict(zip(TIERS, found.sums["drawn"][0].tolist(), strict=True)) == {
        "very_hard": 0, "hard": 1, "medium": 3, "easy": 0, "very_easy": 0,
    }  # fmt: skip
    assert found.sums["selected"][0].tolist() == [0, 1, 1, 0, 0]


def test_tiers_of_a_step_without_its_snapshot_are_unknown(write_run: WriteRun) -> None:
    run = Run(write_run(rollouts={1: completions(0, [1.0, 0.0])}))
    assert draws_over_steps(run, View()).steps.tolist() == []
    assert run.problems == []


def test_weights_are_means_over_bins(write_run: WriteRun) -> None:
    rows = [
        task("a:1", 1, 1, "medium", weight=2.0),
        task("a:2", 1, 1, "medium", weight=1.0),
        task("a:3", 1, 19, "hard"),
    ]
    run = Run(write_run(snapshots={3: rows}))
    mean, tasks = mean_weights(run, View())
    assert np.flatnonzero(tasks).tolist() == [1, 10]
    np.testing.assert_allclose(mean[[1, 10]], [1.0, 1.5])
    assert np.isnan(mean[0])


def test_what_there_was_no_time_for_comes_later_and_is_said(write_run: WriteRun) -> None:
    run = Run(write_run(snapshots={step: [task("a:1", 1, 1, "medium")] for step in range(1, 8)}))
    before = run.version()
    first = beliefs_over_steps(run, View(), budget_s=0.0)
    assert first.steps.tolist() == [7] and not first.read.is_done
    assert run.version() != before
    for _ in range(10):
        beliefs_over_steps(run, View(), budget_s=10.0)
    assert beliefs_over_steps(run, View(), budget_s=10.0).steps.tolist() == list(range(1, 8))


def test_subcategories_are_told_apart_where_the_folder_has_them(write_run: WriteRun) -> None:
    rows = [*completions(0, [1.0, 0.0], subcategory="sums"), *completions(1, [1.0, 1.0], subcategory="products")]
    run = Run(write_run(rollouts={1: rows}, snapshots={1: all_tasks()}))
    assert draws_over_steps(run, View(subcategory="products")).sums["wasted"].tolist() == [1]
    assert draws_over_steps(run, View(subcategory="sums")).sums["wasted"].tolist() == [0]


def test_curves_are_of_domains_and_inside_of_one_of_subcategories(write_run: WriteRun) -> None:
    kinds = [("a", "sums"), ("a", "products"), ("b", "grids"), ("b", "")]
    domains = {"a": "stem.math", "b": "logic"}
    tasks = [
        task(f"{source}:{kind}", 3.0, 1.0, "easy", source=source, domain=domains[source], subcategory=kind)
        for source, kind in kinds
    ]
    run = Run(write_run(snapshots={1: tasks}))
    assert subcategories(run, View()) == ["grids", "products", "sums"]
    assert subcategories(run, View(source="a", subcategory="sums")) == ["products", "sums"], "others to choose"
    assert list(parts_of(run, View())) == ["logic", "stem.math"]
    assert parts_of(run, View(domain="stem.math"))["sums"] == View(domain="stem.math", subcategory="sums")
    assert parts_of(run, View(domain="logic")) == {"logic": View(domain="logic")}, "one subcategory is no comparison"
    assert list(parts_of(run, View(domain="stem.math", subcategory="sums"))) == ["sums"]


def test_more_subcategories_than_a_person_can_tell_apart_are_one_curve(write_run: WriteRun) -> None:
    tasks = [task(f"a:{number}", 1.0, 1.0, "medium", subcategory=f"kind {number}") for number in range(33)]
    run = Run(write_run(snapshots={1: tasks}))
    assert list(parts_of(run, View(source="a"))) == ["a"] and len(subcategories(run, View(source="a"))) == 33


def test_a_broken_newest_snapshot_costs_only_itself(write_run: WriteRun) -> None:
    folder = write_run(snapshots={1: [task("a:1", 1.0, 1.0, "medium", subcategory="sums")]})
    (folder / "curriculum/step-000002.parquet").write_bytes(b"PAR1")
    run = Run(folder)
    assert subcategories(run, View()) == ["sums"] and "step-000002" in run.problems[-1]
    assert mean_weights(run, View(subcategory="sums"))[1].sum() == 1.0
    assert mean_weights(run, View(subcategory="none"))[1].sum() == 0.0
