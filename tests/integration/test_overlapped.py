"""Generating beside learning: what is trained on is what run.schedule says, whatever dies meanwhile.

One set of engines for all runs of this process; before each the learner goes back to its first weights.
"""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from places import ROOT
from rlcs_command import descendants, finish, metrics, rlcs, start, still_alive, wait_for
from rooms import load_rooms

from curriculum.rebuilding import read_snapshot
from rewards import Scorer
from rlcs import train
from rlcs.config.load import load_config
from rlcs.errors import RunStopped
from rlcs.learner.group import LearnerGroup
from rlcs.plugins import load_plugins
from rlcs.process.cluster import Cluster
from rlcs.process.environment import prepare_process
from rlcs.process.interrupts import StopSignal
from rlcs.records import Group
from rlcs.run.assembly import assemble
from rlcs.run.engines import Engines, start_engines
from rlcs.run.placement import training_job
from rlcs.run.state import kept_when_left
from rlcs.train_overlapped import ITERATIONS

pytestmark = pytest.mark.timeout(600)
prepare_process()

NUM_STEPS = 6
ONLY_OVERLAPPED = {"time/wait_rollout_s", "time/wait_learn_s", "time/boundary_s"}
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

    def train(self, name: str, *more: str, update: Callable[..., Any] | None = None, resume: bool = False) -> Path:
        """Train from the start, or go on, in a folder of that name; `update` takes the place of the learners'."""
        self.engines.learners.load(self.fresh / "learner")
        self.engines.sync.push(version=0)
        folder = self.place / name
        config = load_config(Path("quickstart"), settings(folder, self.place, *more))
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


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a loss that can be held up."""
    folder = tmp_path_factory.mktemp("overlapped")
    (folder / "slow.py").write_text(SLOW_LOSS.format(folder=folder))
    load_plugins([str(folder / "slow.py")])
    return folder


@pytest.fixture(scope="module")
def world(place: Path) -> Iterator[World]:
    config = load_config(Path("quickstart"), settings(place / "none", place))
    job = training_job(config)
    with Cluster(config.cluster, job.num_processes) as cluster:
        engines = start_engines(cluster, job, num_updates=NUM_STEPS)
        engines.wait_until_ready()
        engines.learners.begin_save(place / "fresh")
        engines.learners.finish_save()
        yield World(engines, place / "fresh", place)


@pytest.fixture(scope="module")
def unbroken(world: World) -> Path:
    return world.train("unbroken", "run.schedule=overlapped")


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


def test_with_weights_that_stay_both_schedules_sample_train_and_believe_the_same(world: World) -> None:
    def update(*batch: Any, **how: Any) -> Any:
        """As with a learning rate of 0."""
        found = world.engines.learners.update(*batch, **how)
        world.engines.learners.load(world.fresh / "learner")
        return found

    short = ("checkpoint.every=0", "run.steps=3")
    folders = [world.train(name, *short, f"run.schedule={name}", update=update) for name in ITERATIONS]
    for step in (1, 2, 3):
        in_turn, overlapped = (rows(folder, step, "policy_version", "staleness") for folder in folders)
        assert overlapped == in_turn, f"step {step}"
        one, other = (read_snapshot(folder, step) for folder in folders)
        assert other.equals(one), f"step {step}"
        one, other = (metrics(folder)[step] for folder in folders)
        assert other["policy/grad_norm"] == one["policy/grad_norm"]
        assert set(other) - set(one) <= ONLY_OVERLAPPED
    assert set(metrics(folders[1])[1]) - set(metrics(folders[0])[1]) == ONLY_OVERLAPPED


def test_every_batch_but_the_first_is_one_update_old_and_says_so(unbroken: Path) -> None:
    for step, record in metrics(unbroken).items():
        assert {(row["policy_version"], row["staleness"]) for row in rows(unbroken, step)} == {
            (max(step - 2, 0), min(step - 1, 1))
        }
        assert record["policy/staleness_mean"] == record["policy/staleness_max"] == min(step - 1, 1)
        assert 0.5 < record["policy/ess"] <= 1.0 and record["sync/max_logprob_gap"] < 1e-4


def test_what_only_this_schedule_tells_is_explained(unbroken: Path) -> None:
    text = (ROOT / "docs" / "metrics.md").read_text()
    assert ONLY_OVERLAPPED <= set(metrics(unbroken)[1])
    assert all(f"`{key}`" in text for key in ONLY_OVERLAPPED)


def test_an_engine_that_dies_during_an_update_generates_the_same_again(world: World, unbroken: Path) -> None:
    calls: list[str] = []

    def update(samples: Any, *, batch_share: float, meanwhile: Callable[[], object] | None) -> Any:
        def kill_in_step_3() -> None:
            if calls == ["update"] * 3:
                calls.append("kill")
                world.engines.rollout.workers[0].kill()
            if meanwhile is not None:
                meanwhile()

        calls.append("update")
        return world.engines.learners.update(samples, batch_share=batch_share, meanwhile=kill_in_step_3)

    restarts = world.engines.rollout.num_restarts
    folder = world.train("killed", "run.schedule=overlapped", update=update)
    assert world.engines.rollout.num_restarts == restarts + 1
    assert_the_same(folder, unbroken)


def test_an_engine_with_other_weights_than_it_was_given_stops_the_run(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync = world.engines.sync
    push = sync.push

    def miscount_the_second(version: int) -> None:
        push(min(version, 1))
        sync.version = sync.learner_version = version

    monkeypatch.setattr(sync, "push", miscount_the_second)
    with pytest.raises(RunStopped, match=r"from weights of version \[1\], and \[2\] is what it was given"):
        world.train("missed", "run.schedule=overlapped")


def interrupted_in_step_2(world: World) -> Callable[..., Any]:
    """Return a way to update in which a person presses Ctrl-C during the second one."""
    calls: list[str] = []

    def update(*batch: Any, **how: Any) -> Any:
        calls.append("update")
        if len(calls) == 2:
            os.kill(os.getpid(), signal.SIGINT)
        return world.engines.learners.update(*batch, **how)

    return update


def test_ctrl_c_waits_for_the_update_and_for_the_batch_beside_it_and_saves_both(world: World, unbroken: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        world.train("stopped", "run.schedule=overlapped", update=interrupted_in_step_2(world))
    saved = world.place / "stopped" / "checkpoints" / "step-000002"
    assert (saved / "pending.parquet").is_file()
    assert_the_same(world.train("stopped", "run.schedule=overlapped", resume=True), unbroken)


def test_an_error_of_the_batch_beside_an_update_does_not_cost_the_update(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    collect, calls = Scorer.collect, []

    def fail_on_the_batch_of_step_3(scorer: Scorer) -> list[Group]:
        calls.append("collect")
        if len(calls) == 3:
            raise RunStopped("the judge is gone")
        return collect(scorer)

    monkeypatch.setattr(Scorer, "collect", fail_on_the_batch_of_step_3)
    with pytest.raises(RunStopped, match="the judge is gone"):
        world.train("unjudged", "run.schedule=overlapped", "run.steps=3", "checkpoint.every=0")
    saved = world.place / "unjudged" / "checkpoints" / "step-000002"
    assert (saved / "state.json").is_file() and not (saved / "pending.parquet").exists()
    folder = world.train("unjudged", "run.schedule=overlapped", "run.steps=3", "checkpoint.every=0", resume=True)
    assert sorted(metrics(folder)) == [1, 2, 3]
    assert {row["staleness"] for row in rows(folder, 3)} == {0}, "generated anew, by the weights that were saved"


def test_a_run_killed_while_both_sides_work_and_resumed_equals_an_unbroken_one(unbroken: Path, place: Path) -> None:
    folder = place / "resumed"
    command = rlcs("train", "quickstart", *settings(folder, place, "run.schedule=overlapped"))
    process = start(folder, command)
    wait_for((folder / "checkpoints" / "step-000003" / "state.json").exists, process, folder)
    (place / "hold").touch()
    wait_for((place / "learning").exists, process, folder)
    started = [part for part in descendants(process) if "Agent" not in part.name()]
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    (place / "hold").unlink()
    assert still_alive(started) == []
    assert (folder / "checkpoints" / "step-000003" / "pending.parquet").is_file()
    finish(folder, [*command, "--resume"])
    assert_the_same(folder, unbroken)


def with_episodes(place: Path, *more: str) -> list[str]:
    """Return settings of a run on episodes of two turns beside single answers."""
    plugins = f"plugins=[{place}/slow.py,{load_rooms(place)}]"
    played = "{name: rooms, params: {turns: 2, pictures: false, delay: 0.05}, context_tokens: 600}"
    sources = [
        f"{{name: rooms, path: 'tiny://addition?levels=1-4&count=64', environment: {played}}}",
        "{name: single, path: 'tiny://addition?levels=1-4&count=64&seed=1'}",
    ]
    return [plugins, "run.steps=4", "checkpoint.every=2", f"data.train=[{', '.join(sources)}]", *more]


@pytest.mark.parametrize("schedule", ITERATIONS)
def test_episodes_are_trained_on_and_go_on_from_a_checkpoint_as_if_nothing_had_been(
    world: World, place: Path, schedule: str
) -> None:
    settings = with_episodes(place, f"run.schedule={schedule}")
    whole = world.train(f"episodes-{schedule}", *settings)
    played = [row for row in rows(whole, 4) if row["source"] == "rooms"]
    assert {row["num_turns"] for row in played} == {2}
    assert {row["status"] for row in played} == {"correct", "incorrect"}
    assert any(row["selected"] for row in played)
    assert all(record["sync/max_logprob_gap"] < 1e-4 for record in metrics(whole).values())
    assert metrics(whole)[4]["env/turns_mean"] == 2.0
    told = set(re.findall("`(env/[a-z_]+)`", (ROOT / "docs" / "metrics.md").read_text()))
    assert {key for key in metrics(whole)[4] if key.startswith("env/")} == told
    with pytest.raises(KeyboardInterrupt):
        world.train(f"again-{schedule}", *settings, update=interrupted_in_step_2(world))
    assert_alike(world.train(f"again-{schedule}", *settings, resume=True), whole)


@pytest.mark.parametrize("schedule", ITERATIONS)
def test_what_the_policy_made_of_tasks_is_kept_for_a_run_that_goes_on(world: World, schedule: str) -> None:
    kinds = [f"{{name: {kind}, path: 'tiny://{kind}?levels=1-8&count=300'}}" for kind in ("addition", "equation")]
    asked = ["curriculum.features=[text,policy]", f"data.train=[{', '.join(kinds)}]", f"run.schedule={schedule}"]
    asked += ["run.steps=3", "checkpoint.every=0"]
    whole = world.train(f"seen-{schedule}", *asked)
    told = set(re.findall("`(curriculum/policy_features_[a-z]+)`", (ROOT / "docs" / "metrics.md").read_text()))
    for record in metrics(whole).values():
        assert {key for key in record if "policy_features" in key} == told
        assert record["curriculum/policy_features_tasks"] > 0
        assert 0 < record["curriculum/policy_features_s"] < record["time/step_s"] + record["time/rollout_s"]
    with pytest.raises(KeyboardInterrupt):
        world.train(f"seen-again-{schedule}", *asked, update=interrupted_in_step_2(world))
    saved = world.place / f"seen-again-{schedule}" / "checkpoints" / "step-000002"
    assert pq.read_table(saved / "seen_states.parquet").num_rows > 100
    assert_alike(world.train(f"seen-again-{schedule}", *asked, resume=True), whole, last=3)


def assert_alike(found: Path, expected: Path, *, last: int = 4) -> None:
    """The same episodes, step by step; what environments took to answer is left out."""
    for step in range(1, last + 1):
        one, other = (rows(folder, step, "turns") for folder in (found, expected))
        assert one == other, f"step {step}"
        assert metrics(found)[step]["policy/grad_norm"] == metrics(expected)[step]["policy/grad_norm"]
