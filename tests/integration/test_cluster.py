"""Ray through its one door: interrupts that pass its waits, errors that come back plainly, workers that die."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import psutil
import pytest

from rlcs.config.schema import ClusterConfig
from rlcs.errors import RunStopped, UserError, WorkerLost
from rlcs.process.cluster import (
    Cluster,
    Lost,
    Worker,
    begin_telling,
    fetch,
    gather,
    merge_streams,
    wait_for,
)
from rlcs.process.interrupts import Interrupted, StopSignal
from rlcs.process.pulse import tick

pytestmark = pytest.mark.timeout(120)
SLOW_S = 20.0


class Actor:
    """A worker with everything that can go wrong."""

    def start(self, *, fails: bool = False) -> None:
        begin_telling()
        if fails:
            raise UserError("model.path=nowhere is no model; give a folder")

    def pid(self) -> int:
        return os.getpid()

    def sleep(self, seconds: float) -> float:
        time.sleep(seconds)
        return seconds

    def work(self, pieces: int, seconds: float) -> int:
        for _ in range(pieces):
            time.sleep(seconds)
            tick()
        return pieces

    def stop(self) -> None:
        os.kill(os.getpid(), signal.SIGSTOP)

    def fail(self, kind: str) -> None:
        raise {"user": UserError("set it to 2"), "memory": OutOfMemoryError("CUDA"), "bug": ZeroDivisionError()}[kind]

    def die(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def items(self, count: int, seconds: float) -> Iterator[int]:
        for number in range(count):
            yield number
            time.sleep(seconds)

    def two(self, count: int) -> tuple[int, list[int]]:
        return count, list(range(count))

    def read(self, references: list[Any]) -> list[Any]:
        return [fetch(reference, of="the other") for reference in references]


class OutOfMemoryError(Exception):
    """Has the name of torch's."""


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with Cluster(ClusterConfig(), num_cpus=8) as cluster:
        yield cluster


def actor(cluster: Cluster, name: str, **arguments: Any) -> Worker:
    return cluster.start(Actor, name, arguments)


def interrupt_soon() -> None:
    threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()


