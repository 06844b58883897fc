"""The policy on samples with images, packed and padded, against the Hugging Face model on one sample at a time.

Every architecture that RLCS trains; images of several sizes, several in a prompt, one twice, and samples without any;
videos, beside images too; episodes of three turns with images between them, which nobody trains on.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from vision_models import KINDS, build_folder, episodes, mixed_samples, picture, preprocessing_of

from rlcs.config.schema import ModelConfig
from rlcs.errors import UserError
from rlcs.model.batch import collate, prompt_places, split_by_sample
from rlcs.model.policy import PolicyModel, freeze_parts, load_model, part_of
from rlcs.model.vision import ImageReader, Pixels
from rlcs.records import Sample, Video

CPU = torch.device("cpu")
TEMPERATURE = 0.7


class World:
    """A model of one architecture."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.preprocessing = preprocessing_of(path)
        self.answers = mixed_samples(self.preprocessing, 5, copies=2)
        self.samples = [*self.answers, *episodes(self.preprocessing, 6)]

    @cached_property
    def expected(self) -> tuple[Tensor, dict[str, Tensor]]:
        """What transformers gives on each sample."""
        return run_apart(self.policy("padded"), self.samples, self.reader)

    @property
    def reader(self) -> ImageReader:
        assert self.preprocessing.images is not None
        return self.preprocessing.images

    def policy(self, layout: str, *, checkpointing: bool = False) -> PolicyModel:
        settings = ModelConfig(path=self.path, gradient_checkpointing=checkpointing)
        model = load_model(self.path, settings, dtype=torch.float32, packed=layout != "padded")
        return PolicyModel(model.train(), layout=layout, temperature=TEMPERATURE)


@pytest.fixture(scope="module", params=KINDS)
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(build_folder(request.param, tmp_path_factory.mktemp(request.param)))


def run_together(policy: PolicyModel, samples: list[Sample], reader: ImageReader) -> tuple[Tensor, dict[str, Tensor]]:
    """Log-probabilities and the gradient of the advantage-weighted sum, from one forward pass."""
    batch, labels = collate(samples, CPU, reader, share=policy.layout == "shared")
    log_probs, _ = policy(batch)
    (log_probs * labels.advantages * labels.mask).sum().backward()
    return log_probs.detach(), gradients_of(policy.model)


def run_apart(policy: PolicyModel, samples: list[Sample], reader: ImageReader) -> tuple[Tensor, dict[str, Tensor]]:
    """The same as transformers alone gives it, sample by sample, from pixels and whole logits."""
    found = []
    for sample in samples:
        log_probs = log_probs_of(policy.model, sample, reader)[torch.tensor(sample.loss_mask).bool()]
        (log_probs * sample.advantage).sum().backward()
        found.append(log_probs.detach())
    return torch.cat(found), gradients_of(policy.model)


def inputs_of(model: Any, sample: Sample, reader: ImageReader) -> dict[str, Any]:
    """Return what transformers asks for to read one sample."""
    ids = torch.tensor([[*sample.prompt_ids, *sample.token_ids]])
    inputs: dict[str, Any] = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
    if sample.images:
        read = [reader.read(image.reference) for image in sample.images]
        inputs = {**inputs, **own_inputs(model, sample, ids, read)}
    return inputs


def log_probs_of(model: Any, sample: Sample, reader: ImageReader) -> Tensor:
    """Log-probabilities of one sample from transformers' own forward pass; image tokens cannot be sampled."""
    inputs = inputs_of(model, sample, reader)
    ids = inputs["input_ids"]
    logits = model(**inputs, use_cache=False).logits[0].float() / TEMPERATURE
    logits[:, [model.config.image_token_id, model.config.video_token_id]] = -torch.inf
    start = len(sample.prompt_ids)
    return logits[start - 1 : -1].log_softmax(-1).gather(1, ids[0, start:, None])[:, 0]


