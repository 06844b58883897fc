"""A vLLM engine with images against the policy of the learner, on every architecture that RLCS trains.

Perturbed weights; images of several sizes, several in a prompt, the same one twice, videos, both, and prompts without.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from rooms import load_rooms
from vision_models import (
    IMAGES,
    KINDS,
    build_folder,
    clip,
    mixed_samples,
    mixed_tasks,
    picture,
    preprocessing_of,
    sample_of,
)

from rlcs.process.environment import prepare_process

prepare_process()

import torch  # noqa: E402
from transformers.core_model_loading import revert_weight_conversion  # noqa: E402

from rlcs.bench.engines.throughput import training_samples  # noqa: E402
from rlcs.config.schema import ModelConfig, RolloutConfig, SourceConfig  # noqa: E402
from rlcs.errors import UserError  # noqa: E402
from rlcs.model.batch import collate, split_by_sample  # noqa: E402
from rlcs.model.files import Preprocessing  # noqa: E402
from rlcs.model.policy import PolicyModel, load_model  # noqa: E402
from rlcs.records import Completion, Group, Sample, Status, Task, samples_of  # noqa: E402
from rlcs.run.weight_sync import kept, largest_gap  # noqa: E402
from rollout.episodes.rules import EpisodeRules  # noqa: E402
from rollout.requests import RolloutRequest, Sampling  # noqa: E402
from rollout.vllm_engine import VllmEngine  # noqa: E402

TOLERANCE = 1e-4
TEMPERATURE = 0.7
SETTINGS = RolloutConfig(
    max_think_tokens=12, max_answer_tokens=5, temperature=TEMPERATURE, kv_cache_gib=0.25, max_num_seqs=64
)


@dataclass
class World:
    """A model as the learner has it, and the engine that has loaded its files."""

    policy: PolicyModel
    preprocessing: Preprocessing
    engine: VllmEngine

    def log_probs(self, samples: list[Sample]) -> list[list[float]]:
        """Log-probabilities of all completion tokens, as the engine gives them: of inserted ones too."""
        every = [replace(sample, loss_mask=(1,) * len(sample.token_ids)) for sample in samples]
        batch, _ = collate(every, torch.device("cpu"), self.preprocessing.images)
        with torch.no_grad():
            return split_by_sample(self.policy(batch)[0], every)

    def requests(self) -> list[RolloutRequest]:
        tasks = mixed_tasks()
        prompts = self.preprocessing.renderer([SourceConfig(name="s", path="none")]).render(tasks)
        return [
            RolloutRequest(task=task, prompt_ids=prompt.ids, images=prompt.images, seed=number)
            for number, (task, prompt) in enumerate(zip(tasks, prompts, strict=True))
        ]

    def update(self, version: int) -> None:
        """Move every weight of the policy and hand the engine the new ones."""
        model = self.policy.model
        with torch.no_grad():
            for parameter in model.parameters():
                parameter += 0.02 * torch.randn_like(parameter)
        named = revert_weight_conversion(model, {name: value.detach() for name, value in model.named_parameters()})
        self.engine.load_weights(iter(named.items()), version=version)


@pytest.fixture(scope="module", params=KINDS)
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    path = build_folder(request.param, tmp_path_factory.mktemp(request.param))
    loaded = load_model(path, ModelConfig(path=path), dtype=torch.float32, packed=True)
    # vLLM looks at every name of every module; Flask's, loaded by the dashboard's tests, raise outside of a request.
    with Flask(__name__).test_request_context():
        engine = VllmEngine(
            model_path=path, dtype="float32", settings=SETTINGS, images=IMAGES, max_model_len=256, seed=0, threads=1,
            many_images=True, num_videos=1 if request.param == "glm4v" else 2,
        )  # fmt: skip
    policy = PolicyModel(loaded, layout="packed", temperature=TEMPERATURE)
    yield World(policy=policy, preprocessing=preprocessing_of(path), engine=engine)
    engine.close()


@pytest.fixture(scope="module")
def rooms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which the environment of the episodes lies."""
    return tmp_path_factory.mktemp("rooms")


