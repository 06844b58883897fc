"""The decorator and what it knows of a verifier."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import pytest

from rewards.keywords import keywords_for, named_in
from rewards.registry import REWARDS, RewardEntry, as_answer, get_reward, reward
from rewards.routes import default_reward, verifier_of
from rlcs.errors import UserError


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """Forget what a test registers."""
    before = dict(REWARDS._entries)
    yield
    REWARDS._entries.clear()
    REWARDS._entries.update(before)


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


@dataclass(frozen=True)
class Tolerance:
    rel_tol: float = 0.0
    side: Literal["both", "above"] = "both"


def weighs(answer: str, gold: object, *, unit: str = "kg", tolerance: Tolerance = Tolerance(rel_tol=0.5)) -> float:
    return float(unit == "g" and tolerance == Tolerance(rel_tol=0.25))


def test_the_fields_of_a_group_are_parameters_like_any_other() -> None:
    entry = register(weighs)
    assert {name: one.default for name, one in entry.parameters.items()} == {
        "unit": "kg",
        "rel_tol": 0.5,
        "side": "both",
    }
    entry.check_params({"rel_tol": 1, "side": "above"})
    for params, told in (
        ({"side": "below"}, "'side' .* is 'below'; expected one of both, above"),
        ({"rel_tol": "much"}, "'rel_tol' .* is 'much'; expected a number"),
        ({"tolerance": 1}, "unknown parameter of verifier 'weighs': 'tolerance'"),
    ):
        with pytest.raises(UserError, match=told):
            entry.check_params(params)


def test_a_group_is_put_together_from_what_is_set_and_the_verifiers_own_defaults() -> None:
    assert keywords_for(weighs, {"side": "above", "else": 1}) == {"tolerance": Tolerance(rel_tol=0.5, side="above")}
    assert keywords_for(weighs, {"unit": "g"}) == {"unit": "g", "tolerance": Tolerance(rel_tol=0.5)}
    register(weighs)
    assert get_reward("weighs")("1", "1", unit="g", rel_tol=0.25) == 1.0
    with pytest.raises(TypeError, match="colour"):
        get_reward("weighs")("1", "1", colour="red")


def test_a_quick_stage_that_ends_in_params_gets_what_the_function_gets() -> None:
    def quick(answer: str, gold: object, **params: Any) -> float:
        return weighs(answer, gold, **params)

    values = {"unit": "g", "rel_tol": 0.25, "question": "?"}
    assert register(weighs, quick=quick).keywords_for_quick(values) == {"unit": "g", "tolerance": Tolerance(0.25)}
    assert register(needs_scale, quick=quick).keywords_for_quick({"scale": 2, "question": "?", "task": None}) == {
        "scale": 2, "question": "?"
    }  # fmt: skip


def test_a_verifier_declares_its_domains_its_box_and_its_deadline() -> None:
    register(takes_anything, domains=["my.domain", "mine"], box="none", timeout_s=7)
    for name in ("my.domain", "mine", "takes_anything"):
        found = default_reward(name)
        assert (found.verifier, found.format.box, found.timeout_s) == ("takes_anything", "none", 7)


def test_every_built_in_domain_has_one_verifier() -> None:
    assert {verifier_of(domain) for domain in REWARDS.domains()} <= set(REWARDS)
    assert (verifier_of("general"), verifier_of("stem.math"), len(REWARDS.domains())) == ("text_match", "math", 33)


def test_two_verifiers_of_one_domain_are_refused_by_name() -> None:
    told = r"domain 'stem.math' is claimed by two verifiers: 'math' \(.*math_answer\) and 'weighs' \(.*:weighs\); take"
    with pytest.raises(UserError, match=told):
        register(weighs, domains=["stem.math"])
    assert "weighs" not in REWARDS
    register(weighs, domains=["my.domain"])
    register(weighs, domains=["my.domain"])  # the same definition again


@pytest.mark.parametrize(
    ("declared", "told"),
    [
        ({"domains": "code"}, "domains is 'code'; expected a list of names"),
        ({"domains": ["a b"]}, r"domains is \['a b'\]; expected a list of names"),
        ({"box": "round"}, "box is 'round'; expected one of any, glm, boxed, none"),
        ({"timeout_s": 0}, "timeout_s is 0; it must be above 0"),
    ],
)
def test_a_declaration_that_cannot_be_is_refused(declared: dict[str, Any], told: str) -> None:
    with pytest.raises(UserError, match=f"verifier 'takes_anything': {told}"):
        register(takes_anything, **declared)


def test_gold_answers_that_are_no_text() -> None:
    assert as_answer("a") == "a"
    assert as_answer(["a", "b"]) == "a"
    assert as_answer([1, 2, 3, 4]) == "[1, 2, 3, 4]"
    assert as_answer({"x": 1}) == '{"x": 1}'


def test_an_answer_that_is_known_to_be_right() -> None:
    assert register(weighs).known_answer(["2 kg", "2000 g"], {}) == "2 kg"
    assert register(weighs, gold_is_answer=False).known_answer("2 kg", {}) is None
    written = register(weighs, right_answer=lambda gold, *, unit: f"{gold} {unit}")
    assert written.known_answer(2, {"unit": "kg", "other": 1}) == "2 kg"
