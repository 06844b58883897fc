"""Rollout workers as one pool: tasks go out, finished groups stream back, a dead worker is replaced.

Requests are dealt to the workers before generation starts (their number is known: paper 5.4); whatever a worker had
not delivered when it died, or was ended because it was stuck, its replacement generates again, the same tokens.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from rlcs.errors import RunStopped, WorkerLost
from rlcs.process.cluster import Lost, Stream, Worker, gather, merge_streams, settle, wait_for
from rlcs.records import Group
from rollout.requests import RolloutRequest, Sampling

log = logging.getLogger("rlcs.rollout")


class RolloutPool:
    """The engines of a run. `start_worker(number)` begins to load one, `restore(worker)` gives it the weights."""

    def __init__(
        self, start_worker: Callable[[int], Worker], num_workers: int, *, max_restarts: int, sleeps: bool = False
    ) -> None:
        self._start_worker = start_worker
        self.sleeps = sleeps
        self._max_restarts = max_restarts
        self.workers = [start_worker(number) for number in range(num_workers)]
        self.restore: Callable[[Worker], None] | None = None
        self.require_learners: Callable[[], object] | None = None
        """Raises when there is nobody left from whom a new engine could get the weights."""
        self.num_restarts = 0

    def wait_until_ready(self) -> None:
        """Wait until every engine has loaded."""
        wait_for(self.workers)

    def sleep(self) -> None:
        """Let engines that share GPUs with the learner free their memory while it updates."""
        if self.sleeps:
            gather([worker.call("sleep") for worker in self.workers])

    def wake_up(self) -> None:
        """Let them take it back."""
        if self.sleeps:
            gather([worker.call("wake_up") for worker in self.workers])

    def generate(
        self, requests: Sequence[RolloutRequest], *, sampling: Sampling, policy_version: int
    ) -> Iterator[tuple[int, Group]]:
        """Yield (index of the request, group) as groups finish, each exactly once.

        The share of a worker that is lost is generated again as a whole by its replacement, because the tokens of a
        share depend on all of it: so the groups are those of a run in which nothing was lost.
        """
        shares = dict(enumerate(deal(range(len(requests)), len(self.workers))))
        options = {"sampling": sampling, "policy_version": policy_version}

        def stream(number: int) -> Stream:
            return self.workers[number].stream("generate", [requests[index] for index in shares[number]], **options)

        streams = {number: stream(number) for number, share in shares.items() if share}
        delivered: set[int] = set()
        restarts = 0
        for number, item in merge_streams(streams):
            if isinstance(item, Lost):
                restarts += 1
                self._replace(number, item.reason, restarts)
                streams[number] = stream(number)
                continue
            position, group = item
            index = shares[number][position]
            if index not in delivered:
                delivered.add(index)
                yield index, group

    def ask_all(self, method: str, *arguments: Any) -> list[Any]:
        """Call a method of every engine and return the answers; one that is lost is replaced and asked again."""
        answers = settle([worker.call(method, *arguments) for worker in self.workers])
        for number in range(len(self.workers)):
            restarts = 0
            while isinstance(lost := answers[number], Lost):
                restarts += 1
                self._replace(number, lost.reason, restarts)
                answers[number] = settle([self.workers[number].call(method, *arguments)])[0]
        return answers

    def replace_lost(self, answers: Sequence[Any]) -> None:
        """Replace the engines whose answers, in their order, are `Lost`; the new ones get the present weights."""
        for number, answer in enumerate(answers):
            if isinstance(answer, Lost):
                self._replace(number, answer.reason, 1)

    def _replace(self, number: int, reason: str, restarts: int) -> None:
        """Start a new worker in the place of a dead one and give it the current weights."""
        if restarts > self._max_restarts:
            raise RunStopped(
                f"rollout worker {number} died {restarts} times in one step, the last time {reason}; look for the "
                "cause (memory?), then go on (rlcs train: --resume)"
            )
        log.warning("rollout worker %d died %s; it is replaced, and what it had not done is done again", number, reason)
        self.num_restarts += 1
        # It may only have been out of reach; it must not hold on to the place that the new one needs.
        self.workers[number].kill()
        worker = self.workers[number] = self._start_worker(number)
        try:
            wait_for([worker], place_within_s=worker.stall_s or math.inf, meanwhile=self.require_learners)
            if self.restore is not None:
                self.restore(worker)
        except WorkerLost as error:
            if error.worker != worker.name:
                raise
            self._replace(number, error.reason, restarts + 1)


def deal(items: Sequence[int], num_hands: int) -> list[list[int]]:
    """Deal items to hands in turn: [0, 1, 2], 2 -> [[0, 2], [1]]."""
    return [list(items[hand::num_hands]) for hand in range(num_hands)]
