"""The verifier of Reasoning Gym in its worker: scores, thresholds, golds, and answers that cannot be finished."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from rewards import Scorer
from rewards.registry import REWARDS
from rewards.verifiers.reasoning_gym import check_item, check_threshold
from rlcs.config.schema import FormatConfig, RewardConfig, ScoringConfig
from rlcs.errors import UserError
from rlcs.reasoning_gym.paths import parse_path
from rlcs.reasoning_gym.rows import NO_ANSWER, generate_rows
from rlcs.records import Status, Verdict


@pytest.fixture(scope="module")
def scorer() -> Iterator[Scorer]:
    bare = FormatConfig(box="none")
    rewards = {
        "full": RewardConfig(verifier="reasoning_gym", format=bare, timeout_s=20.0),
        "partial": RewardConfig(verifier="reasoning_gym", format=bare, params={"threshold": 0.01}, timeout_s=20.0),
        "hasty": RewardConfig(verifier="reasoning_gym", format=bare, timeout_s=3.0),
    }
    with Scorer(rewards, {name: name for name in rewards}, ScoringConfig()) as scorer:
        yield scorer


def row_of(name: str) -> dict[str, Any]:
    return next(generate_rows(parse_path(f"reasoning_gym://{name}")))


def judged(scorer: Scorer, row: dict[str, Any], answer: str, source: str = "full") -> Verdict:
    params = {key: value for key, value in row["params"].items() if value is not None}
    return scorer.score_one(answer, row["answer"], source=source, question=row["prompt"], params=params)


def test_only_a_full_score_counts_unless_told_otherwise(scorer: Scorer) -> None:
    row = row_of("fraction_simplification")
    assert judged(scorer, row, f" {row['answer']}\n").score == 1.0
    assert judged(scorer, row, "1/2 of it").score == 0.0
    assert judged(scorer, row, "1/2 of it", "partial").score == 0.01


def test_an_answer_that_cannot_be_finished_ends_at_the_deadline(scorer: Scorer) -> None:
    row = row_of("polynomial_multiplication")
    # The first verdict of a worker imports the library.
    assert judged(scorer, row, row["answer"]).score == 1.0
    verdict = judged(scorer, row, "9**9**9**9", "hasty")
    assert (verdict.score, verdict.status) in ((0.0, Status.TIMEOUT), (0.0, Status.OVER_LIMIT))


def test_an_answer_that_makes_a_scorer_raise_is_wrong(scorer: Scorer) -> None:
    verdict = judged(scorer, row_of("prime_factorization"), "two times three")
    assert (verdict.score, verdict.status) == (0.0, Status.INVALID_ANSWER)


def test_golds_that_cannot_be_judged_are_told() -> None:
    assert "no set is named" in (check_item("1") or "")
    assert check_item("1", dataset="chain_sum", level=2, settings={}) is None
    assert "is text" in (check_item(1, dataset="chain_sum") or "")
    with pytest.raises(UserError, match="did you mean 'chain_sum'"):
        check_item("1", dataset="chain_sumo")
    assert check_threshold(threshold=0.5) is None
    assert "threshold is 0" in (check_threshold(threshold=0) or "")


def test_an_item_without_a_known_answer_has_none() -> None:
    entry = REWARDS.get("reasoning_gym")
    assert entry.known_answer("12", {}) == "12"
    assert entry.known_answer(NO_ANSWER, {}) is None
