"""The process of a learner rank. Light imports; torch and DeepSpeed are imported in `start`, inside the worker."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from functools import partial
from typing import Any

from rlcs.errors import loading
from rlcs.plugins import Packed, unpack
from rlcs.process.cluster import begin_telling
from rlcs.process.environment import prepare_process
from rlcs.records import Sample


class RankWorker:
    """One DeepSpeed rank in one process. `place` and `endpoint` come first, then `start` of the class below."""

    learner: Any

    def place(self) -> dict[str, Any]:
        """Node, address and GPUs of this worker, from which engines are placed beside it."""
        from rlcs.process.cluster import this_place

        return this_place()

    def endpoint(self) -> tuple[str, int]:
        """Address and free port at which rank 0 lets the others meet."""
        with socket.socket() as listener:
            listener.bind(("", 0))
            return self.place()["address"], listener.getsockname()[1]

    def make_room(self) -> None:
        """Give unused GPU memory back, for an engine on the same GPU."""
        self.learner.make_room()

    def begin_save(self, folder: str) -> None:
        """Copy optimizer state and model, and begin to write them beside what comes next."""
        self.learner.begin_save(folder)

    def is_saved(self) -> bool:
        """Tell whether that has come to an end."""
        saved: bool = self.learner.is_saved()
        return saved

    def finish_save(self) -> None:
        """Wait for that end, and raise what went wrong."""
        self.learner.finish_save()

    def save_model(self, folder: str) -> None:
        """Save the model alone in Hugging Face format."""
        self.learner.save_model(folder)

    def load(self, folder: str) -> None:
        """Restore optimizer, schedule and weights."""
        self.learner.load(folder)


class LearnerWorker(RankWorker):
    """A rank that trains the policy."""

    def start(self, *, plugins: list[Packed], **settings: Any) -> None:
        """Load the plug-ins (one may hold the configured loss) and the policy, and join the other ranks."""
        prepare_process()
        begin_telling()
        from rlcs.learner.learner import Learner

        unpack(plugins)
        with loading(settings["model_path"]):
            self.learner = Learner(**settings)

    def layout(self) -> str:
        """How samples are laid out: shared, packed or padded, what learner.packing=auto has become."""
        return str(self.learner.policy.layout)

    def update(self, micro_steps: list[list[Sample]], **totals: Any) -> dict[str, float]:
        """One optimizer update from this rank's micro-steps."""
        metrics: dict[str, float] = self.learner.update(micro_steps, **totals)
        return metrics

    def log_probs(self, samples: list[Sample]) -> list[list[float]]:
        """Log-probabilities of the trained tokens under the learner's weights, 0.0 on the others."""
        values: list[list[float]] = self.learner.log_probs(samples)
        return values

    def prompt_states(self, samples: list[Sample]) -> Any:
        """Mean last hidden state of each sample's prompt, an array [number of samples, D]."""
        return self.learner.prompt_states(samples)

    def begin_weights(self, bucket_bytes: int) -> None:
        """Prepare to give the weights away from the first one on, in buckets; what was left of a round is dropped."""
        self.buckets: Iterator[list[Any]] = self.learner.iter_parcels(bucket_bytes)

    def next_weights(self) -> tuple[bool, list[Any]]:
        """Return (whether there was a bucket left, the bucket as parcels); ranks other than 0 return empty ones.

        All ranks must be asked, since they gather together; none holds more than it was asked for.
        """
        bucket = next(self.buckets, None)
        return bucket is not None, bucket or []

    def open_sender(
        self, backend: str, engines: list[Any], *, tensor_parallel: int, bucket_bytes: int, address: str, port: int
    ) -> None:
        """Meet the engines for weight transfer over NCCL or CUDA IPC."""
        from rollout.weight_transfer import EngineClient, nccl_world_size, open_sender

        self.sender = open_sender(
            backend,
            partial(self.learner.iter_device_weights, bucket_bytes),
            client=EngineClient(engines, tensor_parallel),
            rank=self.learner.rank,
            address=address,
            port=port,
            world_size=nccl_world_size(len(engines), tensor_parallel),
        )

    def send_weights(self) -> None:
        """Send the weights to the engines that `open_sender` met."""
        self.sender.send_weights()
