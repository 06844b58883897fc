"""The curriculum as the loop uses it: plans, metrics, snapshot, and the cases in which little is there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from curriculum import Curriculum, Sampler
from rlcs.config.schema import CurriculumConfig
from rlcs.errors import UserError
from rlcs.plugins import SAMPLERS
from rlcs.records import Group, TaskIndex

Builder = Callable[..., TaskIndex]
GroupBuilder = Callable[..., Group]
ConfigBuilder = Callable[..., CurriculumConfig]

GOOD, BAD = [0.0, 1.0, 0.0, 1.0], [0.0, 0.0, 0.0, 0.0]


def step_through(
    curriculum: Curriculum, make_group: GroupBuilder, step: int, scores: Callable[[int], Sequence[float | None]]
) -> list[int]:
    """Do one step in which the task in row r gets scores(r); return the rows trained on."""
    groups = [make_group(int(row), scores(int(row))) for row in curriculum.next(step).rows]
    curriculum.observe(step, groups)
    return [groups[index].task.row for index in curriculum.select(groups).indices]


def test_a_plan_follows_the_expansion(
    make_index: Builder, make_group: GroupBuilder, make_config: ConfigBuilder
) -> None:
    curriculum = Curriculum(make_config(batch_size=32), make_index([400]), seed=0)
    assert len(curriculum.next(1).rows) == 32
    step_through(curriculum, make_group, 1, lambda row: GOOD if row % 2 else BAD)
    rate = curriculum.metrics()["curriculum/invalid_rate"]
    ema = 0.7 + 0.3 / (1 - rate)
    assert curriculum.metrics()["curriculum/expansion_ema"] == pytest.approx(ema)
    plan = curriculum.next(2)
    assert plan.step == 2 and plan.rows.dtype == np.int64
    assert len(plan.rows) == int(np.ceil(32 * ema)) > 32


def test_the_rate_is_taken_over_the_whole_pool_and_not_over_the_selected(
    make_index: Builder, make_group: GroupBuilder, make_config: ConfigBuilder
) -> None:
    curriculum = Curriculum(make_config(batch_size=8, beta=0.0), make_index([100]), seed=0)
    step_through(curriculum, make_group, 1, lambda row: BAD)
    groups = [make_group(int(row), GOOD if number < 18 else BAD) for number, row in enumerate(curriculum.next(2).rows)]
    assert len(groups) == 24  # capped at 3
    curriculum.observe(2, groups)
    selection = curriculum.select(groups)
    assert (len(selection.indices), selection.num_valid, selection.warning) == (8, 18, None)
    assert curriculum.metrics()["curriculum/invalid_rate"] == pytest.approx(6 / 24)
    assert curriculum.metrics()["curriculum/expansion_ratio"] == pytest.approx(4 / 3)


def test_metrics_after_a_step(make_index: Builder, make_group: GroupBuilder, make_config: ConfigBuilder) -> None:
    index = make_index([10], difficulty=[0.5] * 6 + [0.05] * 4)
    curriculum = Curriculum(make_config(batch_size=10), index, seed=0)
    step_through(curriculum, make_group, 1, lambda row: GOOD if row < 3 else BAD)
    metrics = curriculum.metrics()
    assert metrics["curriculum/num_planned"] == 10
    assert metrics["curriculum/num_valid"] == metrics["curriculum/num_selected"] == 3
    assert metrics["curriculum/short_batches"] == 1
    assert metrics["curriculum/tier/medium/share"] == pytest.approx(0.6)
    assert metrics["curriculum/tier/very_hard/share"] == pytest.approx(0.4)
    # Afterwards: Beta(1 + 2, 1 + 2) medium, Beta(1, 1 + 4) = 1/6 hard, Beta(0.1, 1.9 + 4) very hard.
    pool = {name: metrics[f"curriculum/pool/{name}/share"] for name in ("medium", "hard", "very_hard", "easy")}
    assert pool == pytest.approx({"medium": 0.3, "hard": 0.3, "very_hard": 0.4, "easy": 0.0})


def test_metrics_exist_before_the_first_step(make_index: Builder, make_config: ConfigBuilder) -> None:
    metrics = Curriculum(make_config(), make_index([10]), seed=0).metrics()
    assert (metrics["curriculum/expansion_ema"], metrics["curriculum/num_selected"]) == (1.0, 0.0)
    assert metrics["curriculum/pool/medium/share"] == 1.0


def test_snapshot_has_a_row_for_each_task_seen(
    make_index: Builder, make_group: GroupBuilder, make_config: ConfigBuilder
) -> None:
    curriculum = Curriculum(make_config(batch_size=2), make_index([3, 3]), seed=0)
    assert curriculum.snapshot(0).num_rows == 0
    curriculum.next(4)
    curriculum.observe(4, [make_group(1, [1.0, 0.5, 0.5, None]), make_group(4, [0.0, 0.0], source="s1")])
    table = curriculum.snapshot(4)
    assert table.column_names == [
        "task_id", "source", "domain", "subcategory", "pass_rate", "tier", "alpha", "beta", "num_seen", "last_step",
        "weight", "drawn_as",
    ]  # fmt: skip
    rows = table.to_pylist()
    named = ("task_id", "source", "domain", "tier", "num_seen", "last_step")
    assert [tuple(row[name] for name in named) for row in rows] == [
        ("s0:1", "s0", "stem.math", "medium", 1, 4), ("s1:4", "s1", "ocr.text", "hard", 1, 4),
    ]  # fmt: skip
    # Prior 2 and three judged completions, prior 2 and two; 2 of 3 and 0 of 2 right pull from one half.
    assert [row["alpha"] + row["beta"] for row in rows] == pytest.approx([5.0, 4.0])
    assert [row["alpha"] / (row["alpha"] + row["beta"]) for row in rows] == pytest.approx(
        [row["pass_rate"] for row in rows]
    )
    assert [row["drawn_as"] for row in rows] == [0.5, 0.5]
    assert curriculum.snapshot(5)["drawn_as"].null_count == 2
    assert 0.6 <= rows[0]["pass_rate"] < 0.7 and 0.1 < rows[1]["pass_rate"] <= 0.25


def test_all_groups_invalid_trains_on_nothing_and_stays_below_the_cap(
    make_index: Builder, make_group: GroupBuilder, make_config: ConfigBuilder
) -> None:
    curriculum = Curriculum(make_config(batch_size=4, cap=2.5), make_index([50, 50]), seed=0)
    for step in range(1, 30):
        assert step_through(curriculum, make_group, step, lambda row: BAD) == []
    assert curriculum.metrics()["curriculum/expansion_ema"] == pytest.approx(2.5, abs=1e-3)
    assert curriculum.metrics()["curriculum/short_batches"] == 29
    assert len(curriculum.next(30).rows) == 10


def test_one_task_fills_the_plan(make_index: Builder, make_group: GroupBuilder, make_config: ConfigBuilder) -> None:
    curriculum = Curriculum(make_config(batch_size=4), make_index([1]), seed=0)
    assert step_through(curriculum, make_group, 1, lambda row: GOOD) == [0] * 4
    assert step_through(curriculum, make_group, 2, lambda row: GOOD) == [0] * 4
    row = curriculum.snapshot(1).to_pylist()[0]
    assert row["num_seen"] == 8


def test_fewer_tasks_than_a_batch_come_equally_often(
    sampler: str, make_index: Builder, make_group: GroupBuilder, make_config: ConfigBuilder
) -> None:
    curriculum = Curriculum(make_config(sampler=sampler, batch_size=8, expand=False), make_index([3]), seed=0)
    for step in range(1, 6):
        plan = curriculum.next(step)
        assert sorted(np.bincount(plan.rows, minlength=3).tolist()) == [2, 3, 3]
        curriculum.observe(step, [make_group(int(row), GOOD) for row in plan.rows])


def test_a_source_smaller_than_its_share_repeats_and_keeps_the_mixture(
    make_index: Builder, make_config: ConfigBuilder
) -> None:
    index = make_index([3, 100], (0.5, 0.5))
    rows = Curriculum(make_config(batch_size=20), index, seed=0).next(1).rows
    counts = np.bincount(rows, minlength=103)
    assert sorted(counts[:3].tolist()) == [3, 3, 4]
    assert counts[3:].sum() == 10 and counts[3:].max() == 1


def test_a_source_that_cannot_be_judged_leaves_the_others_alone(
    make_index: Builder, make_group: GroupBuilder, make_config: ConfigBuilder
) -> None:
    curriculum = Curriculum(make_config(batch_size=8), make_index([30, 30], (0.5, 0.5)), seed=0)
    groups = [make_group(int(row), GOOD if row < 30 else [None] * 4) for row in curriculum.next(1).rows]
    curriculum.observe(1, groups)
    selection = curriculum.select(groups)
    assert sorted(groups[index].task.row < 30 for index in selection.indices) == [True] * 4
    assert selection.warning is not None and "s1 had 0 of 4" in selection.warning
    assert curriculum.metrics()["curriculum/invalid_rate"] == 0.5
    unjudged = [row for row in curriculum.snapshot(1).to_pylist() if row["source"] == "s1"]
    assert [(row["alpha"], row["beta"], row["num_seen"]) for row in unjudged] == [(1.0, 1.0, 1)] * 4


def test_a_source_with_constant_reward_does_not_disturb_the_other(
    make_index: Builder, make_group: GroupBuilder, make_config: ConfigBuilder
) -> None:
    curriculum = Curriculum(make_config(batch_size=8), make_index([100, 100], (0.75, 0.25)), seed=0)
    for step in range(1, 20):
        rows = step_through(curriculum, make_group, step, lambda row: GOOD if row < 100 else [0.7] * 4)
        assert len(rows) == 6 and max(rows) < 100


def test_group_size_two(make_index: Builder, make_group: GroupBuilder, make_config: ConfigBuilder) -> None:
    curriculum = Curriculum(make_config(batch_size=4), make_index([40]), seed=0)
    for step in range(1, 10):
        rows = step_through(curriculum, make_group, step, lambda row: [0.0, 1.0] if row % 2 else [1.0, 1.0])
        assert all(row % 2 for row in rows)


def test_expansion_disabled_draws_exactly_the_batch(
    make_index: Builder, make_group: GroupBuilder, make_config: ConfigBuilder
) -> None:
    curriculum = Curriculum(make_config(batch_size=5, expand=False), make_index([40]), seed=0)
    for step in range(1, 6):
        step_through(curriculum, make_group, step, lambda row: BAD)
        assert curriculum.metrics()["curriculum/num_planned"] == 5
    assert curriculum.metrics()["curriculum/expansion_ratio"] == 3.0


def test_a_step_without_groups_changes_nothing(make_index: Builder, make_config: ConfigBuilder) -> None:
    curriculum = Curriculum(make_config(), make_index([40]), seed=0)
    curriculum.next(1)
    curriculum.observe(1, [])
    assert curriculum.select([]).indices == []
    assert curriculum.metrics()["curriculum/expansion_ema"] == 1.0


def test_groups_of_an_older_plan_may_come_late(
    make_index: Builder, make_group: GroupBuilder, make_config: ConfigBuilder
) -> None:
    curriculum = Curriculum(make_config(batch_size=6, expand=False), make_index([60]), seed=0)
    late = curriculum.next(1)
    for step in range(2, 40):
        plan = curriculum.next(step)
        assert not set(plan.rows.tolist()) & set(late.rows.tolist())
        curriculum.observe(step - 1, [make_group(int(row), GOOD if row % 3 else BAD) for row in late.rows])
        late = plan


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"batch_size": 0}, "curriculum.batch_size is 0; set it to a number 1 or more"),
        ({"temperature": 0.0}, "curriculum.temperature"),
        ({"floor": 1.5}, "curriculum.floor"),
        ({"rest": 0.5}, "curriculum.rest is 0.5; set it to a number 1 or more"),
        ({"prior_strength": 0.0}, "curriculum.prior_strength"),
        ({"half_life": -1.0}, "curriculum.half_life"),
        ({"beta": 1.0}, "curriculum.expansion.beta"),
        ({"cap": 0.5}, "curriculum.expansion.cap"),
        ({"tier_edges": [0.3, 0.1, 0.7, 0.9]}, "curriculum.tier_edges"),
        ({"tier_edges": [0.3, 0.7]}, "curriculum.tier_edges"),
        ({"sampler": "teirs"}, "did you mean 'tiers'"),
    ],
)  # fmt: skip
def test_unusable_settings_are_told_plainly(
    settings: dict[str, object], message: str, make_index: Builder, make_config: ConfigBuilder
) -> None:
    with pytest.raises(UserError, match=message):
        Curriculum(make_config(**settings), make_index([10]), seed=0)


def test_an_empty_pool_or_source_is_told_plainly(make_index: Builder, make_config: ConfigBuilder) -> None:
    with pytest.raises(UserError, match="no task to train on"):
        Curriculum(make_config(), make_index([0]), seed=0)
    with pytest.raises(UserError, match="source 's1' has proportion 0.5 but no task"):
        Curriculum(make_config(), make_index([5, 0]), seed=0)
    unused = replace(make_index([5, 0]), proportions=(1.0, 0.0))
    assert len(Curriculum(make_config(batch_size=4), unused, seed=0).next(1).rows) == 4


def test_a_sampler_that_draws_a_task_twice_is_told_plainly(make_index: Builder, make_config: ConfigBuilder) -> None:
    class Stuck(Sampler):
        def next(self, step: int, counts: np.ndarray) -> np.ndarray:
            return np.zeros(int(counts.sum()), dtype=np.int64)

    SAMPLERS.add("test_stuck", Stuck)
    curriculum = Curriculum(make_config(sampler="test_stuck", batch_size=4), make_index([10]), seed=0)
    with pytest.raises(UserError, match=r"'test_stuck' returned \[4\] rows per source, 3 of them double"):
        curriculum.next(1)
