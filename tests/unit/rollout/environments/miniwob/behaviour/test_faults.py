"""The browser or the host is killed in the second turn: the policy sees the same, and the score is the same."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator

import psutil
import pytest

from rlcs.records import Task
from rollout.environments.experts import play
from rollout.environments.hosts.pool import Hosts
from rollout.environments.miniwob.environment import MiniWob
from rollout.environments.protocol import Observation

pytestmark = pytest.mark.usefixtures("miniwob")
TASK = Task(
    id="m:login-user", source="m", domain="gui.episode", prompt="", answer="login-user",
    params={"page": "login-user", "page_seed": 3},
)  # fmt: skip


@pytest.fixture(scope="module")
def undisturbed() -> tuple[list[str], list[Observation]]:
    """What the expert writes, and what it sees."""
    environment = MiniWob(observe="both")
    played = play(environment, TASK)
    environment.close()
    return [turn.text for turn in played.turns], [played.opening, *(turn.shown for turn in played.turns)]


@pytest.fixture(scope="module")
def hosts() -> Iterator[Hosts]:
    pool = Hosts("miniwob", {"observe": "both"}, per_host=2)
    yield pool
    pool.end()


def kill_browser(hosts: Hosts) -> None:
    below = psutil.Process(hosts.pids[0]).children(recursive=True)
    (browser,) = [one for one in below if "--remote-debugging-pipe" in one.cmdline() and not is_launcher(one)]
    browser.send_signal(signal.SIGKILL)


def is_launcher(process: psutil.Process) -> bool:
    return "python" in process.name() or any(word.startswith("--type=") for word in process.cmdline())


def kill_host(hosts: Hosts) -> None:
    process = psutil.Process(hosts.pids[0])
    below = process.children(recursive=True)
    process.kill()
    assert below and psutil.wait_procs(below, timeout=60)[1] == [], "the browser ends with its host"


@pytest.mark.parametrize("kill", [kill_browser, kill_host])
@pytest.mark.parametrize("when", ["before the step", "during the step"])
def test_the_episode_is_the_same(
    hosts: Hosts, undisturbed: tuple[list[str], list[Observation]], kill: Callable[[Hosts], None], when: str
) -> None:
    texts, wanted = undisturbed
    before, seen, replays = hosts.counts.replays, [], 0
    hosts.begin(1, TASK, 0)
    while True:
        while not (replies := hosts.poll()):
            hosts.wait(1.0)
        seen.append(replies[0].observation)
        replays += replies[0].replays
        if replies[0].observation.outcome:
            break
        if len(seen) == 2 and when == "before the step":
            kill(hosts)
        hosts.step(1, texts[len(seen) - 1])
        if len(seen) == 3 and when == "during the step":
            kill(hosts)
    hosts.close(1)
    assert [(one.parts, one.state, one.outcome) for one in seen] == [
        (one.parts, one.state, one.outcome) for one in wanted
    ]
    assert seen[-1].outcome is not None and seen[-1].outcome.score == 1.0
    assert replays >= 1 and hosts.counts.replays > before and hosts.counts.env_faults == 0
