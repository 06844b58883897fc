"""The only door to Ray: a cluster for the length of a run, workers in it, calls and streams to them.

Actor classes are the plain classes of each `worker.py`, wrapped here at the call and never decorated: a worker then
imports `rlcs` first, and the check in `rlcs/__init__.py` runs there too.
"""

from __future__ import annotations

import logging
import math
import os
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import ray
from ray.exceptions import RayError, RayTaskError
from ray.experimental import internal_kv
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from rlcs.config.schema import ClusterConfig
from rlcs.errors import RunStopped, UserError, WorkerLost
from rlcs.process.connection import connect
from rlcs.process.lost import LOST, why_lost
from rlcs.process.pulse import KEY, Progress, begin_pulse, read_progress
from rlcs.process.watch import Wait, Watch

log = logging.getLogger("rlcs.process")

PLACE_WITHIN_S = 30.0
"""A worker that Ray has found no place for in this time is told of, again and again."""
FREE_AT_ONCE = {"free_objects_batch_size": 1}
"""Ray frees memory of its object store once a second; a whole model goes through it in less than that."""
NAMESPACE = "rlcs"
"""Of what workers tell, in the store of the cluster."""
ASK_NODE_WITHIN_S = 120.0
"""A node first starts a process to answer with, which imports rlcs."""


@dataclass(frozen=True)
class Lost:
    """Stands in a stream for everything a dead worker did not deliver."""

    reason: str


@dataclass(frozen=True)
class Pending:
    """The answer of a worker that is still to come."""

    reference: Any
    watch: Watch
    doing: str
    """What the worker does, for the message when it dies of it."""

    def get(self) -> Any:
        """Wait for the answer; a UserError raised in the worker is raised here as it was."""
        return gather([self])[0]

    def fetch(self) -> Any:
        """Return the answer that is there, or raise its error."""
        return _get(self.reference, self.watch, self.doing)


@dataclass(frozen=True)
class Stream:
    """What a generator of a worker yields, as references to the items."""

    references: Any
    watch: Watch
    doing: str


@dataclass
class Worker:
    """One actor process. What takes long and can fail is in its method `start`, so that failures come back plainly."""

    handle: Any
    name: str
    stall_s: float = 0.0
    """Seconds without progress after which the process is ended; 0: never."""
    pulse_key: str = ""
    """Under which the process tells its progress."""
    starting: Pending | None = None

    def __post_init__(self) -> None:
        # The first call of all: its answer comes when Ray has found a place for the worker.
        self.placed = self.handle.__ray_ready__.remote()
        self.watch = Watch(self.name, self.stall_s, self._progress, self._is_placed, self.kill)

    def begin(self, **arguments: Any) -> None:
        """Call the actor's `start`; `wait` waits for its end."""
        self.starting = self.call("start", **arguments)

    def call(self, method: str, *args: Any, **kwargs: Any) -> Pending:
        """Start `method` in the worker; calls of one worker run in order."""
        return Pending(getattr(self.handle, method).remote(*args, **kwargs), self.watch, method)

    def call_for_large(self, method: str, *args: Any, **kwargs: Any) -> tuple[Pending, Any]:
        """Start `method`, which returns two things: the first is to be waited for, the second stays where it is.

        The second comes as a reference that other workers `fetch`; it lives until the last reference to it is gone.
        """
        first, second = getattr(self.handle, method).options(num_returns=2).remote(*args, **kwargs)
        return Pending(first, self.watch, method), second

    def stream(self, method: str, *args: Any, **kwargs: Any) -> Stream:
        """Start the generator `method` in the worker; read it with `merge_streams`."""
        generator = getattr(self.handle, method).options(num_returns="streaming").remote(*args, **kwargs)
        return Stream(generator, self.watch, method)

    def kill(self) -> None:
        """End the worker process now."""
        ray.kill(self.handle, no_restart=True)

    def _progress(self) -> Progress | None:
        return read_progress(internal_kv._internal_kv_get(self.pulse_key, namespace=NAMESPACE))

    def _is_placed(self) -> bool:
        return bool(ray.wait([self.placed], timeout=0)[0])


