"""Speeds of rounds and the table of a case, from steps made up so that they can be calculated by hand."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import pytest
from rich.console import Console

from rlcs.bench.rivals.cases import CASES
from rlcs.bench.rivals.match import AS_IT_COMES, Result
from rlcs.bench.rivals.report import as_record, compare, learning_table, parts_in_words, speeds
from rlcs.bench.rivals.usage import Step


def steps(*seconds: float, reward: float = 0.0) -> list[Step]:
    return [
        Step(seconds=s, cpu_seconds=2 * s, num_completions=10, num_tokens=40, reward=reward, parts={"learn": s / 2})
        for s in seconds
    ]


@pytest.fixture
def result() -> Result:
    case = replace(CASES["tiny"], rounds=2, steps=2)
    return Result(
        case=case,
        warm_up={"RLCS": steps(9), "TRL": steps(9)},
        steps={"RLCS": steps(1, 3, 2, 2), "TRL": steps(4, 6, 8, 8, reward=0.25), AS_IT_COMES: steps(5)},
        memory={"RLCS": 3 * 2**30, "TRL": 2**29, AS_IT_COMES: 2**30},
        accuracy={"start": 0.4, "RLCS": 0.5, "TRL": 0.625, AS_IT_COMES: 0.75},
        threads=2,
        versions={"trl": "1.16.0"},
    )


def test_a_speed_is_that_of_a_whole_round(result: Result) -> None:
    assert speeds(result, "RLCS", "num_completions", "seconds") == [20 / 4, 20 / 4]
    assert speeds(result, "TRL", "num_tokens", "cpu_seconds") == [80 / 20, 80 / 32]


def test_rounds_are_compared_in_pairs_without_the_warm_up(result: Result) -> None:
    found = {one.what: one for one in compare(result)}
    assert list(found) == ["completions", "tokens", "completions, CPU", "tokens, CPU"]
    assert found["completions"].ratios == [2.5, 4.0] and found["completions"].aim == 3.0
    assert found["tokens, CPU"].ratios == [2.5, 4.0] and found["tokens, CPU"].aim is None


def test_where_the_time_goes_is_the_median_of_the_steps_of_the_rounds(result: Result) -> None:
    assert parts_in_words(result, "TRL") == "TRL learn 3.50"


def test_every_completion_is_in_the_table_of_what_was_learned(result: Result) -> None:
    console = Console(width=140, record=True, file=io.StringIO())
    console.print(learning_table(result))
    rows = {
        line.split("│")[1].strip(): line.split("│")[2:-1] for line in console.export_text().splitlines() if "│" in line
    }
    assert [cell.strip() for cell in rows["TRL"]] == ["50", "0.000 -> 0.250", "0.625", "6.5", "0.5"]
    assert [cell.strip() for cell in rows[AS_IT_COMES]] == ["10", "0.000 -> 0.000", "0.750", "5.0", "1.0"]


def test_a_case_without_held_out_tasks_has_no_start(result: Result) -> None:
    plain = replace(result, accuracy={}, steps={name: result.steps[name] for name in ("RLCS", "TRL")})
    assert learning_table(plain).row_count == 2


def test_the_record_can_be_written(result: Result) -> None:
    record = json.loads(json.dumps(as_record(result)))
    assert record["case"]["name"] == "tiny" and len(record["steps"]["TRL"]) == 4
    assert record["comparisons"]["completions"]["ratio"] == 3.25
