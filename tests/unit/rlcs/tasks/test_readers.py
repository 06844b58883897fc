"""Files become tasks: JSONL, JSON, Parquet, globs and generated tasks."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rlcs.config.schema import FieldsConfig, SourceConfig
from rlcs.tasks import TaskPool, load_pool

ROWS = [{"prompt": "1+1", "answer": "2"}, {"prompt": "2+2", "answer": "4"}, {"prompt": "3+3", "answer": "6"}]


def source(path: Path | str, **settings: Any) -> SourceConfig:
    return SourceConfig(name="s", path=str(path), **settings)


def write_jsonl(file: Path, rows: list[dict[str, Any]]) -> Path:
    file.parent.mkdir(exist_ok=True)
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file


def write_json(file: Path, rows: list[dict[str, Any]]) -> Path:
    file.write_text(json.dumps(rows, indent=1))
    return file


def write_parquet(file: Path, rows: list[dict[str, Any]]) -> Path:
    pq.write_table(pa.Table.from_pylist(rows), file)
    return file


def questions(pool: TaskPool) -> list[tuple[Any, Any]]:
    return [(task.prompt, task.answer) for task in pool.take(range(len(pool)))]


@pytest.mark.parametrize(
    ("name", "write"), [("a.jsonl", write_jsonl), ("a.json", write_json), ("a.parquet", write_parquet)]
)
def test_every_kind_of_file_gives_the_same_tasks(tmp_path: Path, name: str, write: Callable[..., Path]) -> None:
    pool = load_pool([source(write(tmp_path / name, ROWS))])
    assert questions(pool) == [("1+1", "2"), ("2+2", "4"), ("3+3", "6")]
    assert list(pool.index.ids.to_pylist()) == ["s:0", "s:1", "s:2"]


def test_the_mapping_says_which_column_holds_what(tmp_path: Path) -> None:
    rows = [{"question": "1+1", "gold": 2, "key": "first", "prompt": "no", "answer": "no"}]
    for file in (write_jsonl(tmp_path / "a.jsonl", rows), write_parquet(tmp_path / "a.parquet", rows)):
        (task,) = load_pool([source(file, fields=FieldsConfig(prompt="question", answer="gold", id="key"))]).take([0])
        assert (task.prompt, task.answer, task.id) == ("1+1", 2, "s:first")


def test_a_glob_reads_its_files_in_the_order_of_their_names(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "b" / "part-2.jsonl", ROWS[2:])
    write_jsonl(tmp_path / "a" / "part-1.jsonl", ROWS[:2])
    write_jsonl(tmp_path / "a" / "other.jsonl", [{"prompt": "not", "answer": "me"}])
    pool = load_pool([source(tmp_path / "**" / "part-*.jsonl")])
    assert questions(pool) == [("1+1", "2"), ("2+2", "4"), ("3+3", "6")]
    assert pool.index.ids.to_pylist() == ["s:0", "s:1", "s:2"]


def test_a_glob_may_mix_kinds_of_files(tmp_path: Path) -> None:
    write_parquet(tmp_path / "b.parquet", ROWS[1:])
    write_json(tmp_path / "a.json", ROWS[:1])
    assert questions(load_pool([source(tmp_path / "*.*")])) == [("1+1", "2"), ("2+2", "4"), ("3+3", "6")]


def test_a_name_with_brackets_that_exists_is_a_file_and_no_pattern(tmp_path: Path) -> None:
    file = write_jsonl(tmp_path / "a[1].jsonl", ROWS[:1])
    assert questions(load_pool([source(file)])) == [("1+1", "2")]


def test_more_rows_than_a_batch_stay_in_order(tmp_path: Path) -> None:
    rows = [{"prompt": f"p{number}", "answer": number} for number in range(10_000)]
    pool = load_pool([source(write_parquet(tmp_path / "a.parquet", rows))])
    assert len(pool) == 10_000
    wanted = [9_999, 0, 4_095, 4_096, 8_191, 8_192]
    assert [(task.answer, task.id, task.row) for task in pool.take(wanted)] == [(n, f"s:{n}", n) for n in wanted]


def test_a_limit_takes_the_first_rows(tmp_path: Path) -> None:
    assert questions(load_pool([source(write_jsonl(tmp_path / "a.jsonl", ROWS), limit=2)])) == [
        ("1+1", "2"),
        ("2+2", "4"),
    ]


def test_generated_tasks_bring_id_domain_kind_and_difficulty() -> None:
    pool = load_pool([source("tiny://addition+conversion?levels=2&count=4")])
    tasks = pool.take(range(4))
    assert [task.id for task in tasks] == ["s:addition-2-0", "s:conversion-2-1", "s:addition-2-2", "s:conversion-2-3"]
    assert [task.domain for task in tasks] == ["stem.math", "stem.physics"] * 2
    assert [task.subcategory for task in tasks] == ["addition", "conversion"] * 2
    # Two columns are two steps, 0.85^2; one addition of a conversion is one.
    assert [task.difficulty for task in tasks] == pytest.approx([0.7225, 0.85] * 2)


def test_a_subcategory_for_the_whole_source_stands_above_the_generated_kind() -> None:
    pool = load_pool([source("tiny://addition?count=3", subcategory="sums")])
    assert pool.index.subcategories == ("sums",)


def test_a_byte_order_mark_and_blank_lines_are_no_rows(make_source: Callable[..., SourceConfig]) -> None:
    pool = load_pool([make_source(b'\xef\xbb\xbf{"prompt": "p", "answer": "1"}', b"", b"  \r", ROWS[1])])
    assert questions(pool) == [("p", "1"), ("2+2", "4")]


def test_a_huge_line_is_read_whole(make_source: Callable[..., SourceConfig]) -> None:
    pool = load_pool([make_source({"prompt": "x" * 8_000_000, "answer": "1"}, ROWS[0])])
    assert [len(task.prompt) for task in pool.take([0, 1])] == [8_000_000, 3]
