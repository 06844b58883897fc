"""The learner: one DeepSpeed rank that turns samples into policy updates. The only file that imports deepspeed.

All ranks call the same methods at the same time with the same number of micro-steps; a rank with nothing to do runs a
token that trains nothing. One update is

    for each micro-step:  samples -> flat tensors -> policy -> loss (a share of the update's loss) -> backward
    then                  clip, AdamW step, metrics summed over ranks
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import deepspeed
import torch
import torch.distributed as dist
from deepspeed.ops.adam import DeepSpeedCPUAdam
from torch import Tensor

from rlcs.collate import DUMMY, MicroBatch, collate, split_by_sample
from rlcs.config.schema import AlgorithmConfig, LearnerConfig, ModelConfig
from rlcs.engine_settings import engine_config, resolve_dtype
from rlcs.environment import prepare_process
from rlcs.errors import RunStopped, UserError
from rlcs.model_writer import bucket_names, write_configuration, write_weights
from rlcs.objective import SUMS, Objective, Scored, metrics_of
from rlcs.packing import plan_micro_steps
from rlcs.policy import PolicyModel, load_model
from rlcs.records import Sample
from rlcs.schedule import learning_rate

SAVE_BUCKET_BYTES = 512 * 2**20

# Used by DeepSpeed's inference only; building it takes half a minute and a C++ compiler.
deepspeed.ops.__compatible_ops__["deepspeed_shm_comm"] = False


class Learner:
    """One rank of the policy's training."""

    def __init__(
        self,
        *,
        model_path: str,
        model: ModelConfig,
        learner: LearnerConfig,
        algorithm: AlgorithmConfig,
        rank: int,
        world_size: int,
        master_addr: str,
        master_port: int,
        seed: int,
        num_updates: int,
        temperature: float,
        threads: int = 0,
        objective: str = "policy",
    ) -> None:
        """Load the policy from the folder `model_path` and meet the other ranks at master_addr:master_port.

        num_updates: updates of the whole run, for the learning rate schedule. temperature: that of the rollout, which
        divides the logits. threads: torch threads of this rank, 0 leaves torch's choice. objective: policy or sft.
        """
        prepare_process()
        self.rank, self.world_size = rank, world_size
        self.settings, self.num_updates, self.updates_done = learner, num_updates, 0
        self.objective = Objective(algorithm, kind=objective)
        self.device = _join(rank, world_size, address=master_addr, port=master_port, threads=threads)
        torch.manual_seed(seed + rank)
        self.dtype = resolve_dtype(model.dtype, self.device)
        config = engine_config(learner, dtype=self.dtype)
        layout = "packed" if learner.packing == "auto" else learner.packing
        with _partitioned_loading(config):
            loaded = load_model(model_path, model, dtype=self.dtype, packed=layout == "packed")
            policy = PolicyModel(loaded, layout=layout, temperature=temperature)
            optimizer = make_optimizer(policy, learner, self.device)
            self.engine, *_ = deepspeed.initialize(model=policy, optimizer=optimizer, config=config)
            self.reference = None
            if objective == "policy" and algorithm.kl.coefficient > 0:
                frozen = load_model(model_path, model, dtype=self.dtype, packed=layout == "packed")
                reference = PolicyModel(frozen, layout=layout, temperature=temperature)
                self.reference = _frozen(reference, config, self.device)

    @property
    def policy(self) -> PolicyModel:
        """The policy; under ZeRO-3 its parameters are empty outside of forward, backward and gathering."""
        policy: PolicyModel = self.engine.module
        return policy

    def update(
        self,
        micro_steps: Sequence[Sequence[Sample]],
        *,
        num_samples: int,
        num_tokens: int,
        old_log_probs: Sequence[Sequence[Sequence[float]]] | None = None,
    ) -> dict[str, float]:
        """Make one optimizer update from this rank's micro-steps; return metrics over all ranks.

        num_samples and num_tokens count samples and trained tokens of the whole update, over all ranks. old_log_probs
        [micro-step][sample][T] are what `log_probs` gave before the first update on these samples; leave them out when
        there is one update per rollout: the policy of the rollout is then the policy before this update.
        """
        assert num_samples > 0 and num_tokens > 0, "an update needs at least one trained token"
        self._assert_equal_micro_steps(len(micro_steps))
        rate = self._set_learning_rate()
        # Double, because token counts of a large update pass 2^24, beyond which float32 skips whole numbers.
        sums = torch.zeros(len(SUMS), dtype=torch.float64, device=self.device)
        largest = torch.zeros(1, device=self.device)
        for index, samples in enumerate(micro_steps):
            self.engine.set_gradient_accumulation_boundary(is_boundary=index == len(micro_steps) - 1)
            old = None if old_log_probs is None else old_log_probs[index]
            batch, labels = collate(samples or [DUMMY], self.device)
            scored = self._score(batch, old if samples else None)
            loss, parts = self.objective.loss(scored, labels, num_samples=num_samples, num_tokens=num_tokens)
            # DeepSpeed takes the mean over ranks; the shares of the ranks are to be summed.
            self.engine.backward(loss * self.world_size)
            counts = (len(samples), sum(sample.num_tokens for sample in samples))
            sums += torch.cat([parts, parts.new_tensor(counts)])
            gaps = (scored.old_log_probs - labels.rollout_log_probs).abs() * labels.mask
            largest = torch.maximum(largest, gaps.max())
        grad_norm = self._step()
        dist.all_reduce(sums)
        dist.all_reduce(largest, op=dist.ReduceOp.MAX)
        self._check_update(sums, grad_norm, num_samples=num_samples, num_tokens=num_tokens)
        metrics = metrics_of(sums, kind=self.objective.kind, largest_mismatch=float(largest))
        return metrics | {"policy/grad_norm": grad_norm, "policy/lr": rate}

    def make_room(self) -> None:
        """Give GPU memory that torch keeps but does not use back, for an engine on the same GPU."""
        if self.device.type == "cuda":
            torch.cuda.empty_cache()

    def log_probs(self, samples: Sequence[Sample]) -> list[list[float]]:
        """Log-probabilities [T] of each sample's completion tokens under the current weights.

        Under ZeRO-3 all ranks must call this at the same time (each with samples of its own, or none).
        """
        lengths = [sample.num_tokens for sample in samples]
        plan = plan_micro_steps(lengths, num_ranks=1, pack_tokens=self.settings.pack_tokens).ranks[0]
        found: dict[int, list[float]] = {}
        self.engine.eval()
        with torch.no_grad():
            for step in range(self._forwards(len(plan))):
                chosen = plan[step] if step < len(plan) else ()
                some = [samples[number] for number in chosen]
                batch, _ = collate(some or [DUMMY], self.device)
                values, _ = self.engine(batch)
                found |= dict(zip(chosen, split_by_sample(values, some or [DUMMY]), strict=False))
        self.engine.train()
        return [found[number] for number in range(len(samples))]

    def iter_weights(self, bucket_bytes: int) -> Iterator[list[tuple[str, Tensor]]]:
        """Yield the weights, named as in a Hugging Face checkpoint, in buckets of about `bucket_bytes`.

        All ranks must iterate to the end. Rank 0 gets copies in host memory, the others as many empty lists. A tied
        output head is left out: the embedding holds it. Only one bucket is ever gathered.
        """
        for tensors in self._gathered(bucket_bytes):
            copies = {name: tensor.to("cpu", copy=True) for name, tensor in tensors.items()} if self.rank == 0 else {}
            yield self._named_as_saved(copies)

    def iter_device_weights(self, bucket_bytes: int) -> Iterator[tuple[str, Tensor]]:
        """Yield the weights as `iter_weights` names them, one by one, on every rank and on its device.

        For vLLM's weight transfer over NCCL or CUDA IPC. All ranks must iterate to the end.
        """
        for tensors in self._gathered(bucket_bytes):
            yield from self._named_as_saved(tensors)

    def _gathered(self, bucket_bytes: int) -> Iterator[dict[str, Tensor]]:
        """Yield the whole weights on every rank in buckets, under the names of the model; one bucket is held at a time.

        What was yielded stays valid for as long as it is referred to.
        """
        model = self.policy.model
        for names in bucket_names(model, bucket_bytes):
            tensors = [model.get_parameter_or_buffer(name) for name in names]
            with deepspeed.zero.GatheredParameters(tensors, enabled=self.settings.zero_stage == 3):
                whole = {name: tensor.detach() for name, tensor in zip(names, tensors, strict=True)}
            yield whole

    def _named_as_saved(self, tensors: dict[str, Tensor]) -> list[tuple[str, Tensor]]:
        """Rename (and, where transformers merges experts, split) weights into what a checkpoint holds."""
        from transformers.core_model_loading import revert_weight_conversion

        return list(revert_weight_conversion(self.policy.model, tensors).items())

    def save(self, folder: str | Path, *, tag: str = "state") -> None:
        """Save weights, optimizer and random state under folder/tag; all ranks call."""
        self.engine.save_checkpoint(str(folder), tag=tag, save_latest=False)
        torch.save(self._own_state(), Path(folder) / tag / f"rank-{self.rank:05d}.pt")
        dist.barrier()

    def load(self, folder: str | Path, *, tag: str = "state") -> None:
        """Restore what `save` wrote; training goes on as if it had not stopped. All ranks call."""
        file = Path(folder) / tag / f"rank-{self.rank:05d}.pt"
        if not file.is_file():
            raise UserError(f"{file} is missing; expected a folder written by a learner with {self.world_size} ranks")
        state = torch.load(file, weights_only=True)
        own = self._own_state()
        for key in ("learner.num_workers", "learner.zero_stage"):
            if state[key] != own[key]:
                raise UserError(f"{folder} was written with {key}={state[key]}, now it is {own[key]}; set it back")
        path, _ = self.engine.load_checkpoint(str(folder), tag=tag)
        assert path is not None, f"DeepSpeed found nothing to load in {folder}/{tag}"
        self.updates_done = state["updates_done"]
        torch.set_rng_state(state["rng"])
        if self.device.type == "cuda":
            torch.cuda.set_rng_state(state["device_rng"])

    def save_model(self, folder: str | Path) -> None:
        """Write the policy in Hugging Face format (weights and configuration, no tokenizer); all ranks call."""
        target = Path(folder)
        buckets = self.iter_weights(SAVE_BUCKET_BYTES)
        if self.rank == 0:
            target.mkdir(parents=True, exist_ok=True)
            write_weights(target, buckets)
            write_configuration(target, self.policy.model, dtype=self.dtype)
        else:
            assert not any(buckets), "only rank 0 holds gathered weights"
        dist.barrier()

    def close(self) -> None:
        """Leave the other ranks; the learner is of no use afterwards."""
        self.engine.destroy()
        deepspeed.comm.destroy_process_group()

    def _score(self, batch: MicroBatch, old: Sequence[Sequence[float]] | None) -> Scored:
        """Run the policy, and the reference where there is one, over a micro-step."""
        log_probs, entropy = self.engine(batch)
        reference = None
        if self.reference is not None:
            with torch.no_grad():
                reference, _ = self.reference(batch)
        before = log_probs.detach()
        if old is not None:
            before = torch.tensor([value for row in old for value in row], device=self.device)
        return Scored(log_probs=log_probs, entropy=entropy, old_log_probs=before, reference_log_probs=reference)

    def _step(self) -> float:
        """Clip and apply the accumulated gradient; return its norm before clipping."""
        norm = None
        if self.settings.zero_stage == 0 and self.dtype == torch.float32:
            # Here DeepSpeed clips without saying what the norm was.
            gradients = [parameter.grad for parameter in self.policy.parameters() if parameter.grad is not None]
            norm = torch.nn.utils.get_total_norm(gradients)
        self.engine.step()
        self.updates_done += 1
        return float(self.engine.get_global_grad_norm() if norm is None else norm)

    def _check_update(self, sums: Tensor, grad_norm: float, *, num_samples: int, num_tokens: int) -> None:
        """Stop when the update was told the wrong denominators, or when it has destroyed the weights."""
        held = {name: round(value) for name, value in zip(SUMS, sums.tolist(), strict=True) if math.isfinite(value)}
        if not math.isfinite(grad_norm):
            raise RunStopped(
                f"the gradient norm of update {self.updates_done} is {grad_norm}; the weights are lost: resume from "
                "the last checkpoint with a lower learner.lr or a smaller algorithm.importance_cap"
            )
        told = {"samples": num_samples, "trained_tokens": num_tokens}
        assert told == {name: held[name] for name in told}, f"update was told {told}, its ranks hold {held}"

    def _set_learning_rate(self) -> float:
        settings = self.settings
        rate = learning_rate(
            self.updates_done,
            peak=settings.lr,
            warmup=settings.warmup_steps,
            total=self.num_updates,
            schedule=settings.schedule,
        )
        for group in self.engine.optimizer.param_groups:
            group["lr"] = rate
        return rate

    def _assert_equal_micro_steps(self, count: int) -> None:
        """A rank with fewer micro-steps would leave the others waiting without end."""
        extremes = torch.tensor([count, -count], device=self.device)
        dist.all_reduce(extremes, op=dist.ReduceOp.MAX)
        most, least = int(extremes[0]), -int(extremes[1])
        assert most == least > 0, f"ranks hold {least} to {most} micro-steps, expected equal numbers, at least 1"

    def _forwards(self, own: int) -> int:
        """Forward passes that every rank must make when this one needs `own`."""
        if self.settings.zero_stage < 3:
            return own
        most = torch.tensor([own], device=self.device)
        dist.all_reduce(most, op=dist.ReduceOp.MAX)
        return int(most)

    def _own_state(self) -> dict[str, Any]:
        """What this rank adds to DeepSpeed's checkpoint."""
        return {
            "updates_done": self.updates_done,
            "learner.num_workers": self.world_size,
            "learner.zero_stage": self.settings.zero_stage,
            "rng": torch.get_rng_state(),
            "device_rng": torch.cuda.get_rng_state() if self.device.type == "cuda" else None,
        }


