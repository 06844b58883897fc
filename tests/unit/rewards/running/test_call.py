"""One call of a verifier: whose fault an exception is."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from rewards import Scorer
from rewards.registry import REWARDS, reward
from rewards.running.call import VERIFIER_RAISED, Call
from rlcs.config.schema import FormatConfig, RewardConfig
from rlcs.records import Group, Status, Verdict


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """Forget what a test registers."""
    entries = dict(REWARDS._entries)
    yield
    REWARDS._entries = entries


def ask(function: Callable[..., Any], answer: str, gold: Any = "4", **declared: Any) -> Verdict:
    REWARDS._entries.pop("mine", None)
    reward("mine", **declared)(function)
    return Call(verifier="mine", answer=answer, gold=gold, arguments={}).run()


def divides(answer: str, gold: str) -> float:
    """Raises where the answer is 0 or no number."""
    return float(8 / int(answer) == 8 / int(gold))


def raises_always(answer: str, gold: Any) -> float:
    raise KeyError("missing")


def raises_on_all_but_the_gold(answer: str, gold: Any) -> float:
    if answer != gold:
        import no_such_library  # type: ignore[import-not-found]  # noqa: F401
    return 1.0


def leaves(answer: str, gold: str) -> float:
    if answer != gold:
        raise SystemExit(3)
    return 1.0


def returns_what_it_reads(answer: str, gold: str) -> Any:
    return {"4": 1.0, "nan": float("nan"), "none": None, "two": 2.0}[answer]


@pytest.mark.parametrize("error", [ValueError, MemoryError, OSError, SystemExit])
def test_what_a_verifier_raises_once_says_nothing_of_the_answer(error: type[BaseException]) -> None:
    asked: list[str] = []

    def raises_once(answer: str, gold: str) -> float:
        asked.append(answer)
        if len(asked) == 1:
            raise error("only now")
        return float(answer == gold)

    assert ask(raises_once, "4").status is Status.CORRECT
    assert asked == ["4", "4"]


@pytest.mark.parametrize("answer", ["0", "", "no number", "9" * 5000, "4.0"])
def test_an_answer_that_makes_a_verifier_raise_is_the_cause_where_the_right_one_is_judged(answer: str) -> None:
    verdict = ask(divides, answer)
    assert (verdict.score, verdict.status, verdict.verifier) == (0.0, Status.INVALID_ANSWER, "mine")
    assert verdict.message.startswith(f"{VERIFIER_RAISED}: ")
    assert len(verdict.message) <= 200


@pytest.mark.parametrize(("answer", "score"), [("4", 1.0), ("2", 0.0)])
def test_an_answer_that_is_judged_is_not_asked_about_twice(answer: str, score: float) -> None:
    assert ask(divides, answer).score == score


def test_a_verifier_that_raises_on_the_right_answer_too_is_broken() -> None:
    verdict = ask(raises_always, "5")
    assert (verdict.score, verdict.status) == (None, Status.INTERNAL_ERROR)
    assert verdict.message == "KeyError: 'missing'"
    assert ask(divides, "0", gold="no number").status is Status.INTERNAL_ERROR


def test_what_the_machine_lacks_is_never_the_answers_fault() -> None:
    verdict = ask(raises_on_all_but_the_gold, "5")
    assert (verdict.score, verdict.status) == (None, Status.INTERNAL_ERROR)
    assert "no_such_library" in verdict.message


@pytest.mark.parametrize("answer", ["nan", "none", "two", "unknown"])
def test_a_result_that_is_no_score_counts_as_an_exception(answer: str) -> None:
    assert ask(returns_what_it_reads, answer).status is Status.INVALID_ANSWER
    assert ask(returns_what_it_reads, answer, gold="5").status is Status.INTERNAL_ERROR


def test_an_answer_cannot_end_the_process() -> None:
    assert ask(leaves, "5").status is Status.INVALID_ANSWER


def test_where_no_answer_is_known_one_that_says_nothing_is_tried() -> None:
    def starts_with_letter(answer: str, gold: list[str]) -> float:
        return float({"I": 1.0, "J": 0.0}[answer[0]])

    assert ask(starts_with_letter, "?", gold_is_answer=False).status is Status.INVALID_ANSWER
    assert ask(raises_always, "?", gold_is_answer=False).status is Status.INTERNAL_ERROR


def test_a_quick_stage_that_raises_leaves_the_answer_to_the_verifier() -> None:
    reward("mine", quick=raises_always)(divides)
    call = Call(verifier="mine", answer="4", gold="4", arguments={})
    assert call.run_quick() is None
    assert call.run().score == 1.0


def test_too_much_memory_or_depth_is_over_the_limit() -> None:
    def dives(answer: str, gold: str) -> float:
        return dives(answer, gold)

    verdict = ask(dives, "5")
    assert (verdict.score, verdict.status) == (0.0, Status.OVER_LIMIT)


def test_raising_answers_cost_reward_are_counted_and_logged_and_do_not_stop_the_run(
    misbehaving: object,
    make_scorer: Callable[..., Scorer],
    make_group: Callable[..., Group],
    caplog: pytest.LogCaptureFixture,
) -> None:
    config = RewardConfig(verifier="raises", format=FormatConfig(box="none"), max_unjudged_share=0.0)
    scorer = make_scorer(raises=config)
    scorer.submit(make_group("1", ["1", "0", "no", "2"], source="raises"))
    with caplog.at_level(logging.WARNING, logger="rlcs.rewards"):
        (group,) = scorer.collect()
    assert [one.status for one in group.verdicts][1:3] == [Status.INVALID_ANSWER] * 2
    assert [one.score for one in group.verdicts] == [1.0, 0.0, 0.0, 0.5]
    assert scorer.metrics()["reward/raises/verifier_raised_share"] == 0.5
    assert scorer.metrics()["reward/raises/unjudged_share"] == 0.0
    assert "source raises: 2 answers made the verifier raise: verifier_raised: ZeroDivisionError" in caplog.text
