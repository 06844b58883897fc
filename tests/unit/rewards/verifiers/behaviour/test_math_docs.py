"""Every example of docs/verifiers/math.md is true."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from places import DOCS

from rewards import Scorer
from rewards.registry import REWARDS
from rlcs.config.schema import RewardConfig

PAGE = DOCS / "verifiers" / "math.md"
EXAMPLE = re.compile(r"\| `(.*)` \| `(.*)` \| (?:`(\{.*\})`)? ?\| ([01]) \|")


def examples() -> list[tuple[str, str, dict[str, Any], float]]:
    found = map(EXAMPLE.fullmatch, PAGE.read_text(encoding="utf-8").splitlines())
    return [(match[1], match[2], json.loads(match[3] or "{}"), float(match[4])) for match in found if match]


@pytest.fixture(scope="module")
def scorer(make_scorer: Callable[..., Scorer]) -> Iterator[Scorer]:
    yield make_scorer(math=RewardConfig(timeout_s=10.0))


@pytest.mark.parametrize(("answer", "gold", "params", "expected"), examples())
def test_an_example_scores_as_printed(
    scorer: Scorer, answer: str, gold: str, params: dict[str, Any], expected: float
) -> None:
    assert scorer.check_gold("math", gold, params) is None
    assert scorer.score_one(answer, gold, source="math", bare=True, params=params).score == expected


def test_no_example_is_passed_over() -> None:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    assert len(examples()) == sum(re.search(r"\| [01] \|$", line) is not None for line in lines)


def test_all_parameters_are_explained() -> None:
    rows = PAGE.read_text(encoding="utf-8").partition("### Parameters")[2].splitlines()
    told = {match[1] for row in rows if (match := re.match(r"\| `(\w+)`", row))}
    assert told == set(REWARDS.get("math").parameters)