def sample(engine: VllmEngine, requests: list[RolloutRequest]) -> list[Group]:
    sampling = Sampling(num_completions=4, temperature=TEMPERATURE)
    arrived = dict(engine.generate(requests, sampling=sampling))
    return [arrived[number] for number in range(len(requests))]


def sampling_gap(samples: list[Sample], expected: list[list[float]]) -> float:
    """Largest |sampled - learner| log-probability over the tokens that were sampled."""
    return max(
        abs(sampled - own) * trained
        for sample, values in zip(samples, expected, strict=True)
        for sampled, own, trained in zip(sample.logprobs, values, sample.loss_mask, strict=True)
    )


def test_engine_and_learner_agree_fresh_and_after_each_of_three_updates(world: World) -> None:
    given = mixed_samples(world.preprocessing, 1)
    for version in range(4):
        if version:
            before = world.engine.log_probs(given)
            world.update(version)
            assert largest_gap(before, world.engine.log_probs(given)) > 1e-2, "the update must show in the engine"
        assert largest_gap(world.engine.log_probs(given), world.log_probs(given)) < TOLERANCE
        sampled = training_samples(sample(world.engine, world.requests()))
        assert sampling_gap(sampled, world.log_probs(sampled)) < TOLERANCE
        assert largest_gap(world.engine.log_probs(sampled), world.log_probs(sampled)) < TOLERANCE


@pytest.mark.parametrize("world", [kind for kind in KINDS if kind != "glm4v"], indirect=True)
def test_engine_and_learner_agree_on_two_videos_in_a_prompt(world: World) -> None:
    videos = clip(4, 56, 56, 0.3, 7), clip(3, 84, 56, 20.0, 8)
    task = Task(id="s:0", source="s", domain="general", prompt="<video> or <video>?", answer="", videos=videos)
    (prompt,) = world.preprocessing.renderer([SourceConfig(name="s", path="none")]).render([task])
    given = [sample_of(prompt.ids, prompt.images, [50, 60, 70, 80], random.Random(0))]
    assert largest_gap(world.engine.log_probs(given), world.log_probs(given)) < TOLERANCE


def test_answers_are_forced_after_images_too(world: World) -> None:
    forced = [
        completion
        for group in sample(world.engine, world.requests())
        for completion in group.completions
        if group.images and completion.forced
    ]
    assert forced
    assert all("</think><answer>" in completion.text for completion in forced)
    assert all(len(completion.token_ids) > 12 for completion in forced)


def test_the_same_requests_give_the_same_tokens_whatever_came_before(world: World) -> None:
    first = sample(world.engine, world.requests())
    sample(world.engine, world.requests()[::-1])
    assert sample(world.engine, world.requests()) == first


def test_image_tokens_are_never_sampled(world: World) -> None:
    config = world.policy.model.config
    never = {config.image_token_id, config.video_token_id}
    groups = sample(world.engine, world.requests() * 4)
    assert not any(never & set(completion.token_ids) for group in groups for completion in group.completions)


def test_a_prompt_that_leaves_no_room_for_the_answer_is_refused_whole(world: World) -> None:
    request = world.requests()[0]
    large = replace(request, prompt_ids=request.prompt_ids * 30)
    with pytest.raises(UserError, match=r"task s:0 has \d+ tokens.*data.max_prompt_tokens"):
        sample(world.engine, [large])


def test_an_image_that_cannot_be_read_is_named(world: World) -> None:
    request = world.requests()[0]
    broken = replace(request.images[0], reference=picture(56, 56, 0)[:100])
    with pytest.raises(UserError, match="image of 100 bytes"):
        sample(world.engine, [replace(request, images=(broken,))])


ONE_KIND = pytest.mark.parametrize("world", ["glm4v"], indirect=True)