@dataclass(frozen=True)
class Node:
    """A machine of the cluster to which workers may come."""

    id: str
    address: str
    is_here: bool
    """Whether this process runs on it."""

    def __str__(self) -> str:
        return f"node {self.address}"


@dataclass
class Cluster:
    """A connection to Ray, and the workers that this run started in it."""

    config: ClusterConfig
    num_cpus: int
    workers: list[Worker] = field(default_factory=list)

    def __enter__(self) -> Cluster:
        address = self.config.address or "local"
        options: dict[str, Any] = {"log_to_driver": False, "logging_level": "ERROR"}
        if not self.config.spans_machines:
            options |= {"num_cpus": self.num_cpus, "include_dashboard": False, "_system_config": FREE_AT_ONCE}
        connect(address, options)
        return self

    def __exit__(self, *exception: object) -> None:
        for worker in self.workers:
            worker.kill()
        ray.shutdown()

    def num_gpus(self) -> int:
        """Return how many GPUs the cluster has."""
        return int(ray.cluster_resources().get("GPU", 0))

    def nodes(self) -> list[Node]:
        """Return the nodes to which workers may come (those with GPUs where there are any), this process's first."""
        kind, here = "GPU" if self.num_gpus() else "CPU", ray.get_runtime_context().get_node_id()
        usable = [node for node in ray.nodes() if node["Alive"] and node["Resources"].get(kind, 0) >= 1]
        found = [Node(node["NodeID"], node["NodeManagerAddress"], node["NodeID"] == here) for node in usable]
        return sorted(found, key=lambda node: (not node.is_here, node.address))

    def ask_nodes(self, nodes: Sequence[Node], function: Callable[..., Any], *arguments: Any) -> list[Any]:
        """Call `function` on each node and return the answers, in their order; an error stands for its answer."""
        task = ray.remote(num_cpus=0, max_retries=0, runtime_env={"env_vars": _inherited()})(function)
        asked = [
            task.options(scheduling_strategy=NodeAffinitySchedulingStrategy(node.id, soft=False)).remote(*arguments)
            for node in nodes
        ]
        ray.wait(asked, num_returns=len(asked), timeout=ASK_NODE_WITHIN_S)
        return [_answer_or_error(reference) for reference in asked]

    def start(
        self,
        actor: type,
        name: str,
        arguments: Mapping[str, Any] | None = None,
        *,
        num_gpus: float = 0,
        threads: int = 1,
        node: str | None = None,
        near: bool = False,
        env: Mapping[str, str] | None = None,
    ) -> Worker:
        """Start `actor()` in its own process with `threads` OpenMP threads, on `node` when given.

        near: on this process's machine if that has room; in a cluster other workers are spread over the machines. With
        `arguments` its `start(**arguments)` is called at once.
        """
        key = f"{name}-{uuid.uuid4().hex}"
        variables = {"OMP_NUM_THREADS": str(threads), KEY: key, **_inherited(), **(env or {})}
        options: dict[str, Any] = {"num_cpus": 1, "num_gpus": num_gpus, "runtime_env": {"env_vars": variables}}
        options["scheduling_strategy"] = self._strategy(node, near=near)
        handle: Any = ray.remote(actor).options(**options).remote()
        worker = Worker(handle, name, stall_s=self.config.stall_s, pulse_key=key)
        self.workers.append(worker)
        if arguments is not None:
            worker.begin(**arguments)
        return worker

    def _strategy(self, node: str | None, *, near: bool) -> Any:
        if node is not None:
            return NodeAffinitySchedulingStrategy(node, soft=False)
        if not self.config.spans_machines:
            return "DEFAULT"
        if near:
            here = ray.get_runtime_context().get_node_id()
            return NodeAffinitySchedulingStrategy(here, soft=True, _spill_on_unavailable=True)
        return "SPREAD"


