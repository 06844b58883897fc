"""What grades know of the tasks of a source, and what they took: counted, and shared out among sources."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rlcs.config.schema import SourceConfig
from rlcs.tasks import load_pool
from rlcs.tasks.grade_costs import METADATA_KEY, Grading, completions_taken, gradings

Build = Callable[..., SourceConfig]
COLUMNS: dict[str, list[object]] = {
    "task_id": ["s:0", "s:1", "s:2", "t:0"],
    "source": ["s", "s", "s", "t"],
    "pass_rate": [0.1, 0.9, 0.4, 0.5],
    "certainty": [4.0, 6.0, 2.0, 4.0],
    "num_completions": [2, 4, 0, 6],
    "num_unjudged": [0, 0, 0, 0],
    "label": [None, None, None, None],
    "measured": [0.0, 1.0, None, 0.5],
    "pass@1": [0.0, 1.0, None, 0.5],
    "pass_rate/m": [0.0, 1.0, None, 0.5],
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Twelve completions are in the rows, half of them of s; fifteen were generated."""
    told = {METADATA_KEY: json.dumps({"num_completions_total": 15})}
    types = {"label": pa.float32()}
    columns = {name: pa.array(values, types.get(name)) for name, values in COLUMNS.items()}
    pq.write_table(pa.table(columns).replace_schema_metadata(told), tmp_path / "grades.parquet")
    return tmp_path / "grades.parquet"


def test_each_source_with_grades_says_what_is_known_of_its_tasks(make_source: Build, file: Path) -> None:
    rows = [{"prompt": "p", "answer": "1"}] * 4
    sources = [make_source(*rows, grades=str(file)), make_source(*rows, name="plain")]
    pool = load_pool(sources)
    found = gradings(sources, pool.index)
    assert found == {"s": Grading(measured=2, predicted=1, ungraded=1, num_completions=8)}
    assert gradings(sources, pool.select([0, 3, 4]).index)["s"] == Grading(
        measured=1, predicted=0, ungraded=1, num_completions=8
    )
    assert gradings(sources[1:], load_pool(sources[1:]).index) == {}


def test_what_went_into_tasks_that_are_gone_is_shared_out(file: Path) -> None:
    assert [completions_taken(file, source) for source in ("s", "t", "u")] == [8, 8, 0]


def test_a_file_made_by_others_does_not_say_what_it_took(make_source: Build, tmp_path: Path) -> None:
    grades = tmp_path / "own.parquet"
    pq.write_table(pa.table({"task_id": ["s:0"], "pass_rate": [0.5]}), grades)
    source = make_source(*[{"prompt": "p", "answer": "1"}] * 2, grades=str(grades))
    assert gradings([source], load_pool([source]).index) == {
        "s": Grading(measured=1, predicted=0, ungraded=1, num_completions=None)
    }
