"""Calls of tools as models write them, read with caps and never evaluated.

<tool_call>{"name": "weather", "arguments": {"city": "Bonn"}}</tool_call>               Hermes, Qwen
<tool_call>weather<arg_key>city</arg_key><arg_value>Bonn</arg_value></tool_call>       GLM
<tool_call>weather(city="Bonn")</tool_call>                                            a call
<tool_call>python
print(6 * 7)</tool_call>                                                               code, also in a fence
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rewards.reading.json_values import JsonLimits, JsonValue, Unreadable, read_call, read_json

PYTHON = "python"
START, END = "<tool_call>", "</tool_call>"
MAX_CHARACTERS = 65_536
_LIMITS = JsonLimits(characters=MAX_CHARACTERS)
_PAIR = re.compile(r"<arg_key>([^<]{1,80})</arg_key>\s*<arg_value>(.*?)</arg_value>", re.DOTALL)
_NAME = re.compile(r"[A-Za-z_][\w.-]{0,79}")
_FENCE = re.compile(r"\A```[A-Za-z]{0,12}[ \t]*\n|\n?```[ \t]*\Z")


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a tool."""

    name: str
    arguments: dict[str, JsonValue]


def read_calls(text: str) -> list[Call]:
    """Return the calls of a turn, in order; those in its thinking are none. Raises Unreadable.

    Empty: the turn calls nothing, so it is the answer.
    """
    text = text.rpartition("</think>")[2]
    found, rest = [], text
    while START in rest:
        inner, end, rest = rest.partition(START)[2].partition(END)
        if len(inner) > MAX_CHARACTERS:
            raise Unreadable(f"a call of more than {MAX_CHARACTERS} characters")
        if not end and rest.strip():
            raise Unreadable(f"a call has no {END}")
        found.append(_read(inner.strip()))
    return found


def _read(text: str) -> Call:
    if text.startswith("{"):
        return _json_call(read_json(text, _LIMITS))
    name = _NAME.match(text)
    if name is None:
        raise Unreadable("expected the name of a tool and its arguments")
    rest = text[name.end() :].strip()
    if rest.startswith("<arg_key>"):
        return _tagged_call(name[0], rest)
    if name[0] == PYTHON and not rest.startswith("("):
        return Call(PYTHON, {"code": _FENCE.sub("", rest)})
    if not rest:
        return Call(name[0], {})
    if rest.startswith("{"):
        return Call(name[0], _arguments(read_json(rest, _LIMITS)))
    return Call(*read_call(text, _LIMITS))


def _json_call(value: JsonValue) -> Call:
    if isinstance(value, dict) and isinstance(inner := value.get("function"), dict):
        value = inner
    if not isinstance(value, dict) or not isinstance(name := value.get("name"), str):
        raise Unreadable('expected {"name": "…", "arguments": {…}}')
    return Call(name, _arguments(value.get("arguments", value.get("parameters", {}))))


def _arguments(value: JsonValue) -> dict[str, JsonValue]:
    if isinstance(value, str):  # JSON inside JSON
        value = read_json(value, _LIMITS)
    if not isinstance(value, dict):
        raise Unreadable('arguments must be an object: {"name": value}')
    return value


def _tagged_call(name: str, text: str) -> Call:
    """Read GLM's pairs; a value is JSON where it can be read so, else a text."""
    if _PAIR.sub("", text).strip():
        raise Unreadable("expected <arg_key>…</arg_key><arg_value>…</arg_value> and nothing else")
    arguments: dict[str, JsonValue] = {}
    for key, value in _PAIR.findall(text):
        try:
            arguments[key.strip()] = value if name == PYTHON else read_json(value, _LIMITS)
        except Unreadable:
            arguments[key.strip()] = value
    return Call(name, arguments)
