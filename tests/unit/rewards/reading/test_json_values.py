"""JSON and calls read with caps, without eval."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards.reading.json_values import JsonLimits, Unreadable, read_call, read_json
from rlcs.records import Status

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text() | st.floats(allow_nan=False, width=32),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(JSON)
def test_every_json_value_is_read_as_the_standard_library_reads_it(value: Any) -> None:
    text = json.dumps(value)
    if "Infinity" not in text:
        assert read_json(text) == json.loads(text)
        assert read_json(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace").decode()) is not ...


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{'a': True, 'b': None}", {"a": True, "b": None}),
        ("[[007, 08]]", [[7, 8]]),
        ("(1, 2.5)", [1, 2.5]),
        ('{"a": [1,],}', {"a": [1]}),
        (r"'it\'s'", "it's"),
        (r'"\ud83d\ude00 \u00e9"', "😀 é"),
        (r'"\ud83d"', "\ufffd"),
    ],
)
def test_python_spellings_are_read_too(text: str, value: Any) -> None:
    assert read_json(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "", "NaN", "Infinity", "-Infinity", "1e400", "0x64", "1_000", "1+1", "[1 2]", '{"a": 1, "a": 2}', "{1: 2}",
        '"a" "b"', "[1", "]", '"open', "'a' + 'b'", "__import__('os')", "[x for x in y]", "{{'a': 1}}", "b'a'", "１",
    ],
)  # fmt: skip
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(Unreadable) as error:
        read_json(text)
    assert error.value.status is Status.INVALID_ANSWER


@pytest.mark.parametrize("text", ["[" * 40 + "]" * 40, "9" * 300, "[" + "1," * 20_000 + "1]", '"' + "a" * 50_000 + '"'])
def test_too_much_is_over_the_limit(text: str) -> None:
    with pytest.raises(Unreadable) as error:
        read_json(text)
    assert error.value.status is Status.OVER_LIMIT


def test_the_limits_can_be_set() -> None:
    assert read_json("[[1]]", JsonLimits(depth=2)) == [[1]]
    with pytest.raises(Unreadable):
        read_json("[[1]]", JsonLimits(depth=1))


@pytest.mark.parametrize("text", ["[" * 32_000, "'" * 32_000, '"\\' * 16_000, "1" * 32_000, "{'a':" * 6_000])
def test_hostile_text_is_refused_in_linear_time(text: str) -> None:
    start = time.perf_counter()
    with pytest.raises(Unreadable):
        read_json(text)
    assert time.perf_counter() - start < 0.2


def test_calls_have_a_name_and_typed_arguments() -> None:
    assert read_call("left_click(start_box='[1, 2]', element_info='a (b), c')") == (
        "left_click",
        {"start_box": "[1, 2]", "element_info": "a (b), c"},
    )
    assert read_call("CLICK(point=(1, 2), box=[[1,2,3,4]])") == ("CLICK", {"point": [1, 2], "box": [[1, 2, 3, 4]]})
    assert read_call("pyautogui.click(3, 4)") == ("pyautogui.click", {"0": 3, "1": 4})
    assert read_call("WAIT()") == ("WAIT", {})


@pytest.mark.parametrize("text", ["WAIT", "f(a=1) f(a=1)", "f(a=1, a=2)", "f(a=g())", "f(a=os.system)", "f(1=2)", "f("])
def test_what_is_not_one_call_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        read_call(text)
