"""DeepSpeed's configuration and the weight type, from ours. Pure; the learner hands the result to DeepSpeed."""

from __future__ import annotations

from typing import Any

import torch

from rlcs.config.schema import LearnerConfig
from rlcs.errors import UserError

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}
NEVER = 2**31


def resolve_dtype(name: str, device: torch.device) -> torch.dtype:
    """Return the weight type: auto is bfloat16 on GPU and float32 on CPU."""
    if name == "auto":
        return torch.bfloat16 if device.type == "cuda" else torch.float32
    if name not in DTYPES:
        raise UserError(f"model.dtype={name!r} is not a weight type; set it to float32, bfloat16 or auto")
    return DTYPES[name]


def engine_config(settings: LearnerConfig, *, dtype: torch.dtype) -> dict[str, Any]:
    """Return DeepSpeed's configuration. Gradients are summed in float32; the learner drives their accumulation."""
    if settings.zero_stage not in (0, 1, 2, 3):
        raise UserError(f"learner.zero_stage={settings.zero_stage} does not exist; set it to 0, 1, 2 or 3")
    if settings.offload and settings.zero_stage == 0:
        raise UserError("learner.offload=true needs partitioned optimizer state; set learner.zero_stage to 1, 2 or 3")
    if settings.zero_stage == 0 and dtype == torch.bfloat16:
        raise UserError("learner.zero_stage=0 trains in float32 only; set learner.zero_stage=1 or model.dtype=float32")
    zero: dict[str, Any] = {"stage": settings.zero_stage}
    if settings.offload:
        zero["offload_optimizer"] = {"device": "cpu"}
    return {
        "train_micro_batch_size_per_gpu": 1,
        "gradient_accumulation_steps": 1,
        "gradient_clipping": settings.max_grad_norm,
        "zero_optimization": zero,
        "bf16": {"enabled": dtype == torch.bfloat16},
        "data_types": {"grad_accum_dtype": "fp32"},
        "steps_per_print": NEVER,
    }
