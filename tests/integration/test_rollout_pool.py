"""A rollout worker that dies is replaced, and its tasks are generated again: nothing is lost, nothing comes twice."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from rlcs.config.schema import ClusterConfig, ImagesConfig, ModelConfig, RolloutConfig
from rlcs.errors import RunStopped, UserError
from rlcs.model.files import load_tokenizer, resolve_model_path
from rlcs.process.cluster import Cluster, Worker
from rlcs.records import Group, Task
from rollout.pool import RolloutPool
from rollout.requests import RolloutRequest, Sampling
from rollout.worker import RolloutWorker

pytestmark = pytest.mark.timeout(600)
SETTINGS = RolloutConfig(max_think_tokens=64, max_answer_tokens=32, kv_cache_gib=0.25)
SAMPLING = Sampling(num_completions=4, temperature=1.0)


class PidWorker(RolloutWorker):
    """A rollout worker that tells its process id, so that the test can kill it."""

    def pid(self) -> int:
        return os.getpid()


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    # Three times as long for the start of an engine; a pass of it takes milliseconds.
    with Cluster(ClusterConfig(stall_s=20.0), 4) as cluster:
        yield cluster


def starter(cluster: Cluster, model: Path | str) -> Callable[[int], Worker]:
    settings = {
        "model_path": str(model),
        "dtype": "float32",
        "settings": SETTINGS,
        "images": ImagesConfig(),
        "max_model_len": 512,
    }
    arguments = {**settings, "seed": 0, "threads": 1}
    return lambda number: cluster.start(PidWorker, f"rollout-{number}", arguments)


@pytest.fixture(scope="module")
def pool(cluster: Cluster) -> RolloutPool:
    pool = RolloutPool(starter(cluster, resolve_model_path("tiny://text")), 1, max_restarts=1)
    pool.wait_until_ready()
    return pool


@pytest.fixture(scope="module")
def requests() -> list[RolloutRequest]:
    tokenizer = load_tokenizer(ModelConfig(path="tiny://text"), resolve_model_path("tiny://text"))
    prompts = [f"{100 + number}+{200 + 3 * number}=" for number in range(64)]
    tasks = [Task(id=f"s:{n}", source="s", domain="stem.math", prompt=p, answer="0") for n, p in enumerate(prompts)]
    return [
        RolloutRequest(task=task, prompt_ids=tuple(tokenizer(task.question)["input_ids"]), seed=number)
        for number, task in enumerate(tasks)
    ]


def test_a_request_may_ask_for_more_or_fewer_completions(pool: RolloutPool, requests: list[RolloutRequest]) -> None:
    asked = [replace(requests[0], num_completions=2), requests[1], replace(requests[2], num_completions=6)]
    found = dict(pool.generate(asked, sampling=SAMPLING, policy_version=0))
    assert [len(found[index].completions) for index in range(3)] == [2, 4, 6]


@pytest.mark.parametrize("fault", [signal.SIGKILL, signal.SIGSTOP])
def test_what_a_lost_worker_had_not_delivered_is_generated_again_the_same(
    pool: RolloutPool, requests: list[RolloutRequest], fault: signal.Signals
) -> None:
    undisturbed = dict(pool.generate(requests, sampling=SAMPLING, policy_version=0))
    restored: list[Worker] = []

    def restore(worker: Worker) -> int:
        restored.append(worker)
        return 0

    pool.restore = restore
    restarts, pid = pool.num_restarts, pool.workers[0].call("pid").get()
    found: dict[int, Group] = {}
    for index, group in pool.generate(requests, sampling=SAMPLING, policy_version=0):
        if not found:
            os.kill(pid, fault)
        assert index not in found, "each group comes once"
        found[index] = group
    assert pool.num_restarts == restarts + 1
    assert restored == pool.workers, "the new worker must get the current weights"
    assert pool.workers[0].call("pid").get() != pid
    tokens = {index: [one.token_ids for one in group.completions] for index, group in undisturbed.items()}
    assert {index: [one.token_ids for one in group.completions] for index, group in found.items()} == tokens


def test_a_worker_that_keeps_dying_stops_the_run_with_a_clear_error(
    pool: RolloutPool, requests: list[RolloutRequest]
) -> None:
    def kill_again(worker: Worker) -> int:
        os.kill(worker.call("pid").get(), signal.SIGKILL)
        return 0

    pool.restore = kill_again
    os.kill(pool.workers[0].call("pid").get(), signal.SIGKILL)
    with pytest.raises(RunStopped, match="died 2 times in one step"):
        list(pool.generate(requests, sampling=SAMPLING, policy_version=0))


def test_an_engine_that_cannot_load_is_told_plainly_and_not_started_again(cluster: Cluster, tmp_path: Path) -> None:
    pool = RolloutPool(starter(cluster, tmp_path / "missing"), 1, max_restarts=1)
    with pytest.raises(UserError, match="^cannot load model.path=.*missing: "):
        pool.wait_until_ready()
    assert pool.num_restarts == 0
