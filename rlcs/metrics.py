"""Numbers of one step, from its records. Every key is explained in docs/metrics.md."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rlcs.records import Batch, Completion, Group

Metrics = dict[str, float]


class Clock:
    """Seconds per phase of a step: `with clock("rollout"): …` gives time/rollout_s."""

    def __init__(self) -> None:
        self._started = time.perf_counter()
        self._seconds: dict[str, float] = defaultdict(float)

    @contextmanager
    def __call__(self, phase: str) -> Iterator[None]:
        """Add the time spent inside to `phase`."""
        started = time.perf_counter()
        try:
            yield
        finally:
            self._seconds[phase] += time.perf_counter() - started

    def seconds(self, phase: str) -> float:
        """Return the seconds spent in a phase so far."""
        return self._seconds[phase]

    def metrics(self) -> Metrics:
        """Return time/<phase>_s of all phases and time/step_s since this clock was made."""
        phases = {f"time/{phase}_s": seconds for phase, seconds in self._seconds.items()}
        return {**phases, "time/step_s": time.perf_counter() - self._started}


def mean(values: Sequence[float]) -> float:
    """Return the mean; of nothing, nan."""
    return sum(values) / len(values) if values else float("nan")


def rollout_metrics(groups: Sequence[Group], *, seconds: float) -> Metrics:
    """Describe what was generated: counts, lengths, forced and truncated shares, tokens per second."""
    completions = [completion for group in groups for completion in group.completions]
    num_tokens = sum(completion.num_tokens for completion in completions)
    return {
        "rollout/num_generated": float(len(completions)),
        "rollout/num_tasks": float(len(groups)),
        "rollout/num_tokens": float(num_tokens),
        "rollout/mean_tokens": num_tokens / max(len(completions), 1),
        "rollout/forced_share": mean([float(completion.forced) for completion in completions]),
        "rollout/truncated_share": mean([float(is_truncated(completion)) for completion in completions]),
        "rollout/tokens_per_s": num_tokens / max(seconds, 1e-9),
    }


def staleness_metrics(batch: Batch) -> Metrics:
    """Return how many updates the weights that sampled a batch are behind those that it changes: mean and most."""
    found = [float(batch.staleness(one)) for group in batch.groups for one in group.completions]
    return {"policy/staleness_mean": mean(found), "policy/staleness_max": max(found, default=0.0)}


def is_truncated(completion: Completion) -> bool:
    """Tell whether a budget, not the model, ended the completion."""
    return completion.finish_reason == "length"


def reward_metrics(groups: Sequence[Group]) -> Metrics:
    """Return the mean score of judged completions: overall, per domain, per source, and each component."""
    scores: dict[str, list[float]] = defaultdict(list)
    for group in groups:
        keys = ("reward/mean", f"reward/{group.task.domain}/mean", f"reward/{group.task.source}/mean")
        for verdict in group.verdicts:
            if verdict.score is None:
                continue
            for key in keys:
                scores[key].append(verdict.score)
            for component, value in verdict.components.items():
                scores[f"reward/component/{component}"].append(value)
    return {key: mean(values) for key, values in scores.items()} or {"reward/mean": float("nan")}
