"""The arms: a layout, with or without gradient checkpointing, with or without adapters; and how one is measured."""

from __future__ import annotations

import resource
import socket
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

from rlcs.bench.learner.flops import flops_of, matmul_rate, peak_of, seconds_of, synchronize
from rlcs.bench.learner.work import Counts, Load, count, make_samples
from rlcs.config.schema import AlgorithmConfig, LearnerConfig, LoraConfig, ModelConfig
from rlcs.errors import UserError
from rlcs.process.environment import prepare_process, thread_share
from rlcs.records import Sample

if TYPE_CHECKING:
    import torch

    from rlcs.bench.learner.timed import TimedLearner

LORA_RANK = 16


@dataclass(frozen=True, kw_only=True)
class Arm:
    """How the learner is set."""

    packing: str
    checkpointing: bool = False
    lora: bool = False

    @property
    def name(self) -> str:
        """What it is called: packed+checkpointing+lora."""
        more = [name for name in ("checkpointing", "lora") if getattr(self, name)]
        return "+".join([self.packing, *more])


ARMS = {
    arm.name: arm
    for lora, checkpointing, packing in product((False, True), (False, True), ("padded", "packed", "shared"))
    for arm in [Arm(packing=packing, checkpointing=checkpointing, lora=lora)]
}


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What an arm did. Lists have an entry for each update but the first, which warms up."""

    arm: str
    device: str
    dtype: str
    parameters: int
    trained_parameters: int
    num_micro_steps: int
    counts: Counts
    flops: float
    """Operations of an update, by rlcs.bench.learner.flops."""
    peak: float | None
    """Operations a second that the maker of the GPU promises in bfloat16; None where that is not known."""
    peak_bytes: int
    """Most memory at a time: what torch has allocated on a GPU, the whole process on CPU."""
    update_s: list[float] = field(default_factory=list)
    step_s: list[float] = field(default_factory=list)
    """Of these the optimizer's step, clipping included."""
    matmuls: list[float] = field(default_factory=list)
    """Operations a second of a large product of matrices, right before each update: others slow both down."""


@dataclass(frozen=True, kw_only=True)
class Failed:
    """An arm that could not be measured."""

    arm: str
    reason: str


def choose(only: list[str]) -> list[Arm]:
    """Return the arms of these names, all without any; UserError for one that there is not."""
    for name in only:
        if name not in ARMS:
            raise UserError(f"--only {name}: there is no such arm; take some of {', '.join(ARMS)}")
    return [arm for name, arm in ARMS.items() if name in (only or ARMS)]


def measure(arm: Arm, folder: Path, *, dtype: str, load: Load, steps: int) -> Measured | Failed:
    """Load the model in a folder into a learner and time `steps` updates; a GPU without memory for it is a failure."""
    prepare_process()
    import torch
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()
    try:
        return _measure(arm, folder, dtype, load, steps)
    except torch.OutOfMemoryError:
        return Failed(arm=arm.name, reason="out of GPU memory")


def _measure(arm: Arm, folder: Path, dtype: str, load: Load, steps: int) -> Measured:
    import torch

    learner = make_learner(arm, folder, dtype=dtype, pack_tokens=load.pack_tokens, num_updates=steps + 1)
    samples = make_samples(load, learner.reader)
    micro_steps, counts = _plan(learner, samples, load.pack_tokens)
    _update(learner, micro_steps)
    times = [(matmul_rate(learner.device, learner.dtype), *_update(learner, micro_steps)) for _ in range(steps)]
    cuda = learner.device.type == "cuda"
    parameters = list(learner.model.parameters())
    found = Measured(
        arm=arm.name,
        device=torch.cuda.get_device_name(learner.device) if cuda else "cpu",
        dtype=dtype,
        parameters=sum(one.numel() for one in parameters),
        trained_parameters=sum(one.numel() for one in parameters if one.requires_grad),
        num_micro_steps=len(micro_steps),
        counts=counts,
        flops=flops_of(learner.model, counts),
        peak=peak_of(torch.cuda.get_device_name(learner.device)) if cuda and dtype == "bfloat16" else None,
        peak_bytes=_peak_bytes(learner.device),
        update_s=[update for _, update, _ in times],
        step_s=[step for _, _, step in times],
        matmuls=[rate for rate, _, _ in times],
    )
    learner.close()
    return found


def make_learner(arm: Arm, folder: Path, *, dtype: str, pack_tokens: int, num_updates: int) -> TimedLearner:
    """Return the only rank of a learner as an arm sets it."""
    from rlcs.bench.learner.timed import TimedLearner

    lora = LoraConfig(rank=LORA_RANK if arm.lora else 0)
    return TimedLearner(
        model_path=str(folder),
        model=ModelConfig(path=str(folder), dtype=dtype, gradient_checkpointing=arm.checkpointing, lora=lora),
        learner=LearnerConfig(packing=arm.packing, pack_tokens=pack_tokens),
        algorithm=AlgorithmConfig(),
        temperature=1.0,
        rank=0,
        world_size=1,
        master_addr="127.0.0.1",
        master_port=_free_port(),
        seed=0,
        num_updates=num_updates,
        threads=thread_share(1, 0),
    )


def _plan(learner: TimedLearner, samples: list[Sample], pack_tokens: int) -> tuple[list[list[Sample]], Counts]:
    """Return the micro-steps of an update, and what is computed in them."""
    import torch

    from rlcs.learner.prompt_packing import plan_samples
    from rlcs.model.batch import collate

    share = learner.policy.layout == "shared"
    micro_steps = plan_samples(samples, num_ranks=1, pack_tokens=pack_tokens, share=share).deal(samples)[0]
    batches = [collate(step, torch.device("cpu"), learner.reader, share=share)[0] for step in micro_steps]
    return micro_steps, count(batches, samples, padded=learner.policy.layout == "padded")


def _update(learner: TimedLearner, micro_steps: list[list[Sample]]) -> tuple[float, float]:
    """Make an update; return its seconds, and those of the optimizer's step."""
    samples = [sample for step in micro_steps for sample in step]
    trained = sum(sum(sample.loss_mask) for sample in samples)
    seconds = seconds_of(
        lambda: learner.update(micro_steps, num_samples=len(samples), num_tokens=trained), learner.device
    )
    return seconds, learner.step_s


def _peak_bytes(device: torch.device) -> int:
    if device.type == "cuda":
        import torch

        synchronize(device)
        return torch.cuda.max_memory_allocated(device)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
