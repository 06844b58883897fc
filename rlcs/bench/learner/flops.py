"""Floating-point operations of an update, and how many a device makes in a second.

The formula is that of PaLM (arXiv 2204.02311, appendix B), 6 N + 12 L H Q T a token: N weights, L layers, H heads of
size Q, a sequence of T tokens; attention counted as if it were not causal, recomputed activations not counted. As it is
used here

- padding does no work, and a prompt that several completions share is worked on once;
- the output head works on the tokens of answers alone, and a table of embeddings not at all;
- a weight that is not trained costs 4 in the place of 6: it has no gradient of its own, but passes one on;
- the vision tower works on patches, its merger on image tokens; attention between patches is left out.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from rlcs.bench.learner.work import Counts

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

PEAKS = {
    r"B200": 2250e12,
    r"H200 NVL|H100 NVL": 835e12,
    r"H100 PCIe": 756e12,
    r"GH200|H200|H100": 989e12,
    r"A100": 312e12,
    r"L40S": 362e12,
    r"A10": 125e12,
    r"L4": 121e12,
}
"""Operations a second in bfloat16, dense, by what a GPU is called: NVIDIA's data sheets. The first that fits counts."""
MATMUL_SIZE = {"cuda": 8192, "cpu": 1024}
MATMULS = 3


def peak_of(name: str) -> float | None:
    """Return the peak of a GPU in bfloat16 by its name; None where it is not in the table."""
    return next((peak for pattern, peak in PEAKS.items() if re.search(rf"\b({pattern})\b", name)), None)


def flops_of(model: PreTrainedModel, counts: Counts) -> float:
    """Return the operations of forward and backward pass on what `counts` says."""
    config = model.config.get_text_config()
    vision = getattr(model.config, "vision_config", None)
    merged = 1 if vision is None else vision.spatial_merge_size**2
    times = {"layers": counts.tokens, "head": counts.scored, "embedding": 0,
             "tower": counts.patches, "merger": counts.patches // merged}  # fmt: skip
    linear = sum(times[part] * weights for part, weights in weighted(model).items())
    head_size = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    return float(linear + 12 * config.num_hidden_layers * config.num_attention_heads * head_size * counts.area)


def weighted(model: PreTrainedModel) -> dict[str, float]:
    """Return the operations that the weights of each part of a model make on whatever goes through it once."""
    head, embedding = model.get_output_embeddings().weight, model.get_input_embeddings().weight
    found: dict[str, float] = {}
    for name, parameter in model.named_parameters():
        if parameter is head:
            part = "head"
        elif parameter is embedding:
            part = "embedding"
        elif "visual." in name:
            part = "merger" if "merger." in name else "tower"
        else:
            part = "layers"
        found[part] = found.get(part, 0.0) + (6 if parameter.requires_grad else 4) * parameter.numel()
    return found


def matmul_rate(device: torch.device, dtype: torch.dtype) -> float:
    """Return the operations a second of a large product of square matrices, the best of a few."""
    import torch

    size = MATMUL_SIZE[device.type]
    left, right = (torch.randn(size, size, device=device, dtype=dtype) for _ in range(2))
    seconds = [seconds_of(lambda: left @ right, device) for _ in range(1 + MATMULS)]
    return 2.0 * size**3 / min(seconds[1:])


def seconds_of(work: Callable[[], object], device: torch.device) -> float:
    """Return how long a device is at work."""
    synchronize(device)
    started = time.perf_counter()
    work()
    synchronize(device)
    return time.perf_counter() - started


def synchronize(device: torch.device) -> None:
    """Wait for a GPU to end what it was given."""
    if device.type == "cuda":
        import torch

        torch.cuda.synchronize(device)
