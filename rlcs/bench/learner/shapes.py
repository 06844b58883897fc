"""Shapes of models by name, and a model of a shape with random weights: speed and memory do not depend on them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rlcs.errors import UserError

IMAGE_TOKENS = {"vision_start": "<|vision_start|>", "image": "<|image_pad|>", "vision_end": "<|vision_end|>",
                "video": "<|video_pad|>"}  # fmt: skip
LONGEST = 32768
PATCH = {"patch_size": 14, "merge_size": 2, "temporal_patch_size": 2}
TOKEN_SIDE = PATCH["patch_size"] * PATCH["merge_size"]
"""Pixels of the side of an image token."""
QWEN_TOWER = {"depth": 32, "hidden_size": 1280, "intermediate_size": 3420, "num_heads": 16}


@dataclass(frozen=True, kw_only=True)
class Shape:
    """The sizes of a model, as transformers' configuration of its architecture names them."""

    architecture: str
    hidden_size: int
    intermediate_size: int
    num_hidden_layers: int
    num_attention_heads: int
    num_key_value_heads: int
    vocab_size: int
    tie_word_embeddings: bool = True
    tower: dict[str, int] | None = None
    """Sizes of the vision tower; None for a text model."""


TINY: dict[str, Any] = {
    "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "vocab_size": 512,
}  # fmt: skip
OF_7B: dict[str, Any] = {
    "hidden_size": 3584, "intermediate_size": 18944, "num_hidden_layers": 28, "num_attention_heads": 28,
    "num_key_value_heads": 4, "vocab_size": 152064, "tie_word_embeddings": False,
}  # fmt: skip

SHAPES = {
    "tiny": Shape(architecture="qwen2", **TINY),
    # SmolLM2-135M
    "135m": Shape(
        architecture="llama", hidden_size=576, intermediate_size=1536, num_hidden_layers=30, num_attention_heads=9,
        num_key_value_heads=3, vocab_size=49152,
    ),
    # Qwen2.5-0.5B, -1.5B and -7B
    "0.5b": Shape(
        architecture="qwen2", hidden_size=896, intermediate_size=4864, num_hidden_layers=24, num_attention_heads=14,
        num_key_value_heads=2, vocab_size=151936,
    ),
    "1.5b": Shape(
        architecture="qwen2", hidden_size=1536, intermediate_size=8960, num_hidden_layers=28, num_attention_heads=12,
        num_key_value_heads=2, vocab_size=151936,
    ),
    "7b": Shape(architecture="qwen2", **OF_7B),
    "vision-tiny": Shape(
        architecture="qwen2_5_vl", **TINY,
        tower={"depth": 2, "hidden_size": 32, "intermediate_size": 48, "num_heads": 2},
    ),
    # Qwen2.5-VL-3B and -7B
    "vision-3b": Shape(
        architecture="qwen2_5_vl", hidden_size=2048, intermediate_size=11008, num_hidden_layers=36,
        num_attention_heads=16, num_key_value_heads=2, vocab_size=151936, tower=QWEN_TOWER,
    ),
    "vision-7b": Shape(architecture="qwen2_5_vl", **OF_7B, tower=QWEN_TOWER),
}  # fmt: skip


def shape_of(name: str) -> Shape:
    """Return a shape by name; UserError for one that there is not."""
    if name not in SHAPES:
        raise UserError(f"--shape {name}: there is no such shape; take one of {', '.join(SHAPES)}")
    return SHAPES[name]


def write_model(name: str, folder: Path, dtype: str) -> str:
    """Write a model of a shape with random weights, and its processor where it has eyes; return the weight type.

    dtype: float32, bfloat16 or auto (bfloat16 on a GPU, float32 on CPU).
    """
    from rlcs.process.environment import prepare_process

    prepare_process()
    import torch
    import transformers
    from transformers.utils.logging import disable_progress_bar

    from rlcs.learner.deepspeed_config import resolve_dtype

    disable_progress_bar()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    shape, held = SHAPES[name], resolve_dtype(dtype, device)
    processor = make_processor(shape)
    kind: Any = transformers.AutoModelForCausalLM if processor is None else transformers.AutoModelForImageTextToText
    with device:
        model = kind.from_config(configuration(shape, processor), dtype=held)
    model.save_pretrained(folder)
    if processor is not None:
        processor.save_pretrained(folder)
    return str(held).removeprefix("torch.")


def configuration(shape: Shape, processor: Any | None) -> Any:
    """Return transformers' configuration of a shape; `processor` is what `make_processor` returns."""
    from transformers import AutoConfig

    names = ("hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads",
             "vocab_size", "tie_word_embeddings")  # fmt: skip
    sizes = {name: getattr(shape, name) for name in names} | {"max_position_embeddings": LONGEST}
    # Generic tokens: the default ones of an architecture may lie outside of a small vocabulary.
    sizes |= {"bos_token_id": 1, "eos_token_id": 2, "pad_token_id": None}
    if shape.tower is None:
        return AutoConfig.for_model(shape.architecture, **sizes)
    assert processor is not None
    half = shape.hidden_size // shape.num_attention_heads // 2
    sections = [half - 2 * (3 * half // 8), 3 * half // 8, 3 * half // 8]  # [16, 24, 24] of 64, as in Qwen2.5-VL
    rope = {"rope_type": "default", "rope_theta": 1e6, "mrope_section": sections}
    ids = processor.tokenizer.convert_tokens_to_ids
    return AutoConfig.for_model(
        shape.architecture,
        text_config={**sizes, "rope_parameters": rope},
        vision_config={**shape.tower, "out_hidden_size": shape.hidden_size, "patch_size": PATCH["patch_size"],
                       "fullatt_block_indexes": list(range(7, 32, 8)) if shape.tower["depth"] == 32 else [1]},
        tie_word_embeddings=shape.tie_word_embeddings,
        **{f"{name}_token_id": ids(token) for name, token in IMAGE_TOKENS.items()},
    )  # fmt: skip


def make_processor(shape: Shape) -> Any | None:
    """Return the processor of Qwen2.5-VL around a small tokenizer; None for a text model."""
    if shape.tower is None:
        return None
    from transformers import Qwen2_5_VLProcessor, Qwen2VLImageProcessor, Qwen2VLVideoProcessor

    from rlcs.tiny.tokenizer import build_tokenizer

    tokenizer = build_tokenizer(max_length=LONGEST)
    tokenizer.add_tokens(list(IMAGE_TOKENS.values()), special_tokens=True)
    size = {"shortest_edge": TOKEN_SIDE**2, "longest_edge": LONGEST * TOKEN_SIDE**2}
    return Qwen2_5_VLProcessor(
        image_processor=Qwen2VLImageProcessor(size=size, **PATCH),
        tokenizer=tokenizer,
        video_processor=Qwen2VLVideoProcessor(size=size, **PATCH),
        chat_template=tokenizer.chat_template,
    )
