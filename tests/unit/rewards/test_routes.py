"""Which reward judges which source, and what is refused before anything starts."""

from __future__ import annotations

from typing import Any

import pytest

import rewards  # noqa: F401  (registers the verifiers)
from rewards.routes import check_rewards, route_sources, unjudged_limit
from rlcs.config.schema import EnvironmentConfig, FormatConfig, RewardConfig, SourceConfig
from rlcs.errors import UserError
from rollout.environments import builtin  # noqa: F401  (registers the environments)

KNOWN = {"default": RewardConfig(), "gsm8k": RewardConfig(), "strict": RewardConfig()}


def source(name: str, path: str = "a.jsonl", **settings: Any) -> SourceConfig:
    return SourceConfig(name=name, path=path, **settings)


def test_a_source_goes_to_the_reward_it_names_else_its_own_else_default() -> None:
    routes = route_sources([source("a", reward="strict"), source("gsm8k"), source("b")], KNOWN)
    assert routes == {"a": "strict", "gsm8k": "gsm8k", "b": "default"}


def test_an_unknown_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(UserError, match="source 'a' names the unknown reward 'strickt': did you mean 'strict'"):
        route_sources([source("a", reward="strickt")], KNOWN)


def test_a_source_without_any_reward_is_refused() -> None:
    with pytest.raises(UserError, match=r"no reward judges source 'a': add rewards.a or rewards.default.*known: gsm8k"):
        route_sources([source("a")], {"gsm8k": RewardConfig()})


def test_a_source_that_its_environment_judges_needs_no_reward_and_one_that_leaves_an_answer_does() -> None:
    games = source("games", path="textarena://FrozenLake")
    tools = source("tools", environment=EnvironmentConfig(name="tools"))
    assert route_sources([games, tools], {"default": RewardConfig()}) == {"games": None, "tools": "default"}
    with pytest.raises(UserError, match="no reward judges source 'tools'"):
        route_sources([games, tools], {})


def test_the_share_that_cannot_be_judged_is_that_of_the_reward_or_the_default() -> None:
    assert unjudged_limit("strict", {"strict": RewardConfig(max_unjudged_share=0.5)}) == 0.5
    assert unjudged_limit(None, {}) == RewardConfig().max_unjudged_share


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"verifier": "mth"}, "rewards.r: unknown verifier 'mth': did you mean 'math'"),
        ({"params": {"rel_tool": 1}}, "parameter of verifier 'math': 'rel_tool': did you mean 'rel_tol'"),
        ({"params": {"percent": "both"}}, "'percent' of verifier 'math' is 'both'; expected one of fraction, number"),
        ({"params": {"rel_tol": True}}, "'rel_tol' of verifier 'math' is True; expected a number"),
        ({"weight": 0.0}, "weight is 0.0"),
        ({"weight": -1.0, "format_weight": 2.0}, "weight is -1.0"),
        ({"timeout_s": 0.0}, "timeout_s is 0.0"),
        ({"max_unjudged_share": 1.5}, "max_unjudged_share is 1.5"),
        (
            {"format": FormatConfig(box="boxes")},
            "rewards.r.format.box is 'boxes'; expected one of any, glm, boxed, none",
        ),
        ({"format": FormatConfig(think="maybe")}, "rewards.r.format.think is 'maybe'"),
    ],
)
def test_a_reward_that_cannot_work_is_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError) as caught:
        check_rewards({"r": RewardConfig(**settings)})
    assert message in str(caught.value)
