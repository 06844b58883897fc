"""Videos from files or from frames, sampled once and the same way wherever they are read: prompts, engines, learner.

What the policy sees of a video is a Clip: frames of one size and the second of each. It is known before a frame is
decoded, so that prompts can be measured. At time t a video shows its last frame that begins no later.

Legend: F frames of a clip, H x W pixels of each.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rlcs.config.schema import ImagesConfig, VideoConfig
from rlcs.errors import UserError
from rlcs.images import bytes_of, fitted, load_image, original_size
from rlcs.records import PromptImage, Video
from rlcs.videos.files import check_whole, images_at, opened, seconds_of, unreadable

MAX_LISTED_FRAMES = 4096
MAX_SECONDS = 10_000_000
CLOCK = 1000
"""Times are told to processors as the numbers of frames of a video with so many in a second."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Clip:
    """What the policy sees of a video."""

    size: tuple[int, int]
    """(width, height) of every frame in pixels."""
    times: tuple[float, ...]
    """[F] seconds of the frames, in whole milliseconds, rising; two at least."""

    def metadata(self) -> dict[str, Any]:
        """Return what transformers and vLLM must be told of the frames: anew each time, since they change it."""
        indices = [round(time * CLOCK) for time in self.times]
        stretch = round((indices[-1] - indices[0]) * len(indices) / (len(indices) - 1))
        return {
            "total_num_frames": stretch, "fps": float(CLOCK), "duration": stretch / CLOCK, "frames_indices": indices,
        }  # fmt: skip


def measured(video: Video, settings: VideoConfig) -> Clip:
    """Return size and times of the frames that the policy sees; of a file only the header is read."""
    limit = ImagesConfig(max_pixels=settings.max_pixels)
    if video.frames:
        shown = _thinned(range(len(video.frames)), settings.max_frames)
        times = _two([video.times[number] for number in shown])
        return Clip(size=fitted(original_size(video.frames[0]), limit), times=times)
    with opened(video.file) as (container, stream):
        seconds = seconds_of(container, stream)
        rate = float(stream.average_rate or stream.guessed_rate or settings.fps)
        size = stream.codec_context.width, stream.codec_context.height
    return Clip(size=fitted(size, limit), times=sample_times(seconds, rate, settings))


def load_frames(video: Video, settings: VideoConfig) -> tuple[NDArray[np.uint8], Clip]:
    """Return the frames [F, H, W, 3] that the policy sees, and their clip. Raises UserError where there are none.

    Frames come one after the other, and only those that are seen are kept: memory does not grow with the video.
    """
    clip = measured(video, settings)
    limit = ImagesConfig(max_pixels=settings.max_pixels)
    if video.frames:
        chosen = _thinned(video.frames, settings.max_frames)
        shown = _stacked((load_image(frame, limit) for frame in chosen), len(clip.times))
    else:
        shown = _stacked(images_at(video.file, clip.times, clip.size), len(clip.times))
    height, width = shown.shape[1:3]  # of a video taken sideways the header has them the other way round
    return shown, replace(clip, size=(width, height))


def _stacked(images: Iterator[Any], count: int) -> NDArray[np.uint8]:
    """Return `count` images of one size, or a single one so often, as an array, without holding them twice."""
    first = np.asarray(next(images))
    shown = np.empty((count, *first.shape), np.uint8)
    shown[:] = first
    for number, image in enumerate(images, start=1):
        shown[number] = image
    return shown


def check_video(video: Video) -> None:
    """Raise a UserError for what cannot be shown: a file whose ends cannot be decoded, frames that do not fit."""
    if video.frames:
        _check_frames(video)
        return
    with opened(video.file) as (container, stream):
        check_whole(video.file, container, stream)
        size = stream.codec_context.width, stream.codec_context.height
        seconds = seconds_of(container, stream)
    for _ in images_at(video.file, (0.0, seconds), size):
        pass


def as_bytes(images: Sequence[PromptImage]) -> tuple[PromptImage, ...]:
    """Return images and videos whose references are the bytes of their files, for a process on another machine."""
    return tuple(replace(image, reference=_sent(image.reference)) for image in images)


def _sent(reference: str | bytes | Video) -> bytes | Video:
    return with_bytes(reference) if isinstance(reference, Video) else bytes_of(reference)


def with_bytes(video: Video) -> Video:
    """Return a video whose references are bytes, for a process on another machine."""
    if video.frames:
        return replace(video, frames=tuple(map(bytes_of, video.frames)))
    try:
        return video if isinstance(video.file, bytes) else replace(video, file=Path(video.file).read_bytes())
    except OSError as error:
        raise unreadable(video.file, str(error.strerror)) from error


def sample_times(seconds: float, rate: float, settings: VideoConfig) -> tuple[float, ...]:
    """Return the times at which a video is looked at, of so many seconds and frames a second.

    Example, 3 s at fps=2: 0.0, 0.5, …, 2.5; with max_frames=4: 0.0, 0.75, 1.5, 2.25.
    """
    fps = min(settings.fps, rate, CLOCK / 2)
    count = max(math.ceil(seconds * fps - 1e-6), 2)
    step = 1 / fps if count <= settings.max_frames else seconds / settings.max_frames
    if count == 2:
        step = min(step, max(seconds / 2, 1 / CLOCK))
    return tuple(round(number * step, 3) for number in range(min(count, settings.max_frames)))


def _thinned(items: Sequence[Any], most: int) -> list[Any]:
    """Return at most so many items, evenly from the first to the last: of 0 … 5 at most 4 are 0, 2, 3, 5."""
    count = min(len(items), most)
    gaps = max(count - 1, 1)
    return [items[(2 * number * (len(items) - 1) + gaps) // (2 * gaps)] for number in range(count)]


def _two(times: Sequence[float]) -> tuple[float, ...]:
    """Return times in milliseconds; of a single frame two, since models read frames in pairs."""
    rounded = [round(time, 3) for time in times]
    return (*rounded, round(rounded[0] + 1 / CLOCK, 3)) if len(rounded) == 1 else tuple(rounded)


def _check_frames(video: Video) -> None:
    if len(video.frames) > MAX_LISTED_FRAMES:
        raise UserError(f"a video of {len(video.frames):,} frames has more than {MAX_LISTED_FRAMES:,}; give fewer")
    if len(video.times) != len(video.frames):
        raise UserError(
            f"a video of {len(video.frames)} frames has {len(video.times)} times; give one for each, in seconds"
        )
    ticks = [round(time * CLOCK) if abs(time) <= MAX_SECONDS else -1 for time in video.times]
    if min(ticks) < 0 or any(later <= tick for tick, later in pairwise(ticks)):
        raise UserError(
            f"the times of frames must rise from 0 s to {MAX_SECONDS:,} s at most, by a millisecond at least, got "
            f"{list(video.times)}"
        )
    sizes = sorted({original_size(frame, whole=True) for frame in video.frames})
    if len(sizes) > 1:
        raise UserError(f"the frames of a video must be of one size, got {' and '.join(map(str, sizes[:2]))} pixels")
