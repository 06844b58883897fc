"""The environment of a source: what a path implies, and everything that cannot be, told at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from rlcs.config.checks import KnownNames, check_config
from rlcs.config.environments import environment_of, longest_sequence
from rlcs.config.schema import (
    Config,
    DataConfig,
    EnvironmentConfig,
    LearnerConfig,
    ModelConfig,
    RewardConfig,
    SourceConfig,
)
from rlcs.errors import UserError

CLICKS = "miniwob://click-test-2?seeds=0-9"


@dataclass(frozen=True)
class Known:
    """An environment that takes the parameter `size`."""

    judges: bool

    def check_params(self, params: Mapping[str, Any]) -> None:
        if unknown := params.keys() - {"size"}:
            raise UserError(f"no parameter {min(unknown)}")


NAMES = KnownNames(
    verifiers=["math"],
    domains=["stem.math"],
    samplers=["tiers"],
    predicting=["tiers"],
    advantages=["grpo"],
    losses=["ppo_clip"],
    environments={"miniwob": Known(judges=True), "textarena": Known(judges=True), "tools": Known(judges=False)},
)


def problems(source: SourceConfig, *, is_judged: bool = True, **settings: Any) -> list[str]:
    given = {"rewards": {"default": RewardConfig()}, "learner": LearnerConfig(pack_tokens=4096), **settings}
    config = Config(**{"model": ModelConfig(path="m"), "data": DataConfig(train=[source]), **given})
    try:
        check_config(config, NAMES, is_judged=is_judged)
    except UserError as error:
        return str(error).splitlines()
    return []


def played(path: str = "a.jsonl", *, reward: str | None = None, **settings: Any) -> SourceConfig:
    environment = EnvironmentConfig(**{"name": "tools", **settings})
    return SourceConfig(name="mine", path=path, environment=environment, reward=reward)


def test_paths_of_pages_and_games_imply_their_environment_and_others_have_none() -> None:
    assert environment_of(SourceConfig(name="a", path=CLICKS)) == EnvironmentConfig(name="miniwob")
    assert environment_of(SourceConfig(name="a", path="textarena://all")) == EnvironmentConfig(name="textarena")
    assert environment_of(SourceConfig(name="a", path="tiny://addition")) is None
    given = EnvironmentConfig(name="miniwob", params={"observe": "text"}, layout="fresh", keep_images=2)
    assert environment_of(SourceConfig(name="a", path=CLICKS, environment=given)) is given


def test_what_judges_itself_needs_no_reward_and_what_leaves_an_answer_does() -> None:
    assert problems(SourceConfig(name="clicks", path=CLICKS), rewards={}) == []
    assert problems(played(params={"size": 3})) == []
    assert problems(played(), rewards={}) == ["data source 'mine' has no reward; add rewards.mine or rewards.default"]
    (told,) = problems(played(CLICKS, name="miniwob", reward="default"))
    assert told.endswith("the environment 'miniwob' judges its episodes itself; take reward out")


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"layout": "growing"}, "environment.layout is 'growing'; set it to append or fresh"),
        ({"when_full": "stop"}, "environment.when_full is 'stop'; set it to end or fresh"),
        ({"hosts": 0}, "environment.hosts is 0; set it to a number 1 or more"),
        ({"keep_images": -1}, "environment.keep_images is -1; set it to a number 0 or more"),
        ({"max_turns": 0}, "environment.max_turns is 0; set it to a number 1 or more, or leave it empty"),
        (
            {"name": "tool"},
            "environment.name: unknown environment 'tool': did you mean 'tools'? known: miniwob, textarena, tools",
        ),
        ({"params": {"sise": 1}}, "no parameter sise"),
        (
            {"context_tokens": 1280},
            "environment.context_tokens=1280 leaves no room for what the environment shows: a turn may write thinking "
            "1024 + answer 256 = 1280 tokens; raise it",
        ),
        (
            {"context_tokens": 8192},
            "learner.pack_tokens=4096 is less than environment.context_tokens=8192, which an episode may fill; raise "
            "it to 8192 or more",
        ),
    ],
)
def test_what_cannot_be_is_told(settings: dict[str, Any], told: str) -> None:
    (found,) = problems(played(**settings))
    assert found.endswith(told) and found.startswith("data source 'mine'")


def test_a_path_is_played_in_its_own_environment_only() -> None:
    (told,) = problems(played(CLICKS))
    assert "environment.name is 'tools', and miniwob://click-test-2?seeds=0-9 is played in 'miniwob'" in told


def test_several_problems_come_together() -> None:
    assert len(problems(played(layout="x", keep_images=-1, params={"sise": 1}, context_tokens=9))) == 4


def test_nothing_is_played_where_nothing_is_judged() -> None:
    (told,) = problems(SourceConfig(name="clicks", path=CLICKS), is_judged=False)
    assert told.startswith("data source 'clicks' is played in the environment 'miniwob', and miniwob://click-test-2")
    assert "rlcs train plays it, and rlcs demonstrate makes a file" in told


def test_a_file_of_demonstrations_is_imitated() -> None:
    assert problems(played("won.parquet"), is_judged=False) == []
    (told,) = problems(played("won.parquet", context_tokens=9), is_judged=False)
    assert "environment.context_tokens=9 leaves no room" in told


def test_the_longest_sequence_is_that_of_an_answer_or_of_a_turn() -> None:
    config = Config(model=ModelConfig(path="m"), data=DataConfig(train=[SourceConfig(name="a", path="a.jsonl")]))
    assert longest_sequence(config, config.sources) == 1024 + 1024 + 256
    config.data.eval = [played(context_tokens=5000)]
    assert longest_sequence(config, config.sources) == 5000
    assert longest_sequence(config, config.data.train) == 1024 + 1024 + 256


def test_what_is_not_trained_on_need_not_fit_into_a_pack() -> None:
    held_out = DataConfig(train=[SourceConfig(name="a", path="a.jsonl")], eval=[played(context_tokens=9000)])
    assert problems(played(), data=held_out) == []
