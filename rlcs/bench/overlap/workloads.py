"""What the two schedules are given to do: four regimes of sleeping workers, more and more engines, real ones."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rlcs.bench.overlap.stand_ins import MEAN_TOKENS, SleepingEngine, SleepingLearner, register_slow_verdict
from rlcs.config.load import load_config
from rlcs.config.schema import Config
from rlcs.learner.group import LearnerGroup
from rlcs.process.cluster import Cluster
from rlcs.run.engines import Engines, start_engines
from rlcs.run.placement import training_job
from rlcs.run.weight_sync import WeightSync
from rollout.pool import RolloutPool

CONFIG = Path("quickstart")
GROUP_SIZE = 4
NUM_ENGINES = 4
SPREAD = 0.6
"""Of the logarithm of lengths over tasks: one in six is twice as long as the median, or more."""


@dataclass(frozen=True, kw_only=True)
class Workload:
    """Something for both schedules to do in the same engines."""

    name: str
    num_engines: int
    rollout_s: float = 0.0
    """Seconds in which an engine generates a share of mean size; 0 for real engines, which take what they take."""
    learn_s: float = 0.0
    groups_per_engine: int = 4
    spread: float = SPREAD
    overrides: tuple[str, ...] = ()

    def config(self, folder: Path, schedule: str, num_steps: int) -> Config:
        """Return the configuration of one of its two runs. Weights stay as they are, and so does what is sampled."""
        batch = self.num_engines * self.groups_per_engine
        shared = [
            f"run.dir={folder}", f"run.schedule={schedule}", f"run.steps={num_steps}", "learner.lr=1e-30",
            "eval.every=0", "data.eval=[]", f"rollout.group_size={GROUP_SIZE}",
            f"rollout.num_workers={self.num_engines}", f"curriculum.batch_size={batch}",
            "curriculum.sampler=uniform", "curriculum.expansion.enabled=false",
        ]  # fmt: skip
        # So few tasks that from the third step on the curriculum knows how long each one's completions are.
        few = f"data.train=[{{name: sums, path: 'tiny://addition?levels=1-8&count={2 * batch}'}}]"
        return load_config(CONFIG, [*shared, *([few] if self.rollout_s else []), *self.overrides])

    @contextmanager
    def engines(self, cluster: Cluster, folder: Path) -> Iterator[Engines]:
        """Yield its engines and its learner, started in a cluster; on exit they are gone."""
        config = self.config(folder, "in_turn", 1)
        is_real = self.rollout_s == 0
        engines = (
            start_engines(cluster, training_job(config), num_updates=1) if is_real else self._sleeping(cluster, config)
        )
        try:
            engines.wait_until_ready()
            yield engines
        finally:
            for worker in (*engines.learners.workers, *engines.rollout.workers):
                worker.kill()

    def _sleeping(self, cluster: Cluster, config: Config) -> Engines:
        tokens = self.groups_per_engine * GROUP_SIZE * MEAN_TOKENS
        pace = {"seconds_per_token": self.rollout_s / tokens, "spread": self.spread}
        learner = cluster.start(SleepingLearner, "learner-0", {"seconds": self.learn_s})
        pool = RolloutPool(
            lambda number: cluster.start(SleepingEngine, f"rollout-{number}", pace), self.num_engines, max_restarts=0
        )
        learners = LearnerGroup([learner], config.learner)
        learners.wait_until_ready()
        sync = WeightSync(learners, pool, config.sync, dtype="float32", backend="object_store", tensor_parallel=1)
        return Engines(learners, pool, sync, {})


def regimes(seconds: float) -> list[Workload]:
    """Return four ways in which the time of a step may be shared out, with `seconds` for the slower side."""
    register_slow_verdict()
    slow = ("rewards.default.verifier=slow_verdict", "scoring.remote_calls=4")
    return [
        Workload(name="balanced", num_engines=NUM_ENGINES, rollout_s=seconds, learn_s=seconds),
        Workload(name="rollout-heavy", num_engines=NUM_ENGINES, rollout_s=seconds, learn_s=seconds / 4),
        Workload(name="learner-heavy", num_engines=NUM_ENGINES, rollout_s=seconds / 4, learn_s=seconds),
        Workload(name="slow verifier", num_engines=NUM_ENGINES, rollout_s=seconds / 2, learn_s=seconds, overrides=slow),
    ]


def more_and_more(numbers: list[int], seconds: float) -> list[Workload]:
    """Return as much work for each engine, all of it equally long: what is lost, the schedule has lost."""
    return [
        Workload(name=f"{number} engines", num_engines=number, rollout_s=seconds, learn_s=seconds, spread=0.0)
        for number in numbers
    ]


def this_machine() -> Workload:
    """Return real engines and a real learner: where they share cores, side by side is no faster than in turn."""
    return Workload(name="real, shared cores", num_engines=1, groups_per_engine=16)
