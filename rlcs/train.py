"""`rlcs train`: Reinforcement Learning with Curriculum Sampling (GLM-4.1V-Thinking, arXiv 2507.01006, section 5.3).

This file is the table of contents of the method; each call below is a chapter of its own:

    curriculum.next, refill  which tasks, and how many                  curriculum/
    curriculum.complete      the rest of groups that were screened      curriculum/screening.py
    roll_out                 n completions a task, forced answers       rollout/, rlcs/run/generation.py
    groups                   verdicts, while others still arrive        rewards/
    curriculum.observe       difficulty, tiers, expansion ratio         curriculum/beliefs/
    curriculum.select        the most balanced groups                   curriculum/selection.py
    build_batch              advantages                                 rlcs/algorithm/advantages.py
    learners.update          packed, balanced, DeepSpeed                rlcs/learner/
    sync.push, sync.check    engines get the weights, and prove it      rlcs/run/weight_sync.py
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

from curriculum.screening import joined
from rlcs.algorithm.advantages import build_batch
from rlcs.config.schema import Config
from rlcs.metrics import Clock, Metrics
from rlcs.process.interrupts import StopSignal
from rlcs.records import Batch, Group, Plan
from rlcs.run.assembly import assemble
from rlcs.run.display import print_before_after, print_step, say_next_commands
from rlcs.run.folder import read_metrics
from rlcs.run.state import kept_when_left
from rlcs.run.training import TrainingRun

log = logging.getLogger("rlcs.train")
Iteration = Callable[[TrainingRun, StopSignal, int], Metrics]


def run(config: Config, iteration: Iteration, *, resume: bool = False) -> Path:
    """Train as `config` says and return the run folder; with `resume` go on from its newest checkpoint.

    iteration: what is done in a step: `iterate`, or the same in another order (rlcs/train_overlapped.py).
    """
    with StopSignal() as stop, ExitStack() as stack, kept_when_left() as watch:
        with stop.interruptible():
            training = stack.enter_context(assemble(config, resume=resume))
        watch.state = training.state
        train(training, stop, iteration)
    folder = training.folder.path
    print_before_after(read_metrics(folder), folder)
    say_next_commands(folder, training.state.step)
    return folder


def train(run: TrainingRun, stop: StopSignal, iteration: Iteration) -> None:
    """Go through the steps; at any exit, `run.state.step` is the last whole one and all state belongs to it."""
    with stop.interruptible():
        run.begin()
    started, first, last = time.monotonic(), run.state.first_step, run.config.run.steps
    for step in range(first, last + 1):
        metrics = iteration(run, stop, step)
        run.finish_step(step, metrics)
        seconds_left = (time.monotonic() - started) / (step - first + 1) * (last - step)
        print_step(step, last, first, metrics, seconds_left=seconds_left)
        run.state.save_if_due()
        try:
            with stop.interruptible():
                metrics |= run.evaluate_if_due(step)
        finally:
            run.folder.write_metrics(step, metrics)
    run.state.finish_saving()


def iterate(run: TrainingRun, stop: StopSignal, step: int) -> Metrics:
    """Do one iteration of RLCS and return its metrics."""
    clock = Clock()
    run.begin_step()
    with stop.interruptible():
        groups = collect(run, step, clock)  # draw, generate, judge; draw again while the batch is short
    batch = choose(run, step, groups)  # observe, select, advantages: what is trained, and what is logged of it
    metrics = learn(run, step, batch, clock)  # update, push the weights, prove that they arrived
    with clock("record"):
        run.record(step, batch)
    return metrics | run.metrics_of(batch, clock)


def collect(run: TrainingRun, step: int, clock: Clock) -> list[Group]:
    """Return the judged groups of a step, in the order of its plans."""
    plan: Plan | None = run.curriculum.next(step)
    groups: list[Group] = []
    while plan is not None:
        with clock("rollout"):
            judging = run.roll_out(plan)  # finished groups go to the scorer at once
        with clock("score"):
            judged = judging.groups()
        groups = joined(groups, judged) if plan.is_rest else groups + judged
        plan = run.curriculum.complete(step, groups) or run.curriculum.refill(step, groups)
    return groups


def choose(run: TrainingRun, step: int, groups: Sequence[Group]) -> Batch:
    """Let the curriculum learn from the groups, and return the most balanced ones with their advantages."""
    run.curriculum.observe(step, groups)
    selection = run.curriculum.select(groups)
    if selection.warning:
        log.warning("step %d: %s", step, selection.warning)
    weights = run.curriculum.sample_weights([groups[index] for index in selection.indices])
    estimator = run.config.algorithm.advantage
    version = run.sync.version
    return build_batch(
        groups, selection.indices, estimator, weights=weights, share=selection.share, policy_version=version
    )


def learn(run: TrainingRun, step: int, batch: Batch, clock: Clock) -> Metrics:
    """Update the policy and give the engines its weights; with nothing to learn from, neither."""
    metrics = update(run, step, batch, clock)
    return metrics | push(run, step, batch, clock)


def update(
    run: TrainingRun, step: int, batch: Batch, clock: Clock, meanwhile: Callable[[], object] | None = None
) -> Metrics:
    """Update the policy; meanwhile: called again and again until that is done."""
    if not batch.samples:
        log.warning(
            "step %d: no group had both better and worse completions; nothing to learn from, weights stay", step
        )
        return {}
    with clock("learn"):
        run.begin_update()  # engines on the learner's GPUs make room
        return run.learners.update(batch.samples, batch_share=batch.share, meanwhile=meanwhile)


def push(run: TrainingRun, step: int, batch: Batch, clock: Clock) -> Metrics:
    """Give the engines the updated weights, and check that engines and learner agree."""
    if not batch.samples:
        return {}
    with clock("sync"):
        run.wake_engines()
        run.sync.push(version=run.sync.learner_version)
        return {"sync/max_logprob_gap": run.sync.check(batch.samples)} if run.sync.due(step) else {}
