"""Puts a run together from its configuration, in the order in which things can go wrong cheaply.

Configuration, plug-ins, routing and data come first; only then do Ray and the engines start.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from curriculum import Curriculum
from rewards import Scorer, route_sources
from rlcs import checkpoint as checkpoints
from rlcs.cluster import Cluster
from rlcs.config.schema import Config, SourceConfig
from rlcs.console import say, waiting
from rlcs.environment import prepare_process
from rlcs.errors import UserError
from rlcs.learners import LearnerGroup
from rlcs.ledger import Ledger, claim_folder, log_to
from rlcs.models import load_tokenizer, model_dtype, resolve_model_path
from rlcs.parts import Evaluator, Generation, Parts
from rlcs.records import Task
from rlcs.rollouts import RolloutPool
from rlcs.tasks import PromptRenderer, TaskPool, drop_long, load_pool, split_holdout
from rlcs.weights import WeightSync, resolve_backend
from rlcs.workers import engine_settings, engine_starter, learner_settings, num_processes, start_learners
from rollout.requests import Sampling

log = logging.getLogger("rlcs.assembly")


@dataclass
class Data:
    """What a run trains and evaluates on."""

    train: TaskPool
    eval: TaskPool | None
    scorer: Scorer


@contextmanager
def assemble(config: Config, *, resume: bool) -> Iterator[Parts]:
    """Yield the parts of a training run; on exit every process that was started is gone."""
    with ExitStack() as stack:
        folder = open_folder(config, stack, resume=resume)
        data = load_data(config, stack)
        resume_from = checkpoints.latest(folder) if resume else None
        cluster = stack.enter_context(Cluster(config.cluster, num_processes(config)))
        model = resolve_model_path(config.model.path)
        backend = resolve_backend(config.sync.backend, placement=config.cluster.placement, num_gpus=cluster.num_gpus())
        learner_workers = start_learners(cluster, config)
        settings = engine_settings(config, model, backend=backend)
        rollout = RolloutPool(
            engine_starter(cluster, config, learner_workers, settings),
            config.rollout.num_workers,
            max_restarts=config.rollout.max_restarts,
            sleeps=settings["sleep_mode"],
        )
        learners = LearnerGroup(learner_workers, config.learner)
        num_updates = config.run.steps * config.learner.updates_per_step
        learners.begin(learner_settings(config, model, num_updates=num_updates, objective="policy"))
        generation, tokenizer, train_pool = prepare_prompts(config, model, data, rollout)
        ledger = Ledger(folder, config, resume_from=resume_step(resume_from) if resume else None)
        stack.callback(ledger.close)
        with waiting("loading the model into engine and learner"):
            learners.wait_until_ready()
            rollout.wait_until_ready()
        yield Parts(
            config=config,
            folder=folder,
            pool=train_pool,
            curriculum=Curriculum(config.curriculum, train_pool.index, seed=config.run.seed),
            generation=generation,
            evaluator=Evaluator(generation, eval_tasks(data.eval), eval_sampling(config), config),
            learners=learners,
            sync=WeightSync(
                learners, rollout, config.sync, dtype=model_dtype(config.model.dtype),
                backend=backend, tensor_parallel=config.rollout.tensor_parallel,
            ),
            ledger=ledger,
            sampling=train_sampling(config),
            tokenizer=tokenizer,
            resume_from=resume_from,
        )


@contextmanager
def assemble_evaluation(config: Config, *, checkpoint: Path | None) -> Iterator[Evaluator]:
    """Yield what evaluates the model of a checkpoint, or model.path, on data.eval: engines and scorer, no learner."""
    with ExitStack() as stack:
        prepare_process()
        data = load_data(config, stack)
        if data.eval is None:
            raise UserError("nothing to evaluate on: add sources under data.eval, or set data.holdout")
        cluster = stack.enter_context(Cluster(config.cluster, config.rollout.num_workers))
        model = checkpoints.resolve(checkpoint) / "model" if checkpoint else resolve_model_path(config.model.path)
        settings = engine_settings(config, model, backend="object_store")
        start = engine_starter(cluster, config, [], settings)
        rollout = RolloutPool(start, config.rollout.num_workers, max_restarts=config.rollout.max_restarts)
        generation, _, _ = prepare_prompts(config, model, data, rollout)
        with waiting("loading the model into the engine"):
            rollout.wait_until_ready()
        yield Evaluator(generation, eval_tasks(data.eval), eval_sampling(config), config)


def open_folder(config: Config, stack: ExitStack, *, resume: bool) -> Path:
    """Claim the run folder, and write the log there too."""
    prepare_process()
    folder = Path(config.run.dir or f"runs/{config.run.name}").absolute()
    claim_folder(folder, resume=resume)
    handler = log_to(folder)
    stack.callback(logging.getLogger("rlcs").removeHandler, handler)
    return folder


def load_data(config: Config, stack: ExitStack) -> Data:
    """Load and check every source, and start the scorer; a wrong row or route ends the run here."""
    sources = [*config.data.train, *config.data.eval]
    routes = route_sources({source.name: source.reward for source in sources}, config.rewards)
    scorer = stack.enter_context(Scorer(config.rewards, routes, config.scoring))
    train, held_out = (load_pool(some, check_gold=scorer.check_gold) if some else None for some in
                       (config.data.train, config.data.eval))  # fmt: skip
    if train is not None and held_out is None and config.data.holdout:
        train, held_out = split_holdout(train, config.data.holdout, config.run.seed)
    if train is None:
        raise UserError("nothing to train on: add a source under data.train")
    return Data(train=train, eval=held_out, scorer=scorer)


def prepare_prompts(
    config: Config, model: Path | str, data: Data, rollout: RolloutPool
) -> tuple[Generation, Any, TaskPool]:
    """Load the tokenizer and leave out prompts that are too long, saying how many."""
    tokenizer = load_tokenizer(config.model, model)
    renderer = PromptRenderer(tokenizer, all_sources(config))
    limit = config.data.max_prompt_tokens
    train = drop_long(data.train, renderer, limit)
    if data.eval is not None:
        data.eval = drop_long(data.eval, renderer, limit)
    return Generation(rollout, renderer, data.scorer, config.run.seed), tokenizer, train


def all_sources(config: Config) -> list[SourceConfig]:
    """Return training and evaluation sources together."""
    return [*config.data.train, *config.data.eval]


def eval_tasks(pool: TaskPool | None) -> list[Task]:
    """Return every held-out task."""
    return [] if pool is None else pool.take(range(len(pool)))


def resume_step(checkpoint: Path | None) -> int:
    """Return the step of a checkpoint; without one the run starts again at 0, and says so."""
    if checkpoint is None:
        say("no checkpoint yet in the run folder: starting from the beginning")
        return -1
    return int(checkpoints.read_state(checkpoint)["step"])


def train_sampling(config: Config) -> Sampling:
    """Return how training completions are sampled."""
    return Sampling(num_completions=config.rollout.group_size, temperature=config.rollout.temperature)


def eval_sampling(config: Config) -> Sampling:
    """Return how held-out completions are sampled."""
    return Sampling(num_completions=config.eval.num_completions, temperature=config.eval.temperature)
