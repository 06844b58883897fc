"""Settings of the images and videos in prompts."""

from __future__ import annotations

from dataclasses import dataclass

from rlcs.config.reward_schema import setting


@dataclass
class ImagesConfig:
    """Images of prompts, for vision-language models."""

    max_per_prompt: int = setting(4, "Most images in a prompt; a task with more is an error.")
    max_pixels: int | None = setting(
        None, "Larger images are scaled down to so many pixels; empty leaves it to the model's own processor."
    )


@dataclass
class VideoConfig:
    """Videos of prompts, for vision-language models: which frames the policy sees, each with its time."""

    fps: float = setting(2.0, "Frames that are taken of a second of a video, as far as it has so many.")
    max_frames: int = setting(
        64, "Most frames of a video, and of a list of frames; of a longer one they are taken further apart, evenly."
    )
    max_pixels: int = setting(
        401_408, "Larger frames are scaled down to so many pixels each; the model's own processor may take fewer."
    )
