"""Rollout workers as one pool: tasks go out, finished groups stream back, a dead worker is replaced.

Requests are dealt to the workers before generation starts (their number is known: paper 5.4), so that all have about
as many tokens to generate; whatever a worker had not delivered when it died, or was ended because it was stuck, its
replacement generates again, the same tokens.
"""

from __future__ import annotations

import heapq
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
    """The engines of a run. `start_worker(number)` begins to load one, `restore(worker)` gives it weights.

    `restore` returns the version of these.
    """

    def __init__(
        self, start_worker: Callable[[int], Worker], num_workers: int, *, max_restarts: int, sleeps: bool = False
    ) -> None:
        self._start_worker = start_worker
        self.sleeps = sleeps
        self._max_restarts = max_restarts
        self.workers = [start_worker(number) for number in range(num_workers)]
        self.restore: Callable[[Worker], int] | None = None
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

    def launch(self, requests: Sequence[RolloutRequest], *, sampling: Sampling, policy_version: int) -> Generating:
        """Let the engines, which hold the weights of `policy_version`, begin to generate."""
        return Generating(self, requests, sampling, policy_version)

    def generate(
        self, requests: Sequence[RolloutRequest], *, sampling: Sampling, policy_version: int
    ) -> Iterator[tuple[int, Group]]:
        """Yield (index of the request, group) as groups finish, each exactly once."""
        yield from self.launch(requests, sampling=sampling, policy_version=policy_version).arrivals()

    def ask_all(self, method: str, *arguments: Any) -> list[Any]:
        """Call a method of every engine and return the answers; one that is lost is replaced and asked again."""
        answers = settle([worker.call(method, *arguments) for worker in self.workers])
        for number in range(len(self.workers)):
            restarts = 0
            while isinstance(lost := answers[number], Lost):
                restarts += 1
                self.replace(number, lost.reason, restarts)
                answers[number] = settle([self.workers[number].call(method, *arguments)])[0]
        return answers

    def replace_lost(self, answers: Sequence[Any]) -> None:
        """Replace the engines whose answers, in their order, are `Lost`; the new ones get the present weights."""
        for number, answer in enumerate(answers):
            if isinstance(answer, Lost):
                self.replace(number, answer.reason, 1)

    def replace(self, number: int, reason: str, restarts: int) -> int | None:
        """Start a new worker in the place of a dead one and restore its weights; return their version if they are."""
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
            return None if self.restore is None else self.restore(worker)
        except WorkerLost as error:
            if error.worker != worker.name:
                raise
            return self.replace(number, error.reason, restarts + 1)


class Generating:
    """What engines are generating. They go on by themselves; `arrivals` hands over what has come, each group once.

    The share of a worker that is lost is generated again as a whole by its replacement, because the tokens of a share
    depend on all of it: so the groups are those of a run in which nothing was lost.
    """

    def __init__(
        self, pool: RolloutPool, requests: Sequence[RolloutRequest], sampling: Sampling, policy_version: int
    ) -> None:
        self._pool, self._requests, self._sampling = pool, requests, sampling
        self._versions = {policy_version}
        self._shares = dict(enumerate(deal([request.expected_tokens for request in requests], len(pool.workers))))
        self._streams = {number: self._stream(number) for number, share in self._shares.items() if share}
        self._delivered: set[int] = set()
        self._restarts = 0

    @property
    def shares(self) -> list[list[int]]:
        """Numbers of the requests of each engine."""
        return list(self._shares.values())

    def arrivals(self, *, within_s: float = math.inf) -> Iterator[tuple[int, Group]]:
        """Yield (index of the request, group) as groups finish, until all are there or none comes for `within_s`."""
        for number, item in merge_streams(self._streams, within_s=within_s):
            if isinstance(item, Lost):
                self._begin_again(number, item.reason)
                continue
            position, group = item
            index = self._shares[number][position]
            if index not in self._delivered:
                self._delivered.add(index)
                self._check_versions(number, group)
                yield index, group

    def _stream(self, number: int) -> Stream:
        share = [self._requests[index] for index in self._shares[number]]
        return self._pool.workers[number].stream("generate", share, sampling=self._sampling)

    def _begin_again(self, number: int, reason: str) -> None:
        self._restarts += 1
        restored = self._pool.replace(number, reason, self._restarts)
        if restored is not None:
            self._versions.add(restored)
        self._streams[number] = self._stream(number)

    def _check_versions(self, number: int, group: Group) -> None:
        """Stop the run when an engine says that it sampled from other weights than it should hold."""
        found = {completion.policy_version for completion in group.completions}
        if not found <= self._versions:
            raise RunStopped(
                f"rollout worker {number} sampled task {group.task.id} from weights of version {sorted(found)}, and "
                f"{sorted(self._versions)} is what it was given: it has missed an update; go on from the last "
                "checkpoint (rlcs train: --resume)"
            )


def deal(costs: Sequence[float], num_hands: int) -> list[list[int]]:
    """Deal items, numbered as their costs are, the dearest first to the hand that has least; equal ones in turn.

    [1, 1, 1], 2 -> [[0, 2], [1]]; [1, 1, 2], 2 -> [[2], [0, 1]]. To one hand all go as they are.
    """
    order = range(len(costs)) if num_hands == 1 else sorted(range(len(costs)), key=lambda item: -costs[item])
    hands: list[list[int]] = [[] for _ in range(num_hands)]
    loads = [(0.0, 0, hand) for hand in range(num_hands)]
    for item in order:
        load, count, hand = heapq.heappop(loads)
        hands[hand].append(item)
        heapq.heappush(loads, (load + costs[item], count + 1, hand))
    return hands
