"""The process of a rollout engine. Light imports; vLLM is imported in `start`, inside the worker."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rlcs.errors import loading
from rlcs.process.cluster import begin_telling
from rlcs.process.environment import prepare_process
from rlcs.process.pulse import tick
from rlcs.records import Group, Sample


class RolloutWorker:
    """One vLLM engine in one process."""

    def start(self, **settings: Any) -> None:
        """Load the engine."""
        prepare_process()
        begin_telling()
        from rollout.vllm_engine import VllmEngine

        with loading(settings["model_path"]):
            self.engine = VllmEngine(**settings)

    def generate(self, requests: list[Any], **options: Any) -> Iterator[tuple[int, Group]]:
        """Stream (index of the request, finished group)."""
        yield from self.engine.generate(requests, **options)

    def log_probs(self, samples: list[Sample]) -> list[list[float]]:
        """Log-probabilities of the completions under the engine's weights."""
        return self.engine.log_probs(samples)

    def begin_weights(self) -> None:
        """Make ready for new weights, which come bucket by bucket; nothing is sampled before `finish_weights`."""
        self.engine.begin_weights()

    def take_weights(self, bucket: list[Any]) -> None:
        """Take a bucket from the object store; `bucket` is a list of one reference, which Ray leaves unread."""
        from rlcs.model.parcels import unwrap
        from rlcs.process.cluster import fetch

        self.engine.take_weights(unwrap(fetch(bucket[0], of="the learner")))
        tick()

    def finish_weights(self, version: int) -> None:
        """Put the new weights to use; `version` counts the updates behind them."""
        self.engine.finish_weights(version=version)

    def receive(self, method: str, *arguments: Any) -> None:
        """Take a call of the weight sender (NCCL or CUDA IPC)."""
        getattr(self.engine.receiver, method)(*arguments)

    def set_version(self, version: int) -> None:
        """Note the number of updates behind weights that came over NCCL or CUDA IPC."""
        self.engine.policy_version = version

    def sleep(self) -> None:
        """Free GPU memory for a colocated learner."""
        self.engine.sleep()

    def wake_up(self) -> None:
        """Take the GPU memory back."""
        self.engine.wake_up()
