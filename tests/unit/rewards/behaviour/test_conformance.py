"""Cases labelled by others: Math-Verify, inspect_ai, GLM-V, lighteval, TRL, open-r1, and a list of reward hacks.

The cases lie outside the repository; without them these tests are skipped. Gates: rows tagged as quirks, disputes,
policies or boundaries are left out, and a math row counts when at least two reference implementations agree with it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from places import CASES

from rewards import Scorer
from rewards.extraction import format_reward
from rlcs.config.schema import FormatConfig, RewardConfig
from rlcs.records import Status, Task, Verdict

UNGATED = ("quirk_", "disputed", "policy", "boundary", "leading/trailing whitespace rejection is a known brittleness")
GLM = FormatConfig(think="required", answer_tag="required", box="glm")
LAYOUTS = {
    "think_format": FormatConfig(think="required", answer_tag="optional", box="none"),
    "think_answer_format_r1_newlines": FormatConfig(think="required", answer_tag="required", box="none"),
    "glm_check_answer_format": GLM,
}
PASS_RATE = 0.97

pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason=f"no conformance cases at {CASES}")


def rows(name: str) -> list[dict[str, Any]]:
    lines = (CASES / f"{name}.jsonl").read_text().splitlines()
    return [row for row in map(json.loads, lines) if is_gated(row)]


def is_gated(row: dict[str, Any]) -> bool:
    if any(tag.startswith(UNGATED) for tag in row.get("tags", [])):
        return False
    references = row.get("refs")
    return references is None or sum(value == row["expected"] for value in references.values()) >= 2


def report(found: list[tuple[str, bool]], *, at_least: float) -> None:
    failing = [name for name, passed in found if not passed]
    share = 1 - len(failing) / len(found)
    print(f"{len(found)} rows, pass rate {share:.3f}, failing: {failing}")
    assert share >= at_least, failing


@pytest.fixture(scope="module")
def scorer(make_scorer: Callable[..., Scorer]) -> Iterator[Scorer]:
    found = make_scorer(prose=RewardConfig(format=FormatConfig(box="none")), glm=RewardConfig(format=GLM))
    found.score_one("x+1", "1+x", source="glm", bare=True)  # starts the worker
    yield found


@pytest.mark.parametrize("name", ["math_equiv", "math_multilingual"])
def test_mathematics_is_judged_as_the_references_agree(scorer: Scorer, name: str) -> None:
    cases = rows(name)
    pending = []
    for row in cases:
        task = Task(
            id=row["id"], source="prose", domain="stem.math", prompt=row.get("question") or "", answer=row["gold"]
        )
        pending.append(scorer.begin(row["prediction"], task, bare=row["task"] == "bare_vs_gold"))
    report(
        [(row["id"], one.result().score == row["expected"]) for row, one in zip(cases, pending, strict=True)],
        at_least=PASS_RATE,
    )


def test_the_format_reward_agrees_with_the_upstream_tests() -> None:
    found = [
        (row["id"], format_reward(row["prediction"], LAYOUTS[row["task"]]) == row["expected"]) for row in rows("format")
    ]
    report(found, at_least=1.0)


def test_reward_hacks_do_not_pay_and_take_no_longer_than_they_may(scorer: Scorer) -> None:
    found = []
    for row in (row for row in rows("hacks") if row["domain"] in ("math", "format")):
        response = row["response"] or "".join(piece * times for piece, times in row["response_build"])
        start = time.perf_counter()
        verdict = scorer.score_one(
            response, row["gold"], source="glm", question=row["question"] or "", params=row["params"] or {}
        )
        seconds = time.perf_counter() - start
        found.append((row["id"], is_as_expected(verdict, row) and seconds <= row["max_seconds"]))
    report(found, at_least=1.0)


def is_as_expected(verdict: Verdict, row: dict[str, Any]) -> bool:
    limits = (Status.OVER_LIMIT, Status.TIMEOUT)
    status = limits if row["expected_status"] == "limit_or_timeout" else (Status(row["expected_status"]),)
    return verdict.score == row["expected_reward"] and verdict.status in status
