"""The same work by both schedules, compared step by step.

A step of an overlapped run generates batch t + 1 while it learns from batch t. What these take alone is what they took
in turn, in the same engines: max(r, l) + s + boundary is calculated for each step from its own batches.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import pyarrow.parquet as pq

from rlcs.bench.overlap.workloads import Workload
from rlcs.errors import RunStopped
from rlcs.metrics import Metrics
from rlcs.process.cluster import Cluster
from rlcs.process.console import quiet, say
from rlcs.process.interrupts import StopSignal
from rlcs.run.assembly import assemble
from rlcs.run.engines import Engines
from rlcs.train_overlapped import ITERATIONS

AIM = 1.1
"""Of the calculated time, at most, that an overlapped step may take."""


@dataclass(frozen=True, kw_only=True)
class Result:
    """What both schedules took for the steps of a workload but the first and the last, [S] each."""

    name: str
    num_engines: int
    in_turn: list[Metrics]
    overlapped: list[Metrics]
    next_in_turn: list[Metrics]
    """In turn, but of the steps after those: their batches are generated in the steps at hand."""

    @property
    def calculated(self) -> list[float]:
        """Seconds that each overlapped step should take."""
        return [
            max(rollout_s(after), learn_s(alone)) + alone["time/sync_s"] + beside["time/boundary_s"]
            for alone, after, beside in zip(self.in_turn, self.next_in_turn, self.overlapped, strict=True)
        ]

    @property
    def ratio(self) -> float:
        """What the overlapped steps took over what they should."""
        return self.seconds("overlapped") / sum(self.calculated)

    @property
    def gain(self) -> float:
        """How many times as fast as in turn they were."""
        return self.seconds("in_turn") / self.seconds("overlapped")

    def seconds(self, schedule: str) -> float:
        """Return what all the steps took."""
        steps: list[Metrics] = getattr(self, schedule)
        return sum(step["time/step_s"] for step in steps)

    def idle_share(self, seconds: float) -> float:
        """Return the share of an overlapped step without its sync that `seconds` of work leave an engine idle."""
        return 1.0 - seconds / median(step["time/step_s"] - step["time/sync_s"] for step in self.overlapped)

    def middle(self, schedule: str, key: str) -> float:
        """Return the median of a metric over the steps; nan where no step has it."""
        values = [step[key] for step in getattr(self, schedule) if key in step]
        return median(values) if values else float("nan")


def rollout_s(step: Metrics) -> float:
    """Return the seconds until a step's completions were generated and judged."""
    return step["time/rollout_s"] + step["time/score_s"]


def learn_s(step: Metrics) -> float:
    """Return the seconds of the update, and of writing what was trained on."""
    return step["time/learn_s"] + step["time/record_s"]


def measure(workload: Workload, cluster: Cluster, num_steps: int) -> Result:
    """Let both schedules do the same in the same engines; RunStopped where it was not the same."""
    with tempfile.TemporaryDirectory(prefix="overlap-") as made:
        folder = Path(made)
        with workload.engines(cluster, folder / "none") as engines:
            found = {name: _run(workload, engines, folder / name, name, num_steps) for name in ITERATIONS}
        _require_same_work(folder, num_steps)
    return Result(
        name=workload.name,
        num_engines=workload.num_engines,
        in_turn=found["in_turn"][1:-1],
        next_in_turn=found["in_turn"][2:],
        overlapped=found["overlapped"][1:-1],
    )


def _run(workload: Workload, engines: Engines, folder: Path, schedule: str, num_steps: int) -> list[Metrics]:
    say(f"{workload.name}, {schedule}: {num_steps} steps")
    engines.sync.push(version=0)
    steps = []
    with (
        StopSignal() as stop,
        quiet(),
        assemble(workload.config(folder, schedule, num_steps), resume=False, engines=engines) as run,
    ):
        for step in range(1, num_steps + 1):
            metrics = ITERATIONS[schedule](run, stop, step)
            run.finish_step(step, metrics)
            steps.append(metrics)
    return steps


def _require_same_work(folder: Path, num_steps: int) -> None:
    columns = ["task_id", "response", "num_tokens", "score", "advantage"]
    for step in range(1, num_steps + 1):
        file = f"rollouts/step-{step:06d}.parquet"
        in_turn, overlapped = (pq.read_table(folder / name / file, columns=columns) for name in ITERATIONS)
        if not in_turn.equals(overlapped):
            raise RunStopped(f"step {step} was not the same work in both schedules: their times tell nothing")
