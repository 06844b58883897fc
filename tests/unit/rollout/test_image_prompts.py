"""Prompts with images as the engine takes them."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from rlcs.config.schema import ImagesConfig
from rlcs.errors import RunStopped
from rlcs.records import PromptImage
from rollout.requests import check_expansion, collapse, with_images


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
    prompt = with_images((8, 8, 5, 8, 8, 7), images, ImagesConfig(max_pixels=100))
    assert prompt["prompt_token_ids"] == [8, 5, 8, 7]
    assert [image.size for image in prompt["multi_modal_data"]["image"]] == [(17, 5), (20, 5)]
    assert with_images((1, 2), [], ImagesConfig()) == {"prompt_token_ids": [1, 2]}


def test_other_tokens_in_the_engine_stop_the_run() -> None:
    check_expansion([1, 2], (1, 2), task_id="s:1")
    with pytest.raises(RunStopped, match=r"images of task s:1 take other tokens in the engine \(3 tokens.*learner \(2"):
        check_expansion([1, 2, 2], (1, 2), task_id="s:1")
