"""The tiny policies by name: the shipped weights (tiny://text) and fresh ones (tiny_text): a real Qwen2 of about 0.9 M
parameters with its tokenizer.
"""

from __future__ import annotations

import importlib.resources
from pathlib import Path
from typing import TYPE_CHECKING

from rlcs.errors import UserError, unknown_name
from rlcs.tiny.tokenizer import build_tokenizer

if TYPE_CHECKING:
    from transformers import Qwen2ForCausalLM

MAX_LENGTH = 2048
"""Longest sequence in tokens (characters, here): room for long word problems and their thinking."""
SHIPPED = ("text", "vision", "all_domains", "reward")
"""Names after tiny:// for which weights are part of the package, in rlcs/tiny/weights/<name>: three policies, a reward
model."""
FRESH = ("tiny_text", "tiny_vision")
"""What sft.init can name."""


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


def resolve_tiny_model(path: str) -> Path:
    """Return the folder of the shipped weights that `path` (such as tiny://text) names."""
    name = path.removeprefix("tiny://")
    if name not in SHIPPED:
        raise unknown_name("tiny model", path, (f"tiny://{known}" for known in SHIPPED))
    folder = Path(str(importlib.resources.files("rlcs.tiny") / "weights" / name))
    if not (folder / "model.safetensors").is_file():
        raise UserError(f"model.path={path}: no weights in {folder}; reinstall rlcs, or make them with `rlcs sft`")
    return folder


def save_fresh_model(name: str, folder: Path, *, seed: int) -> Path:
    """Write freshly initialised weights of a tiny model and its tokenizer or processor; return the folder."""
    if name not in FRESH:
        raise unknown_name("fresh model in sft.init", name, FRESH)
    if name == "tiny_vision":
        from rlcs.tiny.vision_model import write_fresh_vision_model

        return write_fresh_vision_model(folder, seed=seed)
    return write_fresh_model(folder, seed=seed)
