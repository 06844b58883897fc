"""Calls of tools in the spellings of models."""

from __future__ import annotations

import pytest

from rewards.reading.json_values import Unreadable
from rollout.environments.tools.calls import MAX_CHARACTERS, Call, read_calls

BONN = Call("weather", {"city": "Bonn", "days": 2})


@pytest.mark.parametrize(
    "inner",
    [
        '{"name": "weather", "arguments": {"city": "Bonn", "days": 2}}',
        "{'name': 'weather', 'parameters': {'city': 'Bonn', 'days': 2,}}",
        '{"type": "function", "function": {"name": "weather", "arguments": "{\\"city\\": \\"Bonn\\", \\"days\\": 2}"}}',
        'weather(city="Bonn", days=2)',
        'weather {"city": "Bonn", "days": 2}',
        "weather\n<arg_key>city</arg_key>\n<arg_value>Bonn</arg_value>\n<arg_key>days</arg_key><arg_value>2</arg_value>",
    ],
)
def test_a_call_is_read_as_models_write_it(inner: str) -> None:
    assert read_calls(f"First look. <tool_call>{inner}</tool_call>") == [BONN]


@pytest.mark.parametrize(
    "inner",
    [
        "python\nprint(1)\nprint(2)",
        "python\n```python\nprint(1)\nprint(2)\n```",
        '{"name": "python", "arguments": {"code": "print(1)\\nprint(2)"}}',
        "python<arg_key>code</arg_key><arg_value>print(1)\nprint(2)</arg_value>",
    ],
)
def test_code_is_read_as_it_stands(inner: str) -> None:
    assert read_calls(f"<tool_call>{inner}</tool_call>") == [Call("python", {"code": "print(1)\nprint(2)"})]


def test_several_calls_keep_their_order_and_those_of_thinking_are_none() -> None:
    text = "<think><tool_call>a()</tool_call></think><tool_call>b()</tool_call> and <tool_call>c</tool_call>"
    assert read_calls(text) == [Call("b", {}), Call("c", {})]
    assert read_calls("<think><tool_call>a()</tool_call></think>the answer") == []


def test_the_end_may_be_missing_at_the_end_only() -> None:
    assert read_calls("<tool_call>b(1)") == [Call("b", {"0": 1})]


@pytest.mark.parametrize(
    "inner",
    ["", "[1]", '{"name": 1}', '{"name": "a", "arguments": [1]}', "a(b", "__import__('os').system('x')", "a b c",
     "a<arg_key>b</arg_key>", "python(" + "x" * MAX_CHARACTERS + ")"],
)  # fmt: skip
def test_what_is_no_call_is_unreadable(inner: str) -> None:
    with pytest.raises(Unreadable):
        read_calls(f"<tool_call>{inner}</tool_call>")
