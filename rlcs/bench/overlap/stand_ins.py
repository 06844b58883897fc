"""Engines and a learner that sleep instead of computing: what the two schedules make of the same hours.

All else is the real thing: Ray, the pool of engines, the scorer, the curriculum, the run folder, both loops.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterator, Sequence
from typing import Any

from rewards.registry import REWARDS, reward
from rlcs.records import Completion, Group, Sample
from rollout.requests import RolloutRequest, Sampling

MEAN_TOKENS = 40
MAX_TOKENS = 400
VERDICT_S = 0.5


class SleepingEngine:
    """An engine that takes `seconds_per_token` for each token of its share, one group after the other."""

    def start(self, *, seconds_per_token: float, spread: float) -> None:
        """spread: of the logarithm of lengths, over tasks and half as much within a group; 0: all are equal."""
        self.seconds_per_token, self.spread, self.version = seconds_per_token, spread, 0

    def generate(self, requests: Sequence[RolloutRequest], *, sampling: Sampling) -> Iterator[tuple[int, Group]]:
        """Stream made-up groups, the same for the same requests."""
        for index, request in enumerate(requests):
            group = made_up(request, sampling.num_completions, spread=self.spread, version=self.version)
            time.sleep(self.seconds_per_token * sum(one.num_tokens for one in group.completions))
            yield index, group

    def log_probs(self, samples: Sequence[Sample]) -> list[list[float]]:
        """Zeros, as the learner's."""
        return [[0.0] * len(sample.token_ids) for sample in samples]

    def begin_weights(self) -> None:
        """Weights come."""

    def take_weights(self, bucket: list[Any]) -> None:
        """Read a bucket from the object store, as an engine does."""
        from rlcs.process.cluster import fetch

        fetch(bucket[0], of="the learner")

    def finish_weights(self, version: int) -> None:
        """All have come."""
        self.version = version


class SleepingLearner:
    """A learner rank whose update takes `seconds`."""

    def start(self, *, seconds: float) -> None:
        """Take note of how long."""
        self.seconds = seconds

    def layout(self) -> str:
        """Return how it would lay samples into a row."""
        return "packed"

    def update(self, micro_steps: Sequence[Sequence[Sample]], **totals: Any) -> dict[str, float]:
        """Sleep."""
        time.sleep(self.seconds)
        return {"policy/loss": 0.0, "learner/tokens": float(totals["num_tokens"])}

    def log_probs(self, samples: Sequence[Sample]) -> list[list[float]]:
        """Zeros, as the engines'."""
        return [[0.0] * len(sample.token_ids) for sample in samples]

    def begin_weights(self, bucket_bytes: int) -> None:
        """There is one bucket of weights."""
        self.num_left = 1

    def next_weights(self) -> tuple[bool, list[Any]]:
        """Hand it over."""
        self.num_left -= 1
        return self.num_left >= 0, [bytes(2**20)]


def made_up(request: RolloutRequest, num_completions: int, *, spread: float, version: int) -> Group:
    """Return a judgeable group for a request: lengths hang on the task, and half of the answers are right."""
    of_task, drawn = random.Random(request.task.id), random.Random(request.seed)
    usual = MEAN_TOKENS * _around_1(of_task, spread)
    completions = [
        _completion(request, round(usual * _around_1(drawn, spread / 2)), number % 2 == 0, version)
        for number in range(num_completions)
    ]
    return Group(
        task=request.task, prompt_ids=request.prompt_ids, images=request.images, completions=tuple(completions)
    )


def _around_1(drawn: random.Random, spread: float) -> float:
    """Return a positive number whose mean is 1 and whose logarithm has the standard deviation `spread`."""
    return drawn.lognormvariate(-(spread**2) / 2, spread)


def _completion(request: RolloutRequest, num_tokens: int, is_right: bool, version: int) -> Completion:
    count = min(max(num_tokens, 1), MAX_TOKENS)
    answer = request.task.answer if is_right else f"{request.task.answer}1"
    return Completion(
        token_ids=(1,) * count, logprobs=(0.0,) * count, loss_mask=(1,) * count, policy_version=version,
        finish_reason="stop", forced=False,
        text=f"<think>so</think><answer><|begin_of_box|>{answer}<|end_of_box|></answer>",
    )  # fmt: skip


async def slow_verdict(answer: str, gold: str) -> float:
    """Half a second for each answer, as a judge elsewhere or a long test takes."""
    await asyncio.sleep(VERDICT_S)
    return float(answer == gold)


def register_slow_verdict() -> None:
    """Let a configuration name it; not at import, so that `rlcs verifiers` does not show it."""
    if "slow_verdict" not in REWARDS:
        reward("slow_verdict", runs="remote")(slow_verdict)