def gather(
    pending: Sequence[Pending], *, meanwhile: Callable[[], object] | None = None, every_s: float = PLACE_WITHIN_S
) -> list[Any]:
    """Wait for all answers and return them in order; the first error to come is raised, whoever it comes from.

    In a collective the others wait for the rank that failed, and would report a timeout of their own much later. A
    worker without progress for too long is ended, which is an error too. meanwhile: called about every
    `every_s` in which nothing has come.
    """
    found = {item: item.fetch() for item in _as_they_answer(pending, meanwhile, every_s)}
    return [found[item] for item in pending]


def settle(pending: Sequence[Pending]) -> list[Any]:
    """Wait for all answers and return them in order, `Lost` in the place of one whose worker died or was stuck."""
    found: dict[Pending, Any] = {}
    for item in _as_they_answer(pending):
        try:
            found[item] = item.fetch()
        except WorkerLost as error:
            found[item] = Lost(error.reason)
    return [found[item] for item in pending]


def _as_they_answer(
    pending: Sequence[Pending], meanwhile: Callable[[], object] | None = None, every_s: float = PLACE_WITHIN_S
) -> Iterator[Pending]:
    """Yield each call when its answer, or its error, is there; look at the workers while nothing comes."""
    waiting = {item.reference: item for item in pending}
    wait, looked_at = Wait(), time.monotonic()
    idle_since = looked_at
    while waiting:
        step = wait.step(item.watch for item in waiting.values())
        ready, _ = ray.wait(list(waiting), num_returns=1, timeout=min(step, every_s))
        if ready:
            yield waiting.pop(ready[0])
            idle_since = time.monotonic()
            continue
        if step <= every_s or time.monotonic() - looked_at >= step:
            wait.look((item.watch, item.doing) for item in waiting.values())
            looked_at = time.monotonic()
        if meanwhile is not None and (step > every_s or time.monotonic() - idle_since > every_s):
            meanwhile()
            idle_since = time.monotonic()


def wait_for(
    workers: Sequence[Worker], *, place_within_s: float = math.inf, meanwhile: Callable[[], object] | None = None
) -> None:
    """Wait until every worker has started; warn of those that Ray finds no place for, at last stop the run.

    meanwhile: called about every PLACE_WITHIN_S of the wait; what it raises ends it.
    """
    begun = time.monotonic()

    def look() -> None:
        if meanwhile is not None:
            meanwhile()
        unplaced = _warn_of_unplaced(workers)
        if unplaced and time.monotonic() - begun > place_within_s:
            raise RunStopped(
                f"the cluster has had no place for {unplaced} for {place_within_s:.0f} s (cluster.stall_s): a node may "
                "have left; add one, or ask for fewer workers, then go on (rlcs train: --resume)"
            )

    gather([worker.starting for worker in workers if worker.starting is not None], meanwhile=look)


def places_of(workers: Sequence[Worker]) -> list[dict[str, Any]]:
    """Return where workers are (`this_place`), once all have a place."""
    return gather([worker.call("place") for worker in workers])


def _warn_of_unplaced(workers: Sequence[Worker]) -> str:
    """Warn of workers that Ray has found no place for; return their names."""
    placed = {*ray.wait([worker.placed for worker in workers], num_returns=len(workers), timeout=0)[0]}
    unplaced = ", ".join(worker.name for worker in workers if worker.placed not in placed)
    if unplaced:
        free, whole = ray.available_resources(), ray.cluster_resources()
        held = " and ".join(f"{free.get(kind, 0):g} of {whole.get(kind, 0):g} {kind}s" for kind in ("CPU", "GPU"))
        log.warning(
            "Ray has found no place yet for %s: %s are free, and a worker needs a CPU (on GPUs a share of one too). "
            "End what else runs in the cluster, or ask for fewer workers (rollout.num_workers, learner.num_workers)",
            unplaced,
            held,
        )
    return unplaced


