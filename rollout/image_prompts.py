"""Prompts with images as vLLM takes them: one placeholder token an image, which its processor expands by itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rlcs.config.schema import ImagesConfig
from rlcs.errors import RunStopped
from rlcs.images import load_image
from rlcs.records import PromptImage


def with_images(token_ids: Sequence[int], images: Sequence[PromptImage], settings: ImagesConfig) -> Any:
    """Return tokens (those of images expanded) and their images as vLLM's TokensPrompt."""
    if not images:
        return {"prompt_token_ids": list(token_ids)}
    pictures = [load_image(image.reference, settings) for image in images]
    return {"prompt_token_ids": collapse(token_ids, images), "multi_modal_data": {"image": pictures}}


def collapse(token_ids: Sequence[int], images: Sequence[PromptImage]) -> list[int]:
    """Return tokens with one placeholder an image. Example: (5, 8, 8, 8, 6), image at 1 of 3 tokens -> [5, 8, 6]."""
    kept: list[int] = []
    start = 0
    for image in images:
        kept += token_ids[start : image.start + 1]
        start = image.start + image.num_tokens
    return kept + list(token_ids[start:])


def check_expansion(made: Sequence[int], expected: Sequence[int], *, task_id: str) -> None:
    """Stop the run when engine and learner would read different tokens for the images of a task."""
    if tuple(made) != tuple(expected):
        raise RunStopped(
            f"the images of task {task_id} take other tokens in the engine ({len(made)} tokens in the prompt) than in "
            f"the learner ({len(expected)}): the model's processor and vLLM's copy of it differ; check that the folder "
            "of model.path has the preprocessor_config.json that belongs to it"
        )
