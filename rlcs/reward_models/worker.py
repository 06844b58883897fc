"""The processes of reward models: one that trains (a DeepSpeed rank), one that serves.

Light imports; torch and DeepSpeed are imported in `start`, inside the worker.
"""

from __future__ import annotations

from typing import Any

from rewards.running.ratings import Rating
from rlcs.errors import loading
from rlcs.learner.worker import RankWorker
from rlcs.process.cluster import begin_telling
from rlcs.process.environment import prepare_process
from rlcs.records import Messages
from rlcs.reward_models.pairs import Pair


class PairLearnerWorker(RankWorker):
    """A rank that trains a reward model."""

    def start(self, **settings: Any) -> None:
        """Load the model and join the other ranks."""
        prepare_process()
        begin_telling()
        from rlcs.reward_models.learner import PairLearner

        with loading(settings["model_path"]):
            self.learner = PairLearner(**settings)

    def update(self, micro_steps: list[list[Pair]], *, num_pairs: int) -> dict[str, float]:
        """One optimizer update from this rank's micro-steps."""
        metrics: dict[str, float] = self.learner.update(micro_steps, num_pairs=num_pairs)
        return metrics

    def rate(self, conversations: list[tuple[int, ...]]) -> list[float]:
        """Values of conversations under the learner's weights."""
        values: list[float] = self.learner.rate(conversations)
        return values


class RewardModelWorker:
    """One reward model in one process."""

    def start(self, **settings: Any) -> None:
        """Load the model."""
        prepare_process()
        begin_telling()
        from rlcs.reward_models.server import RewardServer

        with loading(settings["path"], key="reward_models path"):
            self.server = RewardServer(**settings)

    def rate(self, prompt: str | Messages, answers: list[str]) -> list[Rating]:
        """Ratings of answers to a prompt."""
        return self.server.rate(prompt, answers)
