"""What a job runs on, worked out once: which model and processes it asks for, and how a machine or cluster gives them.

A Job is read off the configuration before Ray runs; with the GPUs that Ray has it becomes a Placement, which every part
that starts a process reads.

colocated: engine k runs on the GPUs of learner ranks k*tp .. k*tp+tp-1; disaggregated: each has its own.
On a machine without GPUs both mean the same: processes that share the cores.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from rlcs.config.environments import environment_of, longest_sequence
from rlcs.config.schema import Config
from rlcs.errors import UserError
from rlcs.model.files import model_dtype, resolve_model_path, weight_bytes
from rlcs.model.vision import check_videos
from rlcs.plugins import pack
from rlcs.process.environment import thread_share
from rlcs.reward_models.catalogue import FoundModel, find_reward_models
from rlcs.run.weight_sync import resolve_backend
from rlcs.tasks import TaskPool

FORCED_TOKENS = 64
"""Room in the context for the tokens that force answering inserts."""
LARGE_WEIGHTS = 2**27
"""Bytes of weights from which a second thread pays for what two cost one another."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """What a command asks of a machine or cluster."""

    config: Config
    model: Path | str
    """Folder or hub name that learners and engines load."""
    num_ranks: int = 0
    """Learner ranks."""
    num_engines: int = 0
    num_videos: int = 0
    """Most videos of a prompt; engines keep room for so many."""
    raters: Mapping[str, FoundModel] = field(default_factory=dict)
    """Reward models that judge some source, by name."""
    out: str | None = None
    """Folder outside the run folder into which the ranks write the trained model."""

    @property
    def outputs(self) -> list[Path]:
        """Folders into which the learner ranks write."""
        return [Path(folder) for folder in (self.config.run.dir, self.out) if folder is not None]

    @property
    def num_processes(self) -> int:
        """Worker processes, which share the cores of a machine without GPUs."""
        return self.num_ranks + self.num_engines + sum(one.settings.num_workers for one in self.raters.values())

    @property
    def num_rater_gpus(self) -> float:
        """GPUs that the reward models take where there are any."""
        return sum(one.settings.num_workers * one.settings.num_gpus for one in self.raters.values())


def training_job(config: Config) -> Job:
    """Return what `rlcs train` asks for: ranks, engines and reward models. UserError for a model that is not there."""
    return Job(
        config=config,
        model=resolve_model_path(config.model.path),
        num_ranks=config.learner.num_workers,
        num_engines=config.rollout.num_workers,
        raters=find_reward_models(config),
    )


def sampling_job(config: Config, model: Path | str) -> Job:
    """Return what asks a model that is not trained: engines and reward models."""
    return Job(config=config, model=model, num_engines=config.rollout.num_workers, raters=find_reward_models(config))


def learning_job(config: Config, model: Path | str, *, out: str | None) -> Job:
    """Return what trains on given data: learner ranks alone."""
    return Job(config=config, model=model, num_ranks=config.learner.num_workers, out=out)


def showing(job: Job, *pools: TaskPool | None) -> Job:
    """Return the job with engines that take the videos of some tasks. UserError where the model cannot be shown them.

    Of a model that has none of them nothing is asked: room for videos is room that other prompts lack.
    """
    most = max((pool.most_videos() for pool in pools if pool is not None), default=0)
    if most:
        check_videos(job.config.model, job.model, most)
    return replace(job, num_videos=most)


@dataclass(frozen=True, kw_only=True)
class Placement:
    """A job on a machine or cluster."""

    job: Job
    num_gpus: int
    """GPUs that Ray has; 0: everything runs on CPU."""
    dtype: str
    backend: str
    """How weights reach the engines: object_store, nccl or ipc."""

    @property
    def shares_gpus(self) -> bool:
        """Whether engines run on the GPUs of learner ranks."""
        return self.num_gpus > 0 and self.job.num_ranks > 0 and self.job.config.cluster.placement == "colocated"

    @property
    def takes_turns(self) -> bool:
        """Whether engines and ranks, which wait for one another, get all cores each; on CPU.

        It pays for large float32 matrices only: a step with 135 million parameters takes 5.7 s for 7.7 on two cores,
        and is no shorter in bfloat16 or with a million (docs/benchmarks/smollm2.md).
        """
        in_turn = not self.num_gpus and self.job.config.run.schedule == "in_turn"
        return in_turn and self.dtype == "float32" and weight_bytes(self.job.model) >= LARGE_WEIGHTS

    def threads(self, configured: int = 0, *, beside: int = 0) -> int:
        """Return the threads of one process of the job; `configured` > 0 decides.

        beside: processes that work at the same time as this one where sides take turns; 0: all of the job.
        """
        return thread_share(beside if beside and self.takes_turns else self.job.num_processes, configured)

    def learner_threads(self) -> int:
        """Return the threads of a learner rank."""
        return self.threads(self.job.config.learner.threads, beside=self.job.num_ranks)

    def engine_settings(self) -> dict[str, Any]:
        """Return the arguments of VllmEngine that every engine of the job shares."""
        config = self.job.config
        return {
            "model_path": str(self.job.model),
            "dtype": self.dtype,
            "settings": config.rollout,
            "images": config.data.images,
            "video": config.data.video,
            "num_videos": self.job.num_videos,
            "max_model_len": longest_sequence(config, config.sources) + FORCED_TOKENS,
            "many_images": any(environment_of(source) for source in config.sources),
            "seed": config.run.seed,
            "threads": self.threads(config.rollout.threads, beside=self.job.num_processes - self.job.num_ranks),
            "trust_remote_code": config.model.trust_remote_code,
            "weight_transfer": None if self.backend == "object_store" else self.backend,
            "sleep_mode": config.cluster.placement == "colocated" and self.backend != "object_store",
        }

    def learner_settings(self, *, num_updates: int, objective: str) -> dict[str, Any]:
        """Return the arguments of LearnerWorker.start that every rank of the job shares."""
        config = self.job.config
        return {
            **self.rank_settings(num_updates=num_updates),
            "algorithm": config.algorithm,
            "images": config.data.images,
            "video": config.data.video,
            "temperature": config.rollout.temperature if objective == "policy" else 1.0,
            "objective": objective,
            "plugins": pack(config.plugins),
        }

    def rank_settings(self, *, num_updates: int) -> dict[str, Any]:
        """Return the arguments that every rank of any learner takes."""
        config = self.job.config
        return {
            "model_path": str(self.job.model),
            "model": config.model,
            "learner": config.learner,
            "seed": config.run.seed,
            "num_updates": num_updates,
            "threads": self.learner_threads(),
        }


def plan(job: Job, num_gpus: int) -> Placement:
    """Place a job where Ray has `num_gpus` GPUs; UserError where they are not enough."""
    config = job.config
    if num_gpus and job.num_ranks and job.num_engines:
        _require_own_gpus(config)
    require_gpus(config, have=num_gpus, ranks=job.num_ranks, engines=job.num_engines, raters=job.num_rater_gpus)
    backend = "object_store"
    if job.num_ranks and job.num_engines:
        backend = resolve_backend(config.sync.backend, placement=config.cluster.placement, num_gpus=num_gpus)
    return Placement(
        job=job,
        num_gpus=num_gpus,
        dtype=model_dtype(config.model.dtype, has_gpus=num_gpus > 0),
        backend=backend,
    )


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


def _require_own_gpus(config: Config) -> None:
    """Stop where engines would have to generate on GPUs on which the learner updates at the same time."""
    if config.run.schedule == "overlapped" and config.cluster.placement == "colocated":
        raise UserError(
            "run.schedule=overlapped generates while the learner updates, and colocated engines sleep then; set "
            "cluster.placement=disaggregated, or run.schedule=in_turn"
        )


def colocated_place(places: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
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
