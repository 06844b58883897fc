"""A snapshot put together from its files is the one that the curriculum had, to the bit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from curriculum import Curriculum, Sampler
from curriculum.deltas import base_of, base_step, write_changes
from curriculum.rebuilding import read_snapshot
from curriculum.snapshots import SNAPSHOT_SCHEMA
from rlcs.config.schema import CurriculumConfig
from rlcs.plugins import SAMPLERS
from rlcs.records import Group, TaskIndex

Builder = Callable[..., TaskIndex]
GroupBuilder = Callable[..., Group]
ConfigBuilder = Callable[..., CurriculumConfig]
NUM_TASKS = 400
PASS_RATE = np.random.default_rng(6).random(NUM_TASKS)


@pytest.fixture
def index(make_index: Builder) -> TaskIndex:
    grades = np.where(PASS_RATE < 0.3, np.nan, PASS_RATE)
    return make_index([150, 250], (0.35, 0.65), difficulty=grades, subcategory=np.arange(NUM_TASKS) % 4)


def play(curriculum: Curriculum, make_group: GroupBuilder, step: int) -> None:
    """Do a step, outcomes by step and task; now and then nothing of a task can be judged."""
    groups = []
    for row in curriculum.next(step).rows.tolist():
        rng = np.random.default_rng([step, row])
        scores = [float(right) for right in rng.random(4) < PASS_RATE[row]]
        groups.append(make_group(row, scores if rng.random() < 0.9 else [None] * 4, source=f"s{int(row >= 150)}"))
    curriculum.observe(step, groups)
    curriculum.select(groups)


def write(curriculum: Curriculum, folder: Path, step: int, *, first: int | None) -> None:
    (folder / "curriculum").mkdir(exist_ok=True)
    write_changes(
        curriculum.changes(step, since=base_step(step, first)), folder / f"curriculum/step-{step:06d}.parquet"
    )


def test_every_step_of_a_run_comes_back(
    sampler: str, index: TaskIndex, make_group: GroupBuilder, make_config: ConfigBuilder, tmp_path: Path
) -> None:
    curriculum = Curriculum(make_config(sampler=sampler, batch_size=3), index, seed=3)
    expected = {}
    for step in range(1, 112):
        play(curriculum, make_group, step)
        write(curriculum, tmp_path, step, first=1)
        expected[step] = curriculum.snapshot(step)
    for step, snapshot in expected.items():
        assert read_snapshot(tmp_path, step).equals(snapshot), f"step {step}"
    bases = [base_of(pq.read_metadata(file).metadata) for file in tmp_path.glob("curriculum/*")]
    assert len([base for base in bases if base is not None]) > 100  # and so they were not read from whole files


def test_a_resumed_run_goes_on_with_other_tasks(
    sampler: str, make_index: Builder, make_group: GroupBuilder, make_config: ConfigBuilder, tmp_path: Path
) -> None:
    """Tasks were added and removed: rows are numbered anew, and the first file of the process is whole."""
    config = make_config(sampler=sampler, batch_size=3)
    first = Curriculum(config, make_index([60], ids=[f"t{number}" for number in range(60)]), seed=0)
    for step in range(1, 13):
        play(first, make_group, step)
        write(first, tmp_path, step, first=1)
    first.save(tmp_path / "kept.parquet")
    changed = Curriculum(config, make_index([60], ids=[f"t{number}" for number in range(70, 10, -1)]), seed=0)
    changed.load_state_dict(first.state_dict(), pq.read_table(tmp_path / "kept.parquet"))
    for step in range(13, 32):
        play(changed, make_group, step)
        write(changed, tmp_path, step, first=None if step == 13 else 13)
        assert read_snapshot(tmp_path, step).equals(changed.snapshot(step)), f"step {step}"
    assert read_snapshot(tmp_path, 12).equals(first.snapshot(12))


def test_weights_that_follow_no_rule_make_every_file_whole(
    index: TaskIndex,
    make_group: GroupBuilder,
    make_config: ConfigBuilder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Own(SAMPLERS.get("uniform")):  # type: ignore[misc]
        def weights(self, rows: np.ndarray) -> np.ndarray:
            return np.sqrt(rows + self.context.tiers.step)

    curriculum = Curriculum(make_config(sampler="uniform", batch_size=3), index, seed=3)
    own: Sampler = Own(curriculum._context)
    monkeypatch.setattr(curriculum, "_sampler", own)
    for step in range(1, 13):
        play(curriculum, make_group, step)
        write(curriculum, tmp_path, step, first=1)
        assert base_of(pq.read_metadata(tmp_path / f"curriculum/step-{step:06d}.parquet").metadata) is None
        assert read_snapshot(tmp_path, step).equals(curriculum.snapshot(step))


@pytest.mark.parametrize("name", ["learnability", "prioritized", "thompson"])
def test_a_sampler_made_from_one_with_a_rule_does_not_inherit_it(
    name: str, index: TaskIndex, make_config: ConfigBuilder
) -> None:
    curriculum = Curriculum(make_config(sampler=name), index, seed=3)
    made = type("Made", (SAMPLERS.get(name),), {})(curriculum._context)
    assert SAMPLERS.get(name)(curriculum._context).rule()["name"] == name and made.rule() is None


def test_files_of_the_first_release_are_read_as_they_are(
    index: TaskIndex, make_group: GroupBuilder, make_config: ConfigBuilder, tmp_path: Path
) -> None:
    curriculum = Curriculum(make_config(), index, seed=3)
    play(curriculum, make_group, 1)
    (tmp_path / "curriculum").mkdir()
    pq.write_table(curriculum.snapshot(1), tmp_path / "curriculum/step-000001.parquet")
    assert read_snapshot(tmp_path, 1).equals(curriculum.snapshot(1))


def test_a_file_whose_base_is_gone_says_which(
    index: TaskIndex, make_group: GroupBuilder, make_config: ConfigBuilder, tmp_path: Path
) -> None:
    curriculum = Curriculum(make_config(batch_size=3), index, seed=3)
    for step in range(1, 13):
        play(curriculum, make_group, step)
        write(curriculum, tmp_path, step, first=1)
    (tmp_path / "curriculum/step-000011.parquet").unlink()
    with pytest.raises(FileNotFoundError, match="step-000011"):
        read_snapshot(tmp_path, 12)


def test_the_table_has_the_columns_that_are_documented(index: TaskIndex, make_config: ConfigBuilder) -> None:
    assert Curriculum(make_config(), index, seed=3).snapshot(1).schema.equals(SNAPSHOT_SCHEMA)
