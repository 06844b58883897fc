"""Builds the tiny vision policy: a real GLM-4.1V of about 1.3 M parameters with its processor, freshly initialised.

Patches of 14 pixels, four of them a token: an image of 112 x 112 is 64 patches and 16 tokens.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

from rlcs.tiny.tokenizer import IMAGE_TOKENS, VIDEO_TOKENS, build_vision_tokenizer

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import Glm4vConfig, Glm4vForConditionalGeneration, Glm4vProcessor, TokenizersBackend

MAX_LENGTH = 2048
"""Longest sequence in tokens: a character or 28 x 28 pixels each."""

SIDE = 28
"""Pixels of a token's side. Images whose sides are multiples of it are not resized."""

_WIDTH = 128
_WHITE = {"image_mean": [1.0, 1.0, 1.0], "image_std": [0.5, 0.5, 0.5]}
"""White, the background of the tiny images, becomes 0, so that empty patches say nothing."""


_MERGED_GAIN = 4.0
"""Brings what the merger hands over from a standard deviation of a quarter to 1."""


def build_vision_model(*, seed: int = 0) -> Glm4vForConditionalGeneration:
    """Return a seeded, untrained GLM-4.1V with an output head of its own."""
    import torch
    from transformers import GenerationConfig, Glm4vForConditionalGeneration

    tokenizer = build_vision_tokenizer(max_length=MAX_LENGTH)
    config = _config(tokenizer)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = Glm4vForConditionalGeneration(config)
        _initialise(model)
    model.generation_config = GenerationConfig(
        eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id, do_sample=True
    )
    return model


def _config(tokenizer: TokenizersBackend) -> Glm4vConfig:
    from transformers import Glm4vConfig

    numbers = tokenizer.get_vocab()
    image_start, image, image_end = (numbers[token] for token in IMAGE_TOKENS)
    video_start, video, video_end = (numbers[token] for token in VIDEO_TOKENS)
    return Glm4vConfig(
        text_config={
            "vocab_size": len(tokenizer),
            "hidden_size": _WIDTH,
            "intermediate_size": 3 * _WIDTH,
            "num_hidden_layers": 3,
            "num_attention_heads": 4,
            "num_key_value_heads": 4,
            "max_position_embeddings": MAX_LENGTH,
            # transformers always has these biases, vLLM only where the configuration says so.
            "attention_bias": True,
            # The sections together are half of the dimensions of a head, all of which are rotated.
            "rope_parameters": {
                "rope_type": "default",
                # Text is short and an image a few tokens wide: with the usual 10,000 no column is told from the next.
                "rope_theta": 20.0,
                "partial_rotary_factor": 1.0,
                "mrope_section": [4, 6, 6],
            },
            "pad_token_id": tokenizer.pad_token_id,
            "eos_token_id": tokenizer.eos_token_id,
            "tie_word_embeddings": False,
        },
        vision_config={
            "depth": 2,
            "hidden_size": _WIDTH,
            "num_heads": 4,
            "image_size": 112,
            "patch_size": 14,
            "spatial_merge_size": 2,
            "out_hidden_size": _WIDTH,
            "intermediate_size": 2 * _WIDTH,
        },
        image_start_token_id=image_start,
        image_token_id=image,
        image_end_token_id=image_end,
        video_start_token_id=video_start,
        video_token_id=video,
        video_end_token_id=video_end,
        tie_word_embeddings=False,
        dtype="float32",
    )


def _initialise(model: Glm4vForConditionalGeneration) -> None:
    """Draw weights that a small model learns from fast.

    A matrix gets a standard deviation of 1 / sqrt(inputs). GLM-4 normalises what a layer adds too, to 1: embeddings of
    text are as large, and what the eyes hand over, for with less the first layer would drown what it reads.
    """
    import torch
    from torch import nn

    vision = model.model.visual
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "embed_tokens" in name:
                nn.init.normal_(parameter, std=1.0)
            elif parameter.dim() > 1:
                nn.init.normal_(parameter, std=parameter[0].numel() ** -0.5)
        vision.merger.down_proj.weight.mul_(_MERGED_GAIN)
        vision.embeddings.position_embedding.weight.copy_(_places(vision.embeddings.position_embedding.weight))


def _places(weight: Tensor) -> Tensor:
    """Return codes [R * R, D] of the places of a square grid: half of each tells the row, half the column.

    With a code of its own for every place, a row would have to be learnt anew in each column.
    """
    import torch

    side, half = math.isqrt(weight.shape[0]), weight.shape[1] // 2
    rows, columns = torch.randn(2, side, half)
    return torch.cat([rows[:, None].expand(side, side, half), columns[None].expand(side, side, half)], -1).flatten(0, 1)


def build_processor() -> Glm4vProcessor:
    """Return the processor: tokenizer, image processor and video processor, which keeps small images as they are."""
    from transformers import Glm4vImageProcessor, Glm4vProcessor, Glm4vVideoProcessor

    tokenizer = build_vision_tokenizer(max_length=MAX_LENGTH)
    # Counted over the two frames that an image is doubled to.
    size = {"shortest_edge": 2 * SIDE**2, "longest_edge": 2 * 256 * SIDE**2}
    return Glm4vProcessor(
        image_processor=Glm4vImageProcessor(size=size, **_WHITE),
        tokenizer=tokenizer,
        video_processor=Glm4vVideoProcessor(size=size, max_image_size=size, **_WHITE),
        chat_template=tokenizer.chat_template,
    )


def write_fresh_vision_model(folder: Path, *, seed: int = 0) -> Path:
    """Write an untrained vision policy and its processor to `folder` in Hugging Face format; return the folder."""
    build_vision_model(seed=seed).save_pretrained(folder)
    build_processor().save_pretrained(folder)
    return folder
