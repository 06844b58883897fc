"""`rlcs train`: Reinforcement Learning with Curriculum Sampling (GLM-4.1V-Thinking, arXiv 2507.01006, section 5.3).

This file is the table of contents of the method; each call below is a chapter of its own:

    curriculum.next        which tasks, and how many                  curriculum/
    rollout.generate       n completions a task, forced answers       rollout/, rollout/pool.py
    scorer.collect         verdicts, while groups still arrive        rewards/
    curriculum.observe     difficulty, tiers, expansion ratio         curriculum/
    curriculum.select      the most balanced groups                   curriculum/selection.py
    build_samples          advantages                                 rlcs/algorithm/advantages.py
    learners.update        packed, balanced, DeepSpeed                rlcs/learner/group.py, rlcs/learner/learner.py
    sync.push, sync.check  engines get the weights, and prove it      rlcs/run/weight_sync.py
"""

from __future__ import annotations

import logging
import time
from contextlib import ExitStack
from pathlib import Path

from rlcs.algorithm.advantages import build_samples
from rlcs.config.schema import Config
from rlcs.errors import UserError
from rlcs.metrics import Clock, Metrics, reward_metrics, rollout_metrics
from rlcs.process.interrupts import Interrupted, StopSignal
from rlcs.records import Group, Plan
from rlcs.run.assembly import assemble
from rlcs.run.display import print_before_after, print_step
from rlcs.run.folder import read_metrics
from rlcs.run.training import Parts, leave_early

log = logging.getLogger("rlcs.train")


def run(config: Config, *, resume: bool = False) -> Path:
    """Train as `config` says and return the run folder; with `resume` go on from its newest checkpoint."""
    with StopSignal() as stop, ExitStack() as stack:
        parts = None
        try:
            with stop.interruptible():
                parts = stack.enter_context(assemble(config, resume=resume))
            train(parts, stop)
        except Interrupted:
            leave_early(parts)
            raise KeyboardInterrupt from None
        except UserError:
            if parts is not None:
                parts.rescue()
            raise
    print_before_after(read_metrics(parts.folder), parts.folder)
    parts.say_next_commands()
    return parts.folder


def train(parts: Parts, stop: StopSignal) -> None:
    """Go through the steps; at any exit, `parts.step` is the last whole one and all state belongs to it."""
    with stop.interruptible():
        parts.begin()
    started = time.monotonic()
    for step in range(parts.step + 1, parts.config.run.steps + 1):
        metrics = iterate(parts, stop, step)
        parts.finish_step(step, metrics)
        steps_done = step - parts.first_step + 1
        seconds_left = (time.monotonic() - started) / steps_done * (parts.config.run.steps - step)
        print_step(step, parts.config.run.steps, parts.first_step, metrics, seconds_left=seconds_left)
        if parts.checkpoint_due(step):
            parts.save_checkpoint()
        try:
            with stop.interruptible():
                metrics |= parts.evaluate_if_due(step)
        finally:
            parts.ledger.write_metrics(step, metrics)


def iterate(parts: Parts, stop: StopSignal, step: int) -> Metrics:
    """Do one iteration of RLCS and return its metrics."""
    clock = Clock()
    parts.remember_boundary()
    with stop.interruptible():
        plan: Plan | None = parts.curriculum.next(step)
        groups: list[Group] = []
        while plan is not None:
            with clock("rollout"):
                order = parts.roll_out(plan)  # finished groups go to the scorer at once
            with clock("score"):
                groups += parts.judged(order)
            plan = parts.curriculum.refill(step, groups)

    parts.curriculum.observe(step, groups)
    selection = parts.curriculum.select(groups)
    if selection.warning:
        log.warning("step %d: %s", step, selection.warning)
    selected = [groups[index] for index in selection.indices]
    samples = build_samples(selected, parts.config.algorithm.advantage, parts.curriculum.sample_weights(selected))

    metrics: Metrics = {}
    if samples:
        with clock("learn"):
            parts.begin_update()  # engines on the learner's GPUs make room
            metrics |= parts.learners.update(samples, batch_share=selection.share)
        with clock("sync"):
            parts.wake_engines()
            parts.sync.push(version=parts.sync.version + 1)
            if parts.sync.due(step):
                metrics["sync/max_logprob_gap"] = parts.sync.check(samples)
    else:
        log.warning(
            "step %d: no group had both better and worse completions; nothing to learn from, weights stay", step
        )

    with clock("record"):
        parts.record(step, groups, selection)
    metrics |= clock.metrics()
    metrics |= rollout_metrics(groups, seconds=metrics["time/rollout_s"])
    metrics |= reward_metrics(groups)
    metrics |= parts.scorer.metrics() | parts.curriculum.metrics() | parts.totals(groups)
    return metrics
