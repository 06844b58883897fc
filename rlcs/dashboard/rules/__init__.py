"""What an alarm is, and how rules find the step at which something began.

learning.py  reward hacking, drift, collapse
progress.py  waste, deaths, silence, files that cannot be read
verdicts.py  timeouts, unjudged, no answer, one score for all
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rlcs.dashboard.data.curves import Curves, Floats, Steps, smoothed

WINDOW = 10
"""Steps that a share is the mean of before it counts: one bad step is no alarm."""
MIN_STEPS = 3


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """Something that a person should look at, in words, and where to look."""

    severity: str
    """"bad", "warn" or "info"."""
    kind: str
    """A slug: timeout, reward_hacking, …; docs/dashboard.md explains each."""
    text: str
    since: int | None = None
    """First step of it, where there is one."""
    page: str = "overview"
    figure: str = ""
    """Name of the figure that shows it; "" when none does."""
    domain: str = ""
    source: str = ""
    status: str = ""
    """With domain, source, step and forced: the filter of the rollouts that show it."""
    step: int | None = None
    forced: bool = False


def high_since(values: Floats, limit: float) -> int | None:
    """Return the place from which on values are high: their mean over WINDOW steps is at least `limit` up to the end.

    None when it is not, or when there are too few values. Of the first window the first high value counts.
    """
    if np.isfinite(values).sum() < MIN_STEPS:
        return None
    start = last_stretch(smoothed(values, WINDOW) >= limit)
    if start is None:
        return None
    window = np.arange(max(start - WINDOW + 1, 0), start + 1)
    return int(window[np.nan_to_num(values[window]) >= limit][0]) if (values[window] >= limit).any() else start


def last_stretch(mask: NDArray[np.bool_]) -> int | None:
    """Return where the unbroken stretch of True at the end begins; None when the end is False."""
    if not len(mask) or not mask[-1]:
        return None
    broken = np.flatnonzero(~mask)
    return int(broken[-1]) + 1 if len(broken) else 0


def known(curves: Curves, key: str) -> tuple[Steps, Floats]:
    """Return the steps that have a key, and its values there."""
    values = curves.get(key)
    place = np.isfinite(values)
    return curves.steps[place], values[place]
