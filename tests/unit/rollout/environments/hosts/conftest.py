"""An environment with faults to order, and hosts of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from rlcs.plugins import load_plugins
from rlcs.records import Task
from rollout.environments.hosts.counts import Counts
from rollout.environments.hosts.pool import Hosts, Reply

FAULTY = '''
import os, signal, time
from pathlib import Path
from rlcs import EnvironmentFault, Observation, Outcome, Status, environment


@environment("faulty", deadline_s=4.0, reset_s=20.0, per_host=3)
class Faulty:
    """Adds numbers up; words make it fail, once or always.

    Every fault leaves a file with the name of its text, so that `once …` fails the first time only.
    """

    def __init__(self, *, folder: str, offset: int = 0) -> None:
        self.folder, self.offset = folder, offset

    def reset(self, task, seed):
        self.total = seed + self.offset
        self.life = os.urandom(4).hex()
        return Observation(parts=(f"{task.prompt}: {self.total}",))

    def step(self, text):
        first, _, word = text.rpartition(" ")
        if first.startswith("once") and self.met(text):
            word = "1"
        if word == "fault":
            raise EnvironmentFault("to order")
        if word == "bug":
            return 1 / 0
        if word == "hang":
            raise EnvironmentFault("to order", hung=True)
        if word == "loop":
            time.sleep(60)
        if word == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        if word == "differ":
            return Observation(parts=(self.life,))
        if word == "end":
            return Observation(parts=("over",), outcome=Outcome(score=1.0, status=Status.CORRECT))
        self.total += int(word)
        return Observation(parts=(str(self.total), b"picture"), state=str(self.total))

    def met(self, text):
        file = Path(self.folder) / text
        was_there = file.exists()
        file.touch()
        return was_there

    def close(self):
        pass
'''


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The environment `faulty` is registered; the folder its file lies in."""
    folder = tmp_path_factory.mktemp("faulty")
    (folder / "faulty.py").write_text(FAULTY, encoding="utf-8")
    load_plugins([str(folder / "faulty.py")])
    return folder


@pytest.fixture(scope="module")
def shared(faulty: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosts]:
    pool = Hosts("faulty", {"folder": str(tmp_path_factory.mktemp("met"))})
    yield pool
    pool.end()


@pytest.fixture
def hosts(shared: Hosts) -> Hosts:
    """One host of three environments, with nothing counted."""
    shared.counts = Counts()
    return shared


@pytest.fixture
def begun() -> Callable[..., Any]:
    """A function that plays whole episodes: key -> texts in, key -> what was shown in the end out."""

    def play(pool: Hosts, texts: dict[int, list[str]]) -> dict[int, list[Any]]:
        shown: dict[int, list[Any]] = {key: [] for key in texts}
        for key in texts:
            pool.begin(key, task(), seed=10 * key)
        while pool.num_working:
            pool.wait(1.0)
            for reply in pool.poll():
                advance(pool, reply, shown[reply.key], texts[reply.key])
        for key in texts:
            pool.close(key)
        return shown

    def advance(pool: Hosts, reply: Reply, shown: list[Any], texts: list[str]) -> None:
        shown.append(reply.observation)
        if reply.observation.outcome is None and len(shown) <= len(texts):
            pool.step(reply.key, texts[len(shown) - 1])

    return play


def task() -> Task:
    return Task(id="a:1", source="a", domain="some", prompt="sum", answer="")
