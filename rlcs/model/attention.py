"""Block-diagonal attention for packed samples, in time and memory linear in their number.

A mask over one packed row of T tokens costs T x T in memory and work (a gigabyte at 32K tokens), so without
FlashAttention packing would be slower than no packing. Here the linear layers see one row without padding, and only
attention is computed piece by piece: pieces of like length are laid side by side as rows, causal attention needs no
mask (padding stands at the right, where no token looks), and the result is laid back into the packed row.

A piece is a sample, or the prompt of several, or a completion that continues such a prompt: its tokens look at the
prompt's too, as they would in a sample of their own. The completions of one prompt are laid side by side, their keys
behind those of the prompt (prefix grouping, arXiv 2506.05433).

Legend: T packed tokens, B rows of a bucket, L tokens of its longest row, P tokens of the prompt before them, H heads, D
head size.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any

import torch
from torch import Tensor
from torch.nn.attention.bias import causal_lower_right
from torch.nn.functional import scaled_dot_product_attention

NAME = "rlcs_blocks"
LIKE_LENGTH = 0.7
"""A row shorter than this share of its bucket's longest starts a new bucket: at most 30 % of a bucket is padding."""
FEW_TOKENS = 16
"""So much padding costs less than a bucket more."""
QUERIES = 512
"""Tokens behind a prompt that share a mask: with one mask for all, half of a long completion's work would be masked."""


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """Pieces of like length side by side."""

    rows: Tensor
    """[B, L] int64 place of each token in the packed row; padding repeats a token of the pack."""
    prompt: int | None
    """Number of the section that all rows continue; None for pieces that stand alone."""


@dataclass(frozen=True, kw_only=True)
class Blocks:
    """Where the tokens of packed pieces stand in rows, bucket by bucket."""

    buckets: tuple[Bucket, ...]
    sections: tuple[int, ...]
    """Lengths of what the packed row is cut into: prompts that completions continue, and what stands between them."""
    restore: Tensor
    """[T] place of each packed token among the tokens of all buckets' rows, laid end to end."""


def make_blocks(lengths: Sequence[int], device: torch.device, continues: Sequence[int | None] | None = None) -> Blocks:
    """Lay out pieces of these lengths, packed in this order.

    continues: number of the piece whose tokens each piece looks at, None where it stands alone; by default all do.
    """
    starts = [0, *accumulate(lengths)]
    prompts = {prompt for prompt in continues or () if prompt is not None}
    cuts = sorted({0, starts[-1], *(starts[piece + end] for piece in prompts for end in (0, 1))})
    buckets: list[Bucket] = []
    restore = torch.empty(starts[-1], dtype=torch.int64)
    offset = 0
    for prompt, numbers in _families(lengths, continues):
        for bucket in _buckets(numbers, lengths):
            width = lengths[bucket[0]]
            places = torch.tensor([starts[piece] for piece in bucket])[:, None] + torch.arange(width)
            real = torch.arange(width) < torch.tensor([lengths[piece] for piece in bucket])[:, None]
            restore[places[real]] = offset + torch.arange(places.numel()).view_as(places)[real]
            before = None if prompt is None else cuts.index(starts[prompt])
            buckets.append(Bucket(rows=places.clamp(max=starts[-1] - 1).to(device), prompt=before))
            offset += places.numel()
    sections = tuple(end - start for start, end in pairwise(cuts))
    return Blocks(buckets=tuple(buckets), sections=sections, restore=restore.to(device))


def _families(lengths: Sequence[int], continues: Sequence[int | None] | None) -> Iterator[tuple[int | None, list[int]]]:
    """Yield the pieces that continue the same one, with its number; first those that stand alone."""
    found: dict[int | None, list[int]] = {None: []}
    for piece in range(len(lengths)):
        found.setdefault(continues[piece] if continues else None, []).append(piece)
    yield from found.items()


def _buckets(numbers: Sequence[int], lengths: Sequence[int]) -> list[list[int]]:
    """Group these pieces by like length, longest first in each."""
    buckets: list[list[int]] = []
    for piece in sorted(numbers, key=lambda piece: -lengths[piece]):
        if not buckets or lengths[piece] + FEW_TOKENS < LIKE_LENGTH * lengths[buckets[-1][0]]:
            buckets.append([])
        buckets[-1].append(piece)
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
    """Causal attention inside each piece and to the prompt before it, as transformers' attention registry asks for it.

    query [1, H, T, D]; key and value the same with as many heads or fewer; returns [1, T, H, D].
    """
    plain = unused.get("softcap") is None and unused.get("s_aux") is None
    assert plain, "this kind of attention is not computed here"
    results = []
    packed = [tensor[0].transpose(0, 1) for tensor in (query, key, value)]
    # Cut once: the gradient of a slice is as long as the whole row.
    sections = [torch.split(tensor, list(blocks.sections)) for tensor in packed[1:]]
    for bucket in blocks.buckets:
        q, k, v = (_rows(tensor, bucket.rows) for tensor in packed)
        if bucket.prompt is not None:
            k, v = (_behind(cut[bucket.prompt], own) for cut, own in zip(sections, (k, v), strict=True))
        result = _attend(q, k, v, window=sliding_window, scale=scaling, dropout_p=dropout)
        results.append(result.transpose(1, 2).flatten(0, 1))
    return torch.cat(results).index_select(0, blocks.restore)[None], None


def _rows(packed: Tensor, rows: Tensor) -> Tensor:
    """Lay tokens [T, H, D] out as [B, H, L, D]."""
    return packed.index_select(0, rows.flatten()).view(*rows.shape, *packed.shape[1:]).transpose(1, 2)


def _behind(prompt: Tensor, own: Tensor) -> Tensor:
    """Put the same prompt [P, H, D] before each of the rows [B, H, L, D]."""
    return torch.cat([prompt.transpose(0, 1).expand(len(own), -1, -1, -1), own], dim=2)


def _attend(query: Tensor, key: Tensor, value: Tensor, *, window: int | None, **options: Any) -> Tensor:
    """Causal attention of the last L of P + L tokens, [B, H, L, D]."""
    width, seen = query.shape[2], key.shape[2]
    windowed = window is not None and window < seen
    if width == seen and not windowed:
        return scaled_dot_product_attention(query, key, value, is_causal=True, enable_gqa=True, **options)
    if query.is_cuda and not windowed:
        # Its kernels for this kind of mask want as many heads of keys as of queries.
        key, value = (t.repeat_interleave(query.shape[1] // t.shape[1], dim=1) for t in (key, value))
        return scaled_dot_product_attention(query, key, value, attn_mask=causal_lower_right(width, seen), **options)
    if width > QUERIES:
        behind = seen - width + QUERIES
        first = _attend(query[:, :, :QUERIES], key[:, :, :behind], value[:, :, :behind], window=window, **options)
        return torch.cat([first, _attend(query[:, :, QUERIES:], key, value, window=window, **options)], dim=2)
    mask = _causal(width, seen, window, query.device)
    return scaled_dot_product_attention(query, key, value, attn_mask=mask, enable_gqa=True, **options)


def _causal(width: int, seen: int, window: int | None, device: torch.device) -> Tensor:
    """Mask of causal attention of the last `width` of `seen` tokens, to the last `window` of them each, [L, P + L]."""
    distance = torch.arange(seen - width, seen, device=device)[:, None] - torch.arange(seen, device=device)
    return (distance >= 0) & (distance < (seen if window is None else window))
