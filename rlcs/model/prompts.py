"""Which samples of a micro-step are computed with one prompt for all of them. Pure arithmetic on lengths.

Completions of a task have the same prompt. In a packed row it can stand once, each completion looking at it and at
itself: causal attention gives every token what it would get in a sample of its own. Of n completions of T tokens behind
a prompt of P tokens, P + n T tokens are then computed in the place of n (P + T).
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from rlcs.records import PromptImage, Sample

WORTH = 0.1
"""A prompt of less than this share of a sample is not shared: attention behind one is a little slower."""


def by_prompt(samples: Sequence[Sample]) -> list[list[int]]:
    """Return the numbers of samples that have the same prompt, a list for each, in the order they first appear in.

    Prompts are the same where their tokens and images are, whatever is shown behind them. A sample whose prompt is not
    worth sharing stands alone.
    """
    found: dict[Hashable, list[int]] = {}
    for number, sample in enumerate(samples):
        is_worth = len(sample.prompt_ids) >= WORTH * sample.num_tokens
        found.setdefault((sample.prompt_ids, images_of_prompt(sample)) if is_worth else number, []).append(number)
    return list(found.values())


def images_of_prompt(sample: Sample) -> tuple[PromptImage, ...]:
    """Return the images that stand in a sample's prompt."""
    return tuple(image for image in sample.images if image.start < len(sample.prompt_ids))


def images_behind(sample: Sample) -> tuple[PromptImage, ...]:
    """Return the images that stand among the tokens after a sample's prompt."""
    return sample.images[len(images_of_prompt(sample)) :]


def computed_tokens(samples: Sequence[Sample]) -> int:
    """Return the tokens that are computed when these samples share prompts in one micro-step."""
    saved = sum((len(numbers) - 1) * len(samples[numbers[0]].prompt_ids) for numbers in by_prompt(samples))
    return sum(sample.num_tokens for sample in samples) - saved
