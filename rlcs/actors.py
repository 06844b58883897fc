"""What runs in worker processes: a rollout worker holds one vLLM engine, a learner worker one DeepSpeed rank, a reward
model worker one reward model.

Plain classes with light imports; the engines are imported in the constructors, inside the worker.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from rlcs.environment import prepare_process
from rlcs.errors import UserError
from rlcs.records import Group, Messages, Sample

if TYPE_CHECKING:
    from rewards.ratings import Rating
    from rlcs.pairs import Pair


@contextmanager
def loading(model: str, *, key: str = "model.path") -> Iterator[None]:
    """Tell plainly when a model cannot be read; `key` is the setting that names it."""
    try:
        yield
    except OSError as error:
        raise UserError(f"cannot load {key}={model}: {str(error).strip().splitlines()[0]}") from error


class RolloutWorker:
    """One vLLM engine in one process."""

    def start(self, **settings: Any) -> None:
        """Load the engine."""
        prepare_process()
        from rollout.vllm_engine import VllmEngine

        with loading(settings["model_path"]):
            self.engine = VllmEngine(**settings)

    def generate(self, requests: list[Any], **options: Any) -> Iterator[tuple[int, Group]]:
        """Stream (index of the request, finished group)."""
        yield from self.engine.generate(requests, **options)

    def log_probs(self, samples: list[Sample]) -> list[list[float]]:
        """Log-probabilities of the completions under the engine's weights."""
        return self.engine.log_probs(samples)

    def load_weights(self, references: list[Any], version: int) -> None:
        """Take new weights from the object store, a bucket at a time."""
        from rlcs.cluster import fetch

        self.engine.load_weights(
            (item for reference in references for item in fetch(reference, of="the learner")), version=version
        )

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


class EngineClient:
    """The weight sender's way to all engines: four calls, each made on every engine at the same time."""

    def __init__(self, engines: list[Any], tensor_parallel: int) -> None:
        self._engines = engines
        self._tensor_parallel = tensor_parallel

    def init_weight_transfer_engine(self, init_info: dict[str, Any]) -> None:
        """Let every engine meet the sender, each at ranks of its own."""
        from rollout.weight_transfer import init_info_of_engine

        infos = [init_info_of_engine(init_info, k, self._tensor_parallel) for k in range(len(self._engines))]
        self._call("init_weight_transfer_engine", [(info,) for info in infos])

    def start_weight_update(self) -> None:
        """Make the engines ready."""
        self._call("start_weight_update", [()] * len(self._engines))

    def update_weights(self, update_info: Any) -> None:
        """Let the engines take a piece of the weights."""
        self._call("update_weights", [(update_info,)] * len(self._engines))

    def finish_weight_update(self, weight_version: str | None = None) -> None:
        """Put the weights to use; the version is kept by RLCS itself."""
        self._call("finish_weight_update", [()] * len(self._engines))

    def _call(self, method: str, arguments: list[tuple[Any, ...]]) -> None:
        from rlcs.cluster import gather

        gather([e.call("receive", method, *some) for e, some in zip(self._engines, arguments, strict=True)])


class RankWorker:
    """One DeepSpeed rank in one process. `place` and `endpoint` come first, then `start` of the class below."""

    learner: Any

    def place(self) -> dict[str, Any]:
        """Node, address and GPUs of this worker, from which engines are placed beside it."""
        from rlcs.cluster import this_place

        return this_place()

    def endpoint(self) -> tuple[str, int]:
        """Address and free port at which rank 0 lets the others meet."""
        with socket.socket() as listener:
            listener.bind(("", 0))
            return self.place()["address"], listener.getsockname()[1]

    def make_room(self) -> None:
        """Give unused GPU memory back, for an engine on the same GPU."""
        self.learner.make_room()

    def save(self, folder: str, model_folder: str) -> None:
        """Save optimizer state and the model in Hugging Face format."""
        self.learner.save(folder)
        self.learner.save_model(model_folder)

    def save_model(self, folder: str) -> None:
        """Save the model alone in Hugging Face format."""
        self.learner.save_model(folder)

    def load(self, folder: str) -> None:
        """Restore optimizer, schedule and weights."""
        self.learner.load(folder)


class LearnerWorker(RankWorker):
    """A rank that trains the policy."""

    def start(self, *, plugins: list[str], **settings: Any) -> None:
        """Load the plug-ins (one may hold the configured loss) and the policy, and join the other ranks."""
        prepare_process()
        from rlcs.learner import Learner
        from rlcs.plugins import load_plugins

        load_plugins(plugins)
        with loading(settings["model_path"]):
            self.learner = Learner(**settings)

    def update(self, micro_steps: list[list[Sample]], **totals: Any) -> dict[str, float]:
        """One optimizer update from this rank's micro-steps."""
        metrics: dict[str, float] = self.learner.update(micro_steps, **totals)
        return metrics

    def log_probs(self, samples: list[Sample]) -> list[list[float]]:
        """Log-probabilities of the completions under the learner's weights."""
        values: list[list[float]] = self.learner.log_probs(samples)
        return values

    def stream_weights(self, bucket_bytes: int) -> Iterator[list[tuple[str, Any]]]:
        """Stream the weights in buckets; ranks other than 0 stream empty ones (they take part in the gather)."""
        yield from self.learner.iter_weights(bucket_bytes)

    def open_sender(
        self, backend: str, engines: list[Any], *, tensor_parallel: int, bucket_bytes: int, address: str, port: int
    ) -> None:
        """Meet the engines for weight transfer over NCCL or CUDA IPC."""
        from rollout.weight_sender import open_sender
        from rollout.weight_transfer import nccl_world_size

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


class PairLearnerWorker(RankWorker):
    """A rank that trains a reward model."""

    def start(self, **settings: Any) -> None:
        """Load the model and join the other ranks."""
        prepare_process()
        from rlcs.pair_learner import PairLearner

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
        from rlcs.reward_server import RewardServer

        with loading(settings["path"], key="reward_models path"):
            self.server = RewardServer(**settings)

    def rate(self, prompt: str | Messages, answers: list[str]) -> list[Rating]:
        """Ratings of answers to a prompt."""
        return self.server.rate(prompt, answers)
