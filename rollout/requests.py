"""What is asked of an engine: for each task a prompt and a seed, and for all of them how to sample."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

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
