"""Videos from files or from frames, sampled once and the same way wherever they are read: prompts, engines, learner.

What the policy sees of a video is a Clip: frames of one size and the second of each. It is known before a frame is
decoded, so that prompts can be measured. At time t a video shows its last frame that begins no later.

Legend: F frames of a clip, H x W pixels of each.
"""

from __future__ import annotations

import importlib.util
import io
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rlcs.config.schema import ImagesConfig, VideoConfig
from rlcs.errors import UserError
from rlcs.images import bytes_of, fitted, load_image, on_white, original_size
from rlcs.records import PromptImage, Video

if TYPE_CHECKING:
    from PIL.Image import Image

INSTALL = "pip install 'rlcs[video]'"
FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,gif,avi,mpegts,mpeg,flv,ogg"
"""What FFmpeg may take a file for: no playlist, which could name other files and addresses."""
MAX_FILE_BYTES = 16 * 2**30
MAX_FRAME_PIXELS = 36_000_000
MAX_LISTED_FRAMES = 4096
CLOCK = 1000
"""Times are told to processors as the numbers of frames of a video with so many in a second."""
_MARGIN_S = 0.5
"""An index orders frames as they are stored, a little before they are shown."""


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


def check_installed() -> None:
    """Raise a UserError, with the command that brings it, where PyAV is not there."""
    if importlib.util.find_spec("av") is None:
        raise UserError(f"a task has a video file, and PyAV, which reads it, is not installed; get it by {INSTALL}")


def measured(video: Video, settings: VideoConfig) -> Clip:
    """Return size and times of the frames that the policy sees; of a file only the header is read."""
    limit = ImagesConfig(max_pixels=settings.max_pixels)
    if video.frames:
        shown = _thinned(range(len(video.frames)), settings.max_frames)
        times = _two([video.times[number] for number in shown])
        return Clip(size=fitted(original_size(video.frames[0]), limit), times=times)
    with _opened(video.file) as (container, stream):
        seconds = _seconds(container, stream)
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
        frames = [np.asarray(load_image(frame, limit)) for frame in chosen]
        return np.stack([*frames, frames[-1]] if len(frames) == 1 else frames), clip
    with _opened(video.file) as (container, stream):
        decoder = _Decoder(container, stream)
        shown = [np.asarray(_scaled(decoder.at(time), limit)) for time in clip.times]
    height, width, _ = shown[0].shape  # of a video taken sideways the header has them the other way round
    return np.stack(shown), replace(clip, size=(width, height))


