"""What is asked of an engine: for each task a prompt, its images and a seed, and for all of them how to sample."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rlcs.config.schema import ImagesConfig, VideoConfig
from rlcs.errors import RunStopped
from rlcs.images import load_image
from rlcs.records import PromptImage, Task, Video
from rlcs.videos import load_frames
from rollout.episodes.rules import EpisodeRules


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
    episode: EpisodeRules | None = None
    """How its episodes are played, and their prompt comes from the environment; None: one answer to its prompt."""
    expected_tokens: float = 0.0
    """Length that its completions will have, as far as that is known: engines are dealt about as much each."""
    num_completions: int = 0
    """Of its group; 0: as many as `Sampling` says."""


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


def pass_seed(request: RolloutRequest, number: int, passes: int) -> int:
    """Return the seed of a completion's next pass through the engine, below 2**31; passes: so many lie behind it."""
    text = f"{request.seed}/{number}/{passes}"
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest(), "big") >> 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Showing:
    """How an engine is shown images and videos."""

    images: ImagesConfig
    video: VideoConfig
    video_token: int | None = None
    """The model's placeholder for a video; None where it has none."""


def with_images(token_ids: Sequence[int], images: Sequence[PromptImage], showing: Showing) -> Any:
    """Return tokens (those of images and videos expanded) and what they show as vLLM's TokensPrompt."""
    if not images:
        return {"prompt_token_ids": list(token_ids)}
    shown: dict[str, list[Any]] = {}
    for image in images:
        if isinstance(image.reference, Video):
            shown.setdefault("video", []).append(_frames(image.reference, showing.video))
        else:
            shown.setdefault("image", []).append(load_image(image.reference, showing.images))
    return {"prompt_token_ids": collapse(token_ids, images, showing.video_token), "multi_modal_data": shown}


def _frames(video: Video, settings: VideoConfig) -> tuple[Any, dict[str, Any]]:
    """Return frames, and what vLLM must be told of them to leave them as they are and to write their times."""
    frames, clip = load_frames(video, settings)
    return frames, {**clip.metadata(), "video_backend": "opencv", "do_sample_frames": False}


def collapse(token_ids: Sequence[int], images: Sequence[PromptImage], video_token: int | None = None) -> list[int]:
    """Return tokens with one placeholder an image. Example: (5, 8, 8, 8, 6), image at 1 of 3 tokens -> [5, 8, 6]."""
    kept: list[int] = []
    start = 0
    for image in images:
        kept += token_ids[start : image.start]
        if isinstance(image.reference, Video):
            assert video_token is not None, "a model without videos was given one"
            kept.append(video_token)
        else:
            kept.append(token_ids[image.start])
        start = image.start + image.num_tokens
    return kept + list(token_ids[start:])


def with_more_images(prompt: dict[str, Any], message: dict[str, Any], *, at: int) -> dict[str, Any]:
    """Return a prompt as vLLM takes it with the processed images of a message that stands in it from `at` on.

    Only the message was processed: a conversation of many screenshots costs what is new in it.
    """
    kinds = message["mm_placeholders"]
    of = {name: prompt.get(name) or {} for name in ("mm_kwargs", "mm_hashes", "mm_placeholders")}
    places = {kind: [replace(place, offset=place.offset + at) for place in kinds[kind]] for kind in kinds}
    return {
        **{name: value for name, value in message.items() if name not in of},
        **prompt,
        "type": message["type"],
        "mm_kwargs": type(message["mm_kwargs"])(_joined(of["mm_kwargs"], message["mm_kwargs"])),
        "mm_hashes": _joined(of["mm_hashes"], message["mm_hashes"]),
        "mm_placeholders": _joined(of["mm_placeholders"], places),
    }


def _joined(before: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, list[Any]]:
    return {kind: [*before.get(kind, []), *more.get(kind, [])] for kind in {**before, **more}}


def check_expansion(made: Sequence[int], expected: Sequence[int], *, task_id: str) -> None:
    """Stop the run when engine and learner would read different tokens for the images of a task."""
    if tuple(made) != tuple(expected):
        raise RunStopped(
            f"images or videos of task {task_id} take other tokens in the engine ({len(made)} tokens in the prompt) "
            f"than in the learner ({len(expected)}): the model's processor and vLLM's copy of it differ; check that "
            "the folder of model.path has the preprocessor_config.json that belongs to it"
        )
