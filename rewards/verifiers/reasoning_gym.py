"""The verifier `reasoning_gym`: what the scorer of a Reasoning Gym set says of an answer."""

from __future__ import annotations

from typing import Any

from rewards.registry import reward
from rlcs.reasoning_gym import scoring
from rlcs.reasoning_gym.library import CATEGORIES, domain_of
from rlcs.reasoning_gym.rows import NO_ANSWER


def check_item(
    gold: Any, *, dataset: str = "", level: int | None = None, settings: Any = None, metadata: Any = None
) -> str | None:
    """Return what is wrong with an item, or None. Raises UserError where the library or the set is missing."""
    if not dataset:
        return "no set is named; the verifier reasoning_gym judges tasks of reasoning_gym:// sources only"
    scoring.settings_fault(dataset, level, settings)
    return None if isinstance(gold, str) else f"the answer of an item is text, got {gold!r}"


def check_threshold(*, threshold: float = 1.0) -> str | None:
    """Return what is wrong with the threshold, or None."""
    return None if 0 < threshold <= 1 else f"threshold is {threshold}; it must be above 0 and at most 1"


def known_answer(gold: str) -> str | None:
    """Return the answer of an item, or None where no right one is known."""
    return None if gold == NO_ANSWER else gold


@reward(
    "reasoning_gym",
    domains=tuple(map(domain_of, CATEGORIES)),
    timeout_s=10.0,
    preload=("reasoning_gym",),
    check_gold=check_item,
    check_params=check_threshold,
    right_answer=known_answer,
)
def reasoning_gym(
    answer: str,
    gold: str,
    *,
    threshold: float = 1.0,
    dataset: str = "",
    level: int | None = None,
    settings: Any = None,
    metadata: Any = None,
    question: str = "",
) -> float:
    """A task of Reasoning Gym, by the scorer of its set; a score below `threshold` is 0.

    Many scorers give 0.01 to 0.2 for any text, so that only a full score counts unless told otherwise. dataset, level,
    settings and metadata come with each task of a reasoning_gym:// source.
    """
    text = answer.strip()
    score = scoring.score(text, gold, question, dataset, level, settings, metadata)
    return scoring.thresholded(score, threshold)