def episodes(folder: Path, layout: str, *, num_tasks: int = 3, **params: Any) -> list[RolloutRequest]:
    """Return requests for episodes of three turns and four images, each task with a seed of its own."""
    load_rooms(folder)
    rules = EpisodeRules(
        environment="rooms", params=params, layout=layout, keep_images=2, context_tokens=256, num_hosts=2
    )
    return [
        RolloutRequest(
            task=Task(id=f"r:{seed}", source="r", domain="general", prompt="go", answer=""),
            prompt_ids=(), seed=seed, episode=rules,
        )
        for seed in range(num_tasks)
    ]  # fmt: skip


def played(groups: list[Group]) -> list[Completion]:
    """Return all episodes, as far as they must repeat: without times and faults on the way."""
    return [
        replace(one, turns=tuple(replace(turn, seconds=0.0, replays=0) for turn in one.turns))
        for group in groups
        for one in group.completions
    ]


@pytest.mark.parametrize("layout", ["append", "fresh"])
def test_engine_and_learner_agree_over_episodes_of_several_turns_and_images(
    world: World, rooms: Path, layout: str
) -> None:
    requests = episodes(rooms, layout)
    for version in (world.engine.policy_version + 1, world.engine.policy_version + 2):
        world.update(version)
        groups = sample(world.engine, requests)
        assert {len(one.turns) for one in played(groups)} == {3}
        samples = [found for group in groups for one in group.completions for found in samples_of(group, one, 1.0)]
        assert {len(found.images) for found in samples} == ({4} if layout == "append" else {2})
        expected = world.log_probs(samples)
        assert sampling_gap(samples, expected) < TOLERANCE
        trained = [found.loss_mask for found in samples]
        assert largest_gap(kept(expected, trained), kept(world.engine.log_probs(samples), trained)) < TOLERANCE


@ONE_KIND
def test_episodes_repeat_whatever_the_order_in_which_environments_answer(world: World, rooms: Path) -> None:
    slow = played(sample(world.engine, episodes(rooms, "append", delay=0.2)))
    assert played(sample(world.engine, episodes(rooms, "append", delay=0.05))) == slow
    assert {one.outcome.status for one in slow if one.outcome} == {Status.CORRECT, Status.INCORRECT}


@ONE_KIND
def test_prompts_that_are_computed_in_parts_draw_the_same_tokens(
    world: World, rooms: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = played(sample(world.engine, episodes(rooms, "append", pictures=False)))
    scheduler = world.engine._llm.llm_engine.engine_core.engine_core.scheduler
    monkeypatch.setattr(scheduler, "max_num_scheduled_tokens", 7)
    assert played(sample(world.engine, episodes(rooms, "append", pictures=False))) == whole


@ONE_KIND
def test_a_host_that_is_killed_in_turn_2_changes_neither_tokens_nor_score(world: World, rooms: Path) -> None:
    undisturbed = played(sample(world.engine, episodes(rooms, "append")))
    met = rooms / f"met-{id(world)}"
    met.mkdir()
    groups = sample(world.engine, episodes(rooms, "append", dies=str(met)))
    assert (met / "met").exists(), "no host was killed"
    assert played(groups) == undisturbed
    assert sum(turn.replays for group in groups for one in group.completions for turn in one.turns) > 0


@ONE_KIND
def test_single_answers_and_episodes_share_a_call(world: World, rooms: Path) -> None:
    mixed = [*world.requests()[:2], *episodes(rooms, "append", num_tasks=1)]
    groups = sample(world.engine, mixed)
    assert [{len(one.turns) for one in group.completions} for group in groups] == [{0}, {0}, {3}]
    assert played(sample(world.engine, mixed)) == played(groups)


@ONE_KIND
def test_a_call_that_is_left_gives_the_environments_back(world: World, rooms: Path) -> None:
    requests = episodes(rooms, "append")
    coming = world.engine.generate(requests, sampling=Sampling(num_completions=4, temperature=TEMPERATURE))
    next(coming)
    coming.close()
    assert not world.engine._llm.llm_engine.has_unfinished_requests()
    again = played(sample(world.engine, requests))
    assert again == played(sample(world.engine, requests))
