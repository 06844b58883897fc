"""Our packed attention against FlashAttention's call for rows of different lengths: one layer, forward and backward."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from statistics import median
from typing import TYPE_CHECKING, Any

from rlcs.bench.learner.flops import seconds_of
from rlcs.bench.learner.shapes import SHAPES
from rlcs.bench.learner.work import Load, make_samples
from rlcs.learner.packing import plan_micro_steps
from rlcs.process.environment import prepare_process, thread_share

if TYPE_CHECKING:
    from torch import Tensor

LIBRARY = "flash_attn"
REPEATS = 5


@dataclass(frozen=True, kw_only=True)
class AttentionTimes:
    """Seconds of a layer's attention on one micro-step."""

    tokens: int
    samples: int
    ours_s: list[float]
    flash_s: list[float] | None
    """None: not compared; `why_not` says why."""
    why_not: str | None = None


def compare(shape: str, *, dtype: str, load: Load) -> AttentionTimes:
    """Time both on the lengths of the first packed micro-step."""
    prepare_process()
    import torch

    torch.set_num_threads(thread_share(1, 0))
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    lengths = [sample.num_tokens for sample in make_samples(load)]
    plan = plan_micro_steps(lengths, num_ranks=1, pack_tokens=load.pack_tokens)
    chosen = [lengths[number] for number in plan.ranks[0][0]]
    why_not = reason_against(device.type, dtype)
    heads = _tensors(shape, sum(chosen), device, getattr(torch, dtype))
    ours = _times(_ours(chosen, device), heads, device)
    theirs = None if why_not else _times(_flash(chosen, device), heads, device)
    return AttentionTimes(tokens=sum(chosen), samples=len(chosen), ours_s=ours, flash_s=theirs, why_not=why_not)


def reason_against(device: str, dtype: str) -> str | None:
    """Return why FlashAttention cannot be called here, None where it can."""
    if importlib.util.find_spec(LIBRARY) is None:
        return "not installed"
    if device != "cuda":
        return "needs a GPU"
    return "needs bfloat16" if dtype != "bfloat16" else None


def _tensors(name: str, tokens: int, device: Any, dtype: Any) -> list[Tensor]:
    """Return queries, keys and values [T, H, D] of a layer of a shape."""
    import torch

    shape = SHAPES[name]
    size = shape.hidden_size // shape.num_attention_heads
    counts = (shape.num_attention_heads, shape.num_key_value_heads, shape.num_key_value_heads)
    return [torch.randn(tokens, heads, size, device=device, dtype=dtype, requires_grad=True) for heads in counts]


def _ours(lengths: Sequence[int], device: Any) -> Callable[..., Tensor]:
    import torch

    from rlcs.model.attention import block_attention, make_blocks

    blocks, module = make_blocks(lengths, device), torch.nn.Identity()

    def call(*heads: Tensor) -> Tensor:
        query, key, value = (tensor.transpose(0, 1)[None] for tensor in heads)
        return block_attention(module, query, key, value, None, blocks=blocks)[0]

    return call


def _flash(lengths: Sequence[int], device: Any) -> Callable[..., Tensor]:
    import torch
    from flash_attn import flash_attn_varlen_func  # type: ignore[import-not-found, unused-ignore]

    ends = torch.tensor([0, *accumulate(lengths)], dtype=torch.int32, device=device)

    def call(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        longest = max(lengths)
        found: Tensor = flash_attn_varlen_func(query, key, value, ends, ends, longest, longest, causal=True)
        return found

    return call


def _times(call: Callable[..., Tensor], heads: list[Tensor], device: Any) -> list[float]:
    """Return the seconds of repeated calls, forward and backward, after one that warms up."""
    return [seconds_of(lambda: call(*heads).sum().backward(), device) for _ in range(1 + REPEATS)][1:]


def in_words(times: AttentionTimes) -> str:
    """Return the comparison as a line."""
    ours = median(times.ours_s)
    what = f"attention of a layer, forward and backward, {times.samples} samples packed into {times.tokens:,} tokens"
    if times.flash_s is None:
        return f"{what}: ours {ours * 1e3:.2f} ms, FlashAttention {times.why_not}"
    flash = median(times.flash_s)
    return f"{what}: ours {ours * 1e3:.2f} ms, FlashAttention {flash * 1e3:.2f} ms, ratio {flash / ours:.2f}"
