from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curriculum import Curriculum
from curriculum.snapshots import SNAPSHOT_SCHEMA
from rlcs.config.schema import CurriculumConfig
from rlcs.dashboard.data import parquet
from rlcs.dashboard.data.parquet import (
    EPISODE_SCHEMA,
    EXTRA_SCHEMA,
    ROLLOUT_SCHEMA,
    Missing,
    Unreadable,
    as_rows,
    read_columns,
    read_rows,
    stamp,
)
from rlcs.records import TaskIndex
from rlcs.run import rollout_rows


def test_the_columns_are_those_that_a_run_writes() -> None:
    ours = {*ROLLOUT_SCHEMA.names, *EXTRA_SCHEMA.names, *EPISODE_SCHEMA.names}
    assert ours == set(rollout_rows.ROLLOUT_SCHEMA.names)
    index = TaskIndex(
        ids=["a:1"], source=np.zeros(1, np.int16), domain=np.zeros(1, np.int16), difficulty=np.full(1, 0.5, np.float32),
        sources=("a",), domains=("logic",), subcategory=np.zeros(1, np.int16), subcategories=("",), proportions=(1.0,),
    )  # fmt: skip
    table = Curriculum(CurriculumConfig(), index, seed=0).snapshot(1)
    known = {field.name: field.type for field in SNAPSHOT_SCHEMA}
    assert {field.name: field.type for field in table.schema} == known


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "step-000001.parquet"


def test_columns_that_a_file_lacks_are_null_and_others_take_the_right_type(path: Path) -> None:
    pq.write_table(pa.table({"task_id": ["a"], "pass_rate": [1], "num_seen": pa.array([3], pa.int64())}), path)
    table = read_columns(stamp(path), SNAPSHOT_SCHEMA, ("task_id", "pass_rate", "num_seen", "tier"))
    assert table.to_pylist() == [{"task_id": "a", "pass_rate": 1.0, "num_seen": 3, "tier": None}]


@pytest.mark.parametrize("content", [b"", b"PAR1", b"no parquet at all", b"PAR1" + b"\0" * 100 + b"PAR1"])
def test_a_broken_file_is_unreadable_by_name(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(Unreadable, match="step-000001.parquet cannot be read"):
        read_columns(stamp(path), SNAPSHOT_SCHEMA, ("task_id",))


def test_every_truncation_of_a_file_is_unreadable(path: Path) -> None:
    pq.write_table(pa.table({"task_id": ["a", "b"]}), path)
    whole = path.read_bytes()
    for length in range(0, len(whole), 37):
        path.write_bytes(whole[:length])
        with pytest.raises(Unreadable):
            read_columns(stamp(path), SNAPSHOT_SCHEMA, ("task_id",))


def test_an_absent_file_is_told_from_a_broken_one(path: Path) -> None:
    with pytest.raises(Missing, match="is not there"):
        stamp(path)


def test_a_column_of_the_wrong_kind_is_unreadable(path: Path) -> None:
    pq.write_table(pa.table({"pass_rate": ["high"]}), path)
    with pytest.raises(Unreadable):
        read_columns(stamp(path), SNAPSHOT_SCHEMA, ("pass_rate",))


def test_bytes_that_are_no_text_are_replaced(path: Path) -> None:
    broken = pa.array([b"ok \xff\xfe", None, "schön".encode()]).view(pa.string())
    pq.write_table(pa.table({"task_id": broken, "source": broken}), path)
    rows = as_rows(read_columns(stamp(path), SNAPSHOT_SCHEMA, ("task_id", "source")))
    assert [row["task_id"] for row in rows] == ["ok \ufffd\ufffd", None, "schön"]
    assert [row["source"] for row in rows] == ["ok \ufffd\ufffd", None, "schön"]


def test_many_rows_are_read_as_codes_with_the_same_values(path: Path) -> None:
    names = [f"s{number % 3}" for number in range(parquet.MANY_ROWS + 1)]
    pq.write_table(pa.table({"source": names}), path)
    table = read_columns(stamp(path), SNAPSHOT_SCHEMA, ("source", "tier"))
    assert pa.types.is_dictionary(table["source"].type)
    assert [row["source"] for row in as_rows(table)] == names


@pytest.mark.parametrize("rows", [[], [0], [255, 256], [3, 999], list(range(1000))])
def test_chosen_rows_come_from_all_batches(path: Path, rows: list[int]) -> None:
    pq.write_table(pa.table({"response": [f"r{number}" for number in range(1000)]}), path)
    table = read_rows(stamp(path), ROLLOUT_SCHEMA, ("response", "prompt"), np.array(rows, dtype=np.intp))
    assert as_rows(table) == [{"response": f"r{row}", "prompt": None} for row in rows]


def test_components_are_dicts(write_run: Callable[..., Path]) -> None:
    run = write_run(rollouts={1: [{"components": [("format", 0.5), ("correctness", 1.0)]}, {"components": None}]})
    file = stamp(run / "rollouts/step-000001.parquet")
    rows = as_rows(read_columns(file, ROLLOUT_SCHEMA, ("components",)))
    assert [row["components"] for row in rows] == [{"format": 0.5, "correctness": 1.0}, {}]
