"""What engines sampled, as the learner gets it. Shared by the tests of engines."""

from __future__ import annotations

from collections.abc import Sequence

from rlcs.records import Group, Sample


def as_samples(groups: Sequence[Group]) -> list[Sample]:
    """Return the completions of all groups, in order."""
    return [
        Sample(
            prompt_ids=group.prompt_ids,
            token_ids=completion.token_ids,
            loss_mask=completion.loss_mask,
            logprobs=completion.logprobs,
            advantage=0.0,
            images=group.images,
        )
        for group in groups
        for completion in group.completions
    ]
