"""How many GPUs a job needs, told before anything loads, and where colocated engines go."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import rollout.environments.builtin  # noqa: F401  (registers)
from rlcs.config.schema import (
    ClusterConfig,
    Config,
    EnvironmentConfig,
    LearnerConfig,
    ModelConfig,
    RolloutConfig,
    SourceConfig,
    SyncConfig,
)
from rlcs.errors import UserError
from rlcs.model.files import model_dtype
from rlcs.process import environment
from rlcs.run.placement import LARGE_WEIGHTS, colocated_place, plan, require_gpus, training_job


def config(placement: str, *, tensor_parallel: int = 1) -> Config:
    rollout = RolloutConfig(tensor_parallel=tensor_parallel)
    return Config(rollout=rollout, learner=LearnerConfig(), cluster=ClusterConfig(placement=placement))


def test_colocated_engines_share_the_gpus_of_the_ranks() -> None:
    require_gpus(config("colocated", tensor_parallel=2), have=8, ranks=8, engines=4)
    with pytest.raises(UserError, match="GPUs: 10 .* are more than learner.num_workers=8"):
        require_gpus(config("colocated", tensor_parallel=2), have=16, ranks=8, engines=5)
    with pytest.raises(UserError, match="needs 8 GPUs .* and Ray has 4"):
        require_gpus(config("colocated"), have=4, ranks=8, engines=4)


def test_apart_everyone_needs_gpus_of_its_own() -> None:
    require_gpus(config("disaggregated", tensor_parallel=2), have=8, ranks=4, engines=2)
    with pytest.raises(UserError, match=r"needs 9 GPUs \(learner ranks 8, GPUs of engines 1, disaggregated\)"):
        require_gpus(config("disaggregated"), have=8, ranks=8, engines=1)


def test_colocated_gpus_cannot_generate_and_learn_at_once() -> None:
    settings = config("colocated")
    settings.model, settings.run.schedule = ModelConfig(path="tiny://text"), "overlapped"
    assert plan(training_job(settings), 0).backend == "object_store"
    with pytest.raises(UserError, match="set cluster.placement=disaggregated, or run.schedule=in_turn"):
        plan(training_job(settings), 2)
    settings.cluster.placement = "disaggregated"
    assert plan(training_job(settings), 2).backend == "nccl"


def test_a_job_needs_what_it_starts_and_no_more() -> None:
    require_gpus(config("disaggregated"), have=8, ranks=8)
    with pytest.raises(UserError, match="needs 16 GPUs .* and Ray has 8"):
        require_gpus(config("colocated", tensor_parallel=4), have=8, engines=4)


def test_without_gpus_everything_runs_on_cpu() -> None:
    require_gpus(config("disaggregated", tensor_parallel=8), have=0, ranks=64, engines=64)


def test_an_engine_gets_the_gpus_of_its_ranks_on_one_machine() -> None:
    places = [{"node": "a", "gpus": [2]}, {"node": "a", "gpus": [3]}]
    assert colocated_place(places) == {
        "node": "a",
        "env": {"CUDA_VISIBLE_DEVICES": "2,3", "RAY_EXPERIMENTAL_NOSET_CUDA_VISIBLE_DEVICES": "1"},
    }
    with pytest.raises(UserError, match="would span 2 machines"):
        colocated_place([*places, {"node": "b", "gpus": [0]}])


def test_sides_that_wait_for_one_another_have_all_cores_where_that_pays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "num_cores", lambda: 8)
    (tmp_path / "config.json").write_text("{}")
    with (tmp_path / "model.safetensors").open("wb") as file:
        file.truncate(LARGE_WEIGHTS)
    settings = Config(model=ModelConfig(path=str(tmp_path), dtype="float32"))
    settings.rollout.num_workers, settings.learner.num_workers = 2, 1
    assert threads_of(settings) == (4, 8)
    assert threads_of(settings, schedule="overlapped") == (2, 2)
    assert threads_of(settings, dtype="bfloat16") == (2, 2)
    assert threads_of(settings, path="tiny://text") == (2, 2)
    settings.rollout.threads, settings.learner.threads = 3, 5
    assert threads_of(settings) == (3, 5)


def threads_of(settings: Config, schedule: str = "in_turn", **model: str) -> tuple[int, int]:
    """Return the threads of an engine and of a rank."""
    changed = replace(settings, run=replace(settings.run, schedule=schedule), model=replace(settings.model, **model))
    placement = plan(training_job(changed), 0)
    return placement.engine_settings()["threads"], placement.learner_threads()


@pytest.mark.parametrize(
    ("backend", "placement", "num_gpus", "expected"),
    [
        ("auto", "colocated", 0, "object_store"),
        ("auto", "colocated", 2, "ipc"),
        ("auto", "disaggregated", 2, "nccl"),
        ("object_store", "disaggregated", 2, "object_store"),
    ],
)
def test_weights_travel_as_was_asked_or_as_the_place_allows(
    backend: str, placement: str, num_gpus: int, expected: str
) -> None:
    settings = config(placement)
    settings.model, settings.sync = ModelConfig(path="tiny://text"), SyncConfig(backend=backend)
    placed = plan(training_job(settings), num_gpus)
    assert placed.backend == expected
    assert placed.engine_settings()["weight_transfer"] == (None if expected == "object_store" else expected)


@pytest.mark.parametrize(
    ("configured", "has_gpus", "expected"),
    [
        ("auto", True, "bfloat16"),
        ("auto", False, "float32"),
        ("float32", True, "float32"),
        ("bfloat16", False, "bfloat16"),
    ],
)
def test_the_weight_type_follows_the_workers_and_not_the_driver(configured: str, has_gpus: bool, expected: str) -> None:
    assert model_dtype(configured, has_gpus=has_gpus) == expected


def test_engines_have_room_for_what_a_turn_of_an_episode_sees() -> None:
    settings = config("colocated")
    settings.model = ModelConfig(path="tiny://text")
    before = plan(training_job(settings), 0).engine_settings()["max_model_len"]
    played = EnvironmentConfig(name="tools", context_tokens=9000)
    settings.data.eval = [SourceConfig(name="a", path="a.jsonl", environment=played)]
    longest = plan(training_job(settings), 0).engine_settings()["max_model_len"]
    assert longest - before == 9000 - (1024 + 1024 + 256)
