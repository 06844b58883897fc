"""Settings of the model that is trained, and of adapters beside its weights."""

from __future__ import annotations

from dataclasses import dataclass

from omegaconf import MISSING

from rlcs.config.reward_schema import setting


@dataclass
class LoraConfig:
    """Training a few weights beside frozen ones (LoRA)."""

    rank: int = setting(0, "Rank of the adapter beside each linear layer; 0 trains all weights and none beside them.")
    alpha: float = setting(32.0, "What an adapter adds is multiplied by alpha / rank.")
    targets: list[str] = setting(
        [],
        "Ends of the names of the linear layers that get one, for example q_proj; empty means all but the output head, "
        "in parts that model.freeze does not name.",
    )
    save_merged: bool = setting(
        False, "Write the whole model into each checkpoint as well, adapters merged, beside the adapter itself."
    )


@dataclass
class ModelConfig:
    """The policy: where its weights are and how they are held."""

    path: str = setting(
        MISSING, "Folder or hub name of a Hugging Face model, or tiny://text for the shipped tiny policy."
    )
    dtype: str = setting(
        "auto", "Weight type of learner and engine: float32, bfloat16 or auto (bfloat16 on GPU, float32 on CPU)."
    )
    attention: str = setting("auto", "Attention of the learner: sdpa, flash_attention_2, eager, or auto.")
    chat_template: str | None = setting(
        None, "Jinja file that replaces the tokenizer's chat template; empty keeps the tokenizer's."
    )
    gradient_checkpointing: bool = setting(
        False, "Recompute activations in the backward pass: less memory, about a third slower."
    )
    trust_remote_code: bool = setting(False, "Allow model code that comes with the checkpoint to run.")
    freeze: list[str] = setting(
        [], "Parts of a vision-language model that are not trained: vision, merger (vision to language), language."
    )
    lora: LoraConfig = setting(LoraConfig, "Train adapters (LoRA) instead of all weights.")
