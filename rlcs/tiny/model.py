"""Builds the tiny text policy: a real Qwen2 of about 0.9 M parameters with its tokenizer, freshly initialised."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rlcs.tiny.tokenizer import build_tokenizer

if TYPE_CHECKING:
    from transformers import Qwen2ForCausalLM

MAX_LENGTH = 2048
"""Longest sequence in tokens (characters, here): room for long word problems and their thinking."""


def build_model(*, seed: int = 0) -> Qwen2ForCausalLM:
    """Return a seeded, untrained Qwen2 whose output head is its own matrix.

    Untied on purpose: vLLM on CPU leaves the packed copy of a tied head stale when weights are reloaded.
    """
    import torch
    from transformers import GenerationConfig, Qwen2Config, Qwen2ForCausalLM

    tokenizer = build_tokenizer(max_length=MAX_LENGTH)
    config = Qwen2Config(
        vocab_size=len(tokenizer),
        hidden_size=128,
        intermediate_size=384,
        num_hidden_layers=4,
        num_attention_heads=4,
        num_key_value_heads=4,
        max_position_embeddings=MAX_LENGTH,
        tie_word_embeddings=False,
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id,
        bos_token_id=None,
        dtype="float32",
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = Qwen2ForCausalLM(config)
    model.generation_config = GenerationConfig(
        eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id, do_sample=True
    )
    return model


def write_fresh_model(folder: Path, *, seed: int = 0) -> Path:
    """Write an untrained tiny policy and its tokenizer to `folder` in Hugging Face format; return the folder."""
    build_model(seed=seed).save_pretrained(folder)
    build_tokenizer(max_length=MAX_LENGTH).save_pretrained(folder)
    return folder
