"""Losses of the policy on flat, packed tokens. Pure functions of tensors; called by the learner in every micro-step.

A loss registered in LOSSES gives a loss per token; `aggregate` makes one number of them. Micro-steps and ranks are only
a way of cutting the update into pieces: every piece is a *sum divided by a denominator of the whole update* (number of
samples or of trained tokens over all micro-steps and ranks), known before the first piece runs. The pieces therefore
add up to the loss of the whole batch however the samples were packed (paper section 5.4).

An episode that begins anew in some turn is several samples, its parts; their weights add up to 1, so that "number of
samples" is the sum of the weights: that of completions.

Legend: T scored tokens of the micro-step; S samples of the micro-step; `segments` [T] tells which sample, 0 to S - 1, a
token belongs to; `mask` [T] is 1.0 on trained tokens, and 0.0 where a sample without any has one scored all the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rlcs.errors import unknown_name
from rlcs.plugins import LOSSES

if TYPE_CHECKING:  # checking a configuration registers the losses, and must not wait for torch
    from torch import Tensor

AGGREGATIONS = ("sample_mean", "token_mean", "token_sum")
KL_ESTIMATORS = ("k1", "k2", "k3")


@dataclass(frozen=True, kw_only=True)
class TokenBatch:
    """What a loss may look at: flat tensors over the T scored tokens of a micro-step, all float but `segments`."""

    log_probs: Tensor
    """[T] under the policy being trained; the only one with a gradient."""
    old_log_probs: Tensor
    """[T] under algorithm.anchor: the learner's weights before the update, or those that sampled the tokens."""
    advantages: Tensor
    """[T] advantage of the token's completion."""
    mask: Tensor
    """[T] 1.0 on trained tokens."""
    segments: Tensor
    """[T] int64, sample of each token."""
    num_segments: int
    """S, samples in this micro-step."""
    weights: Tensor
    """[S] what each counts among samples: 1, or a part's share of the trained tokens of its episode."""

    def log_ratio(self) -> Tensor:
        """Log of the probability ratio new / old, [T], 0 on untrained tokens."""
        return trained(self.log_probs - self.old_log_probs, self.mask)


@dataclass(frozen=True, kw_only=True)
class TokenLoss:
    """A loss per token."""

    loss: Tensor
    """[T] loss of each token; what stands on untrained tokens is ignored."""
    clipped: Tensor
    """[T] bool, tokens whose gradient the clip took away or bounded."""


@LOSSES.register("ppo_clip")
def ppo_clip(batch: TokenBatch, *, clip_low: float, clip_high: float) -> TokenLoss:
    """-min(r A, clip(r, 1 - clip_low, 1 + clip_high) A) with the token's ratio r (PPO; clip-higher as in DAPO)."""
    return _clipped(batch.log_ratio().exp(), batch.advantages, clip_low=clip_low, clip_high=clip_high)


@LOSSES.register("gspo")
def gspo(batch: TokenBatch, *, clip_low: float, clip_high: float) -> TokenLoss:
    """As ppo_clip with one ratio per sample: exp of the mean log ratio over its trained tokens (GSPO eq. 7).

    Of an episode in several parts each part has its own.
    Every token of a sample carries the sample's loss, so with sample_mean the sum is GSPO's objective. Clip bounds must
    be far smaller than PPO's (GSPO uses 3e-4 and 4e-4), because a mean over tokens hardly moves.
    """
    mean = segment_sum(batch.log_ratio(), batch) / segment_sum(batch.mask, batch).clamp(min=1.0)
    return _clipped(mean.exp()[batch.segments], batch.advantages, clip_low=clip_low, clip_high=clip_high)


@LOSSES.register("cispo")
def cispo(batch: TokenBatch, *, clip_low: float, clip_high: float) -> TokenLoss:
    """-clip(r, 1 - clip_low, 1 + clip_high) A log p, r without gradient: no token loses its own (MiniMax-M1)."""
    ratio = batch.log_ratio().exp().detach()
    bounded = ratio.clamp(1.0 - clip_low, 1.0 + clip_high)
    return TokenLoss(loss=-bounded * batch.advantages * batch.log_probs, clipped=bounded != ratio)


