"""Block attention against one mask over the whole packed row."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.nn.attention.bias import causal_lower_right
from torch.nn.functional import scaled_dot_product_attention

from rlcs.model import attention
from rlcs.model.attention import block_attention, make_blocks

CPU = torch.device("cpu")


def by_mask(
    query: Tensor, key: Tensor, value: Tensor, lengths: list[int], continues: list[int | None], window: int | None
) -> Tensor:
    """Attention by one mask over the row, from which piece each token is in and how far behind its beginning."""
    pieces = torch.repeat_interleave(torch.arange(len(lengths)), torch.tensor(lengths))
    parents = torch.tensor([piece if prompt is None else prompt for piece, prompt in enumerate(continues)])
    before = torch.tensor([0 if prompt is None else lengths[prompt] for prompt in continues])
    places = torch.cat([torch.arange(length) for length in lengths]) + before[pieces]
    distance = places[:, None] - places
    allowed = (pieces[:, None] == pieces) | (parents[pieces][:, None] == pieces)
    allowed &= (distance >= 0) & (distance < (window or sum(lengths)))
    return scaled_dot_product_attention(query, key, value, attn_mask=allowed, enable_gqa=True).transpose(1, 2)


@pytest.mark.parametrize(
    "lengths, continues",
    [
        ([7], [None]),
        ([1, 1, 1], [None] * 3),
        ([3, 20, 1, 19, 8, 14, 2], [None] * 7),
        ([5, 3, 1, 9], [None, 0, 0, 0]),
        ([4, 1, 2, 30, 29, 3, 8, 1, 26, 1], [None, None, 1, 1, 1, None, None, 6, 6, 6]),
    ],
)
@pytest.mark.parametrize("window", [None, 4])
@pytest.mark.parametrize("queries", [512, 8])
def test_values_and_gradients_equal_masked_attention(
    monkeypatch: pytest.MonkeyPatch, lengths: list[int], continues: list[int | None], window: int | None, queries: int
) -> None:
    monkeypatch.setattr(attention, "QUERIES", queries)
    torch.manual_seed(0)
    total = sum(lengths)
    inputs = [torch.randn(1, heads, total, 8, requires_grad=True) for heads in (4, 2, 2)]
    weights = torch.randn(1, total, 4, 8)
    blocks = make_blocks(lengths, CPU, continues)

    found, _ = block_attention(nn.Module(), *inputs, None, blocks=blocks, sliding_window=window)
    expected = by_mask(*inputs, lengths, continues, window)

    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-6)
    given = torch.autograd.grad((found * weights).sum(), inputs)
    wanted = torch.autograd.grad((expected * weights).sum(), inputs)
    for one, other in zip(given, wanted, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-6)


def test_samples_of_unlike_length_are_not_padded_to_one_another() -> None:
    lengths = [1000, 10, 9, 900, 8]
    blocks = make_blocks(lengths, CPU)
    assert sorted(tuple(bucket.rows.shape) for bucket in blocks.buckets) == [(2, 1000), (3, 10)]


def test_the_mask_that_a_gpu_gets_behind_a_prompt_means_the_same() -> None:
    torch.manual_seed(0)
    query, key, value = (torch.randn(2, 4, length, 8) for length in (3, 8, 8))
    found = scaled_dot_product_attention(query, key, value, attn_mask=causal_lower_right(3, 8))
    expected = scaled_dot_product_attention(query, key, value, attn_mask=torch.ones(3, 8, dtype=torch.bool).tril(5))
    torch.testing.assert_close(found, expected)


def test_completions_lie_beside_those_of_their_prompt_only() -> None:
    blocks = make_blocks([6, 20, 19, 80, 5, 20], CPU, [None, 0, 0, 0, None, 4])
    assert [(bucket.prompt, tuple(bucket.rows.shape)) for bucket in blocks.buckets] == [
        (None, (2, 6)), (0, (1, 80)), (0, (2, 20)), (2, (1, 20)),
    ]  # fmt: skip
    assert blocks.sections == (6, 119, 5, 20)


def test_every_packed_token_is_found_again() -> None:
    lengths = [3, 20, 1, 19, 8]
    blocks = make_blocks(lengths, CPU)
    laid_out = torch.cat([bucket.rows.flatten() for bucket in blocks.buckets])
    assert laid_out[blocks.restore].tolist() == list(range(sum(lengths)))


def test_attention_that_it_does_not_compute_is_refused() -> None:
    tensor = torch.zeros(1, 1, 2, 4)
    with pytest.raises(AssertionError, match="not computed here"):
        block_attention(nn.Module(), tensor, tensor, tensor, None, blocks=make_blocks([2], CPU), softcap=30.0)
