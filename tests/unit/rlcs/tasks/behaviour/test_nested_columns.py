"""Parts of columns, as verl writes its Parquet files: `reward_model.ground_truth` names the gold."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rlcs.config.schema import FieldsConfig, SourceConfig
from rlcs.errors import UserError
from rlcs.records import Task
from rlcs.tasks import load_pool
from rlcs.tasks.readers import read_files
from rlcs.tasks.traces import load_traces

Refusal = Callable[..., str]

FIELDS = FieldsConfig(prompt="prompt", answer="reward_model.ground_truth", id="extra_info.index")
QUESTIONS = (("Ann has 3 pens and buys 4. How many?", "7"), ("A rope of 10 m loses 2 m. What is left?", "8"))


def verl_row(number: int, question: str, answer: str) -> dict[str, Any]:
    """A row as verl's preparation of GSM8K lays it out."""
    return {
        "data_source": "openai/gsm8k",
        "prompt": [{"content": f'{question} Output the final answer after "####".', "role": "user"}],
        "ability": "math",
        "reward_model": {"ground_truth": answer, "style": "rule"},
        "extra_info": {"answer": f"So it is.\n#### {answer}", "index": number, "question": question, "split": "train"},
    }


ROWS = [verl_row(number, *one) for number, one in enumerate(QUESTIONS)]


def write_parquet(file: Path, rows: list[dict[str, Any]]) -> Path:
    pq.write_table(pa.Table.from_pylist(rows), file)
    return file


def write_jsonl(file: Path, rows: list[dict[str, Any]]) -> Path:
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file


def source(path: Path, fields: FieldsConfig = FIELDS) -> SourceConfig:
    return SourceConfig(name="s", path=str(path), fields=fields)


def tasks_of(path: Path, fields: FieldsConfig = FIELDS) -> list[Task]:
    pool = load_pool([source(path, fields)])
    return pool.take(range(len(pool)))


@pytest.mark.parametrize("kind", ["parquet", "jsonl", "datasets"])
def test_a_file_of_verl_loads_as_it_is(tmp_path: Path, kind: str) -> None:
    path = tmp_path / ("saved" if kind == "datasets" else f"train.{kind}")
    if kind == "datasets":
        datasets.Dataset.from_list(ROWS).save_to_disk(str(path))
    else:
        (write_parquet if kind == "parquet" else write_jsonl)(path, ROWS)
    tasks = tasks_of(path)
    assert [(task.id, task.answer) for task in tasks] == [("s:0", "7"), ("s:1", "8")]
    assert [list(task.prompt) for task in tasks] == [row["prompt"] for row in ROWS]


def test_responses_to_imitate_may_be_parts_as_well(tmp_path: Path) -> None:
    fields = FieldsConfig(prompt="extra_info.question", response="extra_info.answer")
    _, responses = load_traces([source(write_parquet(tmp_path / "a.parquet", ROWS), fields)])
    assert responses == [row["extra_info"]["answer"] for row in ROWS]


@pytest.mark.parametrize("write", [write_parquet, write_jsonl])
def test_a_column_whose_name_has_a_dot_wins(tmp_path: Path, write: Callable[..., Path]) -> None:
    row = {**ROWS[0], "reward_model.ground_truth": "the column", "reward_model.more": {"of it": "its part"}}
    path = write(tmp_path / f"a.{write.__name__[6:]}", [row])
    assert tasks_of(path)[0].answer == "the column"
    fields = FieldsConfig(prompt="prompt", answer="reward_model.more.of it")
    assert tasks_of(path, fields)[0].answer == "its part"


@pytest.mark.parametrize(
    ("column", "told"),
    [
        ("reward_model.truth", "in reward_model: field 'truth' is missing: did you mean 'ground_truth'?"),
        ("extra_info.level", "in extra_info: field 'level' is missing: "),
        ("reward_modl.ground_truth", "field 'reward_modl.ground_truth' is missing: "),
        ("prompt.content", "field 'prompt.content' is missing: did you mean 'prompt'?"),
        ("ability.kind", "field 'ability.kind' is missing: "),
    ],
)
def test_a_part_that_is_not_there_is_told(tmp_path: Path, refusal: Refusal, column: str, told: str) -> None:
    fields = FieldsConfig(answer=column)
    table = refusal(source(write_parquet(tmp_path / "a.parquet", ROWS), fields))
    lines = refusal(source(write_jsonl(tmp_path / "a.jsonl", ROWS), fields))
    assert table.startswith(f"a.parquet: {told}") and table.endswith("; set `fields` of the source")
    assert lines.startswith(f"data source s: a.jsonl line 1: {told}")
    assert "columns: " in table and "columns: " in lines


def test_a_part_that_is_null_is_told_or_left_out(tmp_path: Path, refusal: Refusal) -> None:
    rows = [ROWS[0], {**ROWS[1], "reward_model": None}]
    path = write_parquet(tmp_path / "a.parquet", rows)
    assert "a.parquet row 2: field 'reward_model.ground_truth' is None" in refusal(source(path))
    fields = FieldsConfig(answer="ability", subcategory="reward_model.style")
    assert [task.subcategory for task in tasks_of(path, fields)] == ["rule", ""]


def test_only_the_parts_that_are_named_are_read(tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "a.parquet", ROWS)
    (first, _) = read_files([path], ["extra_info.index", "reward_model.ground_truth"])
    assert first.value == {"extra_info": {"index": 0}, "reward_model": {"ground_truth": "7"}}


def test_a_gold_that_is_a_whole_struct_keeps_its_parts(tmp_path: Path) -> None:
    (task, _) = tasks_of(write_parquet(tmp_path / "a.parquet", ROWS), FieldsConfig(answer="reward_model"))
    assert task.answer == ROWS[0]["reward_model"]


def test_the_same_part_for_two_rows_is_no_id(tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "a.parquet", ROWS)
    with pytest.raises(UserError, match="was there before; ids must be unique"):
        load_pool([source(path, FieldsConfig(answer="ability", id="extra_info.split"))])
