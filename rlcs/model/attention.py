"""Block-diagonal attention for packed samples, in time and memory linear in their number.

A mask over one packed row of T tokens costs T x T in memory and work (a gigabyte at 32K tokens), so without
FlashAttention packing would be slower than no packing. Here the linear layers see one row without padding, and only
attention is computed sample by sample: samples of like length are laid side by side as rows, causal attention needs no
mask (padding stands at the right, where no token looks), and the result is laid back into the packed row.

Legend: T packed tokens, B rows of a bucket, L tokens of its longest row, H heads, D head size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

NAME = "rlcs_blocks"
LIKE_LENGTH = 0.7
"""A row shorter than this share of its bucket's longest starts a new bucket: at most 30 % of a bucket is padding."""


@dataclass(frozen=True, kw_only=True)
class Blocks:
    """Where the tokens of packed samples stand in rows, bucket by bucket."""

    rows: tuple[Tensor, ...]
    """One int64 [B, L] tensor a bucket: place in the packed row of each token; padding repeats a token of the pack."""
    restore: Tensor
    """[T] place of each packed token among the tokens of all buckets' rows, laid end to end."""


def make_blocks(lengths: Sequence[int], device: torch.device) -> Blocks:
    """Lay out samples of these lengths, packed in this order."""
    starts = [0, *torch.tensor(lengths).cumsum(0).tolist()]
    rows: list[Tensor] = []
    restore = torch.empty(starts[-1], dtype=torch.int64)
    offset = 0
    for bucket in _buckets(lengths):
        width = lengths[bucket[0]]
        places = torch.tensor([starts[sample] for sample in bucket])[:, None] + torch.arange(width)
        real = torch.arange(width) < torch.tensor([lengths[sample] for sample in bucket])[:, None]
        restore[places[real]] = offset + torch.arange(places.numel()).view_as(places)[real]
        rows.append(places.clamp(max=starts[-1] - 1).to(device))
        offset += places.numel()
    return Blocks(rows=tuple(rows), restore=restore.to(device))


def _buckets(lengths: Sequence[int]) -> list[list[int]]:
    """Group sample numbers by like length, longest first in each."""
    buckets: list[list[int]] = []
    for sample in sorted(range(len(lengths)), key=lambda sample: -lengths[sample]):
        if not buckets or lengths[sample] < LIKE_LENGTH * lengths[buckets[-1][0]]:
            buckets.append([])
        buckets[-1].append(sample)
    return buckets


def block_attention(
    module: torch.nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    *,
    blocks: Blocks,
    scaling: float | None = None,
    dropout: float = 0.0,
    sliding_window: int | None = None,
    **unused: Any,
) -> tuple[Tensor, None]:
    """Causal attention inside each sample, with the signature that transformers' attention registry asks for.

    query [1, H, T, D]; key and value the same with as many heads or fewer; returns [1, T, H, D].
    """
    plain = unused.get("softcap") is None and unused.get("s_aux") is None
    assert plain, "this kind of attention is not computed here"
    results = []
    packed = [tensor[0].transpose(0, 1) for tensor in (query, key, value)]
    for rows in blocks.rows:
        batch, width = rows.shape
        q, k, v = (
            tensor.index_select(0, rows.flatten()).view(batch, width, *tensor.shape[1:]).transpose(1, 2)
            for tensor in packed
        )
        mask = _window(width, sliding_window, query.device)
        result = scaled_dot_product_attention(
            q, k, v, attn_mask=mask, is_causal=mask is None, scale=scaling, dropout_p=dropout, enable_gqa=True
        )
        results.append(result.transpose(1, 2).flatten(0, 1))
    return torch.cat(results).index_select(0, blocks.restore)[None], None


def _window(width: int, sliding_window: int | None, device: torch.device) -> Tensor | None:
    """Mask of causal attention over the last `sliding_window` tokens, [L, L]; None where the window holds every row."""
    if sliding_window is None or width <= sliding_window:
        return None
    distance = torch.arange(width, device=device)[:, None] - torch.arange(width, device=device)
    return (distance >= 0) & (distance < sliding_window)