def test_a_worker_without_a_place_is_told_of(
    cluster: Cluster, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = [actor(cluster, f"other-{number}") for number in range(8)]
    wait_for(others)
    monkeypatch.setattr("rlcs.process.cluster.PLACE_WITHIN_S", 0.5)
    homeless = actor(cluster, "homeless-0")
    with pytest.raises(RunStopped, match="no place for homeless-0 for 1 s .*a node may have left"):
        wait_for([homeless], place_within_s=1.0)
    threading.Timer(2.0, others[0].kill).start()
    with caplog.at_level("WARNING", logger="rlcs.process.cluster"):
        wait_for([others[1], homeless])
    assert "no place yet for homeless-0: 0 of 8 CPUs and 0 of 0 GPUs are free" in caplog.text
    for worker in (*others[1:], homeless):
        worker.kill()


@pytest.fixture(scope="module")
def watchful(cluster: Cluster) -> Cluster:
    """The same cluster, in which a worker may make no progress for two seconds only."""
    return Cluster(ClusterConfig(stall_s=2.0), num_cpus=8)


@pytest.mark.parametrize("method", ["stop", "sleep"])
def test_a_worker_without_progress_is_ended_and_told_of(watchful: Cluster, method: str) -> None:
    worker = actor(watchful, f"stuck-{method}")
    wait_for([worker])
    pid = worker.call("pid").get()
    arguments = (SLOW_S,) if method == "sleep" else ()
    with pytest.raises(WorkerLost, match=rf"stuck-{method} died during {method}: it made no progress for \d s"):
        gather([worker.call(method, *arguments)])
    assert not is_running(pid), "a stopped process must be gone too"


def test_a_stuck_stream_ends_as_lost(watchful: Cluster) -> None:
    worker = actor(watchful, "stuck-stream")
    wait_for([worker])
    (first, lost) = merge_streams({7: worker.stream("items", 2, SLOW_S)})
    assert first == (7, 0)
    assert lost[0] == 7 and isinstance(lost[1], Lost) and "no progress" in lost[1].reason


def test_slow_work_that_goes_on_is_not_stuck(watchful: Cluster) -> None:
    worker = actor(watchful, "slow-but-busy")
    wait_for([worker])
    assert gather([worker.call("work", 8, 1.0)]) == [8]
    assert worker.watch.verdict == ""
    worker.kill()


def test_a_worker_is_not_stuck_because_it_was_idle(watchful: Cluster) -> None:
    worker = actor(watchful, "idle-0")
    wait_for([worker])
    time.sleep(3.0)
    assert gather([worker.call("work", 1, 1.0)]) == [1]
    worker.kill()


def is_running(pid: int) -> bool:
    """Whether a process is there and no zombie; it may take a moment to go."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return False
        except psutil.NoSuchProcess:
            return False
        time.sleep(0.1)
    return True


def test_an_interrupt_acts_while_an_answer_is_waited_for(cluster: Cluster) -> None:
    worker = actor(cluster, "slow-0")
    wait_for([worker])
    answer = worker.call("sleep", SLOW_S)
    started = time.monotonic()
    with StopSignal() as stop, pytest.raises(Interrupted), stop.interruptible():
        interrupt_soon()
        gather([answer])
    assert time.monotonic() - started < SLOW_S / 2
    worker.kill()


def test_an_interrupt_acts_while_a_stream_is_silent(cluster: Cluster) -> None:
    worker = actor(cluster, "slow-1")
    wait_for([worker])
    started = time.monotonic()
    seen = []
    with StopSignal() as stop, pytest.raises(Interrupted), stop.interruptible():
        for item in merge_streams({0: worker.stream("items", 2, SLOW_S)}):
            seen.append(item)
            interrupt_soon()
    assert seen == [(0, 0)]
    assert time.monotonic() - started < SLOW_S / 2
    worker.kill()


def test_what_a_person_can_fix_comes_back_as_it_was(cluster: Cluster) -> None:
    worker = actor(cluster, "fails", fails=True)
    with pytest.raises(UserError, match="^model.path=nowhere is no model; give a folder$"):
        wait_for([worker])
    with pytest.raises(UserError, match="^set it to 2$"):
        worker.call("fail", "user").get()
    with pytest.raises(RunStopped, match="fails ran out of GPU memory during fail; lower learner.pack_tokens"):
        worker.call("fail", "memory").get()
    with pytest.raises(Exception, match="ZeroDivisionError"):
        worker.call("fail", "bug").get()
    worker.kill()


def test_the_first_error_is_raised_and_not_that_of_a_rank_that_waits(cluster: Cluster) -> None:
    first, second = actor(cluster, "rank-0"), actor(cluster, "rank-1")
    started = time.monotonic()
    with pytest.raises(UserError, match="set it to 2"):
        gather([first.call("sleep", SLOW_S), second.call("fail", "user")])
    assert time.monotonic() - started < SLOW_S / 2
    first.kill()
    assert gather([second.call("sleep", value) for value in (0.2, 0.0, 0.1)]) == [0.2, 0.0, 0.1]
    second.kill()


def test_a_death_is_told_with_name_and_work(cluster: Cluster) -> None:
    worker = actor(cluster, "learner-3")
    with pytest.raises(
        WorkerLost, match=r"^learner-3 died during die \(.*\); look for the cause .*--resume\)$"
    ) as lost:
        worker.call("die").get()
    assert isinstance(lost.value, UserError), "the command line tells it in one line"
    assert lost.value.worker == "learner-3"


def test_a_stream_ends_with_what_was_lost_and_the_others_go_on(cluster: Cluster) -> None:
    dying, living = actor(cluster, "dying"), actor(cluster, "living")
    pid = dying.call("pid").get()
    found: dict[int, list[Any]] = {0: [], 1: []}
    for key, item in merge_streams({0: dying.stream("items", 50, 0.1), 1: living.stream("items", 5, 0.2)}):
        if key == 0 and not found[0]:
            os.kill(pid, signal.SIGKILL)
        found[key].append(item)
    assert found[1] == [0, 1, 2, 3, 4]
    assert isinstance(found[0][-1], Lost) and found[0][-1].reason.startswith("during items")
    living.kill()


def test_what_is_large_is_read_by_another_worker(cluster: Cluster) -> None:
    giver, taker = actor(cluster, "giver"), actor(cluster, "taker")
    answer, reference = giver.call_for_large("two", 3)
    assert answer.get() == 3
    assert taker.call("read", [reference]).get() == [[0, 1, 2]]
    giver.kill()
    taker.kill()


FULL_MEMORY = """
from test_cluster import Actor
from rlcs.config.schema import ClusterConfig
from rlcs.process.cluster import Cluster, gather

with Cluster(ClusterConfig(), 1) as cluster:
    gather([cluster.start(Actor, "engine-0").call("sleep", 60.0)])
"""


def test_a_worker_that_ray_ends_for_memory_is_lost_like_any_other_and_told_so() -> None:
    # Ray counts the memory of the machine as full at 1 %.
    limit = {"RAY_memory_usage_threshold": "0.01", "RAY_memory_monitor_refresh_ms": "100"}
    folder = os.path.dirname(__file__)
    command = [sys.executable, "-c", FULL_MEMORY]
    done = subprocess.run(command, env={**os.environ, **limit}, cwd=folder, capture_output=True, text=True, timeout=100)
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("rlcs.errors.WorkerLost: engine-0 died during sleep (the memory of its machine was full: ")
    assert " GB, and Ray ended it; end other programs there)" in last


def test_what_has_come_can_be_taken_without_waiting_for_the_rest(cluster: Cluster) -> None:
    streams = {0: actor(cluster, "giving").stream("items", 3, 0.3)}
    found, looks = [], 0
    while streams:
        looks += 1
        found += [item for _, item in merge_streams(streams, within_s=0.0)]
    assert found == [0, 1, 2]
    assert looks > 3


def test_there_is_time_for_something_else_while_work_goes_on(cluster: Cluster) -> None:
    calls: list[float] = []
    work = actor(cluster, "working").call("work", 2, 0.4)
    gather([work], meanwhile=lambda: calls.append(time.monotonic()), every_s=0.05)
    assert len(calls) > 5
