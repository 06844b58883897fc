"""Alarms about the run itself: too few groups that teach, workers that die, silence, files that cannot be read."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from rlcs.dashboard.data.curves import Curves
from rlcs.dashboard.data.run import Run
from rlcs.dashboard.rules import Alarm, known, last_stretch
from rlcs.dashboard.rules.verdicts import percent

SHORT_WINDOW = 20
SHORT_SHARE = 0.5
AT_CAP = 0.98
"""A moving average comes near its cap but never to it."""
CAP_STEPS = 5
MUCH_WASTED = 0.5
"""Share of the groups. A low cap is often reached where little is wasted."""
MAX_UNREADABLE = 3


def curriculum_alarms(run: Run, curves: Curves) -> Iterator[Alarm]:
    """Yield that too few groups teach something, and that drawing more of them is at its limit."""
    steps, counts = known(curves, "curriculum/short_batches")
    short = np.diff(counts)[-SHORT_WINDOW:] > 0
    if len(short) >= SHORT_WINDOW and short.mean() >= SHORT_SHARE:
        batch = max(run.setting("curriculum.batch_size", 1), 1)
        filled = curves.recent("curriculum/num_selected", SHORT_WINDOW) / batch
        yield Alarm(
            severity="bad" if filled < 0.5 else "warn" if filled < 0.8 else "info",
            kind="short_batches", since=int(steps[-SHORT_WINDOW]), page="curriculum", figure="waste",
            text=f"{int(short.sum())} of the last {SHORT_WINDOW} steps had too few groups that teach something: "
            f"{percent(filled)} of the batch was filled",
        )  # fmt: skip
    steps, average = known(curves, "curriculum/expansion_ema")
    cap = run.setting("curriculum.expansion.cap", 3.0)
    start = last_stretch(average >= AT_CAP * cap)
    wasted = curves.recent("curriculum/invalid_rate", CAP_STEPS)
    if start is not None and len(average) - start >= CAP_STEPS and cap > 1.0 and wasted >= MUCH_WASTED:
        yield Alarm(
            severity="warn", kind="expansion_cap", since=int(steps[start]), page="curriculum", figure="expansion",
            text=f"expansion is at its cap of {cap:g} since step {int(steps[start]):,}, and {percent(wasted)} of the "
            "groups teach nothing: the tasks are too easy or too hard",
        )  # fmt: skip


def run_alarms(run: Run, curves: Curves) -> Iterator[Alarm]:
    """Yield what happened to the run: dead and stuck workers, silence, unreadable files."""
    steps, stuck = known(curves, "cluster/stuck_workers")
    if len(stuck) and stuck.max() > 0:
        step = int(steps[np.argmax(stuck)])
        yield Alarm(severity="warn", kind="stuck", since=step, step=step, figure="speed",
                    text=f"{stuck.max():.0f} workers were stuck and ended (cluster.stall_s), last at step {step:,}: "
                    "log.txt names them")  # fmt: skip
    steps, restarts = known(curves, "rollout/worker_restarts")
    if len(restarts) and restarts[-1] > 0:
        step = int(steps[np.argmax(restarts == restarts[-1])])
        words = "rollout worker has" if restarts[-1] == 1 else "rollout workers have"
        yield Alarm(severity="info", kind="restarts", since=step, step=step, figure="speed",
                    text=f"{restarts[-1]:.0f} {words} died and been replaced, last at step {step:,}")  # fmt: skip
    summary = run.summary()
    if summary.state == "stopped":
        text = f"the run seems to have stopped before its end: {summary.state_text}"
        yield Alarm(severity="info", kind="stopped", text=text, since=summary.last_step)
    for problem in run.problems[-MAX_UNREADABLE:]:
        yield Alarm(severity="info", kind="unreadable", text=problem)
