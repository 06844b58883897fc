"""Starts the worker processes of a run: learner ranks first, engines beside them or on GPUs of their own.

colocated: engine k runs on the GPUs of learner ranks k*tp .. k*tp+tp-1; disaggregated: each has its own.
On a machine without GPUs both mean the same: processes that share the cores.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rewards import Scorer
from rewards.running.ratings import Rater
from rlcs.config.schema import Config
from rlcs.errors import UserError
from rlcs.learner.group import LearnerGroup
from rlcs.model.files import model_dtype, resolve_model_path
from rlcs.model.vision import image_token_cost
from rlcs.process.cluster import Cluster, Worker, gather
from rlcs.process.console import waiting
from rlcs.process.environment import thread_share
from rlcs.reward_models.catalogue import num_rater_gpus, num_rater_processes
from rlcs.reward_models.pool import start_raters, wait_until_ready
from rlcs.run.weight_sync import WeightSync, resolve_backend
from rollout.pool import RolloutPool

FORCED_TOKENS = 64
"""Room in the context for the tokens that force answering inserts."""


def num_processes(config: Config) -> int:
    """Return how many worker processes a training run starts."""
    return config.rollout.num_workers + config.learner.num_workers + num_rater_processes(config)


def learner_threads(config: Config, *, with_engines: bool) -> int:
    """Return the torch threads of a learner rank, on a machine shared with the engines or not."""
    processes = num_processes(config) if with_engines else config.learner.num_workers
    return thread_share(processes, config.learner.threads)


def start_learners(cluster: Cluster, config: Config, actor: type | None = None) -> list[Worker]:
    """Start the (still empty) learner workers, one GPU each where there are GPUs; by default those of a policy."""
    from rlcs.learner.worker import LearnerWorker

    gpus = 1 if cluster.num_gpus() else 0
    threads = learner_threads(config, with_engines=True)
    return [
        cluster.start(actor or LearnerWorker, f"learner-{rank}", num_gpus=gpus, threads=threads)
        for rank in range(config.learner.num_workers)
    ]


def engine_starter(
    cluster: Cluster, config: Config, learners: list[Worker], settings: dict[str, Any]
) -> Callable[[int], Worker]:
    """Return the function that starts engine number k where it belongs; also used to replace a dead one."""
    from rollout.worker import RolloutWorker

    processes = num_processes(config) - (0 if learners else config.learner.num_workers)
    settings = {**settings, "threads": thread_share(processes, config.rollout.threads)}
    places = _engine_places(cluster, config, learners)

    def start(number: int) -> Worker:
        return cluster.start(
            RolloutWorker, f"rollout-{number}", settings, threads=settings["threads"], **places[number]
        )

    return start


def _engine_places(cluster: Cluster, config: Config, learners: list[Worker]) -> list[dict[str, Any]]:
    """Return the placement arguments of each engine."""
    size = config.rollout.tensor_parallel
    if not cluster.num_gpus():
        return [{} for _ in range(config.rollout.num_workers)]
    if config.cluster.placement == "disaggregated" or not learners:
        return [{"num_gpus": size} for _ in range(config.rollout.num_workers)]
    places = sorted(gather([worker.call("place") for worker in learners]), key=lambda place: place["node"])
    return [colocated_place(places[size * k : size * (k + 1)]) for k in range(config.rollout.num_workers)]


def colocated_place(places: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the placement of an engine on the GPUs that the given learner ranks hold, all on one machine."""
    nodes = {place["node"] for place in places}
    if len(nodes) != 1:
        raise UserError(
            f"an engine of rollout.tensor_parallel={len(places)} would span {len(nodes)} machines; choose a value that "
            "divides the GPUs of a machine, or cluster.placement=disaggregated"
        )
    gpus = ",".join(str(gpu) for place in places for gpu in place["gpus"])
    variables = {"CUDA_VISIBLE_DEVICES": gpus, "RAY_EXPERIMENTAL_NOSET_CUDA_VISIBLE_DEVICES": "1"}
    return {"node": nodes.pop(), "env": variables}


def require_gpus(config: Config, *, have: int, ranks: int = 0, engines: int = 0, raters: float = 0) -> None:
    """Stop before anything loads when so many learner ranks, engines and GPUs of reward models are not to be had.

    Without any GPU everything runs on CPU, and there is nothing to require.
    """
    engine_gpus = engines * config.rollout.tensor_parallel
    colocated = config.cluster.placement == "colocated" and ranks > 0
    if have and colocated and engine_gpus > ranks:
        raise UserError(
            f"colocated engines run on the learners' GPUs: {engine_gpus} (rollout.num_workers x tensor_parallel) are "
            f"more than learner.num_workers={ranks}; lower the former, or set cluster.placement=disaggregated"
        )
    need = (ranks if colocated else ranks + engine_gpus) + raters
    if have and need > have:
        of_raters = f"of reward models {raters:g}, " if raters else ""
        raise UserError(
            f"this job needs {need:g} GPUs (learner ranks {ranks}, GPUs of engines {engine_gpus}, {of_raters}"
            f"{config.cluster.placement}) and Ray has {have}; lower learner.num_workers, rollout.num_workers or "
            "rollout.tensor_parallel"
        )


