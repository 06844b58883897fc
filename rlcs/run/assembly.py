"""Puts a run together from its configuration, in the order in which things can go wrong cheaply.

Configuration, plug-ins, routing and data come first; only then do Ray and the engines start.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from curriculum import Curriculum
from curriculum.beliefs.arrays import Rows
from curriculum.prediction.states import States
from curriculum.screening import first_completions
from rewards import Scorer, route_sources
from rlcs.config.batch_in_words import describe_batch
from rlcs.config.environments import environment_of
from rlcs.config.schema import Config, CurriculumConfig
from rlcs.errors import UserError
from rlcs.model.files import Resizing, load_preprocessing, resolve_model_path
from rlcs.process.cluster import Cluster
from rlcs.process.console import logging_to, say, waiting
from rlcs.process.environment import prepare_process
from rlcs.records import Task
from rlcs.run import checkpoint as checkpoints
from rlcs.run.engines import Engines, sampling_engines, start_engines
from rlcs.run.evaluation import Evaluator
from rlcs.run.folder import RunFolder, claim_folder, held
from rlcs.run.generation import Generation
from rlcs.run.horizon import schedule_updates
from rlcs.run.placement import sampling_job, showing, training_job
from rlcs.run.training import TrainingRun
from rlcs.tasks import PromptRenderer, TaskPool, drop_long, load_pool, split_holdout
from rlcs.tasks.grade_costs import gradings
from rollout.requests import Sampling


@contextmanager
def assemble(config: Config, *, resume: bool, engines: Engines | None = None) -> Iterator[TrainingRun]:
    """Yield a training run put together; on exit every process that was started is gone.

    `engines` that run already (of the same model and learner settings) are used and left running.
    """
    with ExitStack() as stack:
        path = open_folder(config, stack, resume=resume)
        job = training_job(config)
        scorer = start_scorer(config, stack)
        pool, held_out = load_pools(config, scorer)
        if pool is None:
            raise UserError("nothing to train on: add a source under data.train")
        job = showing(job, pool, held_out)
        for line in describe_batch(config):
            say(line)
        resume_from = checkpoints.latest(path) if resume else None
        if resume_from is not None:
            checkpoints.check_shape(resume_from, config)
        per_step = config.learner.updates_per_step
        horizon = schedule_updates(config, config.run.steps * per_step, resume_from, per_step=per_step)
        if engines is None:
            with waiting("starting Ray, engine and learner"):
                cluster = stack.enter_context(Cluster(config.cluster, job.num_processes))
                engines = start_engines(cluster, job, num_updates=horizon)
        scorer.raters = dict(engines.raters)
        with waiting("loading the tokenizer, measuring prompts"):
            preprocessing = load_preprocessing(config.model, config.data.images, job.model, config.data.video)
            renderer = preprocessing.renderer(config.sources)
            pool = drop_long(pool, renderer, config.data.max_prompt_tokens)
        generation = Generation(engines.rollout, renderer, scorer, config)
        evaluator = Evaluator(generation, fitting_tasks(config, held_out, renderer), eval_sampling(config), config)
        folder = RunFolder(path, config, resume_from=resume_step(resume_from) if resume else None)
        stack.callback(folder.close)
        folder.write_grades(gradings(config.data.train, pool.index))
        with waiting("loading the model into engine and learner"):
            engines.wait_until_ready()
        yield TrainingRun(
            config=config,
            folder=folder,
            pool=pool,
            curriculum=Curriculum(
                with_screening(config),
                pool.index,
                seed=config.run.seed,
                texts=pool.texts,
                states=reading(engines, generation, pool),
            ),
            generation=generation,
            evaluator=evaluator,
            learners=engines.learners,
            sync=engines.sync,
            sampling=train_sampling(config),
            preprocessing=preprocessing,
            resume_from=resume_from,
            horizon=horizon,
        )


def with_screening(config: Config) -> CurriculumConfig:
    """Return the settings of the curriculum, with how many completions come first where that is left to it."""
    is_played = any(environment_of(source) is not None for source in config.data.train)
    waits = config.run.schedule == "in_turn" and not is_played
    first = first_completions(config.curriculum, group_size=config.rollout.group_size, waits=waits)
    return replace(config.curriculum, screen=first)


@contextmanager
def assemble_evaluation(config: Config, *, checkpoint: Path | None) -> Iterator[Evaluator]:
    """Yield what evaluates a checkpoint, or model.path, on held-out tasks: engines and scorer, no learner."""
    with ExitStack() as stack:
        prepare_process()
        model = (
            checkpoints.model_of(checkpoints.resolve(checkpoint))
            if checkpoint
            else resolve_model_path(config.model.path)
        )
        job = sampling_job(config, model)
        scorer = start_scorer(config, stack)
        _, held_out = load_pools(config, scorer)
        if held_out is None:
            raise UserError("nothing to evaluate on: add sources under data.eval, or set data.holdout")
        rollout, scorer.raters = stack.enter_context(sampling_engines(showing(job, held_out)))
        preprocessing = load_preprocessing(config.model, config.data.images, model, config.data.video)
        renderer = preprocessing.renderer(config.sources)
        generation = Generation(rollout, renderer, scorer, config)
        tasks = fitting_tasks(config, held_out, renderer)
        yield Evaluator(generation, tasks, eval_sampling(config), config)


def open_folder(config: Config, stack: ExitStack, *, resume: bool) -> Path:
    """Claim the run folder, and write the log there too."""
    prepare_process()
    folder = Path(config.run.dir or f"runs/{config.run.name}").absolute()
    claim_folder(folder, resume=resume)
    stack.enter_context(held(folder))
    stack.enter_context(logging_to(folder))
    return folder


def start_scorer(config: Config, stack: ExitStack, *, stops: bool = True) -> Scorer:
    """Route every source to its reward and start the scorer; a wrong route ends the run here.

    stops: whether too many verdicts that cannot be given end the run.
    """
    routes = route_sources(config.sources, config.rewards)
    scorer = stack.enter_context(Scorer(config.rewards, routes, config.scoring, stops=stops))
    scorer.resize = Resizing(config.model, config.data.images)
    return scorer


def load_pools(config: Config, scorer: Scorer) -> tuple[TaskPool | None, TaskPool | None]:
    """Load and check the training and the held-out tasks; a wrong row ends the run here."""
    train = load_pool(config.data.train, check_gold=scorer.check_gold) if config.data.train else None
    held_out = load_pool(config.data.eval, check_gold=scorer.check_gold) if config.data.eval else None
    if train is not None and held_out is None and config.data.holdout:
        train, held_out = split_holdout(train, config.data.holdout, config.run.seed)
    return train, held_out


def fitting_tasks(config: Config, pool: TaskPool | None, renderer: PromptRenderer) -> list[Task]:
    """Return the held-out tasks whose prompts are short enough; the log says how many are not."""
    if pool is None:
        return []
    pool = drop_long(pool, renderer, config.data.max_prompt_tokens)
    return pool.take(range(len(pool)))


def resume_step(checkpoint: Path | None) -> int:
    """Return the step of a checkpoint; without one the run starts again at 0, and says so."""
    if checkpoint is None:
        say("no checkpoint yet in the run folder: starting from the beginning")
        return -1
    return int(checkpoints.read_state(checkpoint)["step"])


def reading(engines: Engines, generation: Generation, pool: TaskPool) -> States:
    """Return what lets the learner read tasks of a pool: rows to the mean last hidden states of their prompts."""

    def states(rows: Rows) -> NDArray[np.float32]:
        found = engines.learners.prompt_states(generation.samples_to_read(pool.take(rows)))
        if engines.rollout.sleeps:
            engines.learners.make_room()  # the engines on its GPUs are awake
        return found

    return states


def train_sampling(config: Config) -> Sampling:
    """Return how training completions are sampled."""
    return Sampling(num_completions=config.rollout.group_size, temperature=config.rollout.temperature)


def eval_sampling(config: Config) -> Sampling:
    """Return how held-out completions are sampled."""
    return Sampling(num_completions=config.eval.num_completions, temperature=config.eval.temperature)
