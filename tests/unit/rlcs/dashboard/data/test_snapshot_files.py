"""Snapshots read from several files are those that the curriculum had; what is wrong with a file is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curriculum import Curriculum
from curriculum.deltas import HEAD, base_step, write_changes
from curriculum.snapshots import SNAPSHOT_SCHEMA
from rlcs.config.schema import CurriculumConfig, ExpansionConfig
from rlcs.dashboard.data.parquet import Missing, Unreadable, as_rows
from rlcs.dashboard.data.run import Run
from rlcs.dashboard.data.snapshot_files import read_snapshot, read_task
from rlcs.dashboard.data.task_history import task_history
from rlcs.dashboard.data.tasks import TaskQuery, find_tasks
from rlcs.records import Completion, Group, Status, Task, TaskIndex, Verdict

WriteRun = Callable[..., Path]
NUM_TASKS, NUM_STEPS = 300, 34
COMPLETION = Completion(
    token_ids=(1,), logprobs=(-0.1,), loss_mask=(1,), policy_version=0, finish_reason="stop", forced=False, text="1"
)
VERDICTS = (Verdict(score=0.0, status=Status.INCORRECT), Verdict(score=1.0, status=Status.CORRECT))


def group(row: int, right: Sequence[int]) -> Group:
    task = Task(id=f"a:{row}", source="a", domain="logic", prompt="?", answer="1", row=row)
    verdicts = tuple(VERDICTS[one] for one in right)
    return Group(task=task, prompt_ids=(1,), completions=(COMPLETION,) * 4, verdicts=verdicts)


@pytest.fixture
def played(write_run: WriteRun) -> tuple[Path, dict[int, pa.Table]]:
    """A run folder, and the snapshot of each step."""
    folder, rng, code = write_run(), np.random.default_rng(0), np.zeros(NUM_TASKS, dtype=np.int16)
    index = TaskIndex(
        ids=[f"a:{row}" for row in range(NUM_TASKS)], source=code, domain=code, sources=("a",), domains=("logic",),
        difficulty=np.full(NUM_TASKS, np.nan, np.float32), subcategory=(np.arange(NUM_TASKS) % 2).astype(np.int16),
        subcategories=("odd", "even"), proportions=(1.0,),
    )  # fmt: skip
    curriculum = Curriculum(CurriculumConfig(batch_size=8, expansion=ExpansionConfig(enabled=False)), index, seed=0)
    snapshots = {}
    for step in range(1, NUM_STEPS + 1):
        rows = curriculum.next(step).rows.tolist()
        curriculum.observe(step, [group(row, rng.integers(0, 2, 4).tolist()) for row in rows])
        changes = curriculum.changes(step, since=base_step(step, 1))
        write_changes(changes, folder / f"curriculum/step-{step:06d}.parquet")
        snapshots[step] = curriculum.snapshot(step)
    return folder, snapshots


def test_every_snapshot_and_column_is_that_of_the_curriculum(played: tuple[Path, dict[int, pa.Table]]) -> None:
    folder, snapshots = played
    files = Run(folder).snapshot_files
    assert max(len(files.snapshot(step).files) for step in snapshots) > 5
    for step, expected in snapshots.items():
        found = read_snapshot(files.snapshot(step), SNAPSHOT_SCHEMA.names)
        assert found.cast(SNAPSHOT_SCHEMA).equals(expected), f"step {step}"
    for name in SNAPSHOT_SCHEMA.names:
        found = read_snapshot(files.snapshot(NUM_STEPS), (name,))
        assert found.cast(pa.schema([SNAPSHOT_SCHEMA.field(name)])).equals(snapshots[NUM_STEPS].select([name]))


def test_a_task_is_found_in_whichever_file_has_it(played: tuple[Path, dict[int, pa.Table]]) -> None:
    folder, snapshots = played
    snapshot = Run(folder).snapshot_files.snapshot(NUM_STEPS)
    for row in as_rows(snapshots[NUM_STEPS]):
        found = read_task(snapshot, row["task_id"])
        assert found is not None and as_rows(found) == [row]
    assert read_task(snapshot, "a:none") is None


def test_pages_tell_what_whole_files_told(played: tuple[Path, dict[int, pa.Table]], write_run: WriteRun) -> None:
    """The same run as the first release wrote it: every file with all tasks seen."""
    folder, snapshots = played
    old = write_run("old")
    for step, table in snapshots.items():
        pq.write_table(table, old / f"curriculum/step-{step:06d}.parquet")
    ours, theirs = Run(folder), Run(old)
    for sort in ("trend", "weight", "task_id"):
        query = TaskQuery(sort=sort, limit=NUM_TASKS)
        assert find_tasks(ours, query) == find_tasks(theirs, query)
    seen = snapshots[NUM_STEPS]["task_id"].to_pylist()
    assert [task_history(ours, one) for one in seen[:20]] == [task_history(theirs, one) for one in seen[:20]]


def test_a_file_whose_base_is_gone_is_unreadable_and_later_ones_are_not(
    played: tuple[Path, dict[int, pa.Table]],
) -> None:
    folder, snapshots = played
    (folder / "curriculum/step-000012.parquet").unlink()
    run = Run(folder)
    told = "snapshot of step 13 cannot be read: curriculum/step-000012.parquet is not there"
    with pytest.raises(Unreadable, match=told) as raised:
        run.snapshot_files.snapshot(13)
    assert not isinstance(raised.value, Missing)
    with pytest.raises(Missing):
        run.snapshot_files.snapshot(12)
    assert read_snapshot(run.snapshot_files.snapshot(NUM_STEPS), ("task_id",)).num_rows == snapshots[NUM_STEPS].num_rows


BROKEN = {
    "no JSON": b"{",
    "no object": b"[]",
    "no base": b"{}",
    "a base after it": b'{"base": 99}',
    "its own base": b'{"base": 3}',
    "an odd base": b'{"base": "two"}',
    "arrays missing": b'{"base": null}',
    "arrays that are none": b'{"base": null, "level": "AAAA", "new_rating": "", "source": "", "by_kind": ""}',
}


@pytest.mark.parametrize("head", BROKEN.values(), ids=BROKEN)
def test_broken_metadata_are_told(played: tuple[Path, dict[int, pa.Table]], head: bytes) -> None:
    folder, _ = played
    path = folder / "curriculum/step-000003.parquet"
    write_changes(pq.read_table(path).replace_schema_metadata({HEAD: head}), path)
    with pytest.raises(Unreadable, match="step-000003.parquet cannot be read"):
        read_snapshot(Run(folder).snapshot_files.snapshot(3), SNAPSHOT_SCHEMA.names)


@pytest.mark.parametrize("column", ["stratum", "kind"])
@pytest.mark.parametrize("value", [pa.scalar(10**6, pa.int32()), pa.scalar("x"), pa.scalar(None, pa.int32())])
def test_columns_that_do_not_fit_are_told(
    played: tuple[Path, dict[int, pa.Table]], column: str, value: pa.Scalar
) -> None:
    folder, _ = played
    path = folder / "curriculum/step-000001.parquet"
    table = pq.read_table(path)
    broken = pa.array([value.as_py()] * table.num_rows, value.type)
    write_changes(table.set_column(table.column_names.index(column), column, broken), path)
    with pytest.raises(Unreadable, match="step-000001.parquet cannot be read"):
        read_snapshot(Run(folder).snapshot_files.snapshot(1), SNAPSHOT_SCHEMA.names)
