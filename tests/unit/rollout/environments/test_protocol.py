"""Records of environments."""

from __future__ import annotations

import pytest

from rlcs.records import Status
from rollout.environments.protocol import Outcome, answer_of


@pytest.mark.parametrize(
    "fields",
    [
        {"score": 1.0, "status": Status.CORRECT},
        {"score": 0.0, "status": Status.OVER_LIMIT},
        {"status": Status.ENV_FAULT},
        {"answer": "42"},
    ],
)
def test_an_outcome_is_a_score_or_a_fault_or_an_answer(fields: dict[str, object]) -> None:
    Outcome(**fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"score": 0.0, "status": Status.ENV_FAULT},
        {"status": Status.CORRECT},
        {"score": 1.5, "status": Status.CORRECT},
        {"score": 1.0, "answer": "42"},
    ],
)
def test_any_other_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="expected a score"):
        Outcome(**fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("wait()", "wait()"),
        ("<think>a</think> <answer><|begin_of_box|>wait()<|end_of_box|></answer>", "wait()"),
        ("<think>a</think><answer>wait()", "wait()"),
        ("<think><answer>left</answer></think>wait()\n", "wait()"),
        ("<|begin_of_box|>wait()", "wait()"),
    ],
)
def test_the_answer_of_a_turn_is_what_it_says_after_thinking(text: str, answer: str) -> None:
    assert answer_of(text) == answer
