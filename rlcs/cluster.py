"""The only door to Ray: a cluster for the length of a run, workers in it, calls and streams to them.

Actor classes are plain classes of `rlcs.actors`, wrapped here at the call and never decorated: a worker then imports
`rlcs` first, and the check in `rlcs/__init__.py` runs there too.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import ray
from ray.exceptions import RayActorError, RayTaskError
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from rlcs.config.schema import ClusterConfig
from rlcs.errors import UserError


class WorkerLost(Exception):
    """A worker process died; what it was doing must be done again elsewhere."""


@dataclass(frozen=True)
class Lost:
    """Stands in a stream for everything a dead worker did not deliver."""

    reason: str


class Pending:
    """The answer of a worker that is still to come."""

    def __init__(self, reference: Any) -> None:
        self.reference = reference

    def get(self) -> Any:
        """Wait for the answer; a UserError raised in the worker is raised here as it was."""
        return _get(self.reference)


@dataclass
class Worker:
    """One actor process."""

    handle: Any
    name: str

    def call(self, method: str, *args: Any, **kwargs: Any) -> Pending:
        """Start `method` in the worker; calls of one worker run in order."""
        return Pending(getattr(self.handle, method).remote(*args, **kwargs))

    def stream(self, method: str, *args: Any, **kwargs: Any) -> Any:
        """Start the generator `method` in the worker; read it with `merge_streams` or `stream_references`."""
        return getattr(self.handle, method).options(num_returns="streaming").remote(*args, **kwargs)

    def kill(self) -> None:
        """End the worker process now."""
        ray.kill(self.handle, no_restart=True)


@dataclass
class Cluster:
    """A connection to Ray, and the workers that this run started in it."""

    config: ClusterConfig
    num_cpus: int
    workers: list[Worker] = field(default_factory=list)

    def __enter__(self) -> Cluster:
        address = self.config.address or "local"
        options: dict[str, Any] = {"log_to_driver": False, "logging_level": "ERROR"}
        if address == "local":
            options |= {"num_cpus": self.num_cpus, "include_dashboard": False}
        try:
            with _signal_handlers_kept():
                ray.init(address=address, **options)
        except ConnectionError as error:
            raise UserError(
                f"no Ray cluster at {address!r} ({error}); start one, or leave cluster.address empty"
            ) from error
        return self

    def __exit__(self, *exception: object) -> None:
        for worker in self.workers:
            worker.kill()
        ray.shutdown()

    def num_gpus(self) -> int:
        """Return how many GPUs the cluster has."""
        return int(ray.cluster_resources().get("GPU", 0))

    def start(
        self,
        actor: type,
        name: str,
        arguments: Mapping[str, Any],
        *,
        num_gpus: float = 0,
        threads: int = 1,
        node: str | None = None,
        env: Mapping[str, str] | None = None,
    ) -> Worker:
        """Start `actor(**arguments)` in its own process with `threads` OpenMP threads, on `node` when given."""
        variables = {"OMP_NUM_THREADS": str(threads), **_inherited(), **(env or {})}
        options: dict[str, Any] = {"num_cpus": 1, "num_gpus": num_gpus, "runtime_env": {"env_vars": variables}}
        if node is not None:
            options["scheduling_strategy"] = NodeAffinitySchedulingStrategy(node_id=node, soft=False)
        worker = Worker(ray.remote(actor).options(**options).remote(**arguments), name)
        self.workers.append(worker)
        return worker

    def stop(self, worker: Worker) -> None:
        """Kill one worker and forget it."""
        worker.kill()
        self.workers.remove(worker)


def gather(pending: list[Pending]) -> list[Any]:
    """Wait for all answers, in order."""
    return [item.get() for item in pending]


def merge_streams(streams: Mapping[int, Any]) -> Iterator[tuple[int, Any]]:
    """Yield (key, item) from several worker streams as items arrive; a dead worker yields one `Lost` and ends."""
    open_streams = {id(stream): (key, stream) for key, stream in streams.items()}
    while open_streams:
        ready, _ = ray.wait([stream for _, stream in open_streams.values()], num_returns=1)
        key, stream = open_streams[id(ready[0])]
        try:
            yield key, _get(next(stream))
        except StopIteration:
            del open_streams[id(stream)]
        except WorkerLost as error:
            del open_streams[id(stream)]
            yield key, Lost(str(error))


def stream_references(stream: Any) -> Iterator[Any]:
    """Yield object references of a stream without fetching the objects, to hand them on to other workers."""
    yield from stream


def fetch(reference: Any) -> Any:
    """Return the object behind a reference that `stream_references` gave; used inside workers."""
    return _get(reference)


def this_place() -> dict[str, Any]:
    """Inside a worker: its node, its address, and the GPUs Ray gave it."""
    context = ray.get_runtime_context()
    return {"node": context.get_node_id(), "address": ray.util.get_node_ip_address(), "gpus": ray.get_gpu_ids()}


@contextmanager
def _signal_handlers_kept() -> Iterator[None]:
    """Put back this process's handlers: Ray installs one for SIGTERM that ends the process before it can save."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _get(reference: Any) -> Any:
    try:
        return ray.get(reference)
    except RayActorError as error:
        raise WorkerLost(str(error).splitlines()[0]) from error
    except RayTaskError as error:
        if isinstance(error.cause, UserError):
            raise error.cause from None
        raise


def _inherited() -> dict[str, str]:
    """Settings of this process that workers on other machines need as well."""
    names = ("VLLM_", "HF_", "NCCL_", "RLCS_", "TOKENIZERS_", "DO_NOT_TRACK", "DS_", "TORCH_")
    return {name: value for name, value in os.environ.items() if name.startswith(names)}
