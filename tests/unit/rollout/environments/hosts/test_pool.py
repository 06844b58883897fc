"""Episodes over hosts that fail: what a policy sees is the same, or the episode ends with no reward."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from rlcs.errors import UserError
from rlcs.plugins import pack
from rlcs.records import Status, Task
from rollout.environments.hosts.pool import Hosts

Play = Callable[..., dict[int, list[Any]]]
TASK = Task(id="a:1", source="a", domain="some", prompt="sum", answer="")


def texts_of(observations: list[Any]) -> list[str]:
    return [one.parts[0] for one in observations if one.parts]


def until_answered(pool: Hosts) -> list[Any]:
    found: list[Any] = []
    while pool.num_working:
        pool.wait(1.0)
        found += pool.poll()
    return found


@pytest.mark.parametrize("fault", ["fault", "bug", "hang", "loop", "die"])
def test_a_fault_that_passes_is_not_seen(hosts: Hosts, begun: Play, fault: str) -> None:
    shown = begun(hosts, {1: ["5", f"once {fault}", "2"], 2: ["1", "1", "1"]})
    assert texts_of(shown[1]) == ["sum: 10", "15", "16", "18"]
    assert texts_of(shown[2]) == ["sum: 20", "21", "22", "23"]
    assert hosts.counts.env_faults == 0 and hosts.counts.replays >= 1
    assert hosts.counts.hosts_replaced == (fault in ("loop", "die"))


@pytest.mark.parametrize(
    ("text", "faults", "hung", "unequal"),
    [("fault", 3, 0, 0), ("hang", 2, 1, 0)],
)
def test_one_that_stays_ends_the_episode_without_a_score_and_no_other(
    hosts: Hosts, begun: Play, text: str, faults: int, hung: int, unequal: int
) -> None:
    shown = begun(hosts, {1: ["5", text], 2: ["1", "2", "3", "4"]})
    outcome = shown[1][-1].outcome
    assert outcome.status is Status.ENV_FAULT and outcome.score is None
    assert texts_of(shown[1]) == ["sum: 10", "15"]
    assert texts_of(shown[2]) == ["sum: 20", "21", "23", "26", "30"]
    counts = hosts.counts
    assert (counts.faults, counts.hung_by_action, counts.unequal, counts.env_faults) == (faults, hung, unequal, 1)
    assert counts.as_metrics()["fault_share"] == 0.5


def test_a_replay_that_shows_something_else_ends_the_episode(hosts: Hosts, begun: Play) -> None:
    shown = begun(hosts, {1: ["differ", "once more fault"]})
    assert shown[1][-1].outcome.status is Status.ENV_FAULT
    assert hosts.counts.unequal == 1


def test_several_in_flight_when_the_host_is_killed_by_one_of_them_go_on(hosts: Hosts, begun: Play) -> None:
    shown = begun(hosts, {1: ["1", "die"], 2: ["2", "1", "1"], 3: ["3", "1", "1"]})
    assert shown[1][-1].outcome.status is Status.ENV_FAULT and hosts.counts.env_faults == 1
    assert texts_of(shown[2]) == ["sum: 20", "22", "23", "24"] and texts_of(shown[3]) == ["sum: 30", "33", "34", "35"]


def test_a_host_killed_from_outside_between_turns_is_replaced(hosts: Hosts) -> None:
    hosts.begin(1, TASK, 7)
    (first,) = until_answered(hosts)
    hosts.step(1, "5")
    (second,) = until_answered(hosts)
    os.kill(hosts.pids[0], signal.SIGKILL)
    psutil.Process(hosts.pids[0]).wait(10)
    hosts.step(1, "6")
    (third,) = until_answered(hosts)
    hosts.close(1)
    assert texts_of([first.observation, second.observation, third.observation]) == ["sum: 7", "12", "18"]
    assert third.replays == 1 and hosts.counts.replays == 1 and hosts.counts.env_faults == 0


def test_an_episode_may_be_closed_while_it_works(hosts: Hosts, begun: Play) -> None:
    for key in (1, 2, 3):
        hosts.begin(key, TASK, key)
    assert hosts.num_free == 0
    hosts.close(2)
    assert {reply.key for reply in until_answered(hosts)} == {1, 3}
    while not hosts.num_free:
        hosts.poll()
    hosts.begin(2, TASK, 50)
    assert texts_of([reply.observation for reply in until_answered(hosts)]) == ["sum: 50"]
    for key in (1, 2, 3):
        hosts.close(key)


def test_a_key_that_is_used_again_gets_its_own_answer(hosts: Hosts) -> None:
    hosts.begin(1, TASK, 40)
    hosts.close(1)
    hosts.begin(1, TASK, 50)
    assert texts_of([reply.observation for reply in until_answered(hosts)]) == ["sum: 50"]
    hosts.close(1)


def test_no_process_is_left_behind(faulty: Path, tmp_path: Path) -> None:
    pool = Hosts("faulty", {"folder": str(tmp_path)}, num_hosts=2)
    processes = [psutil.Process(pid) for pid in pool.pids]
    pool.begin(1, TASK, 1)
    until_answered(pool)
    pool.end()
    assert not any(process.is_running() for process in processes)


def test_a_host_that_never_starts_says_why(faulty: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.py"
    broken.write_text(
        "import sys\nif 'pytest' not in sys.modules:\n    raise SystemExit('not here')\n", encoding="utf-8"
    )
    pool = Hosts("faulty", {"folder": str(tmp_path)}, plugins=pack([str(broken)]))
    pool.begin(1, TASK, 1)
    with pytest.raises(UserError, match="a host of the environment 'faulty' does not start: not here"):
        until_answered(pool)
    pool.end()


def test_parameters_are_checked_before_anything_starts(faulty: Path) -> None:
    with pytest.raises(UserError, match="needs the parameter 'folder'"):
        Hosts("faulty", {})
    with pytest.raises(UserError, match="'offset' of environment 'faulty' is 'far'; expected a value of type int"):
        Hosts("faulty", {"folder": "x", "offset": "far"})
    with pytest.raises(UserError, match="did you mean 'offset'"):
        Hosts("faulty", {"folder": "x", "ofset": 1})


USER = """
import sys, time
from rlcs.plugins import load_plugins
from rollout.environments.hosts.pool import Hosts
load_plugins([sys.argv[1]])
hosts = Hosts("faulty", {"folder": "."})
print(hosts.pids[0], flush=True)
time.sleep(60)
"""


def test_a_host_that_is_stopped_ends_with_the_process_that_used_it(faulty: Path) -> None:
    user = subprocess.Popen([sys.executable, "-c", USER, str(faulty / "faulty.py")], stdout=subprocess.PIPE, text=True)
    assert user.stdout is not None
    host = psutil.Process(int(user.stdout.readline()))
    wait_until(lambda: host.num_threads() > 3)  # it serves: each environment has a thread
    host.suspend()
    user.kill()
    user.wait()
    user.stdout.close()
    assert psutil.wait_procs([host], timeout=20)[1] == []


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)
