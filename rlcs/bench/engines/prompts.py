"""The prompt of a group once, against once for each completion: the second table of `rlcs bench packing`.

Both sides read the same samples, in micro-steps planned as a run plans them (rlcs.learner.prompt_packing). Speed is
that of the samples: their tokens, all prompts counted, divided by the seconds. What the saved tokens promise is the
tokens of the samples divided by those that are computed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

import numpy as np

from rlcs.bench.report import Comparison, in_turn
from rlcs.learner.prompt_packing import plan_samples
from rlcs.process.console import say
from rlcs.records import Sample

AIM = 0.8
"""Share of what the saved tokens promise that is to be reached."""
SAMPLE_TOKENS = 250
"""Prompt and answer together, on average."""
SHARES = {"1:4": 0.2, "1:1": 0.5, "4:1": 0.8, "8:1": 8 / 9}
"""Prompt to answer, and the prompt's share of a sample."""
GROUP_SIZES = (8, 16)
TOKENS = 16384
"""About so many in the samples of a comparison."""
SPREAD = 0.5
"""Standard deviation of the logarithm of an answer's length."""

Measure = Callable[[list[list[Sample]], bool], float]
"""From micro-steps, and whether prompts are shared, to seconds."""


def made_up_groups(tokens: int = TOKENS) -> dict[str, list[Sample]]:
    """Return groups with answers of drawn lengths, for every share of the prompt and size of group."""
    return {
        f"groups of {size}, {name}": _groups(size, share, tokens)
        for size in GROUP_SIZES
        for name, share in SHARES.items()
    }


def _groups(size: int, share: float, tokens: int) -> list[Sample]:
    """Return groups of `size` whose prompts are that share of a sample."""
    prompt = round(share * SAMPLE_TOKENS)
    count = max(round(tokens / SAMPLE_TOKENS / size), 1)
    return drawn_groups(prompt, SAMPLE_TOKENS - prompt, size=size, count=count)


def drawn_groups(prompt: int, answer: int, *, size: int, count: int) -> list[Sample]:
    """Return groups of `size` whose prompts are of one length; their tokens differ from group to group.

    Answers are of drawn lengths, `answer` tokens on average: the same ones at every call.
    """
    draw = np.random.default_rng(0)
    lengths = np.clip(answer * draw.lognormal(-(SPREAD**2) / 2, SPREAD, size=(count, size)), 1, 4 * answer).astype(int)
    prompts = draw.integers(10, 60, size=(count, prompt)).tolist()
    return [sample_of(tuple(ids), length) for ids, row in zip(prompts, lengths.tolist(), strict=True) for length in row]


def sample_of(prompt_ids: tuple[int, ...], num_tokens: int) -> Sample:
    """Return a sample with a completion of that many tokens."""
    return Sample(
        prompt_ids=prompt_ids,
        token_ids=tuple(10 + place % 50 for place in range(num_tokens)),
        loss_mask=(1,) * num_tokens,
        logprobs=(0.0,) * num_tokens,
        advantage=1.0,
    )


def compare_sharing(
    groups: dict[str, list[Sample]], *, pack_tokens: int, repeats: int, measure: Measure
) -> list[Comparison]:
    """Measure every kind of groups with shared prompts (ours) and without (bare), in turn, after a warm-up of each."""
    found = []
    for name, samples in groups.items():
        plans = {
            side: plan_samples(samples, num_ranks=1, pack_tokens=pack_tokens, share=side == "ours")
            for side in ("ours", "bare")
        }
        steps = {side: plan.deal(samples)[0] for side, plan in plans.items()}
        speeds = defaultdict(list)
        for number in range(repeats):
            for side in in_turn(number):
                if number == 0:
                    measure(steps[side][-1:], side == "ours")
                speeds[side].append(num_tokens(samples) / measure(steps[side], side == "ours"))
        promised = 1 / (1 - plans["ours"].shared_tokens)
        aim = max(AIM * promised, 1.0)
        what = f"{name}: promised {promised:.2f}"
        found.append(Comparison(what=what, unit="tokens/s", ours=speeds["ours"], bare=speeds["bare"], aim=aim))
        say(f"{what}, measured {found[-1].ratio:.2f}")
    return found


def num_tokens(samples: Sequence[Sample]) -> int:
    """Return the tokens of samples, every prompt counted."""
    return sum(sample.num_tokens for sample in samples)
