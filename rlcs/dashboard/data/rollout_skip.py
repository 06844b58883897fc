"""Steps that cannot hold what a search is about: their metrics say that they have no such verdict at all.

A search for timeouts over 100,000 steps so opens only the files that have one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rlcs.dashboard.data.curves import Curves, Steps
from rlcs.dashboard.data.run import Run
from rlcs.records import UNJUDGED, Status

SHARES = {
    str(Status.TIMEOUT): "timeout_share",
    str(Status.WORKER_DIED): "timeout_share",
    str(Status.NO_ANSWER): "no_answer_share",
    str(Status.FORMAT_ERROR): "format_error_share",
    str(Status.CORRECT): "correct_share",
    "unjudged": "unjudged_share",
    **{str(status): "unjudged_share" for status in UNJUDGED},
}
"""The metric reward/<source>/… that counts a status."""


def steps_that_may(
    run: Run, steps: Steps, *, source: str, domain: str, status: str, forced: bool | None
) -> NDArray[np.bool_]:
    """Return [number of steps] False where the metrics of a step rule out that it has such completions."""
    curves = run.curves()
    may = np.ones(len(steps), dtype=bool)
    if status in SHARES:
        told = set(curves.names("reward/", "/" + SHARES[status]))
        wanted = {name for name in told if source in ("", name) and domain in ("", run.domain_of(name))}
        # A source that the metrics do not know may have anything.
        if source in told or not source:
            may &= _may_be_above_zero(curves, steps, [f"reward/{name}/{SHARES[status]}" for name in wanted])
    if forced:
        may &= _may_be_above_zero(curves, steps, ["rollout/forced_share"])
    return may


def _may_be_above_zero(curves: Curves, steps: Steps, keys: list[str]) -> NDArray[np.bool_]:
    """Return True where a key is above zero, or where the metrics of a step have none of the keys."""
    values = np.stack([curves.get(key) for key in keys]) if keys else np.zeros((0, len(curves)))
    ruled_out = np.isfinite(values).any(axis=0) & ~(values > 0).any(axis=0)
    return ~np.isin(steps, curves.steps[ruled_out])
