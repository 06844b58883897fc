"""What one micro-step minimizes: the configured loss over its tokens, and the sums that become metrics.

Called by the learner between the policy's forward and backward pass.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from rlcs.algorithm.losses import (
    TokenBatch,
    TokenLoss,
    aggregate,
    imitation,
    importance_weights,
    kl_penalty,
    mismatch,
    trained,
)
from rlcs.config.schema import AlgorithmConfig
from rlcs.errors import unknown_name
from rlcs.model.batch import Labels
from rlcs.plugins import LOSSES

OBJECTIVES = ("policy", "sft")
MAX_LOG_WEIGHT = 20.0
"""Beyond it a weight counts no more: its square would leave float32."""
SUMS = (
    "loss", "entropy", "clipped", "mismatch_kl", "kl", "weight", "squared_weight", "capped", "trained_tokens",
    "samples", "tokens",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Scored:
    """What the models say about the N scored tokens of a micro-step."""

    log_probs: Tensor
    """[N] under the policy, with gradient."""
    entropy: Tensor
    """[N] of the policy's distribution, without."""
    old_log_probs: Tensor
    """[N] under the learner's weights at rollout time, without."""
    reference_log_probs: Tensor | None
    """[N] under the starting policy, or None when there is no KL penalty."""


class Objective:
    """The loss of one update, cut into micro-steps; see rlcs.algorithm.losses for the denominators."""

    def __init__(self, algorithm: AlgorithmConfig, *, kind: str) -> None:
        if kind not in OBJECTIVES:
            raise unknown_name("objective", kind, OBJECTIVES)
        self.algorithm = algorithm
        self.kind = kind
        if kind == "policy":
            LOSSES.get(algorithm.loss)

    def loss(self, scored: Scored, labels: Labels, *, num_samples: float, num_tokens: int) -> tuple[Tensor, Tensor]:
        """Return this micro-step's share of the update's loss, and the SUMS of its trained tokens but the last two."""
        batch = TokenBatch(
            log_probs=scored.log_probs,
            old_log_probs=scored.old_log_probs,
            advantages=labels.advantages,
            mask=labels.mask,
            segments=labels.segments,
            num_segments=labels.num_segments,
            weights=labels.weights,
        )
        token = self._token_loss(batch, labels)
        kl = torch.zeros_like(scored.entropy)
        if scored.reference_log_probs is not None:
            settings = self.algorithm.kl
            # Masked before, not after: an impossible token that is not trained on could make it infinite, and a
            # gradient of nan out of the mask's 0.
            both = (trained(values, labels.mask) for values in (scored.log_probs, scored.reference_log_probs))
            kl = kl_penalty(*both, estimator=settings.estimator)
            token = replace(token, loss=token.loss + settings.coefficient * kl)
        how = self.algorithm.aggregation
        loss = aggregate(token.loss, batch, how=how, num_samples=num_samples, num_tokens=num_tokens)
        gap = mismatch(scored.old_log_probs, labels.rollout_log_probs)
        one = torch.ones_like(kl)
        columns = torch.stack(
            [scored.entropy, token.clipped.float(), gap, kl.detach(), *self._weights(batch, labels), one]
        )
        return loss, torch.cat([loss.detach()[None], (columns * labels.mask).sum(dim=1)])

    def _weights(self, batch: TokenBatch, labels: Labels) -> tuple[Tensor, Tensor, Tensor]:
        """Return [T] the importance weights before they are capped, their squares, and which of them are capped."""
        weights = (batch.old_log_probs - labels.rollout_log_probs).clamp(-MAX_LOG_WEIGHT, MAX_LOG_WEIGHT).exp()
        return weights, weights.square(), (weights > (self.algorithm.importance_cap or torch.inf)).float()

    def _token_loss(self, batch: TokenBatch, labels: Labels) -> TokenLoss:
        if self.kind == "sft":
            return imitation(batch)
        algorithm = self.algorithm
        cap, before = algorithm.importance_cap, batch.old_log_probs
        if algorithm.anchor == "rollout":
            cap, batch = 0.0, replace(batch, old_log_probs=labels.rollout_log_probs)
        token: TokenLoss = LOSSES.get(algorithm.loss)(batch, clip_low=algorithm.clip_low, clip_high=algorithm.clip_high)
        return replace(token, loss=token.loss * importance_weights(before, labels.rollout_log_probs, cap=cap))


def metrics_of(sums: Tensor, *, kind: str, largest_mismatch: float) -> dict[str, float]:
    """Turn SUMS over all micro-steps and ranks into metrics: means over trained tokens."""
    total = dict(zip(SUMS, sums.tolist(), strict=True))
    trained = max(total["trained_tokens"], 1.0)
    metrics = {
        "policy/loss": total["loss"],
        "policy/entropy": total["entropy"] / trained,
        "learner/tokens": total["tokens"],
    }
    if kind == "policy":
        metrics |= {f"policy/{key}": total[key] / trained for key in ("mismatch_kl", "kl")}
        metrics |= {"policy/clip_share": total["clipped"] / trained, "policy/mismatch_max": largest_mismatch}
        metrics["policy/ess"] = total["weight"] ** 2 / (trained * max(total["squared_weight"], 1e-30))
        metrics["policy/capped_share"] = total["capped"] / trained
    return metrics
