"""Which reward models a run needs, where they are, and the scale of their values."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rlcs.config.schema import Config, DataConfig, RewardConfig, RewardModelConfig, SourceConfig
from rlcs.errors import UserError
from rlcs.reward_models.catalogue import (
    FILE,
    FoundModel,
    find_reward_models,
    read_scale,
    resolve_reward_model,
    write_scale,
)
from rlcs.run.placement import sampling_job


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that looks like that of a reward model; no weights in it."""
    (tmp_path / "config.json").write_text(json.dumps({"architectures": ["Qwen2ForSequenceClassification"]}))
    write_scale(tmp_path, [1.0, 3.0, 5.0, 7.0], accuracy=0.75)
    return tmp_path


def config_of(folder: Path) -> Config:
    return Config(
        data=DataConfig(
            train=[SourceConfig(name="a", path="a.jsonl", reward="chat"), SourceConfig(name="b", path="b.jsonl")],
        ),
        rewards={
            "chat": RewardConfig(verifier=None, reward_model="used"),
            "default": RewardConfig(),
            "other": RewardConfig(verifier=None, reward_model="unused"),
        },
        reward_models={
            "used": RewardModelConfig(path=str(folder), num_workers=2, num_gpus=0.5),
            "unused": RewardModelConfig(path="/nowhere", num_workers=8),
        },
    )


def test_only_reward_models_that_judge_a_source_are_loaded(folder: Path) -> None:
    config = config_of(folder)
    (found,) = find_reward_models(config).items()
    assert found == ("used", FoundModel(settings=config.reward_models["used"], path=folder, scale=found[1].scale))
    job = sampling_job(config, "org/name")
    assert (job.num_processes, job.num_rater_gpus) == (1 + 2, 1.0)
    config.data.eval = [SourceConfig(name="c", path="c.jsonl", reward="other")]
    with pytest.raises(UserError, match=r"reward_models.unused.path=/nowhere is no Hugging Face model folder"):
        find_reward_models(config)


def test_the_scale_is_the_mean_and_deviation_of_all_held_out_answers(folder: Path) -> None:
    stored = json.loads((folder / FILE).read_text())
    assert stored == {"mean": 4.0, "std": 5.0**0.5, "num_answers": 4, "accuracy": 0.75}
    scale = read_scale("m", RewardModelConfig(path=str(folder), clip=2.0), folder)
    assert (scale.mean, scale.std, scale.clip) == (4.0, 5.0**0.5, 2.0)


def test_a_declared_scale_wins_and_a_hub_model_needs_one(folder: Path) -> None:
    scale = read_scale("m", RewardModelConfig(path=str(folder), mean=-1.0, std=0.5), folder)
    assert (scale.mean, scale.std) == (-1.0, 0.5)
    with pytest.raises(UserError, match=r"reward_models.m: org/name has no reward_scale.json.*set mean and std"):
        read_scale("m", RewardModelConfig(path="org/name"), "org/name")


def test_a_stored_scale_that_is_no_scale_is_told(folder: Path) -> None:
    (folder / FILE).write_text('{"mean": 1.0, "std": 0.0}')
    with pytest.raises(UserError, match="holds mean 1.0 and std 0.0; both must be finite and std above 0"):
        read_scale("m", RewardModelConfig(path=str(folder)), folder)


@pytest.mark.parametrize("values", [[2.0, 2.0], [1.0, float("nan")]])
def test_values_that_are_all_alike_or_no_numbers_give_no_scale(tmp_path: Path, values: list[float]) -> None:
    with pytest.raises(UserError, match="it has learned nothing"):
        write_scale(tmp_path, values)
    assert not (tmp_path / FILE).exists()


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("runs/mine/model", "reward_models.m.path=runs/mine/model does not exist; train a reward model"),
        ("./mine", "reward_models.m.path=./mine is no Hugging Face model folder"),
        ("tiny://text", "reward_models.m.path=tiny://text is Qwen2ForCausalLM, no reward model; train one from it"),
    ],
)
def test_what_is_no_reward_model_is_told_before_anything_loads(path: str, expected: str) -> None:
    with pytest.raises(UserError) as caught:
        resolve_reward_model("m", RewardModelConfig(path=path))
    assert str(caught.value).startswith(expected)


def test_a_hub_name_stays_a_name() -> None:
    assert resolve_reward_model("m", RewardModelConfig(path="org/name")) == "org/name"
