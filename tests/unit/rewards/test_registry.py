"""The decorator and what it knows of a verifier."""

from __future__ import annotations

import re
from typing import Any

import pytest

from rewards.registry import REWARDS, RewardEntry, get_reward, named_in, reward
from rlcs.errors import UserError


def register(function: Any, **options: Any) -> RewardEntry:
    reward(function.__name__, **options)(function)
    return REWARDS.get(function.__name__)


def needs_scale(answer: str, gold: object, *, scale: float, mode: str = "a", question: str = "") -> float:
    """Scales.

    More.
    """
    return scale


def takes_anything(answer: str, gold: object, **params: Any) -> float:
    return float(len(params))


def test_the_signature_declares_the_parameters() -> None:
    entry = register(needs_scale)
    assert list(entry.parameters) == ["scale", "mode"]
    assert (entry.runs, entry.summary) == ("worker", "Scales.")
    entry.check_params({"scale": 2})
    with pytest.raises(UserError, match="needs the parameter 'scale'"):
        entry.check_params({})
    with pytest.raises(UserError, match="'question'"):
        entry.check_params({"scale": 2, "question": "?"})
    with pytest.raises(UserError, match="'mode' .* is 3; expected a value of type str"):
        entry.check_params({"scale": 2, "mode": 3})


def test_context_is_given_only_to_those_who_name_it() -> None:
    values = {"scale": 2, "question": "?", "task": None, "other": 1}
    assert named_in(needs_scale, values) == {"scale": 2, "question": "?"}
    assert named_in(takes_anything, values) == {"scale": 2, "other": 1}
    register(takes_anything).check_params({"whatever": 1})


def test_a_gold_check_may_return_or_raise() -> None:
    def check(gold: Any, *, scale: float = 1.0) -> str | None:
        if gold == "bad":
            raise ValueError("not that")
        return "too large" if float(gold) > scale else None

    def scaled(answer: str, gold: object, *, scale: float = 1.0) -> float:
        return 1.0

    entry = register(scaled, check_gold=check)
    assert entry.check_gold("0.5", {}) is None
    assert entry.check_gold("2", {}) == "too large"
    assert entry.check_gold("2", {"scale": 3.0}) is None
    assert entry.check_gold("bad", {}) == "not that"
    assert entry.check_gold(None, {}) == "the gold answer is empty"


def test_a_function_without_answer_and_gold_is_refused() -> None:
    with pytest.raises(UserError, match=re.escape("verifier 'one' must take (answer, gold, …), got (answer: 'str')")):

        @reward("one")
        def one(answer: str) -> float:
            return 1.0


def test_a_registered_function_can_be_called_by_name() -> None:
    register(takes_anything)
    assert get_reward("takes_anything")("a", "b", x=1, y=2) == 2.0
    with pytest.raises(UserError, match="did you mean 'takes_anything'"):
        get_reward("take_anything")
