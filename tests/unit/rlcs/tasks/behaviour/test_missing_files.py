"""Paths, files and columns that are not there or not readable: each is told in one plain line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rlcs.config.schema import FieldsConfig, SourceConfig

Refusal = Callable[..., str]


def source(path: Path | str, **settings: Any) -> SourceConfig:
    return SourceConfig(name="s", path=str(path), **settings)


def write_table(file: Path, num_rows: int = 1) -> Path:
    pq.write_table(pa.table({"question": ["q"] * num_rows, "answer": ["a"] * num_rows}), file, compression="none")
    return file


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("trian.jsonl", "no file trian.jsonl: did you mean train.jsonl?"),
        ("train.jsnol", "no file train.jsnol: did you mean train.jsonl?"),
        ("zzz.parquet", "no file zzz.parquet: nothing like it in TMP"),
        ("nowhere/train.jsonl", "no file nowhere/train.jsonl: there is no folder nowhere; check the path"),
    ],
)
def test_a_missing_file_names_the_nearest(tmp_path: Path, refusal: Refusal, path: str, expected: str) -> None:
    (tmp_path / "train.jsonl").write_text("{}\n")
    assert refusal(source(tmp_path / path)) == expected


def test_a_pattern_without_files_says_where_it_looked(tmp_path: Path, refusal: Refusal) -> None:
    message = refusal(source(tmp_path / "*.jsonl"))
    assert message == f"no file matches *.jsonl (in {Path.cwd()}); check the pattern"


@pytest.mark.parametrize("pattern", ["data.csv", "*.csv"])
def test_a_file_of_another_kind_is_refused(tmp_path: Path, refusal: Refusal, pattern: str) -> None:
    (tmp_path / "data.csv").write_text("prompt,answer\n")
    expected = "cannot read data.csv: expected one of .jsonl, .json, .parquet; convert it first"
    assert refusal(source(tmp_path / pattern)) == expected


@pytest.mark.parametrize("content", ["", "\n  \n"])
def test_a_file_without_rows_is_told(tmp_path: Path, refusal: Refusal, content: str) -> None:
    (tmp_path / "a.jsonl").write_text(content)
    assert refusal(source(tmp_path / "a.jsonl")) == "data source s: no usable row in a.jsonl (0 skipped)"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"[]", "data source s: no usable row in a.json (0 skipped)"),
        (
            b'{"prompt": "p"}',
            "a.json should be a JSON list of objects, got dict; write [ … ] around the rows",
        ),
        (
            b"",
            "a.json is malformed JSON: Expecting value: line 1 column 1 (char 0); "
            "a file with one object a line must end in .jsonl",
        ),
        (
            b'[{"prompt": "p"},\n{"prompt": ]',
            "a.json is malformed JSON: Expecting value: line 2 column 12 (char 29); "
            "a file with one object a line must end in .jsonl",
        ),
    ],
)
def test_a_json_file_that_is_no_list_is_told(tmp_path: Path, refusal: Refusal, content: bytes, expected: str) -> None:
    (tmp_path / "a.json").write_bytes(content)
    assert refusal(source(tmp_path / "a.json")) == expected


@pytest.mark.parametrize("content", [b'["\xff"]', b"[" * 200_000])
def test_json_that_cannot_be_decoded_is_told(tmp_path: Path, refusal: Refusal, content: bytes) -> None:
    (tmp_path / "a.json").write_bytes(content)
    assert refusal(source(tmp_path / "a.json")).startswith("a.json is malformed JSON: ")


@pytest.mark.parametrize("content", [b"", b"no parquet at all"])
def test_a_file_that_is_no_parquet_is_told(tmp_path: Path, refusal: Refusal, content: bytes) -> None:
    (tmp_path / "a.parquet").write_bytes(content)
    assert refusal(source(tmp_path / "a.parquet")).startswith("a.parquet is no Parquet file: ")


def test_a_parquet_file_broken_inside_is_told_in_one_line(tmp_path: Path, refusal: Refusal) -> None:
    file = write_table(tmp_path / "a.parquet", num_rows=100)
    content = bytearray(file.read_bytes())
    content[4:60] = b"\xff" * 56  # the first page follows the 4 bytes PAR1
    file.write_bytes(content)
    message = refusal(source(file, fields=FieldsConfig(prompt="question")))
    assert message.startswith("a.parquet is a broken Parquet file: ")
    assert message.endswith("; write or copy it again")
    assert "\n" not in message


@pytest.mark.parametrize("on_bad_row", ["error", "skip"])
def test_a_table_without_the_column_names_the_nearest(tmp_path: Path, refusal: Refusal, on_bad_row: str) -> None:
    file = write_table(tmp_path / "a.parquet")
    message = refusal(source(file, fields=FieldsConfig(prompt="qestion"), on_bad_row=on_bad_row))
    assert message == (
        "a.parquet: field 'qestion' is missing: did you mean 'question'? columns: question, answer; "
        "set `fields` of the source"
    )


def test_a_split_is_for_datasets_sources_only(tmp_path: Path, refusal: Refusal) -> None:
    file = write_table(tmp_path / "a.parquet")
    assert refusal(source(file, split="train")) == (
        "data source s: split=train is for datasets sources, and a.parquet is a file; leave split out, or set limit"
    )
    assert refusal(source("tiny://addition", split="eval")) == (
        "data source s: put the split of tiny://addition into its path, as split=eval"
    )


def test_a_generated_source_has_only_its_own_columns(refusal: Refusal) -> None:
    message = refusal(source("tiny://addition", fields=FieldsConfig(answer="anser")))
    assert message.startswith("tiny://addition: field 'anser' is missing: did you mean 'answer'? columns: id, prompt, ")
