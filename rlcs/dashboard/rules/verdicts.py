"""Alarms about verdicts and completions: what times out, cannot be judged, has no answer, or always scores the same."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from rlcs.dashboard.data.curves import Curves
from rlcs.dashboard.data.domains import KINDS
from rlcs.dashboard.data.run import Run
from rlcs.dashboard.rules import Alarm, high_since, known, last_stretch

LIMITS = {
    "timeout": (0.05, 0.2),
    "unjudged": (0.02, 0.1),
    "no_answer": (0.3, 0.6),
    "format_error": (0.3, 0.6),
}
"""Share of a source's verdicts from which on it is a warning, and from which on it is bad."""
LENGTH_LIMITS = {"forced": (0.5, 0.8), "truncated": (0.3, 0.6)}
LENGTH_WORDS = {
    "forced": "of answers are forced: thinking runs out of its budget (rollout.max_think_tokens)",
    "truncated": "of completions are cut off by a budget (rollout.max_answer_tokens)",
}
CONSTANT_STEPS = 10


def verdict_alarms(run: Run, curves: Curves) -> Iterator[Alarm]:
    """Yield what goes wrong with the verdicts of each source."""
    for source in curves.names("reward/", "/unjudged_share"):
        for kind in LIMITS:
            yield from _share_alarm(run, curves, source, kind)
        yield from _constant_alarm(run, curves, source)


def length_alarms(run: Run, curves: Curves) -> Iterator[Alarm]:
    """Yield what goes wrong with the lengths of completions."""
    for kind, (warn, bad) in LENGTH_LIMITS.items():
        steps, values = known(curves, f"rollout/{kind}_share")
        start = high_since(values, warn)
        if start is not None:
            share, since = float(values[start:].mean()), int(steps[start])
            yield Alarm(
                severity="bad" if share >= bad else "warn", kind=kind, since=since, figure="lengths",
                text=f"{percent(share)} {LENGTH_WORDS[kind]}, since step {since:,}", forced=kind == "forced",
                step=int(steps[-1]),
            )  # fmt: skip


def _share_alarm(run: Run, curves: Curves, source: str, kind: str) -> Iterator[Alarm]:
    warn, bad = LIMITS[kind]
    steps, values = known(curves, f"reward/{source}/{kind}_share")
    start = high_since(values, warn)
    if start is None:
        return
    share, since = float(values[start:].mean()), int(steps[start])
    what = "verdicts" if kind in ("timeout", "unjudged") else "answers"
    yield Alarm(
        severity="bad" if share >= bad else "warn", kind=kind, since=since, page="rollouts", figure="verdicts",
        text=f"{source}: {percent(share)} of {what} {KINDS[kind]} since step {since:,}",
        domain=run.domain_of(source), source=source, status=kind, step=int(steps[np.flatnonzero(values > 0)[-1]]),
    )  # fmt: skip


def _constant_alarm(run: Run, curves: Curves, source: str) -> Iterator[Alarm]:
    steps, values = known(curves, f"reward/{source}/mean")
    for score, severity, words in (
        (0.0, "bad", "0: is it too hard, or does its verifier never pay?"),
        (1.0, "warn", "1: nothing is left to learn, or its verifier pays for anything"),
    ):
        start = last_stretch(np.abs(values - score) < 1e-6)
        if start is not None and len(values) - start >= CONSTANT_STEPS:
            since = int(steps[start])
            yield Alarm(
                severity=severity, kind="constant_reward", since=since, page="rollouts", figure="reward",
                text=f"{source}: since step {since:,} every reward is {words}",
                domain=run.domain_of(source), source=source, step=int(steps[-1]),
            )  # fmt: skip


def percent(share: float) -> str:
    """Return a share in whole percent, or with a digit where it is small: 0.124 is "12 %", 0.004 "0.4 %"."""
    return f"{share * 100:.1f} %" if share < 0.0095 else f"{share * 100:.0f} %"
