"""What a vision-language model makes of an image: how many tokens, which pixels. Nothing here for a text model.

Driver and learner ask this file, the engine asks vLLM's copy of the same processor; both get their images from
rlcs.images, and the engine checks that both come to the same tokens.

Legend: P patches of an image (a token is merge_size^2 of them), D numbers of a patch.
"""

from __future__ import annotations

import io
from collections import OrderedDict
from pathlib import Path
from typing import Any

from torch import Tensor

from rlcs.config.schema import ImagesConfig, ModelConfig
from rlcs.errors import UserError, loading
from rlcs.images import describe, fitted, has_vision, image_size, load_image
from rlcs.records import PromptImage, Sample

MODEL_TYPES = ("glm4v", "glm4v_moe", "qwen2_vl", "qwen2_5_vl", "qwen3_vl", "qwen3_vl_moe")
"""Architectures whose images are patches on a grid, with rotary positions in three dimensions."""

KEPT_BYTES = 512 * 2**20
"""Processed images that a reader keeps: the completions of a group ask for the same ones again and again."""


class ImageReader:
    """The image processor of a model."""

    def __init__(self, processor: Any, settings: ImagesConfig) -> None:
        self.settings = settings
        self.max_per_prompt = settings.max_per_prompt
        self.placeholder = int(processor.image_token_id)
        self.never_sampled = frozenset(
            int(getattr(processor, name)) for name in ("image_token_id", "video_token_id") if hasattr(processor, name)
        )
        self._processor = processor.image_processor
        self._merged = int(self._processor.merge_size) ** 2
        self._resized: dict[tuple[int, int], tuple[int, int]] = {}
        self._kept: OrderedDict[str | bytes, tuple[Tensor, Tensor]] = OrderedDict()

    def num_tokens(self, reference: str | bytes) -> int:
        """Return the tokens that the language model reads of an image; only its header is read."""
        width, height = image_size(reference, self.settings)
        try:
            return int(self._processor.get_number_of_image_patches(height, width, {})) // self._merged
        except ValueError as error:
            raise UserError(
                f"{describe(reference)} of {width} x {height} pixels is refused by the model's processor: {error}; "
                "crop it, or leave its row out"
            ) from error

    def resized(self, size: tuple[int, int]) -> tuple[int, int]:
        """Return (width, height) in pixels at which the model sees an image of this size; kept for the next one."""
        if size not in self._resized:
            from PIL import Image

            made = self._processor(images=[Image.new("RGB", fitted(size, self.settings))], return_tensors="pt")
            patch, (_, height, width) = int(self._processor.patch_size), made["image_grid_thw"][0].tolist()
            self._resized[size] = width * patch, height * patch
        return self._resized[size]

    def read(self, reference: str | bytes) -> tuple[Tensor, Tensor]:
        """Return pixel values [P, D], float32, and the grid [3] of patches: time, height, width."""
        if reference in self._kept:
            self._kept.move_to_end(reference)
            return self._kept[reference]
        made = self._processor(images=[load_image(reference, self.settings)], return_tensors="pt")
        self._kept[reference] = made["pixel_values"], made["image_grid_thw"][0]
        while sum(pixels.nbytes for pixels, _ in self._kept.values()) > KEPT_BYTES and len(self._kept) > 1:
            self._kept.popitem(last=False)
        return self._kept[reference]

    def ballast(self) -> Sample:
        """Return a sample with a small grey image that trains nothing.

        It keeps a rank whose micro-step has no image in step with the others: every rank must run the vision tower in
        every micro-step, or ZeRO waits without end.
        """
        from PIL import Image

        encoded = io.BytesIO()
        Image.new("RGB", (56, 56), "grey").save(encoded, "PNG")
        reference = encoded.getvalue()
        image = PromptImage(reference=reference, start=1, num_tokens=self.num_tokens(reference))
        return Sample(
            prompt_ids=(0, *[self.placeholder] * image.num_tokens),
            token_ids=(0,),
            loss_mask=(0,),
            logprobs=(0.0,),
            advantage=0.0,
            images=(image,),
        )


def load_processor(model: ModelConfig, path: Path | str) -> Any | None:
    """Return the processor of a vision-language model, None for a text model. Raises UserError where it cannot be."""
    from transformers import AutoConfig, AutoProcessor

    with loading(str(path)):
        config = AutoConfig.from_pretrained(str(path), trust_remote_code=model.trust_remote_code)
        if not has_vision(config):
            return None
        if config.model_type not in MODEL_TYPES:
            raise UserError(
                f"model.path={path} is a vision-language model of type {config.model_type}, which RLCS cannot train; "
                f"it trains text models and {', '.join(MODEL_TYPES)}"
            )
        return AutoProcessor.from_pretrained(str(path), trust_remote_code=model.trust_remote_code)


def image_token_cost(path: Path | str, model: ModelConfig) -> float:
    """Return the work of the vision tower on an image token, in units of a token's linear layers in the language model.

    Weights of the layers, from their sizes: 4 h^2 of attention and 3 h i of a gated MLP; a token is merge^2 patches.
    0 for a text model.
    """
    from transformers import AutoConfig

    config = AutoConfig.from_pretrained(str(path), trust_remote_code=model.trust_remote_code)
    if not has_vision(config):
        return 0.0
    vision, text = config.vision_config, config.get_text_config()
    width = getattr(vision, "embed_dim", None) or vision.hidden_size  # Qwen2-VL: hidden_size is the language model's
    inner = getattr(vision, "intermediate_size", None) or int(width * vision.mlp_ratio)
    tower = vision.depth * (4 * width**2 + 3 * width * inner)
    language = text.num_hidden_layers * (4 * text.hidden_size**2 + 3 * text.hidden_size * text.intermediate_size)
    return float(vision.spatial_merge_size**2 * tower / language)
