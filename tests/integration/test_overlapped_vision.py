"""Generating beside learning on prompts with images and videos: the same rows as in turn, and exact when it goes on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from rlcs_command import metrics, rlcs
from schedules import (
    SLOW_LOSS,
    World,
    assert_alike,
    engine_dies_in_step,
    interrupted,
    killed_while_both_work,
    rows,
    settings,
    started,
    weights_stay,
)

from rlcs.process.environment import prepare_process
from rlcs.train_overlapped import ITERATIONS

pytestmark = pytest.mark.timeout(600)
prepare_process()

SEEN = "fields: {images: images, params: params}"
SOURCES = (
    f"{{name: boxes, path: 'tiny://box?levels=1-2&count=64', reward: boxes, {SEEN}}}",
    "{name: when, path: 'tiny://video_when?levels=1-2&count=64'}",
)
SETTINGS = (
    "plugins=[]", "algorithm.loss=ppo_clip", "run.steps=3", "checkpoint.every=0",
    "model.path=tiny://vision", f"data.train=[{', '.join(SOURCES)}]",
    "rewards.boxes={verifier: grounding_box, params: {space: 0-1000, gold_space: 0-1000}}",
)  # fmt: skip


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with started(tmp_path_factory.mktemp("seeing"), "video", *SETTINGS, num_videos=1) as world:
        yield world


def test_with_weights_that_stay_both_schedules_see_and_train_the_same(world: World) -> None:
    in_turn, overlapped = (world.train(name, f"run.schedule={name}", update=weights_stay(world)) for name in ITERATIONS)
    for step in (1, 2, 3):
        found = rows(overlapped, step, "policy_version", "staleness")
        assert found == rows(in_turn, step, "policy_version", "staleness"), f"step {step}"
        assert {bool(row["images"]) for row in found} == {bool(row["videos"]) for row in found} == {False, True}
        assert metrics(overlapped)[step]["policy/grad_norm"] == metrics(in_turn)[step]["policy/grad_norm"] > 0


@pytest.fixture(scope="module")
def whole(world: World) -> Path:
    return world.train("whole", "run.schedule=overlapped")


def test_a_run_that_was_stopped_goes_on_as_if_nothing_had_been(world: World, whole: Path) -> None:
    assert {row["staleness"] for row in rows(whole, 3)} == {1}
    with pytest.raises(KeyboardInterrupt):
        world.train("again", "run.schedule=overlapped", update=interrupted(world))
    assert_alike(world.train("again", "run.schedule=overlapped", resume=True), whole, last=3)


def test_an_engine_that_dies_during_an_update_generates_the_same_again(world: World, whole: Path) -> None:
    restarts = world.engines.rollout.num_restarts
    killed = world.train("killed", "run.schedule=overlapped", update=engine_dies_in_step(2, world))
    assert world.engines.rollout.num_restarts == restarts + 1
    assert_alike(killed, whole, last=3)


@pytest.mark.release
def test_a_run_killed_while_both_sides_work_and_resumed_equals_an_unbroken_one(world: World) -> None:
    place = world.place
    (place / "slow.py").write_text(SLOW_LOSS.format(folder=place))  # for the command alone
    slow = (f"plugins=[{place}/slow.py]", "algorithm.loss=slow_when_told")
    asked = (*SETTINGS, *slow, "run.schedule=overlapped", "run.steps=5", "checkpoint.every=2")
    folder = place / "killed-and-resumed"
    killed_while_both_work(folder, place, rlcs("train", "video", *settings(folder, place, *asked)), step=2)
    assert_alike(folder, world.train("unbroken", *asked[len(SETTINGS) + len(slow) :]), last=5)
