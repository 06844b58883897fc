"""Videos of a task as frames with their times, and the spans of time that gold and answer name.

Frames come from data files: each is decoded and encoded anew, as images are (pictures.py). Of a video file those are
taken that a policy sees unless its configuration says otherwise.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any, get_args

from rewards.reading.json_values import Unreadable
from rewards.verifiers.temporal_iou import Clock, Span, gold_span, read_span
from rlcs.config.schema import VideoConfig
from rlcs.dashboard.pictures import NoPicture, encoded, references
from rlcs.errors import UserError
from rlcs.records import Video
from rlcs.videos import load_frames

DOMAIN = "video.temporal"
"""Of tasks whose answers are spans of time."""
MAX_FRAMES = 32
"""Frames of a video that are shown, evenly."""
MAX_VIDEOS = 2
FRAME_PIXELS = 100_000
"""Of a frame in the row of a film."""


@dataclass(frozen=True, slots=True)
class Film:
    """Frames of a video as its row stores them, and when each begins."""

    frames: tuple[str | bytes, ...]
    times: tuple[float, ...]
    """[frames] in seconds, rising."""
    seconds: float
    """How long it is, its last frame as long as the one before."""
    left_out: int
    """Frames between these."""

    @property
    def shares(self) -> list[float]:
        """Return how much of the whole each frame lasts; the first one from 0 on."""
        edges = (0.0, *self.times[1:], self.seconds)
        return [(end - start) / self.seconds for start, end in pairwise(edges)]


def films(videos: Any) -> list[Film]:
    """Return the videos of a row as frames; raises NoPicture where one cannot be read, or its times do not rise."""
    return [_film(video) for video in (videos if isinstance(videos, list) else [])[:MAX_VIDEOS]]


def _film(video: Any) -> Film:
    if not isinstance(video, Mapping):
        raise NoPicture("it is stored neither as a file nor as frames")
    frames, times = references(video.get("frames")), video.get("times")
    if not frames:
        return _of_file((references([video]) or [""])[0])
    if not isinstance(times, list) or len(times) != len(frames) or not _rise(times):
        raise NoPicture("the frames of the video have no times that rise")
    return _thinned(frames, [float(time) for time in times])


def _thinned(frames: Sequence[str | bytes], times: Sequence[float]) -> Film:
    """Return the film of some of the frames, as long as all of them."""
    places = kept(len(frames))
    last = times[-1] - times[-2] if len(times) > 1 else 1.0
    return Film(
        frames=tuple(frames[place] for place in places),
        times=tuple(times[place] for place in places),
        seconds=times[-1] + last,
        left_out=len(frames) - len(places),
    )


def kept(number: int) -> list[int]:
    """Return which of so many frames are shown: the first, the last, and evenly between."""
    count = min(number, MAX_FRAMES)
    return [place * (number - 1) // max(count - 1, 1) for place in range(count)]


@lru_cache(maxsize=4)
def _of_file(file: str | bytes) -> Film:
    from PIL import Image

    # FFmpeg raises nearly anything on a broken file; whatever it is, this video is not shown.
    try:
        frames, clip = load_frames(Video(file=file), VideoConfig(max_pixels=FRAME_PIXELS))
    except UserError as error:
        raise NoPicture(str(error)) from error
    except Exception as error:
        raise NoPicture(f"it is no readable video ({type(error).__name__})") from error
    return _thinned([encoded(Image.fromarray(frame)) for frame in frames], clip.times)


def _rise(times: list[Any]) -> bool:
    known = all(isinstance(time, int | float) and math.isfinite(time) and time >= 0 for time in times)
    return known and all(first < second for first, second in pairwise(times))


def span(text: str, role: str, params: Mapping[str, Any]) -> Span:
    """Return the span of time that a gold or an answer names, as its verifier reads it; raises NoPicture."""
    times: Clock = next((clock for clock in get_args(Clock) if clock == params.get("times")), "any")
    try:
        return gold_span(text, times) if role == "gold" else read_span(text, times)
    except (Unreadable, ValueError, TypeError) as error:
        raise NoPicture(str(error)[:200]) from error