def check_video(video: Video) -> None:
    """Raise a UserError for what cannot be shown: a file whose ends cannot be decoded, frames that do not fit."""
    if video.frames:
        _check_frames(video)
        return
    with _opened(video.file) as (container, stream):
        seconds = _seconds(container, stream)
        _check_whole(video.file, container, stream)
        decoder = _Decoder(container, stream)
        for time in (0.0, seconds):
            decoder.at(time)


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
        raise _unreadable(video.file, str(error.strerror)) from error


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
    """Return at most so many items, evenly: of 0 … 5 at most 4 are 0, 1, 3, 4."""
    count = min(len(items), most)
    return [items[number * len(items) // count] for number in range(count)]


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
    if not all(math.isfinite(time) and time >= 0 for time in video.times) or any(
        later - time < 1 / CLOCK - 1e-9 for time, later in pairwise(video.times)
    ):
        raise UserError(f"the times of frames must rise from 0 s, by a millisecond at least, got {list(video.times)}")
    sizes = sorted({original_size(frame, whole=True) for frame in video.frames})
    if len(sizes) > 1:
        raise UserError(f"the frames of a video must be of one size, got {' and '.join(map(str, sizes[:2]))} pixels")


@contextmanager
def _opened(file: str | bytes) -> Iterator[tuple[Any, Any]]:
    """Yield the container and its first video stream; what FFmpeg says meanwhile becomes a UserError."""
    check_installed()
    import av

    if isinstance(file, str) and "://" in file:
        raise _unreadable(file, "it is an address on the net, which is not fetched; download it and give the path")
    try:
        size = len(file) if isinstance(file, bytes) else Path(file).stat().st_size
        if size > MAX_FILE_BYTES:
            raise _unreadable(file, f"{size:,} bytes are more than {MAX_FILE_BYTES:,}")
        with (
            io.BytesIO(file) if isinstance(file, bytes) else Path(file).open("rb") as source,
            av.open(source, options={"format_whitelist": FORMATS}) as container,
        ):
            if not container.streams.video:
                raise _unreadable(file, "it holds no video")
            stream = container.streams.video[0]
            pixels = stream.codec_context.width * stream.codec_context.height
            if not 0 < pixels <= MAX_FRAME_PIXELS:
                raise _unreadable(file, f"frames of {pixels:,} pixels, expected 1 to {MAX_FRAME_PIXELS:,}")
            yield container, stream
    except (av.FFmpegError, OSError, EOFError) as error:
        raise _unreadable(file, str(getattr(error, "strerror", None) or error)) from error


def _unreadable(file: str | bytes, reason: str) -> UserError:
    name = f"video of {len(file):,} bytes" if isinstance(file, bytes) else f"video {file}"
    return UserError(f"{name} cannot be read: {reason}; correct or remove it")


def _seconds(container: Any, stream: Any) -> float:
    """Return how long a video is; where its header does not tell, by the times of its packets."""
    if stream.duration and stream.time_base:
        seconds = float(stream.duration * stream.time_base)
    elif container.duration:
        seconds = container.duration / 1_000_000
    else:
        ends = [packet.pts + (packet.duration or 0) for packet in container.demux(stream) if packet.pts is not None]
        seconds = float(max(ends, default=0) * stream.time_base)
        container.seek(0)
    return max(seconds, 0.0)


def _check_whole(file: str | bytes, container: Any, stream: Any) -> None:
    """Refuse a file that ends before what its own index says."""
    entries, size = stream.index_entries, container.size
    if len(entries) and size and (end := entries[len(entries) - 1].pos + entries[len(entries) - 1].size) > size:
        raise _unreadable(file, f"it ends at byte {size:,} of {end:,}")


class _Decoder:
    """Frames of a stream at rising times. Jumps where the file has an index and something to jump over."""

    def __init__(self, container: Any, stream: Any) -> None:
        self._container, self._stream = container, stream
        stream.thread_type = "AUTO"
        self._start = float((stream.start_time or 0) * stream.time_base)
        self._frames = container.decode(stream)
        self._shown: Any = None
        self._next = next(self._frames, None)
        if self._next is None:
            raise EOFError("it has no frame")

    def at(self, time: float) -> Any:
        """Return the frame that is on display at a time, no earlier than that of the last call."""
        time += self._start
        if (place := self._place_before(time)) is not None:
            self._container.seek(place, stream=self._stream)
            self._frames = self._container.decode(self._stream)
            self._shown, self._next = None, next(self._frames, None)
        while self._next is not None and (self._shown is None or (self._next.time or 0.0) <= time):
            self._shown, self._next = self._next, next(self._frames, None)
        return self._shown

    def _place_before(self, time: float) -> int | None:
        """Return the place of the last whole frame before a time, where it lies ahead of what was decoded."""
        entries, base = self._stream.index_entries, self._stream.time_base
        if self._next is None or not len(entries):
            return None
        found = entries.search_timestamp(int((time - _MARGIN_S) / base))
        if found < 0 or entries[found].timestamp * base <= (self._next.time or 0.0):
            return None
        return int(entries[found].timestamp)


def _scaled(frame: Any, limit: ImagesConfig) -> Image:
    """Return a frame as an image: upright, on white where it is transparent, scaled down."""
    from PIL import Image

    if any(part.is_alpha for part in frame.format.components):
        image = on_white(Image.fromarray(frame.to_ndarray(format="rgba")))
    else:
        image = frame.to_image()
    if frame.rotation:
        image = image.rotate(frame.rotation, expand=True)
    size = fitted(image.size, limit)
    return image if size == image.size else image.resize(size, Image.Resampling.LANCZOS)