def merge_streams(streams: dict[int, Stream], *, within_s: float = math.inf) -> Iterator[tuple[int, Any]]:
    """Yield (key, item) from several worker streams as items arrive; a dead worker yields one `Lost` and ends.

    So does one that has made no progress for too long. A stream that has ended leaves `streams`; one that is put in
    meanwhile is read too. When nothing comes within `within_s`, it ends; call it again with what is left in `streams`.
    """
    for key, stream in _as_items_come(streams, within_s):
        try:
            item = _get(next(stream.references), stream.watch, stream.doing)
        except StopIteration:
            del streams[key]
            continue
        except WorkerLost as error:
            del streams[key]
            item = Lost(error.reason)
        yield key, item


def _as_items_come(streams: Mapping[int, Stream], within_s: float) -> Iterator[tuple[int, Stream]]:
    """Yield a key and its stream whenever that has an item, or its end; go on until whoever reads has taken all out."""
    wait = Wait()
    while streams:
        waiting = {id(stream.references): (key, stream) for key, stream in streams.items()}
        step = wait.step(stream.watch for stream in streams.values())
        timeout = min(step, within_s)
        ready, _ = ray.wait([stream.references for stream in streams.values()], num_returns=1, timeout=timeout)
        if ready:
            yield waiting[id(ready[0])]
        elif within_s <= step:
            return
        else:
            wait.look((stream.watch, stream.doing) for stream in streams.values())


def fetch(reference: Any, *, of: str) -> Any:
    """Return the object behind a reference of `call_for_large`; used inside workers. `of`: who made it."""
    return _get(reference, None, "next_weights", name=of)


def begin_telling() -> None:
    """Inside a worker: begin to tell its progress to the run."""
    begin_pulse(tell)


def tell(key: str, text: bytes) -> None:
    """Put what a worker says of itself into the store of the cluster, where the run reads it."""
    internal_kv._internal_kv_put(key, text, overwrite=True, namespace=NAMESPACE)


def this_place() -> dict[str, Any]:
    """Inside a worker: its node, its address, and the GPUs Ray gave it."""
    context = ray.get_runtime_context()
    return {"node": context.get_node_id(), "address": ray.util.get_node_ip_address(), "gpus": ray.get_gpu_ids()}


def _get(reference: Any, watch: Watch | None, doing: str, *, name: str = "") -> Any:
    """Return what is behind a reference that is ready; an error of its worker, `watch` or `name`, is told plainly."""
    worker = name if watch is None else watch.name
    try:
        return ray.get(reference)
    except LOST as error:
        stuck = "" if watch is None else watch.verdict
        raise WorkerLost(worker, stuck or f"during {doing} ({why_lost(error)})") from error
    except RayTaskError as error:
        if isinstance(error.cause, UserError):
            raise error.cause from None
        if type(error.cause).__name__ == "OutOfMemoryError":  # torch's, which is not imported for its name
            raise RunStopped(
                f"{worker} ran out of GPU memory during {doing}; lower learner.pack_tokens, curriculum.batch_size or "
                "rollout.gpu_memory_utilization, or set model.gradient_checkpointing, then go on (rlcs train: --resume)"
            ) from error
        raise


def _answer_or_error(reference: Any) -> Any:
    try:
        return ray.get(reference, timeout=0)
    except RayError as error:
        return error


def _inherited() -> dict[str, str]:
    """Settings of this process that workers on other machines need as well."""
    names = ("VLLM_", "HF_", "NCCL_", "RLCS_", "TOKENIZERS_", "DO_NOT_TRACK", "DS_", "TORCH_")
    return {name: value for name, value in os.environ.items() if name.startswith(names)}
