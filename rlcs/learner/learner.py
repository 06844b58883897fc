"""The learner: one rank that turns samples into policy updates.

All ranks call the same methods at the same time with the same number of micro-steps; a rank with nothing to do runs a
token that trains nothing. One update is

    for each micro-step:  samples -> flat tensors -> policy -> loss (a share of the update's loss) -> backward
    then                  clip, AdamW step, metrics summed over ranks
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
import torch
import torch.distributed as dist
from numpy.typing import NDArray
from torch import Tensor

from rlcs.algorithm.objective import SUMS, Objective, Scored, metrics_of
from rlcs.config.schema import AlgorithmConfig, ImagesConfig, ModelConfig, VideoConfig
from rlcs.learner.deepspeed_config import engine_config
from rlcs.learner.partitioned import partitioned_loading
from rlcs.learner.prompt_packing import plan_samples
from rlcs.learner.rank import Rank, frozen
from rlcs.model.batch import Labels, MicroBatch, collate, filled, prompt_places, scored_values, split_by_sample
from rlcs.model.lora import adapters_off, add_adapters
from rlcs.model.policy import PolicyModel, freeze_parts, layout_of, load_model
from rlcs.model.vision import ImageReader, load_processor
from rlcs.process.pulse import tick
from rlcs.records import Sample

Found = TypeVar("Found")


class Learner(Rank):
    """One rank of the policy's training."""

    def __init__(
        self,
        *,
        model_path: str,
        model: ModelConfig,
        algorithm: AlgorithmConfig,
        temperature: float,
        objective: str = "policy",
        images: ImagesConfig | None = None,
        video: VideoConfig | None = None,
        **place: Any,
    ) -> None:
        """Load the policy from the folder `model_path`; `place` is what every Rank needs.

        temperature: that of the rollout, which divides the logits. objective: policy or sft. images, video: limits.
        """
        self.objective = Objective(algorithm, kind=objective)
        processor = load_processor(model, model_path)
        self.reader = None if processor is None else ImageReader(processor, images or ImagesConfig(), video)

        def load(rank: Rank) -> PolicyModel:
            packing = rank.settings.packing
            loaded = load_model(model_path, model, dtype=rank.dtype, packed=packing != "padded")
            freeze_parts(loaded, model.freeze)
            if model.lora.rank:
                add_adapters(loaded, model.lora)
            # Traces have a prompt each; where the whole text is trained on, all begin with the same token.
            asked = "packed" if objective == "sft" and packing == "auto" else packing
            return PolicyModel(loaded, layout=layout_of(loaded, asked), temperature=temperature)

        super().__init__(load, model_path=model_path, model=model, **place)
        self.reference = None
        self._has_reference = objective == "policy" and algorithm.kl.coefficient > 0
        if self._has_reference and not model.lora.rank:
            config = engine_config(self.settings, dtype=self.dtype)
            with partitioned_loading(config):
                self.reference = frozen(load(self), config, self.device)

    @property
    def policy(self) -> PolicyModel:
        """The policy; under ZeRO-3 its parameters are empty outside of forward, backward and gathering."""
        policy: PolicyModel = self.engine.module
        return policy

    def update(
        self,
        micro_steps: Sequence[Sequence[Sample]],
        *,
        num_samples: float,
        num_tokens: int,
        batch_share: float = 1.0,
        old_log_probs: Sequence[Sequence[Sequence[float]]] | None = None,
    ) -> dict[str, float]:
        """Make one optimizer update from this rank's micro-steps; return metrics over all ranks.

        num_samples and num_tokens are those of the whole update, over all ranks: the weights of its samples added up,
        and trained tokens. batch_share: groups trained on over curriculum.batch_size, for the learning rate.
        old_log_probs [micro-step][sample][T] are what `log_probs` gave before the first update on these samples; leave
        them out when there is one update per rollout: the policy of the rollout is then the policy before this update.
        """
        assert num_samples > 0 and num_tokens > 0, "an update needs at least one trained token"
        self.assert_equal_micro_steps(len(micro_steps))
        rate = self.set_learning_rate(batch_share)
        # Double, because token counts of a large update pass 2^24, beyond which float32 skips whole numbers.
        sums = torch.zeros(len(SUMS), dtype=torch.float64, device=self.device)
        largest = torch.zeros(1, device=self.device)
        for index, samples in enumerate(micro_steps):
            self.engine.set_gradient_accumulation_boundary(is_boundary=index == len(micro_steps) - 1)
            old = None if old_log_probs is None else old_log_probs[index]
            whole = filled(samples, self.reader)
            batch, labels = self._collate(whole)
            scored = self._score(batch, None if old is None else scored_values(_filled_up(old, len(whole)), whole))
            loss, parts = self.objective.loss(scored, labels, num_samples=num_samples, num_tokens=num_tokens)
            # DeepSpeed takes the mean over ranks; the shares of the ranks are to be summed.
            self.engine.backward(loss * self.world_size)
            counts = (sum(sample.weight for sample in samples), sum(sample.num_tokens for sample in samples))
            sums += torch.cat([parts.double(), sums.new_tensor(counts)])
            tick()
            gaps = (scored.old_log_probs - labels.rollout_log_probs).abs() * labels.mask
            largest = torch.maximum(largest, gaps.max())
        grad_norm = self.step()
        dist.all_reduce(sums)
        dist.all_reduce(largest, op=dist.ReduceOp.MAX)
        _check_totals(sums, num_samples=num_samples, num_tokens=num_tokens)
        metrics = metrics_of(sums, kind=self.objective.kind, largest_mismatch=float(largest))
        return metrics | {"policy/grad_norm": grad_norm, "policy/lr": rate}

    def log_probs(self, samples: Sequence[Sample]) -> list[list[float]]:
        """Log-probabilities [T] of each sample's trained tokens under the current weights, 0.0 on the others.

        Under ZeRO-3 all ranks must call this at the same time (each with samples of its own, or none).
        """

        def read(whole: Sequence[Sample]) -> list[list[float]]:
            values, _ = self.engine(self._collate(whole)[0])
            return split_by_sample(values, whole)

        return self._read_all(samples, read, share=self.policy.layout == "shared")

    def prompt_states(self, samples: Sequence[Sample]) -> NDArray[np.float32]:
        """Mean last hidden state of each sample's prompt tokens under the current weights, [number of samples, D].

        What comes behind the prompts changes nothing, as attention is causal. Called as `log_probs` is.
        """

        def read(whole: Sequence[Sample]) -> list[Tensor]:
            batch, _ = collate(whole, self.device, self.reader)
            places, owner = (one.to(self.device) for one in prompt_places(whole))
            states, _ = self.engine(replace(batch, predictors=places), hidden=True)
            sums = torch.zeros(len(whole), states.shape[1], device=self.device).index_add_(0, owner, states.float())
            return list((sums / torch.bincount(owner)[:, None]).cpu())

        found = self._read_all(samples, read, share=False)
        return torch.stack(found).numpy() if found else np.zeros((0, 0), dtype=np.float32)

    def _read_all(
        self, samples: Sequence[Sample], read: Callable[[Sequence[Sample]], list[Found]], *, share: bool
    ) -> list[Found]:
        """Return what `read` gives for each sample: it is called with as many as fit a micro-step, without gradient."""
        plan = plan_samples(samples, num_ranks=1, pack_tokens=self.settings.pack_tokens, share=share).ranks[0]
        found: dict[int, Found] = {}
        self.engine.eval()
        with torch.no_grad():
            for step in range(self.num_forwards(len(plan))):
                chosen = plan[step] if step < len(plan) else ()
                whole = filled([samples[number] for number in chosen], self.reader)
                found |= dict(zip(chosen, read(whole), strict=False))
                tick()
        self.engine.train()
        return [found[number] for number in range(len(samples))]

    def _collate(self, samples: Sequence[Sample]) -> tuple[MicroBatch, Labels]:
        return collate(samples, self.device, self.reader, share=self.policy.layout == "shared")

    def _score(self, batch: MicroBatch, old: Sequence[float] | None) -> Scored:
        """Run the policy, and the reference where there is one, over a micro-step; `old` [N] where it was kept."""
        reference = self._score_by_reference(batch) if self._has_reference else None
        log_probs, entropy = self.engine(batch)
        before = log_probs.detach() if old is None else torch.tensor(old, device=self.device)
        return Scored(log_probs=log_probs, entropy=entropy, old_log_probs=before, reference_log_probs=reference)

    @torch.no_grad()
    def _score_by_reference(self, batch: MicroBatch) -> Tensor:
        """Return log-probabilities of the policy before training: a model of its own, or the base below adapters."""
        if self.reference is not None:
            log_probs, _ = self.reference(batch)
        else:
            self.engine.eval()
            with adapters_off(self.model):
                log_probs, _ = self.engine(batch)
            self.engine.train()
        found: Tensor = log_probs
        return found


def _filled_up(old: Sequence[Sequence[float]], num_samples: int) -> Sequence[Sequence[float]]:
    """Return old log-probabilities for the samples that `filled` added as well, each of one token."""
    return [*old, *[[0.0]] * (num_samples - len(old))]


def _check_totals(sums: Tensor, *, num_samples: float, num_tokens: int) -> None:
    """Stop when an update was told the wrong denominators; weights of parts are fractions, and their sums rounded."""
    found = dict(zip(SUMS, sums.tolist(), strict=True))
    told = {"samples": num_samples, "trained_tokens": num_tokens}
    held = {name: found[name] for name in told}
    fits = all(math.isclose(held[name], told[name], rel_tol=1e-9) for name in told)
    assert fits, f"update was told {told}, its ranks hold {held}"
