"""What is asked of an engine: for each task a prompt, its images and a seed, and for all of them how to sample."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rlcs.config.schema import ImagesConfig
from rlcs.errors import RunStopped
from rlcs.images import load_image
from rlcs.records import PromptImage, Task


@dataclass(frozen=True, kw_only=True, slots=True)
class RolloutRequest:
    """A task whose group of completions is to be sampled."""

    task: Task
    prompt_ids: tuple[int, ...]
    """[P] prompt tokens, chat template applied, those of images included."""
    seed: int
    """Non-negative; equal in every repetition of the run."""
    images: tuple[PromptImage, ...] = ()
    """[K] images of the prompt, in its order."""
    expected_tokens: float = 0.0
    """Length that its completions will have, as far as that is known: engines are dealt about as much each."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sampling:
    """How completions are sampled. Top-p is 1 and top-k off, always: what is sampled is what is trained."""

    num_completions: int
    """Completions per task (n of a group)."""
    temperature: float
    """0 is greedy."""


def combined_seed(requests: Sequence[RolloutRequest]) -> int:
    """Return the seed of one generate call, below 2**32: a hash of the seeds of its requests, in order."""
    text = ",".join(str(request.seed) for request in requests)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest(), "big")


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