def own_inputs(model: Any, sample: Sample, ids: Tensor, read: list[Pixels]) -> dict[str, Any]:
    """Return what transformers asks for: images and videos apart, types 1 and 2; videos of Qwen2.5-VL with positions.

    Behind those it counts otherwise than vLLM. A sample of GLM-4.1V with both it does not take: there the frames of the
    video are images, which they are in all but the name.
    """
    config = model.config
    kinds = [isinstance(image.reference, Video) for image in sample.images]
    if config.model_type == "glm4v" and len(set(kinds)) > 1:
        kinds = [False] * len(kinds)
    inputs: dict[str, Any] = {"mm_token_type_ids": torch.zeros_like(ids)}
    for image, is_video in zip(sample.images, kinds, strict=True):
        span = slice(image.start, image.start + image.num_tokens)
        is_place = (ids[:, span] == config.image_token_id) | (ids[:, span] == config.video_token_id)
        inputs["mm_token_type_ids"][:, span] = is_place * (2 if is_video else 1)
    for name, values, wanted in (("image", "pixel_values", False), ("video", "pixel_values_videos", True)):
        found = [pixels for pixels, is_video in zip(read, kinds, strict=True) if is_video == wanted]
        if found:
            inputs[values] = torch.cat([pixels.values for pixels in found])
            inputs[f"{name}_grid_thw"] = torch.cat([pixels.grids if not wanted else whole(pixels) for pixels in found])
    if config.model_type == "qwen2_5_vl" and any(kinds):
        inputs["position_ids"] = positions_of_vllm(ids, sample, read, config)[:, None]
    return inputs


def whole(pixels: Pixels) -> Tensor:
    """Return the grid [1, 3] of a video, whose steps may be grids of their own."""
    return torch.tensor([[int(pixels.grids[:, 0].sum()), *pixels.grids[0, 1:].tolist()]])


