"""Verifiers that ask over the network: coroutines on one event loop, in a thread of its own.

The deadline runs from the start of the work, not from its place in the queue; a coroutine that passes it is cancelled.
What it could not judge by then is not the model's fault, so there is no score.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
import threading
from collections.abc import Callable, Hashable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Protocol, TypeVar

from rewards.running.call import Call, unjudged
from rlcs.records import Status, Verdict

log = logging.getLogger("rlcs.rewards")

GRACE_S = 1.0
"""A verifier that keeps the deadline itself can tell more about it."""
END_S = 10.0


class Closable(Protocol):
    """Something that a verifier keeps between its calls: connections, a cache."""

    async def close(self) -> None:
        """Let go of everything; called once, when the pool ends."""


Kept = TypeVar("Kept", bound=Closable)


@dataclass(frozen=True, slots=True)
class _Surroundings:
    deadline: float
    concurrency: int
    kept: dict[Hashable, Closable]


_surroundings: ContextVar[_Surroundings] = ContextVar("surroundings of a remote verifier")


def deadline() -> float:
    """Return when the call that runs now must be over, in seconds of its event loop's clock."""
    return _surroundings.get().deadline


def concurrency() -> int:
    """Return how many calls may run at the same time."""
    return _surroundings.get().concurrency


def kept(key: Hashable, make: Callable[[], Kept]) -> Kept:
    """Return what was made under this key before, or make it; the pool closes it when it ends."""
    everything = _surroundings.get().kept
    if key not in everything:
        everything[key] = make()
    return everything[key]  # type: ignore[return-value]


class RemotePool:
    """Runs calls of `runs="remote"` verifiers, so many at a time; nothing is started before the first one."""

    def __init__(self, concurrency: int) -> None:
        self.concurrency = concurrency
        self._thread: threading.Thread | None = None
        self._started: concurrent.futures.Future[asyncio.AbstractEventLoop] = concurrent.futures.Future()
        self._num_calls, self._seconds = 0, 0.0

    def submit(self, call: Call, *, timeout_s: float) -> RemoteCall:
        """Queue a call; the returned object gives its verdict."""
        if self._thread is None:
            self._started = concurrent.futures.Future()
            self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="judges", daemon=True)
            self._thread.start()
        return RemoteCall(asyncio.run_coroutine_threadsafe(self._judge(call, timeout_s), self._started.result()))

    def metrics(self) -> dict[str, float]:
        """Return the number of calls since this was last asked, and the mean seconds of one; nothing without calls."""
        count, seconds = self._num_calls, self._seconds
        self._num_calls, self._seconds = 0, 0.0
        return {"judge/num_calls": float(count), "judge/mean_s": seconds / count} if count else {}

    def close(self) -> None:
        """Cancel what is under way and close what the verifiers kept."""
        if self._thread is None:
            return
        thread, self._thread = self._thread, None
        loop = self._started.result()
        loop.call_soon_threadsafe(self._stop.set)
        thread.join(END_S)
        if thread.is_alive():
            log.warning("the thread of the judges did not end within %.0f s", END_S)

    async def _serve(self) -> None:
        self._free = asyncio.Semaphore(self.concurrency)
        self._stop = asyncio.Event()
        self._kept: dict[Hashable, Closable] = {}
        self._started.set_result(asyncio.get_running_loop())
        await self._stop.wait()
        under_way = asyncio.all_tasks() - {asyncio.current_task()}
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
        for one in self._kept.values():
            await one.close()

    async def _judge(self, call: Call, timeout_s: float) -> Verdict:
        async with self._free:
            loop = asyncio.get_running_loop()
            start = loop.time()
            _surroundings.set(_Surroundings(start + timeout_s, self.concurrency, self._kept))
            try:
                async with asyncio.timeout(timeout_s + GRACE_S):
                    verdict = await call.run_remote()
            except TimeoutError:
                verdict = unjudged(Status.JUDGE_ERROR, f"no verdict within {timeout_s:g} s; raise timeout_s")
            self._num_calls += 1
            self._seconds += loop.time() - start
            return verdict


@dataclass(frozen=True, slots=True)
class RemoteCall:
    """One call on its way."""

    future: concurrent.futures.Future[Verdict]

    def result(self) -> Verdict:
        """Wait for the verdict."""
        try:
            return self.future.result()
        except concurrent.futures.CancelledError:
            return unjudged(Status.JUDGE_ERROR, "the scorer was closed before there was a verdict")
