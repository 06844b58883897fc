"""The tests of a code answer: how outputs are compared, and which golds are of no use."""

from __future__ import annotations

from typing import Any

import pytest

from rewards.verifiers.programs.code_answer import check_code_gold
from rewards.verifiers.programs.tests import is_expected, read_tests


@pytest.mark.parametrize(
    ("output", "expected", "tolerance", "is_same"),
    [
        ("1 2 \n3\n\n", "1 2\n3", 0.0, True), ("1  2", "1 2", 0.0, False), ("1\n\n2", "1\n2", 0.0, False),
        ("0.33333", "0.333334", 1e-4, True), ("0.33333", "0.333334", 0.0, False), ("1000.5", "1000", 1e-3, True),
        ("nan", "1", 1e-3, False), ("a 1.0", "a 1", 1e-3, True), ("1 2", "1", 1e-3, False), ("inf", "1e9", 1e-3, False),
    ],
)  # fmt: skip
def test_output_of_a_program_is_compared_by_lines(output: str, expected: str, tolerance: float, is_same: bool) -> None:
    assert is_expected(output, expected, None, tolerance=tolerance) is is_same


@pytest.mark.parametrize(
    ("output", "expected", "is_same"),
    [
        ("[1, 2]", [1, 2], True), ("[2, 1]", [1, 2], False), ("1.0", 1, True), ("true", 1, False), ("1", True, False),
        ("null", None, True), ('{"a": [1]}', {"a": [1]}, True), ('{"a": 1, "b": 2}', {"a": 1}, False), ("", 0, False),
        ("[" * 100_000, 0, False), ('"a"', "a", True), ('"a"', "b", False), ("NaN", 1, False),
        ("1" * 5000, 1, False),
    ],
)  # fmt: skip
def test_results_of_a_function_are_compared_as_json(output: str, expected: Any, is_same: bool) -> None:
    assert is_expected(output, expected, "f", tolerance=0.0) is is_same


@pytest.mark.parametrize(
    ("gold", "told"),
    [
        ("unit tests", "of no use"),
        ({}, "lists under inputs and outputs"),
        ({"inputs": [], "outputs": []}, "0 inputs"),
        ({"inputs": ["1"], "outputs": []}, "1 inputs and 0 outputs"),
        ({"inputs": [1], "outputs": ["1"]}, "for a function, name it"),
        ({"inputs": ["1"], "outputs": [" "]}, "which any program gives"),
        ({"inputs": ["1"], "outputs": [1], "function": "f"}, "a list or an object of arguments"),
        ({"inputs": [[1]], "outputs": [1], "function": "os.system"}, "expected a name"),
        ({"inputs": [[1]], "outputs": [float("nan")], "function": "f"}, "JSON"),
        ({"tests": [{"input": "1"}]}, "objects with input and output"),
    ],
)
def test_tests_that_are_of_no_use_are_told(gold: Any, told: str) -> None:
    assert told in (check_code_gold(gold) or "")


def test_tests_may_be_listed_one_by_one_or_as_json_text() -> None:
    listed = read_tests('{"tests": [{"input": [1], "output": 2}], "entry_point": "f"}')
    assert (listed.function, listed.inputs, listed.outputs) == ("f", ([1],), (2,))
