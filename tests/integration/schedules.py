"""Runs of both schedules in one set of engines, for test_overlapped.py and test_overlapped_vision.py."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from rlcs_command import descendants, finish, metrics, start, still_alive, wait_for

from curriculum.rebuilding import read_snapshot
from rlcs import train
from rlcs.config.load import load_config
from rlcs.learner.group import LearnerGroup
from rlcs.plugins import load_plugins
from rlcs.process.cluster import Cluster
from rlcs.process.interrupts import StopSignal
from rlcs.run.assembly import assemble
from rlcs.run.engines import Engines, start_engines
from rlcs.run.placement import training_job
from rlcs.run.state import kept_when_left
from rlcs.train_overlapped import ITERATIONS

NUM_STEPS = 6
SLOW_LOSS = '''
import time
from pathlib import Path
from rlcs import LOSSES
from rlcs.algorithm.losses import ppo_clip

@LOSSES.register("slow_when_told")
def slow_when_told(batch, *, clip_low, clip_high):
    """The usual loss; while there is a file that says so it holds the update up, and tells that it does."""
    told = Path("{folder}/hold")
    while told.exists():
        Path("{folder}/learning").touch()
        time.sleep(0.01)
    return ppo_clip(batch, clip_low=clip_low, clip_high=clip_high)
'''


def settings(folder: Path, place: Path, *more: str) -> list[str]:
    return [
        f"run.dir={folder}", f"run.steps={NUM_STEPS}", "curriculum.batch_size=8", "rollout.group_size=4",
        "eval.every=0", "checkpoint.every=3", f"plugins=[{place}/slow.py]", "algorithm.loss=slow_when_told",
        "data.max_prompt_tokens=400", *more,
    ]  # fmt: skip


@dataclass(frozen=True)
class World:
    """Engines and a learner, and the learner's first weights."""

    engines: Engines
    fresh: Path
    place: Path
    config: Path = Path("quickstart")
    more: tuple[str, ...] = ()
    """Settings of all runs in it."""

    def train(self, name: str, *more: str, update: Callable[..., Any] | None = None, resume: bool = False) -> Path:
        """Train from the start, or go on, in a folder of that name; `update` takes the place of the learners'."""
        self.engines.learners.load(self.fresh / "learner")
        self.engines.sync.push(version=0)
        folder = self.place / name
        config = load_config(self.config, settings(folder, self.place, *self.more, *more))
        with (
            StopSignal() as stop,
            assemble(config, resume=resume, engines=self.engines) as run,
            kept_when_left() as watch,
        ):
            watch.state = run.state
            run.learners = Updating(run.learners, update or run.learners.update)
            train.train(run, stop, ITERATIONS[config.run.schedule])
        return folder


class Updating:
    """Learner ranks with another way to update."""

    def __init__(self, learners: LearnerGroup, update: Callable[..., Any]) -> None:
        self._learners, self.update = learners, update

    def __getattr__(self, name: str) -> Any:
        return getattr(self._learners, name)


def with_slow_loss(place: Path) -> Path:
    """Put a loss that can be held up into a folder, which is returned."""
    (place / "slow.py").write_text(SLOW_LOSS.format(folder=place))
    load_plugins([str(place / "slow.py")])
    return place


@contextmanager
def started(place: Path, config: str, *more: str, num_videos: int = 0) -> Iterator[World]:
    """Start engines and a learner for the runs of a configuration, with so many videos in a prompt at most."""
    loaded = load_config(Path(config), settings(place / "none", place, *more))
    job = replace(training_job(loaded), num_videos=num_videos)
    with Cluster(loaded.cluster, job.num_processes) as cluster:
        engines = start_engines(cluster, job, num_updates=NUM_STEPS)
        engines.wait_until_ready()
        engines.learners.begin_save(place / "fresh")
        engines.learners.finish_save()
        yield World(engines, place / "fresh", place, Path(config), more)


def rows(folder: Path, step: int, *but: str) -> list[dict[str, Any]]:
    table = pq.read_table(folder / "rollouts" / f"step-{step:06d}.parquet")
    return [{key: value for key, value in row.items() if key not in but} for row in table.to_pylist()]


def assert_the_same(found: Path, expected: Path) -> None:
    for step in range(1, NUM_STEPS + 1):
        assert rows(found, step) == rows(expected, step), f"step {step}"
        assert read_snapshot(found, step).equals(read_snapshot(expected, step)), f"step {step}"
    for step, record in metrics(expected).items():
        kept = {key for key in record if not key.startswith("time/") and not key.endswith("per_s")}
        # Both count what the process has seen, other tests and runs included.
        for key in kept - {"rollout/worker_restarts", "cluster/stuck_workers"}:
            assert metrics(found)[step][key] == record[key], (step, key)


def assert_alike(found: Path, expected: Path, *, last: int = 4) -> None:
    """The same episodes, step by step; what environments took to answer is left out."""
    for step in range(1, last + 1):
        one, other = (rows(folder, step, "turns") for folder in (found, expected))
        assert one == other, f"step {step}"
        assert metrics(found)[step]["policy/grad_norm"] == metrics(expected)[step]["policy/grad_norm"]


def interrupted(world: World, *, step: int = 2) -> Callable[..., Any]:
    """Return a way to update in which a person presses Ctrl-C during that of `step`."""
    calls: list[str] = []

    def update(*batch: Any, **how: Any) -> Any:
        calls.append("update")
        if len(calls) == step:
            os.kill(os.getpid(), signal.SIGINT)
        return world.engines.learners.update(*batch, **how)

    return update


def weights_stay(world: World) -> Callable[..., Any]:
    """Return a way to update as with a learning rate of 0."""

    def update(*batch: Any, **how: Any) -> Any:
        found = world.engines.learners.update(*batch, **how)
        world.engines.learners.load(world.fresh / "learner")
        return found

    return update


def engine_dies_in_step(step: int, world: World) -> Callable[..., Any]:
    """Return a way to update during which, in that step, an engine is killed that generates the next batch."""
    calls: list[str] = []

    def update(samples: Any, *, batch_share: float, meanwhile: Callable[[], object] | None) -> Any:
        def kill_in_time() -> None:
            if calls == ["update"] * step:
                calls.append("kill")
                world.engines.rollout.workers[0].kill()
            if meanwhile is not None:
                meanwhile()

        calls.append("update")
        return world.engines.learners.update(samples, batch_share=batch_share, meanwhile=kill_in_time)

    return update


def killed_while_both_work(folder: Path, place: Path, command: list[str], *, step: int) -> None:
    """Start a run with the slow loss, kill it behind the checkpoint of a step during an update, and resume it."""
    process = start(folder, command)
    wait_for((folder / "checkpoints" / f"step-{step:06d}" / "state.json").exists, process, folder)
    (place / "learning").unlink(missing_ok=True)
    (place / "hold").touch()
    wait_for((place / "learning").exists, process, folder)
    processes = [part for part in descendants(process) if "Agent" not in part.name()]
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    (place / "hold").unlink()
    assert still_alive(processes) == []
    assert (folder / "checkpoints" / f"step-{step:06d}" / "pending.parquet").is_file()
    finish(folder, [*command, "--resume"])
