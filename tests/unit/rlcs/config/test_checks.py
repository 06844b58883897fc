"""Checks across settings: every problem is told, all at once, with what to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_type_hints

import pytest

from rlcs.config.checks import KnownNames, check_config, value_at
from rlcs.config.limits import (
    CHOICES,
    ENVIRONMENT_CHOICES,
    ENVIRONMENT_RANGES,
    RANGES,
    REWARD_CHOICES,
    REWARD_MODEL_RANGES,
    REWARD_RANGES,
    SOURCE_CHOICES,
    SOURCE_RANGES,
)
from rlcs.config.schema import (
    Config,
    DataConfig,
    EnvironmentConfig,
    ModelConfig,
    RewardConfig,
    RewardModelConfig,
    SourceConfig,
)
from rlcs.errors import UserError

NAMES = KnownNames(
    verifiers=["math"],
    domains=["stem.math", "my.domain"],
    samplers=["tiers", "uniform"],
    predicting=["tiers"],
    advantages=["grpo"],
    losses=["ppo_clip"],
    environments={},
)


def whole() -> Config:
    return Config(
        model=ModelConfig(path="m"),
        data=DataConfig(train=[SourceConfig(name="a", path="a.jsonl"), SourceConfig(name="b", path="b.jsonl")]),
        rewards={"default": RewardConfig()},
    )


def problems(change: Callable[[Config], object] = lambda config: None, *, is_judged: bool = True) -> list[str]:
    config = whole()
    change(config)
    try:
        check_config(config, NAMES, is_judged=is_judged)
    except UserError as error:
        return str(error).splitlines()
    return []


def change(path: str, value: Any) -> Callable[[Config], None]:
    """Set one value; `data.train.0.domain` and `rewards.default.weight` work as on the command line."""

    def apply(config: Config) -> None:
        node: Any = config
        *parents, last = path.split(".")
        for key in parents:
            node = (
                node[int(key)]
                if isinstance(node, list)
                else node[key]
                if isinstance(node, dict)
                else getattr(node, key)
            )
        setattr(node, last, value)

    return apply


def test_a_whole_configuration_has_no_problem() -> None:
    assert problems() == []


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("rollout.group_size", 1, "rollout.group_size is 1; set it to a number 2 or more"),
        ("learner.lr", 0.0, "learner.lr is 0.0; set it to a number above 0"),
        ("learner.lr", float("nan"), "learner.lr is nan; set it to a number above 0"),
        ("curriculum.floor", 1.5, "curriculum.floor is 1.5; set it to a number between 0 and 1"),
        ("curriculum.expansion.cap", 0.5, "curriculum.expansion.cap is 0.5; set it to a number 1 or more"),
        (
            "curriculum.expansion.beta",
            1.0,
            "curriculum.expansion.beta is 1.0; set it to a number at least 0 and below 1",
        ),
        ("algorithm.clip_low", 1.2, "algorithm.clip_low is 1.2; set it to a number above 0 and at most 1"),
        (
            "algorithm.importance_cap",
            0.5,
            "algorithm.importance_cap is 0.5; set it to a number 1 or more, or 0 for off",
        ),
        ("model.dtype", "fp16", "model.dtype is 'fp16'; set it to auto, float32 or bfloat16"),
        ("learner.zero_stage", 4, "learner.zero_stage is 4; set it to 0, 1, 2 or 3"),
        ("cluster.placement", "shared", "cluster.placement is 'shared'; set it to colocated or disaggregated"),
        (
            "curriculum.sampler",
            "tier",
            "curriculum.sampler: unknown sampler 'tier': did you mean 'tiers'? known: tiers, uniform",
        ),
        (
            "algorithm.advantage",
            "gpro",
            "algorithm.advantage: unknown advantage estimator 'gpro': did you mean 'grpo'? known: grpo",
        ),
        ("algorithm.loss", "x", "algorithm.loss: unknown loss 'x'; known: ppo_clip"),
        ("run.name", "a/b", "run.name is 'a/b'; use a plain folder name without spaces or slashes"),
        (
            "curriculum.tier_edges",
            [0.1, 0.3, 0.3, 0.9],
            "curriculum.tier_edges is [0.1, 0.3, 0.3, 0.9]; give 4 rising pass rates between 0 and 1",
        ),
        (
            "curriculum.tier_edges",
            [0.0, 0.3, 0.7, 0.9],
            "curriculum.tier_edges is [0.0, 0.3, 0.7, 0.9]; give 4 rising pass rates between 0 and 1",
        ),
        ("curriculum.tier_edges", [0.5], "curriculum.tier_edges is [0.5]; give 4 rising pass rates between 0 and 1"),
        ("curriculum.features", [], "curriculum.features is empty; set it to [text], or curriculum.predict to false"),
        (
            "curriculum.features",
            ["texts"],
            "curriculum.features: unknown kind of features 'texts': did you mean 'text'? known: policy, text",
        ),
        ("curriculum.features", ["policy", "policy"], "curriculum.features holds policy 2 times; name it once"),
        ("learner.short_batch", "sqr", "learner.short_batch is 'sqr'; set it to sqrt or constant"),
        ("learner.betas", [0.9], "learner.betas is [0.9]; give two numbers, each at least 0 and below 1"),
        ("eval.k", [1, 4], "eval.k holds 4, but eval.num_completions is 1; raise it or take 4 out"),
        (
            "learner.updates_per_step",
            5,
            "learner.updates_per_step=5 does not divide curriculum.batch_size=32; choose a divisor",
        ),
        (
            "learner.pack_tokens",
            2000,
            "learner.pack_tokens=2000 is less than the longest sample: prompt 1024 + thinking 1024 + answer 256 "
            "= 2304 tokens; raise it to 2304 or more",
        ),
        (
            "rollout.think_end",
            "",
            "rollout.force_answer needs the text that ends thinking; set rollout.think_end, or force_answer to false",
        ),
        ("data.train.0.proportion", 0.0, "data source 'a' (1): proportion is 0.0; set it to a number above 0"),
        ("data.train.1.on_bad_row", "drop", "data source 'b' (2): on_bad_row is 'drop'; set it to error or skip"),
        (
            "data.train.0.limit",
            0,
            "data source 'a' (1): limit is 0; set it to 1 or more, or leave it empty for all rows",
        ),
        (
            "data.train.0.prompt_template",
            "Solve.",
            "data source 'a' (1): prompt_template 'Solve.' has no {prompt}; put it where the question goes",
        ),
        (
            "data.train.0.answer_pattern",
            ".+",
            "data source 'a' (1): answer_pattern '.+' has no group; put the gold answer in parentheses, as in "
            "'#### (.+)$'",
        ),
        (
            "data.train.0.name",
            "b",
            "2 data sources are called 'b'; give each its own name (metrics and task ids use it)",
        ),
        (
            "data.train.0.reward",
            "defualt",
            "data source 'a': unknown reward 'defualt': did you mean 'default'? known: default",
        ),
        (
            "rewards.default.verifier",
            "mth",
            "rewards.default: unknown verifier 'mth': did you mean 'math'? known: math",
        ),
        (
            "rewards.default.weight",
            0.0,
            "rewards.default: weight and format_weight are both 0; give at least one of them a weight",
        ),
        (
            "rewards.default.format.box",
            "latex",
            "rewards.default: format.box is 'latex'; set it to any, glm, boxed or none",
        ),
    ],
)
def test_a_problem_is_told_with_its_remedy(path: str, value: Any, expected: str) -> None:
    assert problems(change(path, value)) == [expected]


def test_a_pattern_that_is_no_regular_expression_is_refused() -> None:
    (message,) = problems(change("data.train.0.answer_pattern", "(.+"))
    assert message.startswith("data source 'a' (1): answer_pattern '(.+' is no regular expression: ")


def test_an_unknown_domain_names_the_nearest_one() -> None:
    (message,) = problems(change("data.train.0.domain", "stem.maths"))
    assert message.startswith("data source 'a' (1): domain is 'stem.maths'; did you mean stem.math?; known: stem.math,")


def test_a_domain_that_a_verifier_declares_is_known() -> None:
    assert problems(change("data.train.0.domain", "my.domain")) == []
    (message,) = problems(change("data.train.0.name", "my.domain"))
    assert message.startswith("a data source is called 'my.domain', the name of a domain or metric")


def test_offload_needs_a_zero_stage() -> None:
    def both(config: Config) -> None:
        config.learner.offload, config.learner.zero_stage = True, 0

    assert problems(both) == ["learner.offload needs partitioned optimizer state; set learner.zero_stage to 1, 2 or 3"]


def test_holdout_beside_eval_sources_is_refused() -> None:
    def both(config: Config) -> None:
        config.data.holdout = 10
        config.data.eval = [SourceConfig(name="c", path="c.jsonl")]

    assert problems(both) == [
        "data.holdout has no effect beside data.eval; set data.holdout=0 or take the eval sources out"
    ]


def test_every_source_needs_a_reward_by_name_or_by_default() -> None:
    def rename(config: Config) -> None:
        config.rewards = {"a": RewardConfig()}

    assert problems(rename) == ["data source 'b' has no reward; add rewards.b or rewards.default"]
    assert problems(rename, is_judged=False) == []


BOTH = {"verifier": "math", "reward_model": "m"}


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"verifier": None}, "nothing gives correctness; name a verifier or a reward_model"),
        (
            BOTH,
            "both verifier 'math' and reward model 'm' would give correctness; set reward_model_weight to add the "
            "model's part, or verifier to null for the model alone",
        ),
        (
            {"reward_model_weight": 0.5},
            "reward_model_weight is set without a reward_model; name one, or set the weight to 0",
        ),
        (
            {"verifier": None, "reward_model": "m", "reward_model_weight": 0.5},
            "the reward model alone gives correctness, whose weight is `weight`; set reward_model_weight to 0",
        ),
        (
            {"verifier": None, "reward_model": "other"},
            "unknown reward model 'other'; known: m; add it under reward_models",
        ),
    ],
)
def test_correctness_comes_from_a_verifier_or_a_reward_model(settings: dict[str, Any], expected: str) -> None:
    def apply(config: Config) -> None:
        config.reward_models = {"m": RewardModelConfig(path="m")}
        config.rewards["default"] = RewardConfig(**settings)

    assert problems(apply) == [f"rewards.default: {expected}"]


@pytest.mark.parametrize("settings", [{"verifier": None, "reward_model": "m"}, {**BOTH, "reward_model_weight": 0.5}])
def test_a_reward_model_alone_or_with_a_weight_is_whole(settings: dict[str, Any]) -> None:
    def apply(config: Config) -> None:
        config.reward_models = {"m": RewardModelConfig(path="m", mean=0.0, std=1.0)}
        config.rewards["default"] = RewardConfig(**settings)

    assert problems(apply) == []


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"clip": 0.0}, "clip is 0.0; set it to a number above 0"),
        ({"mean": 1.0}, "mean is 1.0 and std None; give both, or none for those stored beside the model"),
        ({"mean": 1.0, "std": 0.0}, "std is 0.0; set it to a finite number above 0"),
        ({"mean": float("nan"), "std": 1.0}, "mean is nan; set it to a finite number"),
    ],
)
def test_the_scale_of_a_reward_model_is_checked(settings: dict[str, Any], expected: str) -> None:
    found = problems(change("reward_models", {"m": RewardModelConfig(path="m", **settings)}))
    assert found == [f"reward_models.m: {expected}"]


def test_a_verifier_needs_the_column_of_gold_answers() -> None:
    assert problems(change("data.train.0.fields.answer", None)) == [
        "data source 'a': fields.answer is empty, but verifier 'math' of rewards.default compares with gold answers; "
        "name their column"
    ]


def test_a_configuration_without_data_is_refused() -> None:
    (message,) = problems(change("data.train", []))
    assert message.startswith("data.train is empty; add a source")


def test_all_problems_are_told_at_once() -> None:
    def three(config: Config) -> None:
        config.rollout.group_size, config.run.name, config.data.train[0].limit = 1, "a b", 0

    assert len(problems(three)) == 3


@pytest.mark.parametrize("section", [Config, SourceConfig, EnvironmentConfig, RewardConfig, RewardModelConfig])
def test_limits_name_settings_that_exist(section: type) -> None:
    tables = {
        Config: (RANGES, CHOICES),
        SourceConfig: (SOURCE_RANGES, SOURCE_CHOICES),
        EnvironmentConfig: (ENVIRONMENT_RANGES, ENVIRONMENT_CHOICES),
        RewardConfig: (REWARD_RANGES, REWARD_CHOICES),
        RewardModelConfig: (REWARD_MODEL_RANGES,),
    }
    for path in (path for table in tables[section] for path in table):
        value_at(section(), path)


def test_every_number_of_the_configuration_has_a_range_or_choices() -> None:
    checked = {*RANGES, *CHOICES}
    for name, section in get_type_hints(Config).items():
        for key, hint in (
            get_type_hints(section).items() if isinstance(section, type) and section not in (list, dict) else ()
        ):
            if hint in (int, float):
                assert f"{name}.{key}" in checked, f"{name}.{key} is not in rlcs/config/limits.py"


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("algorithm.importance_cap", 0.0, "set the cap to 2, or algorithm.anchor to rollout"),
        ("curriculum.max_refills", 2, "set it to 0, or run.schedule to in_turn"),
        ("learner.updates_per_step", 2, "set it to 1, or run.schedule to in_turn"),
    ],
)
def test_what_cannot_be_beside_a_batch_under_way_is_refused_with_a_way_out(
    path: str, value: float, expected: str
) -> None:
    def overlapped(config: Config) -> None:
        config.run.schedule = "overlapped"
        change(path, value)(config)

    assert problems(change("run.schedule", "overlapped")) == problems(change(path, value)) == []
    (problem,) = problems(overlapped)
    assert "run.schedule=overlapped" in problem and problem.endswith(expected)
    assert problems(overlapped, is_judged=False) == []


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("curriculum.predict", False, "curriculum.predict=false asks nothing of it; take one of them out"),
        (
            "curriculum.sampler",
            "uniform",
            "curriculum.sampler=uniform does not ask what is predicted; take it out, or choose tiers",
        ),
    ],
)
def test_what_nobody_would_ask_of_the_policy_is_refused(path: str, value: object, expected: str) -> None:
    def asked(config: Config) -> None:
        config.curriculum.features = ["text", "policy"]
        change(path, value)(config)

    assert problems(change("curriculum.features", ["text", "policy"])) == problems(change(path, value)) == []
    assert problems(asked) == [f"curriculum.features holds policy, and {expected}"]


def test_the_cap_may_be_off_where_the_clip_is_against_the_rollout() -> None:
    def overlapped(config: Config) -> None:
        config.run.schedule, config.algorithm.anchor, config.algorithm.importance_cap = "overlapped", "rollout", 0.0

    assert problems(overlapped) == []


def test_screening_is_refused_where_it_cannot_be() -> None:
    def found(path: str, value: object) -> str:
        return " ".join(problems(lambda config: (change("curriculum.screen", 4)(config), change(path, value)(config))))

    assert found("curriculum.screen", 4) == ""
    assert found("rollout.group_size", 4).endswith("set it lower, half of it for example, or to 0")
    assert found("run.schedule", "overlapped").endswith("set it to 0, or run.schedule to in_turn")
    assert "begin together; set it to 0" in found("data.train.0.environment", EnvironmentConfig(name="pages"))
