"""Killable worker processes for verifiers that can be slow or crash: each judgement has a deadline of its own.

The deadline runs from the start of the work, not from its submission. A worker that passes it is killed and replaced;
the other judgements go on. A signal or a thread would not do: neither stops a loop inside C code.

An answer whose worker was killed or died is judged once more: a process can be ended or held up from outside, and a
clock can jump. Only the second time it is the answer's fault.
"""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Sequence
from concurrent.futures import CancelledError, Future, TimeoutError, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any

from pebble import ProcessExpired, ProcessPool

from rewards.running.call import Call, unjudged
from rewards.running.forkserver import WorkerContext, cap_memory, die_with_parent, start_fork_server
from rlcs.config.schema import ScoringConfig
from rlcs.plugins import load_plugins
from rlcs.process.watch import TELL_AFTER_S
from rlcs.records import Status, Verdict

log = logging.getLogger("rlcs.rewards")

LOOK_EVERY_S = 1.0
STANDSTILL_S = 60.0
"""Longer than any start of a worker on a loaded machine."""
JOIN_S = 10.0
JUDGEMENTS_PER_WORKER = 5000
"""A worker is replaced after so many, which bounds the caches that SymPy keeps."""


class WorkerPool:
    """Runs calls in worker processes; nothing is started before the first one."""

    def __init__(self, scoring: ScoringConfig, *, plugins: Sequence[str], preload: Sequence[str]) -> None:
        self.scoring = scoring
        self.plugins = tuple(plugins)
        self.preload = tuple(preload)
        self._pool: ProcessPool | None = None
        self._last_progress = time.monotonic()
        self._is_told = False
        self._first_tries: dict[int, WorkerCall] = {}

    def submit(self, call: Call, *, timeout_s: float) -> WorkerCall:
        """Queue a call; the returned object gives its verdict."""
        queued = WorkerCall(self, call, timeout_s, self.schedule(call, timeout_s))
        self._first_tries[id(queued)] = queued
        return queued

    def judge_again(self) -> None:
        """Queue once more all calls whose worker was killed or died at the first try."""
        for key, call in list(self._first_tries.items()):
            if call.has_lost_worker():
                del self._first_tries[key]
                log.info("%s: %r lost its worker; it is judged again", call.call.verifier, call.call.answer[:80])
                call.scheduled = self.schedule(call.call, call.timeout_s)

    def forget(self, call: WorkerCall) -> None:
        """Let go of a call that has its verdict."""
        self._first_tries.pop(id(call), None)

    def schedule(self, call: Call, timeout_s: float) -> Scheduled:
        """Queue a call in a pool that works: a broken one is replaced."""
        if self._pool is None or not self._pool.active:
            self.close()
            self._pool = self._start()
        self._last_progress, self._is_told = time.monotonic(), False
        future: Future[Verdict] = self._pool.schedule(_run, args=(call,), timeout=timeout_s)
        future.add_done_callback(self._note_progress)
        return Scheduled(self._pool, future)

    def check_alive(self, scheduled: Scheduled, *, timeout_s: float) -> None:
        """Raise BrokenProcessPool when a call that is still open will never be answered.

        Pebble forgets what it had not yet handed to a worker when a worker dies at a bad moment. And when nothing at
        all has been answered for far longer than a deadline, the pool stands still, whatever the reason.
        """
        silent_s = time.monotonic() - self._last_progress
        if silent_s > TELL_AFTER_S and not self._is_told:
            self._is_told = True
            log.warning(
                "waiting for reward workers: nothing has been judged for %.0f s; they are replaced after %.0f s",
                silent_s,
                timeout_s + STANDSTILL_S,
            )
        if scheduled.pool is self._pool and silent_s > timeout_s + STANDSTILL_S:
            log.warning("reward workers have answered nothing for %.0f s; they are replaced", silent_s)
            self.close()
        if scheduled.pool is not self._pool or not scheduled.pool.active:
            raise BrokenProcessPool("the reward workers that had this call are gone")

    def close(self) -> None:
        """Stop all workers; calls still queued are cancelled."""
        if self._pool is None:
            return
        pool, self._pool = self._pool, None
        pool.stop()
        # Pebble's own timeout does not hold for a stopped pool, and one that stands still may never end.
        ending = threading.Thread(target=pool.join, daemon=True)
        ending.start()
        ending.join(JOIN_S)
        if ending.is_alive():
            log.warning("reward workers did not end within %.0f s", JOIN_S)

    def _note_progress(self, _: Future[Verdict]) -> None:
        self._last_progress, self._is_told = time.monotonic(), False

    def _start(self) -> ProcessPool:
        start_fork_server(self.preload)
        return ProcessPool(
            max_workers=self.scoring.num_workers,
            max_tasks=JUDGEMENTS_PER_WORKER,
            initializer=_prepare_worker,
            initargs=(self.plugins, self.scoring.memory_gib),
            context=WorkerContext(),
        )


@dataclass(frozen=True)
class Scheduled:
    """A call in a pool."""

    pool: ProcessPool
    future: Future[Verdict]


@dataclass
class WorkerCall:
    """One call on its way."""

    workers: WorkerPool
    call: Call
    timeout_s: float
    scheduled: Scheduled

    def result(self) -> Verdict:
        """Wait for the verdict; a worker that was killed or died twice is a verdict too."""
        verdict = self._answer()
        if verdict.status in (Status.TIMEOUT, Status.WORKER_DIED):
            self.workers.judge_again()
            verdict = self._answer()
        self.workers.forget(self)
        return verdict

    def has_lost_worker(self) -> bool:
        """Tell whether its worker was killed at the deadline, or died."""
        future = self.scheduled.future
        done = future.done() and not future.cancelled()
        return done and isinstance(future.exception(), TimeoutError | ProcessExpired)

    def _answer(self) -> Verdict:
        try:
            return self._wait()
        except BrokenProcessPool:  # a worker died between two calls and took the pool with it: not this call's doing
            self.scheduled = self.workers.schedule(self.call, self.timeout_s)
        try:
            return self._wait()
        except BrokenProcessPool as error:
            return unjudged(Status.INTERNAL_ERROR, f"reward workers cannot start: {error}; see the log for the reason")

    def _wait(self) -> Verdict:
        while not self.scheduled.future.done():
            self.workers.check_alive(self.scheduled, timeout_s=self.timeout_s)
            wait([self.scheduled.future], timeout=LOOK_EVERY_S)
        try:
            return self.scheduled.future.result()
        except CancelledError as error:
            raise BrokenProcessPool("the reward workers were stopped") from error
        except TimeoutError:
            message = f"no verdict within {self.timeout_s:g} s"
            return Verdict(score=0.0, status=Status.TIMEOUT, seconds=self.timeout_s, message=message)
        except ProcessExpired as error:
            message = f"the worker died ({_exit_reason(error.exitcode)})"
            return Verdict(score=0.0, status=Status.WORKER_DIED, message=message)
        except (TypeError, AttributeError) as error:
            return unjudged(Status.INTERNAL_ERROR, f"cannot be sent to a worker: {error}")


def _exit_reason(code: int | None) -> str:
    return signal.Signals(-code).name if code is not None and code < 0 else f"exit code {code}"


def _prepare_worker(plugins: tuple[str, ...], memory_gib: float) -> None:
    """Make this process a reward worker: mortal, with the plug-ins loaded, its memory capped."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # a handler in Python would wait for the C code it is to stop
    die_with_parent()
    load_plugins(plugins)
    cap_memory(memory_gib)


def _run(call: Call) -> Any:
    return call.run()
