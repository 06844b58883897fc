"""What a vision-language model makes of an image or a video: which tokens, which pixels. Nothing for a text model.

Driver and learner ask this file, the engine asks vLLM's copy of the same processor; both get their images from
rlcs.images, their videos from rlcs.videos, and the engine checks that both come to the same tokens.

A grid is what the vision tower sees as one: an image, or a video. GLM-4.1V and Qwen3-VL are told the time before each
two frames; theirs is a row of images, and a video has so many grids.

Legend: P patches of an image (a token is merge_size^2 of them), D numbers of a patch, G grids.
"""

from __future__ import annotations

import functools
import io
from collections import OrderedDict
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from rlcs.config.schema import ImagesConfig, ModelConfig, VideoConfig
from rlcs.errors import UserError, loading
from rlcs.images import describe, fitted, has_vision, image_size, load_image
from rlcs.records import PromptImage, Sample, Video
from rlcs.videos import Clip, load_frames, measured

MODEL_TYPES = ("glm4v", "glm4v_moe", "qwen2_vl", "qwen2_5_vl", "qwen3_vl", "qwen3_vl_moe")
"""Architectures whose images are patches on a grid, with rotary positions in three dimensions."""

KEPT_BYTES = 512 * 2**20
"""Processed images that a reader keeps: the completions of a group ask for the same ones again and again."""

ONE_VIDEO = ("glm4v", "glm4v_moe")
"""Architectures of which vLLM 0.32 takes one video in a prompt."""

NORMALISATION = ("do_rescale", "rescale_factor", "do_normalize", "image_mean", "image_std")
"""What vLLM 0.32 does to videos as the image processor says, and transformers as the video processor says."""


class Pixels(NamedTuple):
    """What the vision tower reads of an image or a video."""

    values: Tensor
    """[P, D] float32, patches of one grid after the other."""
    grids: Tensor
    """[G, 3] patches in time, height and width."""
    seconds: float = 1.0
    """Time that a step of a grid in time is, for models that count positions by it."""


class ImageReader:
    """The processor of a model, for images and videos."""

    def __init__(self, processor: Any, settings: ImagesConfig, video: VideoConfig | None = None) -> None:
        self.settings = settings
        self.video_settings = video or VideoConfig()
        self.max_per_prompt = settings.max_per_prompt
        self.placeholder = int(processor.image_token_id)
        self.video_placeholder: int | None = getattr(processor, "video_token_id", None)
        self.never_sampled = frozenset(
            int(getattr(processor, name)) for name in ("image_token_id", "video_token_id") if hasattr(processor, name)
        )
        self._whole = processor
        self._processor = processor.image_processor
        self._merged = int(self._processor.merge_size) ** 2
        self._resized: dict[tuple[int, int], tuple[int, int]] = {}
        self._kept: OrderedDict[str | bytes | Video, Pixels] = OrderedDict()

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

    def video_tokens(self, video: Video) -> list[int]:
        """Return what the placeholder of a video becomes: placeholders of its frames, the times between them."""
        clip, processor = measured(video, self.video_settings), self._whole.video_processor
        (width, height), num_frames = clip.size, len(clip.times)
        try:
            patches = int(processor.get_num_of_video_patches(num_frames, height, width, {}))
        except ValueError as error:
            raise UserError(
                f"a video of {num_frames} frames of {width} x {height} pixels is refused by the model's processor: "
                f"{error}; crop it, or leave its row out"
            ) from error
        return list(self._whole.tokenizer.encode(self._written(clip, patches), add_special_tokens=False))

    def _written(self, clip: Clip, patches: int) -> str:
        """Return the text of a clip of so many patches."""
        steps = -(-len(clip.times) // int(self._whole.video_processor.temporal_patch_size))
        # It needs the patches of a step, however they lie.
        grids = torch.tensor([[steps, patches // steps, 1]])
        return str(self._whole.replace_video_token({"video_grid_thw": grids, "video_metadata": [_metadata(clip)]}, 0))

    def read(self, reference: str | bytes | Video) -> Pixels:
        """Return the pixels of an image or a video."""
        if reference not in self._kept:
            self._kept[reference] = self._read(reference)
        self._kept.move_to_end(reference)
        while sum(pixels.values.nbytes for pixels in self._kept.values()) > KEPT_BYTES and len(self._kept) > 1:
            self._kept.popitem(last=False)
        return self._kept[reference]

    def _read(self, reference: str | bytes | Video) -> Pixels:
        if isinstance(reference, Video):
            return self._read_video(reference)
        made = self._processor(images=[load_image(reference, self.settings)], return_tensors="pt")
        return Pixels(made["pixel_values"], made["image_grid_thw"])

    def _read_video(self, video: Video) -> Pixels:
        frames, clip = load_frames(video, self.video_settings)
        made = self._whole.video_processor(
            videos=[frames], video_metadata=[_metadata(clip)], do_sample_frames=False, return_tensors="pt"
        )
        values, grids = made["pixel_values_videos"], made["video_grid_thw"]
        if self._tells_times:
            steps, height, width = grids[0].tolist()
            return Pixels(values, torch.tensor([[1, height, width]] * steps))
        if "second_per_grid_ts" not in self._whole.model_input_names:
            return Pixels(values, grids)
        seconds = int(self._whole.video_processor.temporal_patch_size) / _metadata(clip).sampled_fps
        return Pixels(values, grids, torch.tensor(seconds).item())  # float32, as the engine has it

    @functools.cached_property
    def _tells_times(self) -> bool:
        """Whether something is written between the frames of a video: then each two of them are a grid."""
        clip = Clip(size=(1, 1), times=(0.0, 1.0, 2.0, 3.0))
        return self._written(clip, 2 * self._merged) != 2 * str(self._whole.video_token)

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


def _metadata(clip: Clip) -> Any:
    """Return what transformers must be told of a clip; anew each time, since it changes it."""
    from transformers.video_utils import VideoMetadata

    return VideoMetadata(**clip.metadata())


def check_videos(model: ModelConfig, path: Path | str, most: int) -> None:
    """Raise a UserError where engines cannot be shown prompts with up to `most` videos as the learner is."""
    processor = load_processor(model, path)
    if processor is None:
        raise UserError(f"tasks have videos, and model.path={path} is a text model; choose one that sees")
    from transformers import AutoConfig

    kind = AutoConfig.from_pretrained(str(path), trust_remote_code=model.trust_remote_code).model_type
    if most > 1 and kind in ONE_VIDEO:
        raise UserError(f"a task has {most} videos, and vLLM takes one in a prompt of a {kind} model; leave it out")
    for name in NORMALISATION:
        image, video = (getattr(one, name, None) for one in (processor.image_processor, processor.video_processor))
        if image != video:
            raise UserError(
                f"{path}: {name} is {image} for images and {video} for videos, and vLLM prepares both as images; make "
                "them equal in its processor_config.json (or preprocessor_config.json and "
                "video_preprocessor_config.json)"
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
