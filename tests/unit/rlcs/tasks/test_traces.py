"""Traces for the cold start: tasks with a response to imitate."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rlcs.config.schema import SourceConfig
from rlcs.errors import UserError
from rlcs.tasks import load_traces

Build = Callable[..., SourceConfig]

TRACE = {"question": "1+1=", "output": " <think>1+1=2</think>2 \n"}
FIELDS = {"prompt": "question", "response": "output"}


def test_a_trace_needs_no_gold_and_its_response_is_left_as_it_is(make_source: Build) -> None:
    a = make_source(TRACE, {**TRACE, "output": "two"}, name="a", fields=FIELDS)
    b = make_source({"prompt": "p", "response": "r"}, name="b", domain="logic")
    tasks, responses = load_traces([a, b])
    assert responses == [" <think>1+1=2</think>2 \n", "two", "r"]
    assert [(task.id, task.prompt, task.answer, task.row) for task in tasks] == [
        ("a:0", "1+1=", "", 0),
        ("a:1", "1+1=", "", 1),
        ("b:0", "p", "", 2),
    ]
    assert [task.domain for task in tasks] == ["stem.math", "stem.math", "logic"]


def test_settings_for_golds_do_not_matter_to_traces(make_source: Build) -> None:
    fields = {**FIELDS, "answer": "none", "params": "none", "difficulty": "none"}
    source = make_source(TRACE, fields=fields, answer_pattern="#### (.+)$")
    assert load_traces([source])[1] == [TRACE["output"]]


def test_generated_traces_are_read(tmp_path: object) -> None:
    tasks, responses = load_traces([SourceConfig(name="t", path="tiny://traces?levels=1&count=5")])
    assert [task.id for task in tasks] == [
        f"t:{kind}-1-{number}"
        for number, kind in enumerate(["addition", "conversion", "equation", "multiplication", "subtraction"])
    ]
    assert [response.startswith("<think>") for response in responses] == [True] * 5


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        (" ", "field 'output' is empty"),
        (["a"], "field 'output' should be text, got ['a']"),
        (None, "field 'output' is None; expected a value"),
    ],
)
def test_a_response_that_is_no_text_is_a_bad_row(make_source: Build, response: object, expected: str) -> None:
    source = make_source(TRACE, {**TRACE, "output": response}, fields=FIELDS)
    with pytest.raises(UserError) as caught:
        load_traces([source])
    assert f"data source s: {source.path} line 2: {expected};" in str(caught.value)


def test_bad_traces_are_skipped_and_listed(make_source: Build, caplog: pytest.LogCaptureFixture) -> None:
    source = make_source(TRACE, b"{", {"question": "q"}, TRACE, fields=FIELDS, on_bad_row="skip")
    tasks, responses = load_traces([source])
    assert [(task.id, task.row) for task in tasks] == [("s:0", 0), ("s:3", 1)]
    assert len(responses) == 2
    assert caplog.messages[0].startswith("skipped 2 bad rows of s: ")
    assert "line 3: field 'output' is missing" in caplog.messages[0]