def imitation(batch: TokenBatch) -> TokenLoss:
    """-A log p: negative log-likelihood where the advantage is 1 (supervised fine-tuning)."""
    loss = -batch.advantages * batch.log_probs
    return TokenLoss(loss=loss, clipped=loss.new_zeros(loss.shape).bool())


def _clipped(ratio: Tensor, advantages: Tensor, *, clip_low: float, clip_high: float) -> TokenLoss:
    bounded = ratio.clamp(1.0 - clip_low, 1.0 + clip_high)
    free, held = ratio * advantages, bounded * advantages
    return TokenLoss(loss=-free.minimum(held), clipped=(held < free).detach())


def importance_weights(old_log_probs: Tensor, rollout_log_probs: Tensor, *, cap: float) -> Tensor:
    """Truncated importance weights min(exp(old - rollout), cap), [T], without gradient; all ones when cap is 0.

    They correct for the engine having sampled with slightly different probabilities than the learner computes.
    """
    if cap == 0.0:
        return old_log_probs.new_ones(old_log_probs.shape)
    return (old_log_probs - rollout_log_probs).exp().clamp(max=cap).detach()


def kl_penalty(log_probs: Tensor, reference_log_probs: Tensor, *, estimator: str) -> Tensor:
    """Estimate KL(policy || reference) per token, [T], with d = log policy - log reference.

    k1: d (as a loss its expected gradient is 0). k2: d^2 / 2 (unbiased gradient). k3: exp(-d) - 1 + d (never negative).
    """
    difference = log_probs - reference_log_probs
    if estimator == "k1":
        return difference
    if estimator == "k2":
        return difference.square() / 2.0
    if estimator == "k3":
        return (-difference).expm1() + difference
    raise unknown_name("KL estimator", estimator, KL_ESTIMATORS)


def aggregate(loss: Tensor, batch: TokenBatch, *, how: str, num_samples: float, num_tokens: int) -> Tensor:
    """Make one number, this micro-step's share of the update's loss, of the token losses [T].

    num_samples and num_tokens count the whole update, all micro-steps of all ranks: the sum of the weights of its
    samples, which is the number of completions, and trained tokens.
    sample_mean (paper 5.3.2): sum over samples of weight x mean over the sample's trained tokens / number of samples:
    the mean over completions of the mean over the completion's trained tokens, in however many parts it comes.
    token_mean (DAPO): sum over trained tokens / number of trained tokens.
    token_sum (Dr. GRPO): sum over trained tokens / number of samples; long samples weigh more, none is divided down.
    """
    masked = trained(loss, batch.mask)
    if how == "sample_mean":
        means = segment_sum(masked, batch) / segment_sum(batch.mask, batch).clamp(min=1.0)
        return (means * batch.weights).sum() / num_samples
    if how == "token_mean":
        return masked.sum() / num_tokens
    if how == "token_sum":
        return masked.sum() / num_samples
    raise unknown_name("aggregation", how, AGGREGATIONS)


def segment_sum(values: Tensor, batch: TokenBatch) -> Tensor:
    """Sum values [T] over the tokens of each sample, [S]."""
    return values.new_zeros(batch.num_segments).index_add(0, batch.segments, values)


def mismatch(old_log_probs: Tensor, rollout_log_probs: Tensor) -> Tensor:
    """Estimate KL(engine || learner) per token the engine sampled, [T]: exp(d) - 1 - d with d = old - rollout."""
    difference = old_log_probs - rollout_log_probs
    return difference.expm1() - difference


def trained(values: Tensor, mask: Tensor) -> Tensor:
    """Return values [T] on trained tokens, 0 elsewhere."""
    return values.where(mask > 0, 0.0)
