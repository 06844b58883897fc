"""A restored curriculum draws what the unbroken one draws, through JSON and Parquet."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from curriculum import Curriculum
from rlcs.config.schema import CurriculumConfig
from rlcs.errors import UserError
from rlcs.records import Group, TaskIndex

Builder = Callable[..., TaskIndex]
GroupBuilder = Callable[..., Group]
ConfigBuilder = Callable[..., CurriculumConfig]

PASS_RATE = np.random.default_rng(6).random(120)


@pytest.fixture
def index(make_index: Builder) -> TaskIndex:
    return make_index([50, 70], (0.35, 0.65), difficulty=np.where(PASS_RATE < 0.3, np.nan, PASS_RATE))


def run(curriculum: Curriculum, make_group: GroupBuilder, first: int, last: int) -> list[list[int]]:
    """Run steps first..last with outcomes that depend on step and task only; return the plans."""
    plans = []
    for step in range(first, last + 1):
        rows = curriculum.next(step).rows.tolist()
        groups = [
            make_group(row, [float(right) for right in np.random.default_rng([step, row]).random(8) < PASS_RATE[row]])
            for row in rows
        ]
        curriculum.observe(step, groups)
        curriculum.select(groups)
        plans.append(rows)
    return plans


def restore(
    curriculum: Curriculum, config: CurriculumConfig, index: TaskIndex, folder: Path, seed: int = 3
) -> Curriculum:
    """Send state and table through files into a new curriculum."""
    state = json.loads(json.dumps(curriculum.state_dict()))
    curriculum.save(folder / "curriculum.parquet")
    restored = Curriculum(config, index, seed=seed)
    restored.load_state_dict(state, pq.read_table(folder / "curriculum.parquet"))
    return restored


@pytest.mark.parametrize("stop_after", [1, 7, 40])
def test_resumed_run_equals_the_unbroken_one(
    sampler: str,
    stop_after: int,
    index: TaskIndex,
    make_group: GroupBuilder,
    make_config: ConfigBuilder,
    tmp_path: Path,
) -> None:
    config = make_config(sampler=sampler, batch_size=12, half_life=6.0)
    unbroken = Curriculum(config, index, seed=3)
    run(unbroken, make_group, 1, stop_after)
    resumed = restore(unbroken, config, index, tmp_path)
    last = stop_after + 25
    assert run(resumed, make_group, stop_after + 1, last) == run(unbroken, make_group, stop_after + 1, last)
    assert resumed.snapshot(last).equals(unbroken.snapshot(last))
    assert resumed.metrics() == unbroken.metrics()
    assert resumed.state_dict() == unbroken.state_dict()


def test_a_source_smaller_than_its_share_resumes_too(
    sampler: str, make_index: Builder, make_group: GroupBuilder, make_config: ConfigBuilder, tmp_path: Path
) -> None:
    config, index = make_config(sampler=sampler, batch_size=10), make_index([3, 40])
    unbroken = Curriculum(config, index, seed=3)
    run(unbroken, make_group, 1, 7)
    resumed = restore(unbroken, config, index, tmp_path)
    assert run(resumed, make_group, 8, 30) == run(unbroken, make_group, 8, 30)


def test_an_interrupted_step_leaves_no_trace(
    sampler: str, index: TaskIndex, make_group: GroupBuilder, make_config: ConfigBuilder
) -> None:
    config = make_config(sampler=sampler, batch_size=12)
    curriculum = Curriculum(config, index, seed=3)
    run(curriculum, make_group, 1, 5)
    state_between_steps = json.dumps(curriculum.state_dict())
    interrupted = curriculum.next(6)
    resumed = Curriculum(config, index, seed=3)
    resumed.load_state_dict(json.loads(state_between_steps), curriculum.table())
    assert resumed.next(6).rows.tolist() == interrupted.rows.tolist()


def test_a_kept_table_does_not_change_with_the_run(
    index: TaskIndex, make_group: GroupBuilder, make_config: ConfigBuilder
) -> None:
    curriculum = Curriculum(make_config(), index, seed=3)
    run(curriculum, make_group, 1, 2)
    table = curriculum.table()
    before = repr(table.to_pydict())
    run(curriculum, make_group, 3, 6)
    assert repr(table.to_pydict()) == before


def test_tasks_are_matched_by_id_when_the_data_changed(
    sampler: str, make_index: Builder, make_group: GroupBuilder, make_config: ConfigBuilder, tmp_path: Path
) -> None:
    config = make_config(sampler=sampler, batch_size=4, expand=False)
    first = Curriculum(config, make_index([5], ids=["a", "b", "c", "d", "e"]), seed=0)
    first.next(1)
    first.observe(1, [make_group(row, [1.0] * row + [0.0] * (4 - row)) for row in range(5)])
    changed = Curriculum(config, make_index([6], ids=["x", "e", "c", "b", "y", "a"]), seed=0)
    first.save(tmp_path / "curriculum.parquet")
    restored = changed.load_state_dict(first.state_dict(), pq.read_table(tmp_path / "curriculum.parquet"))
    assert (restored.num_known, restored.num_new, restored.num_removed) == (4, 2, 1)
    assert str(restored) == "4 tasks known, 2 new, 1 removed"
    seen = {row["task_id"]: (row["alpha"], row["beta"]) for row in changed.snapshot(1).to_pylist()}
    assert sorted(seen) == ["a", "b", "c", "e"]
    before = {row["task_id"]: (row["alpha"], row["beta"]) for row in first.snapshot(1).to_pylist()}
    assert seen == {name: before[name] for name in seen}
    assert seen["e"][0] > seen["c"][0] > seen["b"][0] > seen["a"][0]


def test_new_tasks_come_first_and_then_in_turn(
    make_index: Builder, make_group: GroupBuilder, make_config: ConfigBuilder
) -> None:
    config = make_config(sampler="uniform", batch_size=2, expand=False)
    first = Curriculum(config, make_index([4], ids=["a", "b", "c", "d"]), seed=0)
    for step in range(1, 7):  # three whole epochs
        first.observe(step, [make_group(int(row), [0.0, 1.0]) for row in first.next(step).rows])
    changed = Curriculum(config, make_index([6], ids=["a", "b", "c", "d", "new1", "new2"]), seed=0)
    changed.load_state_dict(first.state_dict(), first.table())
    assert sorted(changed.next(7).rows.tolist()) == [4, 5]
    epoch = np.concatenate([changed.next(step).rows for step in (8, 9, 10)])
    assert sorted(epoch.tolist()) == [0, 1, 2, 3, 4, 5]


def test_another_sampler_may_take_over(index: TaskIndex, make_group: GroupBuilder, make_config: ConfigBuilder) -> None:
    first = Curriculum(make_config(sampler="uniform", batch_size=12), index, seed=3)
    run(first, make_group, 1, 10)
    second = Curriculum(make_config(sampler="tiers", batch_size=12), index, seed=3)
    restored = second.load_state_dict(first.state_dict(), first.table())
    assert restored.num_known == 120
    kept = ["task_id", "alpha", "beta", "tier"]
    assert second.snapshot(10).select(kept).equals(first.snapshot(10).select(kept))
    run(second, make_group, 11, 12)


def test_state_is_small_and_plain(index: TaskIndex, make_group: GroupBuilder, make_config: ConfigBuilder) -> None:
    curriculum = Curriculum(make_config(), index, seed=3)
    run(curriculum, make_group, 1, 3)
    assert len(json.dumps(curriculum.state_dict())) < 1000


def test_a_checkpoint_of_an_older_kind_is_refused_with_a_way_on(index: TaskIndex, make_config: ConfigBuilder) -> None:
    curriculum = Curriculum(make_config(), index, seed=3)
    state = {name: value for name, value in curriculum.state_dict().items() if name != "skill"}
    with pytest.raises(UserError, match="model.path=CHECKPOINT/model"):
        Curriculum(make_config(), index, seed=3).load_state_dict(state, curriculum.table())