def engine_settings(config: Config, model: Path | str, *, backend: str, dtype: str) -> dict[str, Any]:
    """Return the arguments of VllmEngine that every engine of the run shares; `backend` is how weights reach it."""
    longest = config.data.max_prompt_tokens + config.rollout.max_think_tokens + config.rollout.max_answer_tokens
    return {
        "model_path": str(model),
        "dtype": dtype,
        "settings": config.rollout,
        "images": config.data.images,
        "max_model_len": longest + FORCED_TOKENS,
        "seed": config.run.seed,
        "trust_remote_code": config.model.trust_remote_code,
        "weight_transfer": None if backend == "object_store" else backend,
        "sleep_mode": config.cluster.placement == "colocated" and backend != "object_store",
    }


def learner_settings(config: Config, model: Path | str, *, num_updates: int, objective: str) -> dict[str, Any]:
    """Return the arguments of LearnerWorker.start that every rank of the run shares."""
    return {
        **rank_settings(config, model, num_updates=num_updates, with_engines=objective == "policy"),
        "algorithm": config.algorithm,
        "images": config.data.images,
        "temperature": config.rollout.temperature if objective == "policy" else 1.0,
        "objective": objective,
        "plugins": list(config.plugins),
    }


def rank_settings(config: Config, model: Path | str, *, num_updates: int, with_engines: bool) -> dict[str, Any]:
    """Return the arguments that every rank of any learner takes."""
    return {
        "model_path": str(model),
        "model": config.model,
        "learner": config.learner,
        "seed": config.run.seed,
        "num_updates": num_updates,
        "threads": learner_threads(config, with_engines=with_engines),
    }


@dataclass(frozen=True)
class Engines:
    """The processes with the policy in them, and what carries weights between them."""

    learners: LearnerGroup
    rollout: RolloutPool
    sync: WeightSync
    raters: dict[str, Rater]
    """Reward models, for sources that one judges."""


def start_engines(config: Config, cluster: Cluster) -> Engines:
    """Start learners and engines; without GPUs to share both load the model at the same time."""
    model, num_gpus = resolve_model_path(config.model.path), cluster.num_gpus()
    ranks, num_engines = config.learner.num_workers, config.rollout.num_workers
    require_gpus(config, have=num_gpus, ranks=ranks, engines=num_engines, raters=num_rater_gpus(config))
    dtype = model_dtype(config.model.dtype, has_gpus=num_gpus > 0)
    backend = resolve_backend(config.sync.backend, placement=config.cluster.placement, num_gpus=num_gpus)
    workers = start_learners(cluster, config)
    learners = LearnerGroup(workers, config.learner, image_token_cost=image_token_cost(model, config.model))
    num_updates = config.run.steps * config.learner.updates_per_step
    learners.begin(learner_settings(config, model, num_updates=num_updates, objective="policy"))
    if num_gpus and config.cluster.placement == "colocated":
        # vLLM measures the GPU while it loads: what a learner takes meanwhile would be counted as its own.
        learners.wait_until_ready()
    settings = engine_settings(config, model, backend=backend, dtype=dtype)
    rollout = RolloutPool(
        engine_starter(cluster, config, workers, settings),
        config.rollout.num_workers,
        max_restarts=config.rollout.max_restarts,
        sleeps=settings["sleep_mode"],
    )
    sync = WeightSync(
        learners,
        rollout,
        config.sync,
        dtype=dtype,
        backend=backend,
        tensor_parallel=config.rollout.tensor_parallel,
    )
    return Engines(learners, rollout, sync, start_raters(cluster, config, num_processes=num_processes(config)))


@contextmanager
def sampling_engines(config: Config, model: Path | str, scorer: Scorer, *, doing: str = "") -> Iterator[RolloutPool]:
    """Yield engines that hold one model and are not trained, and give the scorer its reward models.

    On exit all of their processes are gone, so that the next model has their memory. `doing` stands before the line
    that tells of the start.
    """
    with ExitStack() as stack:
        with waiting(f"{doing}starting Ray, loading the model"):
            num_processes = config.rollout.num_workers + num_rater_processes(config)
            cluster = stack.enter_context(Cluster(config.cluster, num_processes))
            num_gpus = cluster.num_gpus()
            require_gpus(config, have=num_gpus, engines=config.rollout.num_workers, raters=num_rater_gpus(config))
            dtype = model_dtype(config.model.dtype, has_gpus=num_gpus > 0)
            settings = engine_settings(config, model, backend="object_store", dtype=dtype)
            start = engine_starter(cluster, config, [], settings)
            rollout = RolloutPool(start, config.rollout.num_workers, max_restarts=config.rollout.max_restarts)
            scorer.raters = start_raters(cluster, config, num_processes=num_processes)
            rollout.wait_until_ready()
            wait_until_ready(scorer.raters)
        yield rollout
