"""Generating beside learning: what is trained on is what run.schedule says, whatever dies meanwhile.

One set of engines for all runs of this process; before each the learner goes back to its first weights.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from places import ROOT
from rlcs_command import metrics, rlcs
from rooms import load_rooms
from schedules import (
    World,
    assert_alike,
    assert_the_same,
    engine_dies_in_step,
    interrupted,
    killed_while_both_work,
    rows,
    settings,
    started,
    weights_stay,
    with_slow_loss,
)

from curriculum.rebuilding import read_snapshot
from rewards import Scorer
from rlcs.errors import RunStopped
from rlcs.process.environment import prepare_process
from rlcs.records import Group
from rlcs.tiny.generate import generate_rows, parse_path
from rlcs.train_overlapped import ITERATIONS

pytestmark = pytest.mark.timeout(600)
prepare_process()

ONLY_OVERLAPPED = {"time/wait_rollout_s", "time/wait_learn_s", "time/boundary_s"}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a loss that can be held up."""
    return with_slow_loss(tmp_path_factory.mktemp("overlapped"))


@pytest.fixture(scope="module")
def world(place: Path) -> Iterator[World]:
    with started(place, "quickstart") as world:
        yield world


@pytest.fixture(scope="module")
def unbroken(world: World) -> Path:
    return world.train("unbroken", "run.schedule=overlapped")


def test_with_weights_that_stay_both_schedules_sample_train_and_believe_the_same(world: World) -> None:
    short = ("checkpoint.every=0", "run.steps=3")
    folders = [world.train(name, *short, f"run.schedule={name}", update=weights_stay(world)) for name in ITERATIONS]
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
    restarts = world.engines.rollout.num_restarts
    folder = world.train("killed", "run.schedule=overlapped", update=engine_dies_in_step(3, world))
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


def test_ctrl_c_waits_for_the_update_and_for_the_batch_beside_it_and_saves_both(world: World, unbroken: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        world.train("stopped", "run.schedule=overlapped", update=interrupted(world))
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
    killed_while_both_work(folder, place, command, step=3)
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
        world.train(f"again-{schedule}", *settings, update=interrupted(world))
    assert_alike(world.train(f"again-{schedule}", *settings, resume=True), whole)


@pytest.mark.release
def test_a_run_on_episodes_killed_while_both_sides_work_and_resumed_equals_an_unbroken_one(
    world: World, place: Path
) -> None:
    asked = with_episodes(place, "run.schedule=overlapped", "run.steps=5")
    folder = place / "episodes-killed"
    killed_while_both_work(folder, place, rlcs("train", "quickstart", *settings(folder, place, *asked)), step=2)
    assert_alike(folder, world.train("episodes-unbroken", *asked), last=5)


def ungraded(place: Path, kind: str) -> str:
    """Return a source of tasks of which nothing is known."""
    rows = generate_rows(parse_path(f"tiny://{kind}?levels=1-8&count=300"))
    told = [json.dumps({"prompt": row["prompt"], "answer": row["answer"]}) for row in rows]
    (place / f"{kind}.jsonl").write_text("\n".join(told))
    return f"{{name: {kind}, path: '{place}/{kind}.jsonl', domain: stem.math}}"


@pytest.mark.parametrize("schedule", ITERATIONS)
def test_what_the_policy_made_of_tasks_is_kept_for_a_run_that_goes_on(world: World, schedule: str) -> None:
    kinds = [ungraded(world.place, kind) for kind in ("addition", "equation")]
    asked = ["curriculum.features=[text,policy]", f"data.train=[{', '.join(kinds)}]", f"run.schedule={schedule}"]
    asked += ["run.steps=5", "checkpoint.every=0"]
    whole = world.train(f"seen-{schedule}", *asked)
    told = set(re.findall("`(curriculum/policy_features_[a-z]+)`", (ROOT / "docs" / "metrics.md").read_text()))
    for record in metrics(whole).values():
        assert {key for key in record if "policy_features" in key} == told
        took = record["curriculum/policy_features_s"]
        assert (took > 0) == (record["curriculum/policy_features_tasks"] > 0)
        assert took < record["time/step_s"] + record["time/rollout_s"]
    assert metrics(whole)[1]["curriculum/policy_features_tasks"] > 0
    with pytest.raises(KeyboardInterrupt):
        world.train(f"seen-again-{schedule}", *asked, update=interrupted(world, step=4))
    saved = world.place / f"seen-again-{schedule}" / "checkpoints" / "step-000004"
    # Something is believed of tasks after two steps; from then on those that are not drawn are looked at, too.
    assert pq.read_table(saved / "seen_states.parquet").num_rows > 100
    assert_alike(world.train(f"seen-again-{schedule}", *asked, resume=True), whole, last=5)
