"""Alarms about learning: reward hacking, learner and engine drifting apart, entropy collapse."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from rlcs.dashboard.data.curves import Curves, Floats, Steps, smoothed
from rlcs.dashboard.rules import WINDOW, Alarm, known, last_stretch

MIN_EVALUATIONS = 3
FALL = 0.02
"""Held-out must have fallen by this much at least,"""
FALL_ERRORS = 3.0
"""and by this many standard errors; train reward must have risen by RISE."""
RISE = 0.02
EARLY_STEPS = 20
GROWTH = 5.0
SMALL_KL = 1e-3
LARGE_KL = 0.1
COLLAPSE = 0.2
"""Entropy below this share of what it was at the start has collapsed."""


def hacking_alarms(curves: Curves) -> Iterator[Alarm]:
    """Yield the domains whose train reward rises while held-out accuracy falls."""
    for domain in curves.names("eval/domain/", "/pass@1"):
        steps, passed = known(curves, f"eval/domain/{domain}/pass@1")
        if len(passed) < MIN_EVALUATIONS:
            continue
        # Means of two neighbours: the best of many evaluations alone would be luck.
        pairs = (passed[1:] + passed[:-1]) / 2.0
        peak = int(np.argmax(pairs))
        fall = float(pairs[peak] - pairs[-1])
        num_tasks = curves.last(f"eval/domain/{domain}/num_tasks")
        error = np.sqrt(max(pairs[-1] * (1.0 - pairs[-1]), 0.01) / max(np.nan_to_num(num_tasks), 1.0))
        since = int(steps[peak + 1])
        rise = _rise(curves, f"reward/{domain}/mean", since)
        if fall > max(FALL, FALL_ERRORS * error) and rise > RISE:
            yield Alarm(
                severity="bad", kind="reward_hacking", since=since, figure="held_out", domain=domain,
                text=f"{domain}: train reward rises (+{rise:.2f}) while held-out falls (-{fall:.2f}) since step "
                f"{since:,}: possible reward hacking", page="rollouts", status="correct", step=int(curves.steps[-1]),
            )  # fmt: skip


def _rise(curves: Curves, key: str, since: int) -> float:
    """Return by how much the mean over WINDOW steps has risen since a step; nan when that is not known."""
    steps, values = known(curves, key)
    place = int(np.searchsorted(steps, since, side="right")) - 1
    if place < 0 or not len(values):
        return float("nan")
    mean = smoothed(values, WINDOW)
    return float(mean[-1] - mean[place])


def mismatch_alarms(curves: Curves) -> Iterator[Alarm]:
    """Yield that learner and engine disagree more and more about the same tokens."""
    steps, values = known(curves, "policy/mismatch_kl")
    early, late = _early_and_late(values)
    limit = max(GROWTH * early, SMALL_KL) if np.isfinite(early) else LARGE_KL
    if not len(values) or not late > min(limit, LARGE_KL):
        return
    since = _since(steps, smoothed(values, WINDOW) > min(limit, LARGE_KL))
    before = f", {early:.1e} at the start" if np.isfinite(early) else ""
    yield Alarm(
        severity="bad" if late > LARGE_KL else "warn", kind="mismatch", since=since, figure="mismatch",
        text=f"learner and engine drift apart: KL {late:.1e}{before}; training learns from wrong probabilities",
    )  # fmt: skip


def entropy_alarms(curves: Curves) -> Iterator[Alarm]:
    """Yield that the policy has become nearly deterministic."""
    steps, values = known(curves, "policy/entropy")
    early, late = _early_and_late(values)
    if not (np.isfinite(early) and early > 0 and late < COLLAPSE * early):
        return
    since = _since(steps, smoothed(values, WINDOW) < COLLAPSE * early)
    yield Alarm(
        severity="warn", kind="entropy", since=since, figure="entropy",
        text=f"entropy collapsed to {late:.2g} nats per token from {early:.2g} at the start: "
        "completions of a group become the same",
    )  # fmt: skip


def _early_and_late(values: Floats) -> tuple[float, float]:
    """Return the medians of the first EARLY_STEPS and the last WINDOW values; nan for the first when they overlap."""
    if not len(values):
        return float("nan"), float("nan")
    early = float(np.median(values[:EARLY_STEPS])) if len(values) >= EARLY_STEPS + WINDOW else float("nan")
    return early, float(np.median(values[-WINDOW:]))


def _since(steps: Steps, mask: NDArray[np.bool_]) -> int | None:
    start = last_stretch(mask)
    return None if start is None else int(steps[start])
