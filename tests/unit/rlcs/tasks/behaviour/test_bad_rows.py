"""A row that cannot be used stops the load with file, line and field, or is skipped, counted and listed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rlcs.config.schema import FieldsConfig, SourceConfig
from rlcs.tasks import load_pool

Build = Callable[..., SourceConfig]
Refusal = Callable[..., str]

GOOD = {"prompt": "p", "answer": "1"}
ADVICE = "; correct the row, or set on_bad_row: skip to leave such rows out"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b'{"prompt": "p", "ans', "malformed JSON at column 17: Unterminated string starting at"),
        (b"prompt,answer", "malformed JSON at column 1: Expecting value"),
        (
            b'{"prompt": "\xff", "answer": "1"}',
            "malformed JSON: 'utf-8' codec can't decode byte 0xff in position 12: invalid start byte",
        ),
        (b"[1, 2]", "expected an object with columns, got [1, 2]"),
        (b'"text"', "expected an object with columns, got 'text'"),
        (b"null", "expected an object with columns, got None"),
        (b"{}", "field 'prompt' is missing: nothing like it; columns: none"),
        (
            b'{"prompt": "p", "anwser": "1"}',
            "field 'answer' is missing: did you mean 'anwser'? columns: prompt, anwser",
        ),
        (b'{"prompt": null, "answer": "1"}', "field 'prompt' is None; expected a value"),
        (b'{"prompt": "p", "answer": null}', "field 'answer' is None; expected a value"),
        (b'{"prompt": "p", "answer": NaN}', "field 'answer' is nan; expected a value"),
        (b'{"prompt": "p", "answer": -Infinity}', "field 'answer' is -inf; expected a value"),
        (
            b'{"prompt": "p", "answer": [1, NaN]}',
            "field 'answer' should be text, numbers or lists of them, got [1, nan] "
            "(Out of range float values are not JSON compliant)",
        ),
        (b'{"prompt": " ", "answer": "1"}', "field 'prompt' is empty"),
        (b'{"prompt": "p", "answer": " \\n"}', "field 'answer' is empty"),
        (b'{"prompt": "p", "answer": []}', "field 'answer' is empty"),
        (b'{"prompt": 5, "answer": "1"}', "field 'prompt' should be text, got 5"),
        (b'{"prompt": {"text": "p"}, "answer": "1"}', "field 'prompt' should be text, got {'text': 'p'}"),
        (b'{"prompt": "p \\ud83d", "answer": "1"}', "field 'prompt' holds half a character, '\\ud83d': 'p \\ud83d'"),
        (b'{"prompt": "p", "answer": "\\ude00"}', "field 'answer' holds half a character, '\\ude00': '\"\\ude00\"'"),
    ],
)
def test_a_bad_line_is_told_with_file_line_and_field(
    make_source: Build, refusal: Refusal, line: bytes, expected: str
) -> None:
    assert refusal(make_source(GOOD, b"", line)) == f"data source s: s.jsonl line 3: {expected}{ADVICE}"


@pytest.mark.parametrize("line", [b"[" * 200_000, b'{"prompt": "p", "answer": ' + b"1" * 5000 + b"}"])
def test_json_beyond_what_python_reads_is_a_bad_line_as_well(make_source: Build, refusal: Refusal, line: bytes) -> None:
    message = refusal(make_source(GOOD, line))
    assert message.startswith("data source s: s.jsonl line 2: malformed JSON: ")
    assert len(message) < 400


def test_a_long_value_is_cut_in_the_error(make_source: Build, refusal: Refusal) -> None:
    message = refusal(make_source({"prompt": ["x" * 1_000_000], "answer": "1"}))
    assert f"got '{'x' * 59}…" in message
    assert len(message) < 400


def test_rows_of_json_and_parquet_are_counted_from_one(tmp_path: Path, refusal: Refusal) -> None:
    (tmp_path / "a.json").write_text('[{"prompt": "p", "answer": "1"}, 7]')
    assert refusal(SourceConfig(name="s", path=str(tmp_path / "a.json"))) == (
        f"data source s: a.json row 2: expected an object with columns, got 7{ADVICE}"
    )


def test_the_file_of_a_glob_is_named(tmp_path: Path, refusal: Refusal) -> None:
    (tmp_path / "a.jsonl").write_text('{"prompt": "p", "answer": "1"}\n')
    (tmp_path / "b.jsonl").write_text('{"prompt": "p"}\n')
    assert "b.jsonl line 1: field 'answer' is missing" in refusal(
        SourceConfig(name="s", path=str(tmp_path / "*.jsonl"))
    )


def test_skipped_rows_are_counted_and_listed(make_source: Build, caplog: pytest.LogCaptureFixture) -> None:
    pool = load_pool([make_source(GOOD, b"{", {"prompt": "p"}, {"prompt": "q", "answer": "2"}, on_bad_row="skip")])
    assert [(task.id, task.answer, task.row) for task in pool.take([0, 1])] == [("s:0", "1", 0), ("s:3", "2", 1)]
    (message,) = caplog.messages
    assert message.startswith("skipped 2 bad rows of s: ")
    assert "s.jsonl line 2: malformed JSON at column 2" in message
    assert "s.jsonl line 3: field 'answer' is missing" in message


def test_only_the_first_five_skipped_rows_are_listed_also_from_the_cache(
    make_source: Build, caplog: pytest.LogCaptureFixture
) -> None:
    source = make_source(GOOD, *[{"prompt": f"p{number}"} for number in range(7)], on_bad_row="skip")
    for _ in range(2):
        caplog.clear()
        assert len(load_pool([source])) == 1
        assert caplog.messages[0].startswith("skipped 7 bad rows of s: ")
        assert caplog.messages[0].count("is missing") == 5
        assert caplog.messages[0].endswith("; and 2 more")


def test_nothing_left_after_skipping_is_an_error(make_source: Build, refusal: Refusal) -> None:
    message = refusal(make_source(b"{", b"[]", on_bad_row="skip"))
    assert message == "data source s: no usable row in s.jsonl (2 skipped)"


def test_a_limit_counts_bad_rows_too(make_source: Build) -> None:
    assert len(load_pool([make_source(GOOD, b"{", GOOD, limit=2, on_bad_row="skip")])) == 1


@pytest.mark.parametrize("value", [True, 1.5, [1], " "])
def test_an_id_is_text_or_a_whole_number(make_source: Build, refusal: Refusal, value: Any) -> None:
    message = refusal(make_source({**GOOD, "key": value}, fields={"id": "key"}))
    assert f"field 'key' should be an id (text or whole number), got {value!r}" in message


def test_an_id_that_was_there_before_is_a_bad_row(make_source: Build, refusal: Refusal) -> None:
    rows = [{**GOOD, "key": key} for key in ("a", 7, "b", "7")]
    message = refusal(make_source(*rows, fields={"id": "key"}))
    assert message == f"data source s: s.jsonl line 4: id '7' was there before; ids must be unique in a source{ADVICE}"
    pool = load_pool([make_source(*rows, fields={"id": "key"}, on_bad_row="skip")])
    assert pool.index.ids.to_pylist() == ["s:a", "s:7", "s:b"]


def test_an_id_of_another_file_of_the_source_counts_as_there_before(tmp_path: Path, refusal: Refusal) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.jsonl").write_text('{"prompt": "p", "answer": "1", "key": "same"}\n')
    source = SourceConfig(name="s", path=str(tmp_path / "*.jsonl"), fields=FieldsConfig(id="key"))
    assert "b.jsonl line 1: id 'same' was there before" in refusal(source)
