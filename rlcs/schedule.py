"""The learning rate of each update. Pure."""

from __future__ import annotations

import math

from rlcs.errors import unknown_name

SCHEDULES = ("constant", "linear", "cosine")


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
