"""`rlcs train` with run.schedule: overlapped. The verbs of rlcs/train.py in another order: engines generate the next
batch while the learner makes the update of this one.

    step t    observe, select                 batch t, generated before; engines and learner hold the weights t - 1
              next(t + 1), launch             engines begin batch t + 1 under the weights t - 1 ...
              update                          ... while the learner makes the weights t of batch t
              drain, groups                   both end: nothing is under way
              push, check                     engines get the weights t, and prove it
              evaluate, save                  only here; a checkpoint holds batch t + 1 (rlcs/run/ahead.py)

A batch is sampled from weights one update older than those that it changes, never more: `policy_version` is stamped by
the engine, checked on arrival, and `staleness` stands in every row. The curriculum sees as much as in rlcs/train.py:
all groups of step t before it draws for step t + 1. A step takes max(rollout, learning) + sync + the boundary.
"""

from __future__ import annotations

import time

from rlcs import train
from rlcs.metrics import Clock, Metrics
from rlcs.process.interrupts import StopSignal
from rlcs.records import Plan
from rlcs.run.ahead import Ahead
from rlcs.run.generation import Flight
from rlcs.run.training import TrainingRun


def iterate(run: TrainingRun, stop: StopSignal, step: int) -> Metrics:
    """Learn from the batch of a step while that of the next one is generated; return the metrics of the step."""
    with stop.interruptible():
        run.sync.keep_pushed()  # an engine that dies during the update gets those weights, not torn ones
        ahead = run.ahead if run.ahead is not None and run.ahead.step == step else first_batch(run, step)
    clock = Clock()
    run.state.begin_update()
    with clock("boundary"):
        batch = train.choose(run, step, ahead.groups)
        metrics = {**run.metrics_of_batch(batch, seconds=ahead.seconds), **ahead.metrics}
        run.folder.write_curriculum(step, run.curriculum)
        flight = run.launch(draw(run, step + 1)) if step < run.config.run.steps else None
    idle_since = time.perf_counter()
    metrics |= train.update(run, step, batch, clock, meanwhile=None if flight is None else flight.pump)
    with clock("record"):
        run.folder.write_rollouts(step, batch)
    run.finish_step(step, metrics)  # whole, whatever becomes of the batch under way
    learned_at = time.perf_counter()
    if flight is not None:
        run.ahead = land(flight, step + 1, clock)
        idle_since = flight.ended_at
    metrics["time/wait_learn_s"] = max(0.0, learned_at - idle_since)
    metrics |= train.push(run, step, batch, clock)
    return {**metrics, **clock.metrics(), "time/rollout_s": ahead.seconds}


def first_batch(run: TrainingRun, step: int) -> Ahead:
    """Return the batch of the first step: the one that a checkpoint holds; else generate it beside nothing."""
    plan = draw(run, step)
    return run.saved_ahead(plan) or land(run.launch(plan), step, Clock())


def draw(run: TrainingRun, step: int) -> Plan:
    """Draw the tasks of a step; a checkpoint of the step before it holds the curriculum as it was before that."""
    run.keep_curriculum(step - 1)
    return run.curriculum.next(step)


def land(flight: Flight, step: int, clock: Clock) -> Ahead:
    """Wait for the end of a batch and for its verdicts."""
    with clock("wait_rollout"):
        flight.drain()
    with clock("score"):
        groups = flight.groups()
    metrics = {**flight.metrics(), **flight.scorer.metrics()}
    return Ahead(step=step, groups=groups, seconds=flight.seconds, metrics=metrics)


ITERATIONS = {"in_turn": train.iterate, "overlapped": iterate}
"""What is done in a step, by run.schedule."""