def positions_of_vllm(ids: Tensor, sample: Sample, read: list[Pixels], config: Any) -> Tensor:
    """Return positions [3, T] as vLLM 0.32 counts them for Qwen2.5-VL (get_mrope_input_positions there)."""
    found: list[Any] = []
    done = 0
    for image, pixels in zip(sample.images, read, strict=True):
        begin = int(found[-1].max()) + 1 if found else 0
        text = image.start - done
        found.append(np.broadcast_to(np.arange(text), (3, text)) + begin)
        steps, height, width = pixels.grids[0].tolist()
        grid = np.indices((steps, height // 2, width // 2))
        grid[0] = (grid[0] * (pixels.seconds * config.vision_config.tokens_per_second)).astype(np.int64)
        found.append(grid.reshape(3, -1) + text + begin)
        done = image.start + image.num_tokens
    rest = ids.shape[1] - done
    found.append(np.broadcast_to(np.arange(rest), (3, rest)) + (int(found[-1].max()) + 1))
    return torch.from_numpy(np.concatenate(found, axis=1))


def gradients_of(model: Any) -> dict[str, Tensor]:
    return {name: parameter.grad for name, parameter in model.named_parameters() if parameter.grad is not None}


def relative_gap(found: dict[str, Tensor], expected: dict[str, Tensor]) -> float:
    """Largest distance of a parameter's gradient from the expected one, as a share of the whole gradient's length."""
    assert set(found) == set(expected)
    length = torch.cat([tensor.flatten() for tensor in expected.values()]).norm()
    return max(float((found[name] - expected[name]).norm() / length) for name in expected)


@pytest.mark.parametrize("layout", ["shared", "packed", "padded"])
def test_one_pass_over_all_samples_equals_transformers_on_each(world: World, layout: str) -> None:
    expected, wanted = world.expected
    found, given = run_together(world.policy(layout), world.samples, world.reader)
    assert (found - expected).abs().max() < 1e-5
    assert any("visual" in name for name in wanted)
    assert relative_gap(given, wanted) < 1e-5


@pytest.mark.parametrize("layout", ["packed", "padded"])
def test_states_of_prompts_are_those_of_transformers_on_each(world: World, layout: str) -> None:
    policy, plain, samples = world.policy(layout), world.policy("padded").model, world.samples
    batch, _ = collate(samples, CPU, world.reader)
    places, owner = prompt_places(samples)
    with torch.no_grad():
        found, _ = policy(replace(batch, predictors=places), hidden=True)
        for number, sample in enumerate(samples):
            last = plain.base_model(**inputs_of(plain, sample, world.reader), use_cache=False)
            expected = last.last_hidden_state[0, : len(sample.prompt_ids)]
            torch.testing.assert_close(found[owner == number], expected, rtol=0, atol=1e-5)


def test_packed_gradients_equal_those_of_micro_steps_of_one_sample(world: World) -> None:
    policy = world.policy("packed")
    texts = [sample for sample in world.samples if not sample.images]
    seen = [sample for sample in world.samples if sample.images]
    for sample in seen:
        run_together(policy, [sample], world.reader)
    for sample in texts:
        run_together(policy, [sample, world.reader.ballast()], world.reader)
    one_by_one = {name: gradient.clone() for name, gradient in gradients_of(policy.model).items()}
    _, together = run_together(world.policy("packed"), world.samples, world.reader)
    assert relative_gap(together, one_by_one) < 1e-5


def test_gradient_checkpointing_changes_nothing(world: World) -> None:
    _, expected = run_together(world.policy("shared"), world.samples, world.reader)
    _, found = run_together(world.policy("shared", checkpointing=True), world.samples, world.reader)
    assert relative_gap(found, expected) < 1e-6


def test_the_tokens_of_an_image_stand_once_before_the_completions(world: World) -> None:
    apart, together = (collate(world.answers, CPU, world.reader, share=share)[0] for share in (False, True))
    assert apart.images is not None and together.images is not None
    assert int(apart.images.is_image.sum()) == 2 * int(together.images.is_image.sum()) > 0
    assert len(apart.images.order) == 2 * len(together.images.order)


def test_episodes_of_a_prompt_have_it_once_and_images_of_their_own(world: World) -> None:
    first, second, text = episodes(world.preprocessing, 6)
    assert [len(one.images) for one in (first, second, text)] == [4, 4, 2]
    batch, labels = collate([first, second], CPU, world.reader, share=True)
    assert batch.images is not None
    assert batch.images.counts == (2, 2, 2) and batch.continues == (None, 0, 0)
    assert len(batch.targets) == sum(first.loss_mask) + sum(second.loss_mask) == labels.mask.sum()
    # One of the second's images is the same as the first's.
    assert batch.images.order == (0, 1, 2, 3, 4, 2)
    assert world.reader.placeholder not in batch.targets.tolist()


@pytest.mark.parametrize("place", [0, 3])
def test_the_pixels_are_seen(world: World, place: int) -> None:
    shown = next(sample for sample in world.samples if len(sample.images) > place)
    seen = [with_image(shown, place, number) for number in (98, 99)]
    batch, _ = collate(seen, CPU, world.reader)
    with torch.no_grad():
        first, second = map(torch.tensor, split_by_sample(world.policy("packed")(batch)[0], seen))
    behind = shown.images[place].start - len(shown.prompt_ids)
    assert (first - second).abs().max() > 1e-3
    torch.testing.assert_close(first[: max(behind, 0)], second[: max(behind, 0)])


def with_image(sample: Sample, place: int, seed: int) -> Sample:
    """Show other pixels at a place, of the same size."""
    images = list(sample.images)
    images[place] = replace(images[place], reference=picture(56, 56, seed))
    return replace(sample, images=tuple(images))


@pytest.mark.parametrize("frozen", [("vision",), ("vision", "merger"), ("language",)])
def test_frozen_parts_get_no_gradient_and_the_others_the_same(world: World, frozen: tuple[str, ...]) -> None:
    _, whole = run_together(world.policy("packed"), world.samples, world.reader)
    policy = world.policy("packed")
    freeze_parts(policy.model, frozen)
    _, found = run_together(policy, world.samples, world.reader)
    expected = {name: gradient for name, gradient in whole.items() if part_of(name) not in frozen}
    assert {part_of(name) for name in whole} == {"vision", "merger", "language"}
    assert relative_gap(found, expected) < 1e-6


def test_a_part_that_is_not_there_is_refused_by_name(world: World) -> None:
    with pytest.raises(UserError, match="vison.*vision"):
        freeze_parts(world.policy("packed").model, ("vison",))
