"""Killable worker processes for verifiers that can be slow or crash: each judgement has a deadline of its own.

The deadline runs from the start of the work, not from its submission. A worker that passes it is killed and replaced;
the other judgements go on. A signal or a thread would not do: neither stops a loop inside C code.
"""

from __future__ import annotations

import signal
from collections.abc import Sequence
from concurrent.futures import Future, TimeoutError
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any

from pebble import ProcessExpired, ProcessPool

from rewards.calls import Call, unjudged
from rewards.forkserver import WorkerContext, cap_memory, die_with_parent, start_fork_server
from rlcs.config.schema import ScoringConfig
from rlcs.plugins import load_plugins
from rlcs.records import Status, Verdict

JUDGEMENTS_PER_WORKER = 5000
"""A worker is replaced after so many, which bounds the caches that SymPy keeps."""


class WorkerPool:
    """Runs calls in worker processes; nothing is started before the first one."""

    def __init__(self, scoring: ScoringConfig, *, plugins: Sequence[str], preload: Sequence[str]) -> None:
        self.scoring = scoring
        self.plugins = tuple(plugins)
        self.preload = tuple(preload)
        self._pool: ProcessPool | None = None

    def submit(self, call: Call, *, timeout_s: float) -> WorkerCall:
        """Queue a call; the returned object gives its verdict."""
        return WorkerCall(self, call, timeout_s, self.schedule(call, timeout_s))

    def schedule(self, call: Call, timeout_s: float) -> Future[Verdict]:
        """Queue a call in a pool that works: a broken one is replaced."""
        if self._pool is None or not self._pool.active:
            self.close()
            self._pool = self._start()
        future: Future[Verdict] = self._pool.schedule(_run, args=(call,), timeout=timeout_s)
        return future

    def close(self) -> None:
        """Stop all workers; calls still queued are cancelled."""
        if self._pool is not None:
            self._pool.stop()
            self._pool.join()
            self._pool = None

    def _start(self) -> ProcessPool:
        start_fork_server(self.preload)
        return ProcessPool(
            max_workers=self.scoring.num_workers,
            max_tasks=JUDGEMENTS_PER_WORKER,
            initializer=_prepare_worker,
            initargs=(self.plugins, self.scoring.memory_gib),
            context=WorkerContext(),
        )


@dataclass
class WorkerCall:
    """One call on its way."""

    workers: WorkerPool
    call: Call
    timeout_s: float
    future: Future[Verdict]

    def result(self) -> Verdict:
        """Wait for the verdict; a worker that was killed or died is a verdict too."""
        try:
            return self._wait()
        except BrokenProcessPool:  # a worker died between two calls and took the pool with it: not this call's doing
            self.future = self.workers.schedule(self.call, self.timeout_s)
        try:
            return self._wait()
        except BrokenProcessPool as error:
            return unjudged(Status.INTERNAL_ERROR, f"reward workers cannot start: {error}; see the log for the reason")

    def _wait(self) -> Verdict:
        try:
            return self.future.result()
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
