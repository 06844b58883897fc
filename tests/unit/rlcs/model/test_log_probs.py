"""The chunked output head against plain log-softmax and autograd."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

import rlcs.model.log_probs
from rlcs.model.log_probs import TokenScorer, score_logits


def test_a_uniform_head_gives_log_of_the_vocabulary() -> None:
    head = nn.Linear(3, 8, bias=False)
    nn.init.zeros_(head.weight)
    log_probs, entropy = TokenScorer(head, temperature=1.0)(torch.randn(2, 3), torch.tensor([0, 7]))
    assert log_probs.tolist() == pytest.approx([-math.log(8)] * 2)
    assert entropy.tolist() == pytest.approx([math.log(8)] * 2)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("chunk_tokens", [1, 4, 100])
def test_values_and_gradients_equal_those_of_whole_logits(
    monkeypatch: pytest.MonkeyPatch, bias: bool, chunk_tokens: int
) -> None:
    torch.manual_seed(0)
    monkeypatch.setattr(rlcs.model.log_probs, "CHUNK_ELEMENTS", chunk_tokens * 13)
    head = nn.Linear(5, 13, bias=bias)
    hidden = torch.randn(10, 5, requires_grad=True)
    targets, weights = torch.randint(13, (10,)), torch.randn(10)
    inputs = [hidden, *head.parameters()]

    expected, expected_entropy = score_logits(head(hidden) / 0.7, targets)
    wanted = torch.autograd.grad((expected * weights).sum(), inputs)
    found, entropy = TokenScorer(head, temperature=0.7)(hidden, targets)
    given = torch.autograd.grad((found * weights).sum(), inputs)

    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(entropy, expected_entropy)
    assert not entropy.requires_grad
    for one, other in zip(given, wanted, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-6)


def test_entropy_of_a_known_distribution() -> None:
    logits = torch.tensor([[math.log(0.5), math.log(0.25), math.log(0.25)]])
    log_probs, entropy = score_logits(logits, torch.tensor([1]))
    assert log_probs.item() == pytest.approx(math.log(0.25))
    assert entropy.item() == pytest.approx(1.5 * math.log(2))


def test_tokens_that_are_never_sampled_have_no_share_and_no_gradient() -> None:
    torch.manual_seed(0)
    head, hidden, targets = nn.Linear(5, 13), torch.randn(4, 5), torch.tensor([0, 3, 12, 3])
    scorer = TokenScorer(head, temperature=0.5, never=(1, 7))
    log_probs, entropy = scorer(hidden, targets)
    kept = [token for token in range(13) if token not in (1, 7)]
    places = torch.tensor([kept.index(token) for token in targets.tolist()])
    expected, expected_entropy = score_logits(head(hidden)[:, kept] / 0.5, places)
    torch.testing.assert_close(log_probs, expected)
    torch.testing.assert_close(entropy, expected_entropy)
    log_probs.sum().backward()
    assert head.weight.grad is not None
    assert head.weight.grad[[1, 7]].abs().max() == 0
