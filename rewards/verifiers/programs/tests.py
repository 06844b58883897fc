"""Tests for code, as a gold answer: how they may be written, and when an output is the expected one.

The comparison is made here, in our own process, on text or on JSON: no object of the candidate's is ever asked whether
it equals something.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from rewards.sandbox.programs import MAX_OUTPUT

MAX_TESTS = 64
MAX_INPUT = 4_000_000
_FUNCTION_NAMES = ("function", "fn_name", "entry_point")


@dataclass(frozen=True, kw_only=True, slots=True)
class CodeTests:
    """Inputs and expected outputs, one for each test."""

    function: str | None
    """The function to call; None: a program that reads standard input and prints."""
    inputs: tuple[Any, ...]
    """Text for a program; a list or dict of arguments for a function."""
    outputs: tuple[Any, ...]
    """Text for a program; what the function returns, as JSON has it."""


def read_tests(gold: Any) -> CodeTests:
    """Read a gold answer; ValueError tells what is wrong with it.

    `{"inputs": […], "outputs": […], "function": NAME}` or `{"tests": [{"input": …, "output": …}], "function": NAME}`,
    also as JSON text; without a function the tests are for a program.
    """
    record = json.loads(gold) if isinstance(gold, str) else gold
    if not isinstance(record, Mapping):
        raise ValueError(f"expected an object with inputs and outputs, got {type(record).__name__}")
    function = next((record[name] for name in _FUNCTION_NAMES if record.get(name)), None)
    if function is not None and not (isinstance(function, str) and function.isidentifier()):
        raise ValueError(f"function is {function!r:.40}; expected a name")
    inputs, outputs = _columns(record)
    if not 0 < len(inputs) == len(outputs) <= MAX_TESTS:
        raise ValueError(f"{len(inputs)} inputs and {len(outputs)} outputs; expected the same number, 1 to {MAX_TESTS}")
    for number, (given, expected) in enumerate(zip(inputs, outputs, strict=True)):
        _check_test(number, given, expected, function)
    if len(json.dumps(inputs)) > MAX_INPUT:
        raise ValueError(f"more than {MAX_INPUT} characters of input")
    return CodeTests(function=function, inputs=tuple(inputs), outputs=tuple(outputs))


def is_expected(output: str, expected: Any, function: str | None, *, tolerance: float) -> bool:
    """Tell whether an output is the expected one: lines of text for a program, a JSON value for a function."""
    if function is None:
        return _same_text(output, expected, tolerance)
    try:
        return _same_value(json.loads(output, parse_constant=_refuse), expected, tolerance)
    except (ValueError, RecursionError):
        return False


def _columns(record: Mapping[str, Any]) -> tuple[list[Any], list[Any]]:
    tests = record.get("tests")
    if tests is None:
        inputs, outputs = record.get("inputs"), record.get("outputs")
        if not isinstance(inputs, list) or not isinstance(outputs, list):
            raise ValueError("expected lists under inputs and outputs, or a list under tests")
        return inputs, outputs
    if not isinstance(tests, list) or not all(
        isinstance(one, Mapping) and {"input", "output"} <= {*one} for one in tests
    ):
        raise ValueError("expected under tests a list of objects with input and output")
    return [one["input"] for one in tests], [one["output"] for one in tests]


def _check_test(number: int, given: Any, expected: Any, function: str | None) -> None:
    if function is None:
        if not isinstance(given, str) or not isinstance(expected, str):
            raise ValueError(f"test {number}: a program needs input and output as text; for a function, name it")
        if not expected.strip():
            raise ValueError(f"test {number}: expects no output, which any program gives")
    elif not isinstance(given, list | dict):
        raise ValueError(f"test {number}: a function needs a list or an object of arguments, got {given!r:.40}")
    if len(json.dumps(expected, allow_nan=False)) > MAX_OUTPUT:
        raise ValueError(f"test {number}: more than {MAX_OUTPUT} characters of output")


def _same_text(output: str, expected: str, tolerance: float) -> bool:
    """Compare line by line; spaces and empty lines at an end do not count."""
    found, wanted = (text.rstrip().split("\n") for text in (output, expected))
    if tolerance == 0.0:
        return [line.rstrip() for line in found] == [line.rstrip() for line in wanted]
    return len(found) == len(wanted) and all(
        _same_word(one, other, tolerance)
        for line, other_line in zip(found, wanted, strict=True)
        for one, other in zip_longest(line.split(), other_line.split(), fillvalue="")
    )


def _same_word(found: str, expected: str, tolerance: float) -> bool:
    if found == expected:
        return True
    try:
        return _near(float(found), float(expected), tolerance)
    except ValueError:
        return False


def _same_value(found: Any, expected: Any, tolerance: float) -> bool:
    """Compare two JSON values; True is not 1, and a list must have the same order."""
    if isinstance(expected, list):
        return (
            isinstance(found, list)
            and len(found) == len(expected)
            and all(_same_value(one, other, tolerance) for one, other in zip(found, expected, strict=True))
        )
    if isinstance(expected, dict):
        return (
            isinstance(found, dict)
            and found.keys() == expected.keys()
            and all(_same_value(found[key], expected[key], tolerance) for key in expected)
        )
    if _is_number(expected) and _is_number(found):
        return bool(found == expected) or _near(found, expected, tolerance)
    return type(found) is type(expected) and bool(found == expected)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _near(found: float, expected: float, tolerance: float) -> bool:
    """Whether two numbers differ by at most `tolerance`, relative to the expected one where that is above 1."""
    if tolerance == 0.0:
        return False
    try:
        return math.isfinite(found) and abs(found - expected) <= tolerance * max(1.0, abs(expected))
    except OverflowError:  # a whole number too large for a float
        return False


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")
