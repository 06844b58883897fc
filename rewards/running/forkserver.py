"""How reward workers are started: forked from a small server process that never ran the program's own script.

Forking the training process itself would copy its threads and its GPU context. And Python's own fork server makes every
child run the main script again; a training script without a `__main__` guard would then train inside its workers.
"""

from __future__ import annotations

import ctypes
import io
import os
import resource
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import context, forkserver, popen_forkserver, reduction, spawn, util
from typing import Any

_SINGLE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_PR_SET_PDEATHSIG = 1


class _Popen(popen_forkserver.Popen):
    """Starts a child as the standard library does, less the instruction to run the main script again."""

    _fds: list[int]

    def _launch(self, process_obj: Any) -> None:
        preparation: dict[str, Any] = spawn.get_preparation_data(process_obj._name)
        preparation.pop("init_main_from_name", None)
        preparation.pop("init_main_from_path", None)
        buffer = io.BytesIO()
        context.set_spawning_popen(self)
        try:
            reduction.dump(preparation, buffer)
            reduction.dump(process_obj, buffer)
        finally:
            context.set_spawning_popen(None)
        self.sentinel, writer = forkserver.connect_to_new_process(self._fds)
        parent_writer = os.dup(writer)
        self.finalizer = util.Finalize(self, _close, (parent_writer, self.sentinel))
        with open(writer, "wb", closefd=True) as stream:
            stream.write(buffer.getbuffer())
        self.pid = forkserver.read_signed(self.sentinel)


def _close(*descriptors: int) -> None:
    for descriptor in descriptors:
        os.close(descriptor)


class _Process(context.ForkServerProcess):
    @staticmethod
    def _Popen(process_obj: Any) -> Any:
        return _Popen(process_obj)


class WorkerContext(context.ForkServerContext):
    """The multiprocessing context to give to a pool."""

    Process = _Process


def start_fork_server(preload: Sequence[str]) -> None:
    """Start this process's fork server, if it does not run yet, with some libraries imported."""
    # No name of ours: without the program's sys.path, `rewards` could be a file in the current folder.
    forkserver.set_forkserver_preload(["numpy", "omegaconf", *preload])
    with _single_threaded():
        forkserver.ensure_running()


@contextmanager
def _single_threaded() -> Iterator[None]:
    """Numerical libraries that the server imports must start no threads: it forks."""
    before = {name: os.environ.get(name) for name in _SINGLE_THREAD}
    os.environ.update(dict.fromkeys(_SINGLE_THREAD, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def die_with_parent() -> None:
    """Have the kernel kill this process when the fork server ends, which ends when the training process does."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() == 1:
            os._exit(1)


def cap_memory(memory_gib: float) -> None:
    """Let this process reserve so much memory beyond what its imports hold already (Linux)."""
    if sys.platform != "linux":
        return
    with open("/proc/self/statm") as stream:
        held = int(stream.read().split()[0]) * resource.getpagesize()
    # The hard limit stays: a browser, which reserves far more than it uses, is started without this one.
    limit = held + int(memory_gib * 2**30)
    resource.setrlimit(resource.RLIMIT_AS, (limit, resource.getrlimit(resource.RLIMIT_AS)[1]))
