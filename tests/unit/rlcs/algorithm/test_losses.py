"""Losses against numbers worked out by hand, and their independence of how samples are cut into micro-steps."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from rlcs.algorithm.losses import (
    TokenBatch,
    TokenLoss,
    aggregate,
    cispo,
    gspo,
    imitation,
    importance_weights,
    kl_penalty,
    mismatch,
    ppo_clip,
)
from rlcs.errors import UserError

LOG2 = math.log(2.0)


def batch(
    log_probs: list[float],
    *,
    old: list[float] | None = None,
    advantages: list[float],
    mask: list[float] | None = None,
    segments: list[int] | None = None,
    weights: list[float] | None = None,
) -> TokenBatch:
    count = len(log_probs)
    places = segments or [0] * count
    return TokenBatch(
        log_probs=torch.tensor(log_probs, dtype=torch.float64, requires_grad=True),
        old_log_probs=torch.tensor(old or [0.0] * count, dtype=torch.float64),
        advantages=torch.tensor(advantages, dtype=torch.float64),
        mask=torch.tensor(mask or [1.0] * count, dtype=torch.float64),
        segments=torch.tensor(places),
        num_segments=max(places) + 1,
        weights=torch.tensor(weights or [1.0] * (max(places) + 1), dtype=torch.float64),
    )


def gradient(token: TokenLoss, tokens: TokenBatch) -> list[float]:
    (found,) = torch.autograd.grad(token.loss.sum(), tokens.log_probs)
    return found.tolist()


def test_ppo_clip_holds_the_ratio_only_where_that_lowers_the_objective() -> None:
    # Ratios 2, 2, 1/2, 1/2, 1 with bounds 0.8 and 1.28.
    tokens = batch([LOG2, LOG2, -LOG2, -LOG2, 0.0], advantages=[1.0, -1.0, 1.0, -1.0, 3.0])
    token = ppo_clip(tokens, clip_low=0.2, clip_high=0.28)
    assert token.loss.tolist() == pytest.approx([-1.28, 2.0, -0.5, 0.8, -3.0])
    assert token.clipped.tolist() == [True, False, False, True, False]
    # d loss / d log p = -ratio * advantage where it is not clipped.
    assert gradient(token, tokens) == pytest.approx([0.0, 2.0, -0.5, 0.0, -3.0])


def test_gspo_uses_the_geometric_mean_ratio_of_the_sample() -> None:
    # Sample 0: log ratios log 2 and log 8 over two trained tokens, mean log 4; the third token is not trained.
    tokens = batch(
        [LOG2, 3 * LOG2, 50.0, 0.0],
        advantages=[-1.0, -1.0, -1.0, 1.0],
        mask=[1.0, 1.0, 0.0, 1.0],
        segments=[0, 0, 0, 1],
    )
    token = gspo(tokens, clip_low=0.2, clip_high=0.28)
    assert token.loss.tolist() == pytest.approx([4.0, 4.0, 4.0, -1.0])
    mean = aggregate(token.loss, tokens, how="sample_mean", num_samples=2, num_tokens=3)
    assert mean.item() == pytest.approx((4.0 - 1.0) / 2)
    # d/d log p of 4 over two samples: 4 * (1/2 each token) / 2 samples.
    (found,) = torch.autograd.grad(mean, tokens.log_probs)
    assert found.tolist() == pytest.approx([1.0, 1.0, 0.0, -0.5])


def test_gspo_clips_whole_samples() -> None:
    tokens = batch([LOG2, 3 * LOG2, 0.0], advantages=[1.0, 1.0, 1.0], segments=[0, 0, 1])
    token = gspo(tokens, clip_low=0.2, clip_high=0.28)
    assert token.clipped.tolist() == [True, True, False]
    assert gradient(token, tokens)[:2] == [0.0, 0.0]


def test_cispo_keeps_the_gradient_of_clipped_tokens() -> None:
    tokens = batch([LOG2, -LOG2, 0.0], advantages=[1.0, 1.0, -2.0])
    token = cispo(tokens, clip_low=0.2, clip_high=0.28)
    assert token.loss.tolist() == pytest.approx([-1.28 * LOG2, 0.8 * LOG2, 0.0])
    assert token.clipped.tolist() == [True, True, False]
    assert gradient(token, tokens) == pytest.approx([-1.28, -0.8, 2.0])


def test_imitation_is_the_negative_log_likelihood() -> None:
    tokens = batch([-1.5, -0.5], advantages=[1.0, 1.0])
    assert imitation(tokens).loss.tolist() == [1.5, 0.5]
    assert gradient(imitation(tokens), tokens) == [-1.0, -1.0]


def test_aggregations_differ_in_their_denominators() -> None:
    # Sample 0 has two trained tokens with losses 1 and 3, sample 1 one with 5; the token with 100 is not trained.
    tokens = batch([0.0] * 4, advantages=[1.0] * 4, mask=[1.0, 1.0, 0.0, 1.0], segments=[0, 0, 0, 1])
    losses = torch.tensor([1.0, 3.0, 100.0, 5.0], dtype=torch.float64)
    found = {
        how: aggregate(losses, tokens, how=how, num_samples=2, num_tokens=3).item()
        for how in ("sample_mean", "token_mean", "token_sum")
    }
    assert found == {"sample_mean": (2.0 + 5.0) / 2, "token_mean": 9.0 / 3, "token_sum": 9.0 / 2}


@pytest.mark.parametrize(("how", "expected"), [("sample_mean", (4.0 + 5.0) / 2), ("token_mean", 21.0 / 5)])
def test_an_episode_counts_the_same_in_one_part_and_in_three(how: str, expected: float) -> None:
    # An episode of four tokens with losses 1, 3, 5 and 7, in parts of 1, 2 and 1, and an answer of one token with 5.
    losses = torch.tensor([1.0, 3.0, 5.0, 7.0, 5.0], dtype=torch.float64)
    whole = batch([0.0] * 5, advantages=[1.0] * 5, segments=[0, 0, 0, 0, 1])
    parts = batch([0.0] * 5, advantages=[1.0] * 5, segments=[0, 1, 1, 2, 3], weights=[0.25, 0.5, 0.25, 1.0])
    found = [aggregate(losses, one, how=how, num_samples=2.0, num_tokens=5).item() for one in (whole, parts)]
    assert found == [expected, expected]


def test_a_sample_without_trained_tokens_adds_nothing() -> None:
    tokens = batch([0.0, 0.0], advantages=[1.0, 1.0], mask=[1.0, 0.0], segments=[0, 1])
    losses = torch.tensor([4.0, float("inf")], dtype=torch.float64)
    assert aggregate(losses, tokens, how="sample_mean", num_samples=2, num_tokens=1).item() == 2.0


def test_an_unknown_aggregation_is_named() -> None:
    tokens = batch([0.0], advantages=[1.0])
    with pytest.raises(UserError, match="did you mean 'token_mean'"):
        aggregate(torch.zeros(1), tokens, how="token_means", num_samples=1, num_tokens=1)


@pytest.mark.parametrize("how", ["sample_mean", "token_mean", "token_sum"])
@pytest.mark.parametrize("loss", [ppo_clip, gspo, cispo])
def test_gradients_of_micro_steps_add_up_to_that_of_the_whole(loss: object, how: str) -> None:
    generator = torch.Generator().manual_seed(0)
    lengths = [3, 7, 1, 5, 4]
    columns = torch.randn(3, sum(lengths), generator=generator, dtype=torch.float64)
    mask = (torch.rand(sum(lengths), generator=generator) > 0.3).double()

    def whole(samples: list[int]) -> Tensor:
        starts = [sum(lengths[:sample]) for sample in samples]
        places = torch.cat([torch.arange(s, s + lengths[k]) for s, k in zip(starts, samples, strict=True)])
        tokens = TokenBatch(
            log_probs=log_probs[places],
            old_log_probs=columns[1][places] * 0.3,
            advantages=columns[2][places],
            mask=mask[places],
            segments=torch.repeat_interleave(torch.arange(len(samples)), torch.tensor([lengths[k] for k in samples])),
            num_segments=len(samples),
            weights=torch.tensor([1.0, 0.25, 0.75, 0.5, 0.5], dtype=torch.float64)[samples],
        )
        token: TokenLoss = loss(tokens, clip_low=0.2, clip_high=0.28)  # type: ignore[operator]
        return aggregate(token.loss, tokens, how=how, num_samples=3.0, num_tokens=int(mask.sum()))

    log_probs = (columns[0] * 0.3).requires_grad_()
    (together,) = torch.autograd.grad(whole([0, 1, 2, 3, 4]), log_probs)
    (apart,) = torch.autograd.grad(whole([4, 1]) + whole([2]) + whole([0, 3]), log_probs)
    assert together.abs().max() > 0
    torch.testing.assert_close(apart, together, rtol=1e-12, atol=1e-14)


def test_importance_weights_are_truncated_from_above_only() -> None:
    old, rollout = torch.tensor([0.0, -1.0, -2.0]), torch.tensor([-5.0, -1.0, -1.0])
    assert importance_weights(old, rollout, cap=2.0).tolist() == pytest.approx([2.0, 1.0, math.exp(-1.0)])
    assert importance_weights(old, rollout, cap=0.0).tolist() == [1.0, 1.0, 1.0]


def test_kl_estimators_at_a_known_difference() -> None:
    policy, reference = torch.tensor([LOG2, 0.0]), torch.tensor([0.0, 0.0])
    assert kl_penalty(policy, reference, estimator="k1").tolist() == pytest.approx([LOG2, 0.0])
    assert kl_penalty(policy, reference, estimator="k2").tolist() == pytest.approx([LOG2**2 / 2, 0.0])
    # exp(-log 2) - 1 + log 2
    assert kl_penalty(policy, reference, estimator="k3").tolist() == pytest.approx([LOG2 - 0.5, 0.0])
    with pytest.raises(UserError, match="known: k1, k2, k3"):
        kl_penalty(policy, reference, estimator="k9")


def test_k1_and_k3_average_to_the_true_divergence() -> None:
    # Two tokens with p = (0.8, 0.2) and q = (0.5, 0.5): expectation over p, summed exactly.
    p, q = torch.tensor([0.8, 0.2]), torch.tensor([0.5, 0.5])
    true = float((p * (p / q).log()).sum())
    for estimator in ("k1", "k3"):
        assert float((p * kl_penalty(p.log(), q.log(), estimator=estimator)).sum()) == pytest.approx(true)
    # The mismatch is the divergence of the engine, which sampled, from the learner.
    assert float((p * mismatch(q.log(), p.log())).sum()) == pytest.approx(true)
