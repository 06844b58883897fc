"""The seed of a generate call, and prompts with images as the engine takes them."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from rlcs.config.schema import ImagesConfig, VideoConfig
from rlcs.errors import RunStopped
from rlcs.records import PromptImage, Task
from rollout.requests import RolloutRequest, Showing, check_expansion, collapse, combined_seed, with_images


def requests(*seeds: int) -> list[RolloutRequest]:
    task = Task(id="made:0", source="made", domain="logic", prompt="?", answer="7")
    return [RolloutRequest(task=task, prompt_ids=(2,), seed=seed) for seed in seeds]


def test_the_same_requests_have_the_same_seed_in_every_process():
    # blake2b with 4 bytes of digest over b"1,2", computed with b2sum -l 32
    assert combined_seed(requests(1, 2)) == 0x29155335


def test_other_seeds_or_another_order_give_another_seed():
    assert len({combined_seed(requests(*seeds)) for seeds in [(1, 2), (2, 1), (1, 3), (1,), (12,)]}) == 5


def picture(width: int) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, 10)).save(file, "PNG")
    return file.getvalue()


def test_each_image_keeps_one_of_its_tokens() -> None:
    images = [PromptImage(reference="a", start=1, num_tokens=3), PromptImage(reference="b", start=4, num_tokens=1)]
    assert collapse((5, 8, 8, 8, 8, 6), images) == [5, 8, 8, 6]
    assert collapse((5, 6), []) == [5, 6]


def test_pictures_stand_beside_the_tokens_in_their_order() -> None:
    images = [PromptImage(reference=picture(size), start=at, num_tokens=2) for size, at in ((30, 0), (40, 3))]
    prompt = with_images((8, 8, 5, 8, 8, 7), images, Showing(images=ImagesConfig(max_pixels=100), video=VideoConfig()))
    assert prompt["prompt_token_ids"] == [8, 5, 8, 7]
    assert [image.size for image in prompt["multi_modal_data"]["image"]] == [(17, 5), (20, 5)]
    assert with_images((1, 2), [], Showing(images=ImagesConfig(), video=VideoConfig())) == {"prompt_token_ids": [1, 2]}


def test_other_tokens_in_the_engine_stop_the_run() -> None:
    check_expansion([1, 2], (1, 2), task_id="s:1")
    with pytest.raises(
        RunStopped, match=r"images or videos of task s:1 take other tokens in the engine \(3 tokens.*learner \(2"
    ):
        check_expansion([1, 2, 2], (1, 2), task_id="s:1")
