"""Reward models of a run, in worker processes of their own: calls go out as groups finish, dead workers are replaced.

The scorer sees them as rewards.running.ratings.RewardModel.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from rewards.running.ratings import Rater, Rating
from rlcs.errors import WorkerLost
from rlcs.process.cluster import Cluster, Pending, Worker, wait_for
from rlcs.records import Messages
from rlcs.reward_models.catalogue import FoundModel

log = logging.getLogger("rlcs.reward_models")

MAX_RESTARTS = 3
"""How often in a row a worker may die before its answers count as not judged."""


class RaterPool:
    """The processes of one reward model. `start_worker(number)` begins to load one."""

    def __init__(self, start_worker: Callable[[int], Worker], num_workers: int) -> None:
        self._start_worker = start_worker
        self.workers = [start_worker(number) for number in range(num_workers)]
        self._num_calls = 0
        self._deaths = 0

    def submit(self, prompt: str | Messages, answers: Sequence[str]) -> RatingsOnTheirWay:
        """Begin to rate answers; the workers take turns."""
        number = self._num_calls % len(self.workers)
        self._num_calls += 1
        return RatingsOnTheirWay(self, number, prompt, list(answers))

    def ask(self, number: int, prompt: str | Messages, answers: list[str]) -> tuple[Worker, Pending]:
        """Call a worker; also return which one it was."""
        worker = self.workers[number]
        return worker, worker.call("rate", prompt, answers)

    def replace(self, number: int, dead: Worker, reason: str) -> bool:
        """Start a worker in the place of a dead one, unless that is done; False when it has died too often."""
        if self.workers[number] is not dead:
            return True
        self._deaths += 1
        if self._deaths > MAX_RESTARTS:
            return False
        log.warning("%s died %s; it is restarted and its answers are rated again", dead.name, reason)
        dead.kill()
        self.workers[number] = self._start_worker(number)
        return True

    def note_success(self) -> None:
        """Forget earlier deaths: the workers work."""
        self._deaths = 0


@dataclass
class RatingsOnTheirWay:
    """One call of a reward model. It is made at once, and again when its worker dies."""

    pool: RaterPool
    number: int
    prompt: str | Messages
    answers: list[str]
    _ratings: list[Rating] | None = None
    _asked: tuple[Worker, Pending] = field(init=False)

    def __post_init__(self) -> None:
        self._asked = self.pool.ask(self.number, self.prompt, self.answers)

    def result(self) -> list[Rating]:
        """Wait for the ratings, in the order of the answers; without a worker left they say why there are none."""
        while self._ratings is None:
            worker, pending = self._asked
            try:
                self._ratings = pending.get()
                self.pool.note_success()
            except WorkerLost as error:
                if self.pool.replace(self.number, worker, error.reason):
                    self._asked = self.pool.ask(self.number, self.prompt, self.answers)
                else:
                    self._ratings = [Rating(message=f"its worker died {error.reason}")] * len(self.answers)
        return self._ratings


def start_raters(cluster: Cluster, models: Mapping[str, FoundModel], *, threads: int) -> dict[str, Rater]:
    """Begin to load reward models, each process with so many threads."""
    return {name: _start_rater(cluster, name, found, threads=threads) for name, found in models.items()}


def wait_until_ready(raters: Mapping[str, Rater]) -> None:
    """Wait until every reward model has loaded."""
    for rater in raters.values():
        assert isinstance(rater.model, RaterPool), "raters of a run live in workers"
        wait_for(rater.model.workers)


def _start_rater(cluster: Cluster, name: str, found: FoundModel, *, threads: int) -> Rater:
    from rlcs.reward_models.worker import RewardModelWorker

    settings = found.settings
    gpus = settings.num_gpus if cluster.num_gpus() else 0
    arguments = {
        "name": name,
        "path": str(found.path),
        "max_tokens": settings.max_tokens,
        "batch_tokens": settings.batch_tokens,
        "on_gpu": gpus > 0,
        "threads": threads,
    }

    def start(number: int) -> Worker:
        return cluster.start(
            RewardModelWorker, f"reward-model-{name}-{number}", arguments, num_gpus=gpus, threads=threads
        )

    return Rater(name=name, model=RaterPool(start, settings.num_workers), scale=found.scale)
