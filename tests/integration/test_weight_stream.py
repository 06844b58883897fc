"""Buckets of weights from ranks to engines: how many exist at a time, and what becomes of them when a process is lost.

The processes are Ray's, the ranks and engines in them stand-ins: of real ones test_weight_sync.py proves the numbers.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import ray
from ray._private.internal_api import node_stats

from rlcs.config.schema import ClusterConfig, LearnerConfig, SyncConfig
from rlcs.errors import RunStopped, WorkerLost
from rlcs.learner.group import LearnerGroup
from rlcs.process.cluster import Cluster, Worker, fetch
from rlcs.run.weight_sync import WeightSync
from rollout.pool import RolloutPool

pytestmark = pytest.mark.timeout(300)
NUM_BUCKETS = 8
BUCKET_BYTES = 8 * 2**20


class Rank:
    """Gives NUM_BUCKETS arrays filled with their number and the round; may die when asked for one of them.

    Ranks other than 0 give empty ones.
    """

    round, made, dies_at = 0, 0, -1

    def start(self, *, rank: int) -> None:
        self.rank = rank

    def begin_weights(self, bucket_bytes: int) -> None:
        self.round, self.made, self.bytes = self.round + 1, 0, bucket_bytes

    def next_weights(self) -> tuple[bool, Any]:
        if self.made == self.dies_at:
            os.kill(os.getpid(), signal.SIGKILL)
        if self.made == NUM_BUCKETS:
            return False, None
        self.made += 1
        return True, np.full(0 if self.rank else self.bytes, 10 * self.round + self.made - 1, np.uint8)

    def num_made(self) -> int:
        return self.made

    def die_at(self, bucket: int) -> None:
        self.dies_at = bucket


class Engine:
    """Notes what it is given; may die on one of the buckets."""

    def start(self, dies_at: int = -1) -> None:
        self.dies_at, self.seen, self.version = dies_at, [], -1

    def begin_weights(self) -> None:
        self.seen = []

    def take_weights(self, bucket: list[Any]) -> None:
        if len(self.seen) == self.dies_at:
            os.kill(os.getpid(), signal.SIGKILL)
        self.seen.append(int(fetch(bucket[0], of="the learner")[-1]))

    def finish_weights(self, version: int) -> None:
        self.version = version

    def holds(self) -> tuple[list[int], int]:
        return self.seen, self.version


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with Cluster(ClusterConfig(), num_cpus=8) as cluster:
        yield cluster


@pytest.fixture
def learners(cluster: Cluster) -> Iterator[LearnerGroup]:
    workers = [cluster.start(Rank, f"learner-{number}", {"rank": number}) for number in range(2)]
    yield LearnerGroup(workers, LearnerConfig())
    for worker in workers:
        worker.kill()


def connect(cluster: Cluster, learners: LearnerGroup, *, dies_at: int, max_restarts: int) -> WeightSync:
    """Two engines on the learners' weights, the second of which dies on a bucket the first time."""
    deaths = [-1, dies_at]

    def start(number: int) -> Worker:
        settings = {"dies_at": deaths[number]}
        deaths[number] = -1
        return cluster.start(Engine, f"rollout-{number}", settings)

    pool = RolloutPool(start, 2, max_restarts=max_restarts)
    pool.wait_until_ready()
    settings = SyncConfig(bucket_mib=BUCKET_BYTES // 2**20)
    return WeightSync(learners, pool, settings, dtype="float32", backend="object_store", tensor_parallel=1)


def end(sync: WeightSync) -> None:
    for worker in sync._rollout.workers:
        worker.kill()


def held(sync: WeightSync) -> list[tuple[list[int], int]]:
    return [worker.call("holds").get() for worker in sync._rollout.workers]


def wait_for_store(num_buckets: int) -> None:
    """Wait until the object store holds so many buckets at most; it frees memory a little later than it could."""
    node = ray.nodes()[0]
    deadline = time.monotonic() + 60
    while True:
        stats = node_stats(node["NodeManagerAddress"], node["NodeManagerPort"]).store_stats
        if stats.object_store_bytes_used < (num_buckets + 0.5) * BUCKET_BYTES:
            return
        assert time.monotonic() < deadline, stats
        time.sleep(0.05)


def test_one_bucket_is_read_while_the_next_is_made_and_no_more_exist(learners: LearnerGroup) -> None:
    seen: list[int] = []

    def hand_on(bucket: Any) -> None:
        # Asked after the next bucket was: the answer counts that one.
        made = [worker.call("num_made").get() for worker in learners.workers]
        assert made[0] == made[1], "ranks gather together"
        wait_for_store(2)
        seen.append(made[0])

    learners.stream_weights(BUCKET_BYTES, hand_on)
    assert seen == [min(number + 2, NUM_BUCKETS) for number in range(NUM_BUCKETS)]
    wait_for_store(0)


def test_a_round_that_was_left_is_not_gone_on_with(learners: LearnerGroup) -> None:
    with pytest.raises(ZeroDivisionError):
        learners.stream_weights(BUCKET_BYTES, lambda bucket: 1 / 0)
    seen: list[int] = []
    learners.stream_weights(BUCKET_BYTES, lambda bucket: seen.append(int(ray.get(bucket)[0])))
    assert seen == [20 + number for number in range(NUM_BUCKETS)]


def test_an_engine_lost_in_the_middle_is_replaced_and_holds_all_weights(
    cluster: Cluster, learners: LearnerGroup
) -> None:
    sync = connect(cluster, learners, dies_at=3, max_restarts=1)
    sync.push(version=7)
    first, second = held(sync)
    assert first == ([10 + number for number in range(NUM_BUCKETS)], 7), "the other engine is not held up"
    assert second == ([20 + number for number in range(NUM_BUCKETS)], 7), "of one round, from its beginning"
    assert sync._rollout.num_restarts == 1
    end(sync)


def test_where_pushed_weights_are_kept_a_new_engine_gets_those_and_not_the_learner_s(
    cluster: Cluster, learners: LearnerGroup
) -> None:
    sync = connect(cluster, learners, dies_at=-1, max_restarts=1)
    sync.keep_pushed()
    first = sync._rollout.workers[0]
    assert sync._restore(first) == 0 and held(sync)[0] == ([], -1), "it has loaded what the run began with"
    sync.push(version=7)
    pushed = held(sync)
    for version in (7, 7):  # and again: they stay
        first.call("begin_weights").get()
        assert sync._restore(first) == version
        assert held(sync) == pushed
    sync.push(version=8)
    assert held(sync) == [([20 + number for number in range(NUM_BUCKETS)], 8)] * 2
    assert len(sync._pushed) == NUM_BUCKETS, "of one push, not of two"
    end(sync)


def test_an_engine_that_must_not_be_replaced_stops_the_run(cluster: Cluster, learners: LearnerGroup) -> None:
    sync = connect(cluster, learners, dies_at=0, max_restarts=0)
    with pytest.raises(RunStopped, match="rollout worker 1 died 1 times in one step"):
        sync.push(version=1)
    end(sync)


def test_a_rank_lost_in_the_middle_stops_the_run_and_no_engine_takes_its_weights_for_whole(
    cluster: Cluster, learners: LearnerGroup
) -> None:
    sync = connect(cluster, learners, dies_at=-1, max_restarts=1)
    learners.workers[1].call("die_at", 4).get()
    with pytest.raises(WorkerLost, match="^learner-1 died during next_weights"):
        sync.push(version=1)
    assert [version for _, version in held(sync)] == [-1, -1]
    end(sync)
