"""From hidden states to log-probabilities without ever holding the logits of all tokens.

With a vocabulary of 150,000 the logits of 32K tokens take 20 GB in float32; here they exist for one chunk of tokens at
a time, in the forward pass and again in the backward pass, and nothing of that size is kept between the two.

Legend: N scored tokens, D hidden size, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

CHUNK_ELEMENTS = 2**25
"""Logits computed at a time: 128 MiB in float32."""

LOWEST = -1e9
"""Logit of a token that is never sampled; finite, so that 0 times it is 0 in the entropy."""


class TokenScorer(nn.Module):
    """Log-probability and entropy of given next tokens, through an output head whose weight it shares.

    The weight is registered here as well, so that ZeRO-3 gathers it once for the whole call, not once a chunk.
    """

    def __init__(self, head: nn.Linear, *, temperature: float, never: Sequence[int] = ()) -> None:
        """Share a head's weight; `never` are tokens that the engine leaves out of its distribution."""
        super().__init__()
        self.weight = head.weight
        self.bias = head.bias
        self.temperature = temperature
        self.never = tuple(never)

    def forward(self, hidden: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """hidden [N, D], targets [N] -> log-probabilities [N] and entropies [N] (no gradient), float32."""
        scored: tuple[Tensor, Tensor] = _Score.apply(  # type: ignore[no-untyped-call]
            hidden, self.weight, self.bias, targets, self.temperature, self.never
        )
        return scored


class _Score(torch.autograd.Function):
    """Chunked log-softmax of a linear layer at the targets; the backward pass computes the logits once more."""

    @staticmethod
    def forward(
        ctx: Any,
        hidden: Tensor,
        weight: Tensor,
        bias: Tensor | None,
        targets: Tensor,
        temperature: float,
        never: tuple[int, ...],
    ) -> tuple[Tensor, Tensor]:
        ctx.save_for_backward(hidden, weight, bias, targets)
        ctx.temperature, ctx.never = temperature, never
        scored = [
            score_logits(_logits(part, weight, bias, temperature, never), goal)
            for part, goal in zip(_chunks(hidden, weight), _chunks(targets, weight), strict=True)
        ]
        log_probs = torch.cat([log_prob for log_prob, _ in scored])
        entropy = torch.cat([entropy for _, entropy in scored])
        ctx.mark_non_differentiable(entropy)
        return log_probs, entropy

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        hidden, weight, bias, targets = ctx.saved_tensors
        grad_hidden = torch.empty_like(hidden)
        # Chunks are summed in float32 whatever the weights are held in.
        grad_weight = torch.zeros_like(weight, dtype=torch.float32)
        grad_bias = None if bias is None else torch.zeros_like(bias, dtype=torch.float32)
        pieces = (_chunks(tensor, weight) for tensor in (hidden, targets, gradients[0], grad_hidden))
        for part, goal, grad, grad_part in zip(*pieces, strict=True):
            # d log p(goal) / d logits = one_hot(goal) - softmax(logits)
            grad_logits = torch.softmax(_logits(part, weight, bias, ctx.temperature, ctx.never), dim=-1).neg_()
            grad_logits[torch.arange(len(goal), device=goal.device), goal] += 1.0
            grad_logits *= (grad / ctx.temperature)[:, None]
            if grad_bias is not None:
                grad_bias += grad_logits.sum(0)
            grad_logits = grad_logits.to(hidden.dtype)
            grad_part.copy_(grad_logits @ weight)
            grad_weight += grad_logits.T @ part
        grad_bias = None if grad_bias is None else grad_bias.to(weight.dtype)
        return grad_hidden, grad_weight.to(weight.dtype), grad_bias, None, None, None


def score_logits(logits: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """Log-probabilities of targets [N] and entropies [N] (no gradient) from logits [N, V]."""
    normalized = torch.log_softmax(logits, dim=-1)
    log_probs = normalized.gather(1, targets[:, None]).squeeze(1)
    with torch.no_grad():
        entropy = -(normalized.exp() * normalized).sum(-1)
    return log_probs, entropy


def without(logits: Tensor, never: Sequence[int]) -> Tensor:
    """Return logits [N, V] in which some tokens have no chance."""
    return logits.index_fill(-1, torch.tensor(never, device=logits.device), LOWEST) if never else logits


def _logits(hidden: Tensor, weight: Tensor, bias: Tensor | None, temperature: float, never: tuple[int, ...]) -> Tensor:
    logits = nn.functional.linear(hidden, weight, bias).float()
    return without(logits if temperature == 1.0 else logits / temperature, never)


def _chunks(tensor: Tensor, weight: Tensor) -> tuple[Tensor, ...]:
    return torch.split(tensor, max(CHUNK_ELEMENTS // weight.shape[0], 1))
