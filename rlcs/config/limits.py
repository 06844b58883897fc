"""What each setting may be: ranges of numbers and lists of choices, as data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rlcs.records import TIERS


@dataclass(frozen=True)
class Range:
    """Which numbers a setting may be, and how that is said."""

    allows: Callable[[float], bool]
    words: str


ABOVE_0 = Range(lambda value: value > 0, "above 0")
FROM_0 = Range(lambda value: value >= 0, "0 or more")
FROM_1 = Range(lambda value: value >= 1, "1 or more")
FROM_2 = Range(lambda value: value >= 2, "2 or more")
SHARE = Range(lambda value: 0 <= value <= 1, "between 0 and 1")
PART = Range(lambda value: 0 < value <= 1, "above 0 and at most 1")
INSIDE = Range(lambda value: 0 < value < 1, "above 0 and below 1")
DECAY = Range(lambda value: 0 <= value < 1, "at least 0 and below 1")
EMPTY_OR_FROM_1 = Range(lambda value: value is None or value >= 1, "1 or more, or leave it empty")
OFF_OR_FROM_1 = Range(lambda value: value == 0 or value >= 1, "1 or more, or 0 for off")
OFF_OR_FROM_2 = Range(lambda value: not value or value >= 2, "2 or more, or 0 for off")

RANGES: dict[str, Range] = {
    "run.steps": FROM_1,
    "run.horizon": FROM_0,
    "run.seed": FROM_0,
    "data.holdout": FROM_0,
    "data.max_prompt_tokens": FROM_1,
    "data.images.max_per_prompt": FROM_1,
    "data.video.fps": ABOVE_0,
    "data.video.max_frames": FROM_2,
    "data.video.max_pixels": FROM_1,
    "rollout.group_size": FROM_2,
    "rollout.num_workers": FROM_1,
    "rollout.tensor_parallel": FROM_1,
    "rollout.max_think_tokens": FROM_1,
    "rollout.max_answer_tokens": FROM_1,
    "rollout.temperature": ABOVE_0,
    "rollout.gpu_memory_utilization": PART,
    "rollout.kv_cache_gib": ABOVE_0,
    "rollout.max_num_seqs": FROM_1,
    "rollout.max_restarts": FROM_0,
    "rollout.threads": FROM_0,
    "curriculum.batch_size": FROM_1,
    "curriculum.temperature": ABOVE_0,
    "curriculum.floor": SHARE,
    "curriculum.rest": FROM_1,
    "curriculum.target_pass_rate": INSIDE,
    "curriculum.prior_strength": ABOVE_0,
    "curriculum.half_life": ABOVE_0,
    "curriculum.min_spread": SHARE,
    "curriculum.expansion.beta": DECAY,
    "curriculum.expansion.cap": FROM_1,
    "curriculum.max_refills": FROM_0,
    "curriculum.screen": OFF_OR_FROM_2,
    "curriculum.bandit.rate": PART,
    "curriculum.bandit.temperature": ABOVE_0,
    "curriculum.bandit.explore": PART,
    "curriculum.unbiased_cap": OFF_OR_FROM_1,
    "scoring.num_workers": FROM_1,
    "scoring.memory_gib": ABOVE_0,
    "scoring.remote_calls": FROM_1,
    "model.lora.rank": FROM_0,
    "model.lora.alpha": ABOVE_0,
    "algorithm.clip_low": PART,
    "algorithm.clip_high": ABOVE_0,
    "algorithm.importance_cap": OFF_OR_FROM_1,
    "algorithm.kl.coefficient": FROM_0,
    "learner.num_workers": FROM_1,
    "learner.lr": ABOVE_0,
    "learner.warmup_steps": FROM_0,
    "learner.weight_decay": FROM_0,
    "learner.max_grad_norm": ABOVE_0,
    "learner.updates_per_step": FROM_1,
    "learner.pack_tokens": FROM_1,
    "learner.threads": FROM_0,
    "sync.bucket_mib": FROM_1,
    "sync.check_every": FROM_0,
    "sync.check_completions": FROM_1,
    "sync.tolerance": FROM_0,
    "eval.every": FROM_0,
    "eval.num_completions": FROM_1,
    "eval.temperature": FROM_0,
    "eval.threshold": PART,
    "grade.num_completions": FROM_1,
    "grade.label_strength": FROM_0,
    "grade.sample": PART,
    "checkpoint.every": FROM_0,
    "cluster.stall_s": FROM_0,
    "checkpoint.keep": FROM_0,
    "run.keep_rollouts": FROM_0,
    "run.keep_rollouts_every": FROM_0,
    "sft.epochs": ABOVE_0,
    "sft.batch_size": FROM_1,
    "preferences.epochs": ABOVE_0,
    "preferences.batch_size": FROM_1,
    "preferences.max_tokens": FROM_2,
}

TEXT, POLICY = FEATURES = ("text", "policy")
"""What curriculum.features may hold."""

CHOICES: dict[str, tuple[object, ...]] = {
    "model.dtype": ("auto", "float32", "bfloat16"),
    "model.attention": ("auto", "sdpa", "flash_attention_2", "eager"),
    "run.schedule": ("in_turn", "overlapped"),
    "algorithm.anchor": ("learner", "rollout"),
    "algorithm.aggregation": ("sample_mean", "token_mean", "token_sum"),
    "algorithm.kl.estimator": ("k1", "k2", "k3"),
    "learner.zero_stage": (0, 1, 2, 3),
    "learner.schedule": ("constant", "linear", "cosine"),
    "learner.short_batch": ("sqrt", "constant"),
    "learner.packing": ("auto", "shared", "packed", "padded"),
    "sync.backend": ("auto", "object_store", "nccl", "ipc"),
    "cluster.placement": ("colocated", "disaggregated"),
    "sft.loss_on": ("response", "all"),
}

SOURCE_RANGES = {"proportion": ABOVE_0}
SOURCE_CHOICES: dict[str, tuple[object, ...]] = {"on_bad_row": ("error", "skip")}

ENVIRONMENT_RANGES = {"hosts": FROM_1, "keep_images": FROM_0, "max_turns": EMPTY_OR_FROM_1, "context_tokens": FROM_1}
ENVIRONMENT_CHOICES: dict[str, tuple[object, ...]] = {"layout": ("append", "fresh"), "when_full": ("end", "fresh")}

REWARD_MODEL_RANGES = {
    "clip": ABOVE_0,
    "max_tokens": FROM_2,
    "batch_tokens": FROM_1,
    "num_workers": FROM_1,
    "num_gpus": FROM_0,
}

REWARD_RANGES = {
    "weight": FROM_0,
    "reward_model_weight": FROM_0,
    "format_weight": FROM_0,
    "style.language_weight": FROM_0,
    "style.repetition_weight": FROM_0,
    "style.repetition_ngram": FROM_1,
    "style.length_weight": FROM_0,
    "style.max_tokens": FROM_1,
    "style.soft_tokens": FROM_1,
    "style.cap": SHARE,
    "timeout_s": ABOVE_0,
    "max_unjudged_share": SHARE,
}
REWARD_CHOICES: dict[str, tuple[object, ...]] = {
    "format.think": ("required", "optional", "forbidden"),
    "format.answer_tag": ("required", "optional", "forbidden"),
    "format.box": ("any", "glm", "boxed", "none"),
}

NUM_TIER_EDGES = len(TIERS) - 1
