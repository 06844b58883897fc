"""Weights from DeepSpeed ranks to a vLLM engine through Ray: after every update both give the same log-probabilities.

On perturbed weights, with images of several sizes and without any: a freshly initialised model has zero biases, and
hides an engine that does not load them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from vision_models import IMAGES, build_folder, mixed_samples, preprocessing_of

from rlcs.config.schema import (
    AlgorithmConfig,
    ClusterConfig,
    Config,
    CurriculumConfig,
    DataConfig,
    LearnerConfig,
    ModelConfig,
    RolloutConfig,
    RunConfig,
    SyncConfig,
)
from rlcs.errors import RunStopped
from rlcs.learner.group import LearnerGroup
from rlcs.process.cluster import Cluster
from rlcs.process.environment import prepare_process
from rlcs.records import Sample
from rlcs.run.engines import start_engines
from rlcs.run.placement import training_job
from rlcs.run.weight_sync import WeightSync, largest_gap
from rollout.pool import RolloutPool

pytestmark = pytest.mark.timeout(600)
prepare_process()


def write_perturbed_model(folder: Path, *, tied: bool) -> None:
    """Write a tiny Qwen2 whose every weight, biases included, is random and far from its initial value."""
    from transformers import Qwen2Config, Qwen2ForCausalLM

    from rlcs.tiny.tokenizer import build_tokenizer

    tokenizer = build_tokenizer(max_length=512)
    tokenizer.save_pretrained(folder)
    torch.manual_seed(1)
    config = Qwen2Config(
        vocab_size=len(tokenizer),
        hidden_size=128,
        intermediate_size=512,
        num_hidden_layers=4,  # three buckets of a MiB
        num_attention_heads=2,
        num_key_value_heads=1,
        max_position_embeddings=512,
        tie_word_embeddings=tied,
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id,
        bos_token_id=None,
    )
    model = Qwen2ForCausalLM(config)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += 0.1 * torch.randn_like(parameter)
    model.save_pretrained(folder)


def some_samples(seed: int) -> list[Sample]:
    """Samples of text alone."""
    generator = torch.Generator().manual_seed(seed)

    def tokens(count: int) -> tuple[int, ...]:
        return tuple(torch.randint(10, 60, (count,), generator=generator).tolist())

    return [
        Sample(
            prompt_ids=tokens(5 + n),
            token_ids=tokens(7 + 3 * n),
            loss_mask=(1,) * (7 + 3 * n),
            logprobs=(-1.0,) * (7 + 3 * n),
            advantage=(-1.0) ** n,
        )
        for n in range(6)
    ]


@dataclass(frozen=True, kw_only=True)
class World:
    """A learner and an engine of one model, and the samples to train and to compare them on."""

    learners: LearnerGroup
    rollout: RolloutPool
    sync: WeightSync
    samples: Callable[[int], list[Sample]]


CASES = ("untied, two ranks of ZeRO-3", "tied, one rank", "images, two ranks of ZeRO-3")


@pytest.fixture(scope="module", params=CASES)
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("model")
    samples = some_samples
    if request.param.startswith("images"):
        samples = partial(mixed_samples, preprocessing_of(build_folder("glm4v", folder)))
    else:
        write_perturbed_model(folder, tied=request.param.startswith("tied"))
    config = config_of(folder, num_ranks=1 if "one rank" in request.param else 2)
    job = replace(training_job(config), num_videos=int(request.param.startswith("images")))
    with Cluster(ClusterConfig(), job.num_processes) as cluster:
        engines = start_engines(cluster, job, num_updates=10)
        engines.wait_until_ready()
        yield World(learners=engines.learners, rollout=engines.rollout, sync=engines.sync, samples=samples)


def config_of(folder: Path, *, num_ranks: int) -> Config:
    return Config(
        run=RunConfig(steps=10),
        model=ModelConfig(path=str(folder), dtype="float32"),
        data=DataConfig(max_prompt_tokens=64, images=IMAGES),
        rollout=RolloutConfig(max_think_tokens=64, max_answer_tokens=32, kv_cache_gib=0.25, max_restarts=0),
        curriculum=CurriculumConfig(),
        algorithm=AlgorithmConfig(importance_cap=0.0),
        sync=SyncConfig(bucket_mib=1),
        learner=LearnerConfig(num_workers=num_ranks, zero_stage=1 if num_ranks == 1 else 3, lr=1e-2, pack_tokens=64),
    )


def engine_log_probs(rollout: RolloutPool, samples: list[Sample]) -> Any:
    return rollout.workers[0].call("log_probs", samples).get()


def test_engine_and_learner_agree_before_and_after_each_of_three_updates(world: World) -> None:
    samples = world.samples(0)
    assert world.sync.check(samples) < 1e-4
    for version in (1, 2, 3):
        before = engine_log_probs(world.rollout, samples)
        world.learners.update(world.samples(version))
        world.sync.push(version=version)
        assert largest_gap(before, engine_log_probs(world.rollout, samples)) > 1e-2, (
            "the update must show in the engine"
        )
        assert world.sync.check(samples) < 1e-4


def test_stale_weights_stop_the_run(world: World) -> None:
    world.learners.update(world.samples(9))
    with pytest.raises(RunStopped, match="engine and learner disagree"):
        world.sync.check(world.samples(0))
