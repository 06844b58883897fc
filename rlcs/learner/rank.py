"""One DeepSpeed rank: a network, its optimizer, its share of every update, its checkpoints. The only file that imports
deepspeed.

All ranks call the same methods at the same time with the same number of micro-steps. What is trained, and on what, is
said by rlcs.learner.learner (the policy) and rlcs.reward_models.learner (a reward model).
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import deepspeed
import torch
import torch.distributed as dist
from deepspeed.ops.adam import DeepSpeedCPUAdam
from torch import Tensor, nn

from rlcs.config.schema import LearnerConfig, ModelConfig
from rlcs.errors import RunStopped, UserError, writing
from rlcs.learner.deepspeed_config import engine_config, resolve_dtype
from rlcs.learner.host_memory import HostMemory
from rlcs.learner.partitioned import partitioned_loading
from rlcs.learner.saved_state import SavedState, holds_state, write_state
from rlcs.learner.schedule import learning_rate, short_batch_scale
from rlcs.learner.training_state import TrainingState
from rlcs.model.adapters import adapter_names, write_adapter, write_adapter_config
from rlcs.model.export import bucket_names, named_as_saved, write_configuration, write_weights
from rlcs.model.lora import behind, whole
from rlcs.model.parcels import Parcel, wrap
from rlcs.process.background import Background
from rlcs.process.environment import prepare_process
from rlcs.process.pulse import tick

if TYPE_CHECKING:
    from transformers import PreTrainedModel

SAVE_BUCKET_BYTES = 512 * 2**20

# Used by DeepSpeed's inference only; building it takes half a minute and a C++ compiler.
deepspeed.ops.__compatible_ops__["deepspeed_shm_comm"] = False


class Rank:
    """One DeepSpeed rank: a network with its optimizer, and what holds for any of them. `load` says which network."""

    def __init__(
        self,
        load: Callable[[Rank], nn.Module],
        *,
        model_path: str,
        model: ModelConfig,
        learner: LearnerConfig,
        rank: int,
        world_size: int,
        master_addr: str,
        master_port: int,
        seed: int,
        num_updates: int,
        threads: int = 0,
    ) -> None:
        """Meet the other ranks at master_addr:master_port and load the network; its attribute `model` is what is saved.

        model_path: folder or hub name that `load` reads. num_updates: updates of the whole run, for the learning rate
        schedule. threads: torch threads of this rank, 0 leaves torch's choice.
        """
        prepare_process()
        self.rank, self.world_size = rank, world_size
        self.settings, self.num_updates, self.updates_done = learner, num_updates, 0
        self.device = _join(rank, world_size, address=master_addr, port=master_port, threads=threads)
        self.dtype = resolve_dtype(model.dtype, self.device)
        config = engine_config(learner, dtype=self.dtype)
        torch.manual_seed(seed)  # a head that the checkpoint lacks must come out the same on every rank
        with partitioned_loading(config):
            network = load(self)
            optimizer = make_optimizer(network, learner, self.device)
            self._shares = [group["share"] for group in optimizer.param_groups]
            self.engine, *_ = deepspeed.initialize(model=network, optimizer=optimizer, config=config)
        # transformers loads a model to be read only; its layers save activations (checkpointing) in training alone.
        self.engine.train()
        torch.manual_seed(seed + rank)
        self._base = model_path
        self._lora = model.lora if model.lora.rank else None
        self._saving: Background | None = None
        self._host = HostMemory()

    @property
    def model(self) -> PreTrainedModel:
        """What is trained; under ZeRO-3 its parameters are empty outside of forward, backward and gathering."""
        model: PreTrainedModel = self.engine.module.model
        return model

    def make_room(self) -> None:
        """Give GPU memory that torch keeps but does not use back, for an engine on the same GPU."""
        if self.device.type == "cuda":
            torch.cuda.empty_cache()

    def iter_weights(self, bucket_bytes: int) -> Iterator[list[tuple[str, Tensor]]]:
        """Yield the weights, named as in a Hugging Face checkpoint, in buckets of about `bucket_bytes`.

        All ranks must iterate to the end. Rank 0 gets copies in host memory, the others as many empty lists. A tied
        output head is left out: the embedding holds it. Only one bucket is ever gathered.
        """
        for copies in self._copied(bucket_bytes):
            yield self._named_as_saved(copies)

    def iter_parcels(self, bucket_bytes: int) -> Iterator[list[Parcel]]:
        """Yield what `iter_weights` yields as parcels, views of the weights where these are in host memory.

        A bucket is valid until the next one is asked for.
        """
        for tensors in self._gathered(bucket_bytes):
            named = self._named_as_saved(tensors) if self.rank == 0 else []
            yield wrap((name, tensor.cpu()) for name, tensor in named)

    def iter_device_weights(self, bucket_bytes: int) -> Iterator[tuple[str, Tensor]]:
        """Yield the weights as `iter_weights` names them, one by one, on every rank and on its device.

        For vLLM's weight transfer over NCCL or CUDA IPC. All ranks must iterate to the end.
        """
        for tensors in self._gathered(bucket_bytes):
            yield from self._named_as_saved(tensors)

    def _copied(self, bucket_bytes: int) -> Iterator[dict[str, Tensor]]:
        """Yield copies in host memory, bucket by bucket, on rank 0, and as many empty ones on the others."""
        for tensors in self._gathered(bucket_bytes):
            here = tensors if self.rank == 0 else {}
            yield {name: tensor.to("cpu", copy=True) for name, tensor in here.items()}

    def _gathered(self, bucket_bytes: int) -> Iterator[dict[str, Tensor]]:
        """Yield the whole weights on every rank in buckets, under the names of the model; one bucket is held at a time.

        What was yielded stays valid for as long as it is referred to.
        """
        model = self.model
        for names in bucket_names(model, bucket_bytes):
            with self._gathering(behind(model, names)):
                tensors = whole(model, names)
            yield tensors
            tick()

    def _gathering(self, tensors: Sequence[Tensor]) -> AbstractContextManager[None]:
        """Have these parameters whole inside; all ranks call."""
        gathering: AbstractContextManager[None] = deepspeed.zero.GatheredParameters(
            list(tensors), enabled=self.settings.zero_stage == 3
        )
        return gathering

    def _named_as_saved(self, tensors: dict[str, Tensor]) -> list[tuple[str, Tensor]]:
        return named_as_saved(self.model, tensors)

    def begin_save(self, folder: str | Path) -> None:
        """Copy what a checkpoint holds into host memory, and begin to write it from there; all ranks call.

        folder/learner/state gets what is trained, the optimizer's and the random state; folder/model the model as
        `save_model` writes it, folder/adapter the adapters in PEFT's format where there are any. What is trained
        meanwhile changes nothing of it. `finish_save` waits for its end; so does the next one.
        """
        if self._saving is not None:
            self._saving.join()
        target, lora = Path(folder), self._lora
        buckets = self._kept_copies() if lora is None or lora.save_merged else []
        copies = self._adapter_copies() if lora else {name: copy for some in buckets for name, copy in some.items()}
        tensors, places = self._state.snapshot(copies, self._host)
        header = {"places": places, "updates_done": self.updates_done, "steps": self._state.steps}
        tensors |= self._rng()
        if self.rank == 0:
            with writing(target):
                self._begin_model_folders(target, has_model=bool(buckets))

        def write(saving: Background) -> None:
            with writing(target):
                write_state(target / "learner" / "state", self.rank, self.world_size, tensors, header)
                saving.pieces += 1
                if self.rank == 0 and lora:
                    write_adapter(target / "adapter", copies)
                if self.rank == 0 and buckets:
                    write_weights(target / "model", map(self._named_as_saved, buckets))

        self._saving = Background(write, name="checkpoint")

    def _kept_copies(self) -> list[dict[str, Tensor]]:
        """Return copies of the weights, bucket by bucket, on rank 0; they are those of the next checkpoint later on."""
        buckets = self._gathered(SAVE_BUCKET_BYTES)
        here = self.rank == 0
        return [{name: self._host.copy(name, one) for name, one in some.items()} if here else {} for some in buckets]

    def _adapter_copies(self) -> dict[str, Tensor]:
        """Return copies of the parameters of adapters in host memory by name, on rank 0; all ranks call."""
        names = adapter_names(self.model)
        parameters = [self.model.get_parameter(name) for name in names]
        with self._gathering(parameters):
            here = zip(names, parameters, strict=True) if self.rank == 0 else ()
            return {name: parameter.detach().to("cpu", copy=True) for name, parameter in here}

    def _begin_model_folders(self, folder: Path, *, has_model: bool) -> None:
        if has_model:
            self._write_configuration(folder / "model")
        if self._lora:
            (folder / "adapter").mkdir(parents=True, exist_ok=True)
            write_adapter_config(folder / "adapter", self.model, self._lora, base=self._base)

    def is_saved(self) -> bool:
        """Tell whether nothing is left to write of what `begin_save` copied, if only because that failed."""
        return self._saving is None or self._saving.is_done()

    def finish_save(self) -> None:
        """Wait until this rank has written what `begin_save` copied; raise what that raised."""
        if self._saving is not None:
            self._saving.result()

    def load(self, folder: str | Path, *, tag: str = "state") -> None:
        """Restore what `save` wrote, on whatever ranks and ZeRO stage; training goes on as if it had not stopped.

        All ranks call. On the same ranks and stage everything is as it was, to the bit; on others the random state of
        ranks that there were not is that of a new run.
        """
        if not holds_state(Path(folder) / tag):
            self._load_first_format(folder, tag)
            return
        with SavedState(Path(folder) / tag) as saved:
            header = saved.headers[0]
            self._state.restore(saved.read, steps=header["steps"])
            self.updates_done = header["updates_done"]
            self._restore_rng(saved.own("rng", self.rank), saved.own("device_rng", self.rank))
        dist.barrier()

    @property
    def _state(self) -> TrainingState:
        return TrainingState(self.engine, self.settings.zero_stage, self.rank, with_frozen=self._lora is None)

    def _rng(self) -> dict[str, Tensor]:
        if self.device.type == "cuda":
            return {"rng": torch.get_rng_state(), "device_rng": torch.cuda.get_rng_state()}
        return {"rng": torch.get_rng_state()}

    def _restore_rng(self, rng: Tensor | None, device_rng: Tensor | None) -> None:
        if rng is not None:
            torch.set_rng_state(rng)
        if device_rng is not None and self.device.type == "cuda":
            torch.cuda.set_rng_state(device_rng)

    def _load_first_format(self, folder: str | Path, tag: str) -> None:
        """Restore a checkpoint of 0.1.0: DeepSpeed's own, which fits the ranks and the stage that wrote it."""
        file = Path(folder) / tag / f"rank-{self.rank:05d}.pt"
        if not file.is_file():
            raise UserError(f"{file.parent} holds no state of a learner")
        state = torch.load(file, weights_only=True)
        own = {"learner.num_workers": self.world_size, "learner.zero_stage": self.settings.zero_stage}
        for key, value in own.items():
            if state[key] != value:
                raise UserError(f"{folder} was written with {key}={state[key]}, now it is {value}; set it back")
        path, _ = self.engine.load_checkpoint(str(folder), tag=tag)
        assert path is not None, f"DeepSpeed found nothing to load in {folder}/{tag}"
        self.updates_done = state["updates_done"]
        self._restore_rng(state["rng"], state["device_rng"])

    def save_model(self, folder: str | Path) -> None:
        """Write the policy in Hugging Face format (weights and configuration, no tokenizer); all ranks call."""
        target = Path(folder)
        buckets = self.iter_weights(SAVE_BUCKET_BYTES)
        if self.rank == 0:
            self._write_configuration(target)
            write_weights(target, buckets)
        else:
            assert not any(buckets), "only rank 0 holds gathered weights"
        dist.barrier()

    def _write_configuration(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        write_configuration(folder, self.model, dtype=self.dtype)

    def close(self) -> None:
        """Leave the other ranks; the learner is of no use afterwards."""
        self.engine.destroy()
        deepspeed.comm.destroy_process_group()

    def step(self) -> float:
        """Clip and apply the accumulated gradient; return its norm before clipping. Stops the run when it is lost."""
        norm = None
        if self.settings.zero_stage == 0 and self.dtype == torch.float32:
            # Here DeepSpeed clips without saying what the norm was.
            gradients = [parameter.grad for parameter in self.model.parameters() if parameter.grad is not None]
            norm = torch.nn.utils.get_total_norm(gradients)
        self.engine.step()
        self.updates_done += 1
        found = float(self.engine.get_global_grad_norm() if norm is None else norm)
        if not math.isfinite(found):
            raise RunStopped(
                f"the gradient norm of update {self.updates_done} is {found}; the weights are lost: resume from "
                "the last checkpoint with a lower learner.lr or a smaller algorithm.importance_cap"
            )
        return found

    def set_learning_rate(self, batch_share: float = 1.0) -> float:
        """Set and return the learning rate of the coming update, on `batch_share` of the wanted batch."""
        settings = self.settings
        rate = learning_rate(
            self.updates_done,
            peak=settings.lr,
            warmup=settings.warmup_steps,
            total=self.num_updates,
            schedule=settings.schedule,
        ) * short_batch_scale(batch_share, rule=settings.short_batch)
        for group, share in zip(self.engine.optimizer.param_groups, self._shares, strict=True):
            group["lr"] = rate * share
        return rate

    def assert_equal_micro_steps(self, count: int) -> None:
        """A rank with fewer micro-steps would leave the others waiting without end."""
        extremes = torch.tensor([count, -count], device=self.device)
        dist.all_reduce(extremes, op=dist.ReduceOp.MAX)
        most, least = int(extremes[0]), -int(extremes[1])
        assert most == least > 0, f"ranks hold {least} to {most} micro-steps, expected equal numbers, at least 1"

    def num_forwards(self, own: int) -> int:
        """Forward passes that every rank must make when this one needs `own`."""
        if self.settings.zero_stage < 3:
            return own
        most = torch.tensor([own], device=self.device)
        dist.all_reduce(most, op=dist.ReduceOp.MAX)
        return int(most)


def make_optimizer(network: nn.Module, settings: LearnerConfig, device: torch.device) -> torch.optim.Optimizer:
    """AdamW over all that is trained; DeepSpeed's own for host memory when the optimizer is offloaded."""
    beta1, beta2 = settings.betas
    shared: dict[str, Any] = {"lr": settings.lr, "betas": (beta1, beta2), "weight_decay": settings.weight_decay}
    groups = parameter_groups(network, settings)
    if settings.offload:
        optimizer: torch.optim.Optimizer = DeepSpeedCPUAdam(groups, adamw_mode=True, **shared)
        return optimizer
    return torch.optim.AdamW(groups, fused=device.type == "cuda", **shared)


def parameter_groups(network: nn.Module, settings: LearnerConfig) -> list[dict[str, Any]]:
    """Return the parameters that are trained; `share` of a group is its learning rate as a share of learner.lr."""
    trained = [(name, parameter) for name, parameter in network.named_parameters() if parameter.requires_grad]
    if not trained:
        raise UserError("model.freeze leaves nothing to train; take a part out of it")
    if settings.vision_lr is None:
        return [{"params": [parameter for _, parameter in trained], "share": 1.0}]
    sides: dict[bool, list[nn.Parameter]] = {False: [], True: []}
    for name, parameter in trained:
        sides["visual." in name].append(parameter)
    shares = {False: 1.0, True: settings.vision_lr / settings.lr}
    return [{"params": some, "share": shares[side]} for side, some in sides.items() if some]


def _join(rank: int, world_size: int, *, address: str, port: int, threads: int) -> torch.device:
    """Meet the other ranks; return the device of this one."""
    if threads > 0:
        torch.set_num_threads(threads)
    num_devices = torch.cuda.device_count()
    local_rank = rank % num_devices if num_devices else rank
    # DeepSpeed reads its place in the world from the environment, whatever it is told.
    place = {
        "RANK": rank,
        "LOCAL_RANK": local_rank,
        "WORLD_SIZE": world_size,
        "MASTER_ADDR": address,
        "MASTER_PORT": port,
    }
    os.environ.update({name: str(value) for name, value in place.items()})
    if num_devices:
        torch.cuda.set_device(local_rank)
    deepspeed.init_distributed("nccl" if num_devices else "gloo", auto_mpi_discovery=False, verbose=False)
    return torch.device("cuda", local_rank) if num_devices else torch.device("cpu")


def frozen(policy: nn.Module, config: dict[str, Any], device: torch.device) -> torch.nn.Module:
    """Return a policy that is only read: partitioned under ZeRO-3, whole otherwise."""
    policy.requires_grad_(False).eval()
    if config["zero_optimization"]["stage"] < 3:
        return policy.to(device)
    reading = {key: value for key, value in config.items() if key != "gradient_clipping"}
    engine, *_ = deepspeed.initialize(model=policy, config=reading | {"zero_optimization": {"stage": 3}})
    engine.eval()
    frozen: torch.nn.Module = engine
    return frozen
