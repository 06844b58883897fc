"""The learning rate of each update, and which items it trains on: shuffled epochs. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from rlcs.errors import unknown_name

SCHEDULES = ("constant", "linear", "cosine")
SHORT_BATCH_RULES = ("sqrt", "constant")


def learning_rate(update: int, *, peak: float, warmup: int, total: int, schedule: str) -> float:
    """Return the learning rate of update 0, 1, …, total - 1.

    It rises over `warmup` updates (the first gets peak / warmup), then stays, or falls to 0 at update `total`.
    """
    if schedule not in SCHEDULES:
        raise unknown_name("learning rate schedule", schedule, SCHEDULES)
    if update < warmup:
        return peak * (update + 1) / warmup
    progress = min((update - warmup) / max(total - warmup, 1), 1.0)
    if schedule == "linear":
        return peak * (1.0 - progress)
    if schedule == "cosine":
        return peak * (1.0 + math.cos(math.pi * progress)) / 2.0
    return peak


def short_batch_scale(share: float, *, rule: str) -> float:
    """Return what the learning rate is multiplied by when only `share` of the wanted batch, in (0, 1], is trained on.

    AdamW's step is as long on few samples as on many, but noisier: its noise stays the same when the rate follows the
    square root of the batch (Malladi et al., arXiv 2205.10287), which is the rule `sqrt`.
    """
    if rule not in SHORT_BATCH_RULES:
        raise unknown_name("learner.short_batch", rule, SHORT_BATCH_RULES)
    return math.sqrt(share) if rule == "sqrt" else 1.0


def batches(num_samples: int, batch_size: int, num_batches: int, seed: int) -> Iterator[list[int]]:
    """Yield `num_batches` lists of sample numbers: shuffled epochs laid end to end, every sample once an epoch."""
    generator = np.random.default_rng(seed)
    waiting_numbers: list[int] = []
    for _ in range(num_batches):
        while len(waiting_numbers) < batch_size:
            waiting_numbers += generator.permutation(num_samples).tolist()
        yield waiting_numbers[:batch_size]
        waiting_numbers = waiting_numbers[batch_size:]
