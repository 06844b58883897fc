"""Starts the processes of a job where its Placement says: learner ranks first, engines beside them, reward models."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from rewards.running.ratings import Rater
from rlcs.learner.group import LearnerGroup
from rlcs.model.vision import image_token_cost
from rlcs.process.cluster import Cluster, Worker, places_of
from rlcs.process.console import waiting
from rlcs.reward_models.pool import start_raters, wait_until_ready
from rlcs.run.nodes import check_nodes, check_shared
from rlcs.run.placement import Job, Placement, colocated_place, plan
from rlcs.run.weight_sync import WeightSync
from rollout.pool import RolloutPool


@dataclass(frozen=True)
class Engines:
    """The processes with the policy in them, and what carries weights between them."""

    learners: LearnerGroup
    rollout: RolloutPool
    sync: WeightSync
    raters: Mapping[str, Rater]
    """Reward models, for sources that one judges."""

    def wait_until_ready(self) -> None:
        """Wait until every process has loaded its model."""
        self.learners.wait_until_ready()
        self.rollout.wait_until_ready()
        wait_until_ready(self.raters)


def start_engines(cluster: Cluster, job: Job, *, num_updates: int) -> Engines:
    """Start learners, engines and reward models; without GPUs to share all load their models at the same time.

    num_updates: where a falling learning rate reaches 0.
    """
    placement, config = place(cluster, job), job.config
    learners = start_policy_learners(cluster, placement)
    learners.begin(placement.learner_settings(num_updates=num_updates, objective="policy"))
    if placement.shares_gpus:
        # vLLM measures the GPU while it loads: what a learner takes meanwhile would be counted as its own.
        learners.wait_until_ready()
    rollout = start_rollout(cluster, placement, learners.workers)
    sync = WeightSync(
        learners,
        rollout,
        config.sync,
        dtype=placement.dtype,
        backend=placement.backend,
        tensor_parallel=config.rollout.tensor_parallel,
    )
    return Engines(learners, rollout, sync, start_raters(cluster, job.raters, threads=placement.threads()))


def place(cluster: Cluster, job: Job) -> Placement:
    """Place a job on a machine or cluster; UserError for a machine that lacks what its workers need."""
    check_nodes(cluster, job)
    return plan(job, cluster.num_gpus())


def start_policy_learners(cluster: Cluster, placement: Placement) -> LearnerGroup:
    """Start the (still empty) learner ranks of a policy, as one."""
    from rlcs.learner.worker import LearnerWorker

    config = placement.job.config
    cost = image_token_cost(placement.job.model, config.model)
    return LearnerGroup(start_ranks(cluster, placement, LearnerWorker), config.learner, image_token_cost=cost)


def start_ranks(cluster: Cluster, placement: Placement, actor: type) -> list[Worker]:
    """Start the (still empty) learner ranks, one GPU each where there are GPUs; near the run, where they write."""
    threads = placement.learner_threads()
    gpus = 1 if placement.num_gpus else 0
    ranks = [
        cluster.start(actor, f"learner-{rank}", num_gpus=gpus, threads=threads, near=True)
        for rank in range(placement.job.num_ranks)
    ]
    check_shared(cluster, ranks, placement.job.outputs)
    return ranks


def start_rollout(
    cluster: Cluster, placement: Placement, learners: Sequence[Worker], actor: type | None = None
) -> RolloutPool:
    """Start the engines, beside these learner ranks or on GPUs of their own; the pool replaces those that die."""
    from rollout.worker import RolloutWorker

    settings, rollout = placement.engine_settings(), placement.job.config.rollout
    places = _engine_places(placement, learners)

    def start(number: int) -> Worker:
        return cluster.start(
            actor or RolloutWorker, f"rollout-{number}", settings, threads=settings["threads"], **places[number]
        )

    sleeps = settings["sleep_mode"]
    return RolloutPool(start, placement.job.num_engines, max_restarts=rollout.max_restarts, sleeps=sleeps)


def _engine_places(placement: Placement, learners: Sequence[Worker]) -> list[dict[str, Any]]:
    """Return where each engine belongs, as arguments of Cluster.start."""
    size, count = placement.job.config.rollout.tensor_parallel, placement.job.num_engines
    if not placement.num_gpus:
        return [{} for _ in range(count)]
    if not placement.shares_gpus:
        return [{"num_gpus": size} for _ in range(count)]
    places = sorted(places_of(learners), key=lambda place: place["node"])
    return [colocated_place(places[size * k : size * (k + 1)]) for k in range(count)]


@contextmanager
def sampling_engines(job: Job, *, doing: str = "") -> Iterator[tuple[RolloutPool, dict[str, Rater]]]:
    """Yield engines that hold one model and are not trained, and the reward models of the job.

    On exit all of their processes are gone, so that the next model has their memory. `doing` stands before the line
    that tells of the start.
    """
    with ExitStack() as stack:
        with waiting(f"{doing}starting Ray, loading the model"):
            cluster = stack.enter_context(Cluster(job.config.cluster, job.num_processes))
            placement = place(cluster, job)
            rollout = start_rollout(cluster, placement, [])
            raters = start_raters(cluster, job.raters, threads=placement.threads())
            rollout.wait_until_ready()
            wait_until_ready(raters)
        yield rollout, raters