def make_optimizer(policy: PolicyModel, settings: LearnerConfig, device: torch.device) -> torch.optim.Optimizer:
    """AdamW over all parameters; DeepSpeed's own for host memory when the optimizer is offloaded."""
    beta1, beta2 = settings.betas
    shared: dict[str, Any] = {"lr": settings.lr, "betas": (beta1, beta2), "weight_decay": settings.weight_decay}
    if settings.offload:
        optimizer: torch.optim.Optimizer = DeepSpeedCPUAdam(policy.parameters(), adamw_mode=True, **shared)
        return optimizer
    return torch.optim.AdamW(policy.parameters(), fused=device.type == "cuda", **shared)


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


@contextmanager
def _partitioned_loading(config: dict[str, Any]) -> Iterator[None]:
    """Under ZeRO-3, let transformers load each rank's partition only, never the whole model."""
    if config["zero_optimization"]["stage"] < 3:
        yield
        return
    from transformers.integrations.deepspeed import set_hf_deepspeed_config, unset_hf_deepspeed_config

    # transformers' own class for this asks for the package accelerate; held here, because transformers holds it weakly.
    partitioning = _Partitioning(config)
    set_hf_deepspeed_config(partitioning)
    try:
        yield
    finally:
        unset_hf_deepspeed_config()


class _Partitioning:
    """What transformers looks for when it decides how to load a model."""

    def __init__(self, config: dict[str, Any]) -> None:
        self.config = config

    def is_zero3(self) -> bool:
        return True


def _frozen(policy: PolicyModel, config: dict[str, Any], device: torch.device) -> torch.nn.Module:
    """Return a policy that is only read: partitioned under ZeRO-3, whole otherwise."""
    policy.requires_grad_(False).eval()
    if config["zero_optimization"]["stage"] < 3:
        return policy.to(device)
    reading = {key: value for key, value in config.items() if key != "gradient_clipping"}
    engine, *_ = deepspeed.initialize(model=policy, config=reading | {"zero_optimization": {"stage": 3}})
    engine.eval()
    frozen: torch.nn.Module = engine
    return frozen
