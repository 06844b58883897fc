"""Numbers of one step, from its records. Every key is explained in docs/metrics.md."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rlcs.records import Batch, Completion, Group, Status

Metrics = dict[str, float]
UNREADABLE = "unreadable"
"""What a turn counts whose action could not be read."""


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
        **episode_metrics(completions),
    }


def episode_metrics(completions: Sequence[Completion]) -> Metrics:
    """Return how episodes went, each counting once: turns, faults, budgets, what environments took; {} without any."""
    episodes = [(one, one.outcome) for one in completions if one.outcome is not None]
    turns = [turn for one, _ in episodes for turn in one.turns]
    if not episodes:
        return {}
    counted = Counter(word for turn in turns for word in set(turn.counted))
    return {
        "env/num_episodes": float(len(episodes)),
        "env/turns_mean": len(turns) / len(episodes),
        "env/turns_max": float(max(len(one.turns) for one, _ in episodes)),
        "env/parts_mean": mean([1.0 + len(one.later) for one, _ in episodes]),
        "env/fault_share": mean([float(outcome.status is Status.ENV_FAULT) for _, outcome in episodes]),
        "env/over_limit_share": mean([float(outcome.status is Status.OVER_LIMIT) for _, outcome in episodes]),
        "env/replays": float(sum(turn.replays for turn in turns)),
        "env/seconds": sum(turn.seconds for turn in turns) / max(len(turns), 1),
        **{f"env/{word}_share": counted[word] / len(turns) for word in sorted({UNREADABLE, *counted}) if turns},
    }


def staleness_metrics(batch: Batch) -> Metrics:
    """Return how many updates the weights that sampled a batch are behind those that it changes: mean and most."""
    found = [float(batch.staleness(one)) for group in batch.groups for one in group.completions]
    return {"policy/staleness_mean": mean(found), "policy/staleness_max": max(found, default=0.0)}


def is_truncated(completion: Completion) -> bool:
    """Tell whether a budget, not the model, ended the completion; of an episode its last turn.

    Not what ran out of turns or context, which the environment filled as well: that is in env/over_limit_share.
    """
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
