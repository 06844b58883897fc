"""Every example of docs/verifiers/text.md is true."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from places import DOCS

from rewards.registry import REWARDS
from rewards.running.call import Call

PAGE = DOCS / "verifiers" / "text.md"
QUESTION = "Which? (A) cat (B) dog (C) fish"
EXAMPLE = re.compile(r"\| `(.*)` \| `(.*)` \| (?:`(\{.*\})`)? ?\| ([\d.]+) \|")


def examples() -> list[tuple[str, str, Any, dict[str, Any], float]]:
    found = []
    for section in PAGE.read_text(encoding="utf-8").split("\n## `")[1:]:
        name = section.partition("`")[0]
        for line in section.splitlines():
            if match := EXAMPLE.fullmatch(line):
                gold = json.loads(match[2]) if match[2][0] in "[{" else match[2]
                found.append((name, match[1], gold, json.loads(match[3] or "{}"), float(match[4])))
    return found


@pytest.mark.parametrize(("name", "answer", "gold", "params", "expected"), examples())
def test_an_example_scores_as_printed(
    name: str, answer: str, gold: Any, params: dict[str, Any], expected: float
) -> None:
    REWARDS.get(name).check_params(params)
    assert REWARDS.get(name).check_gold(gold, params) is None
    arguments = {**params, "question": QUESTION, "delimited": True}
    call = Call(verifier=name, answer=answer, gold=gold, arguments=arguments)
    assert (call.run_quick() or call.run()).score == pytest.approx(expected, abs=1e-4)


def test_all_parameters_are_explained() -> None:
    for section in PAGE.read_text(encoding="utf-8").split("\n## `")[1:]:
        name = section.partition("`")[0]
        rows = [line for line in section.splitlines() if line.startswith("| `") and not EXAMPLE.fullmatch(line)]
        told = {word for row in rows for word in re.findall(r"\w+", row.split("|")[1])}
        assert told == set(REWARDS.get(name).parameters)


def test_no_example_is_passed_over() -> None:
    """Each line of a table that ends in a score is read as an example."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    assert len(examples()) == sum(re.search(r"\| [\d.]+ \|$", line) is not None for line in lines if "` | `" in line)
