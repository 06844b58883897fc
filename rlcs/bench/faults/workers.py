"""The workers of a run with points in them at which faults can be ordered; driver.py has them started."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from rewards.running.ratings import Rating
from rlcs.bench.faults.orders import is_ordered, let_clock_jump, obey
from rlcs.learner.worker import LearnerWorker
from rlcs.plugins import Packed
from rlcs.records import Group, Messages, Sample
from rlcs.reward_models.worker import RewardModelWorker
from rollout.worker import RolloutWorker

NAN = "nan"
"""Order that holds until it is withdrawn: reward models return no numbers."""


class ObeyingRolloutWorker(RolloutWorker):
    """An engine that can be ordered to fail while it generates."""

    def start(self, **settings: Any) -> None:
        """Load the engine."""
        let_clock_jump()
        super().start(**settings)

    def generate(self, requests: list[Any], **options: Any) -> Iterator[tuple[int, Group]]:
        """Stream (index of the request, finished group); fail after the first one."""
        for number, item in enumerate(super().generate(requests, **options)):
            if number == 1:
                obey("engine")
            yield item


class ObeyingLearnerWorker(LearnerWorker):
    """A rank that can be ordered to fail before an update."""

    def start(self, *, plugins: list[Packed], **settings: Any) -> None:
        """Load the policy."""
        let_clock_jump()
        super().start(plugins=plugins, **settings)

    def update(self, micro_steps: list[list[Sample]], **totals: Any) -> dict[str, float]:
        """One optimizer update."""
        obey("learner-rank")
        return super().update(micro_steps, **totals)


class ObeyingRewardModelWorker(RewardModelWorker):
    """A reward model that can be ordered to fail, or to return no numbers."""

    def start(self, **settings: Any) -> None:
        """Load the model."""
        let_clock_jump()
        super().start(**settings)

    def rate(self, prompt: str | Messages, answers: list[str]) -> list[Rating]:
        """Ratings of answers to a prompt."""
        obey("reward-model")
        if is_ordered(NAN):
            return [Rating(value=math.nan)] * len(answers)
        return super().rate(prompt, answers)
