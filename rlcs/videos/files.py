"""Video files, read with PyAV: what the header says, and the frame that is on display at a time.

A container is opened with caps, and for what it is alone: no playlist, which could name other files and addresses.
"""

from __future__ import annotations

import importlib.util
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rlcs.errors import UserError
from rlcs.images import on_white

if TYPE_CHECKING:
    from PIL.Image import Image

INSTALL = "pip install 'rlcs[video]'"
FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,gif,avi,mpegts,mpeg,flv,ogg"
"""What FFmpeg may take a file for."""
_MATROSKA = "matroska,webm"
_JUMPS = ("mov,mp4,m4a,3gp,3g2,mj2", _MATROSKA, "mpegts")
"""Formats whose jumps were found to land where they should."""
MAX_FILE_BYTES = 16 * 2**30
MAX_FRAME_PIXELS = 36_000_000
_MARGIN_S = 0.5
"""An index orders frames as they are stored, a little before they are shown."""


def check_installed() -> None:
    """Raise a UserError, with the command that brings it, where PyAV is not there."""
    if importlib.util.find_spec("av") is None:
        raise UserError(f"a task has a video file, and PyAV, which reads it, is not installed; get it by {INSTALL}")


@contextmanager
def opened(file: str | bytes) -> Iterator[tuple[Any, Any]]:
    """Yield the container and its first video stream; what FFmpeg says meanwhile becomes a UserError."""
    check_installed()
    import av

    if isinstance(file, str) and "://" in file:
        raise unreadable(file, "it is an address on the net, which is not fetched; download it and give the path")
    try:
        size = len(file) if isinstance(file, bytes) else Path(file).stat().st_size
        if size > MAX_FILE_BYTES:
            raise unreadable(file, f"{size:,} bytes are more than {MAX_FILE_BYTES:,}")
        with (
            io.BytesIO(file) if isinstance(file, bytes) else Path(file).open("rb") as source,
            av.open(source, options={"format_whitelist": FORMATS}, metadata_errors="replace") as container,
        ):
            if not container.streams.video:
                raise unreadable(file, "it holds no video")
            stream = container.streams.video[0]
            _check_pixels(file, stream.codec_context)
            yield container, stream
    except (av.FFmpegError, OSError, EOFError) as error:
        raise unreadable(file, str(getattr(error, "strerror", None) or error)) from error


def _check_pixels(file: str | bytes, sized: Any) -> None:
    """Raise a UserError for a stream or a frame of too many pixels, or of none."""
    if not 0 < (pixels := sized.width * sized.height) <= MAX_FRAME_PIXELS:
        raise unreadable(file, f"frames of {pixels:,} pixels, expected 1 to {MAX_FRAME_PIXELS:,}")


def unreadable(file: str | bytes, reason: str) -> UserError:
    """Build the error for a file that cannot be used."""
    name = f"video of {len(file):,} bytes" if isinstance(file, bytes) else f"video {file}"
    return UserError(f"{name} cannot be read: {reason}; correct or remove it")


def seconds_of(container: Any, stream: Any) -> float:
    """Return how long a video is; where its header does not tell, by the times of its packets, which are then read."""
    if stream.duration and stream.time_base:
        seconds = float(stream.duration * stream.time_base)
    else:
        seconds = (container.duration or 0) / 1_000_000
        if container.format.name == _MATROSKA:  # which tells when a video ends and not how long it is
            seconds -= float((stream.start_time or 0) * stream.time_base)
    return seconds if seconds > 0 else _seconds_of_packets(container, stream)


def _seconds_of_packets(container: Any, stream: Any) -> float:
    packets = [(packet.pts, packet.duration or 0) for packet in container.demux(stream) if packet.pts is not None]
    end = max((pts + duration for pts, duration in packets), default=0)
    return float((end - min((pts for pts, _ in packets), default=0)) * stream.time_base)


def check_whole(file: str | bytes, container: Any, stream: Any) -> None:
    """Raise a UserError for a file that ends before what its own index says."""
    entries, size = stream.index_entries, container.size
    if len(entries) and size and (end := entries[len(entries) - 1].pos + entries[len(entries) - 1].size) > size:
        raise unreadable(file, f"it ends at byte {size:,} of {end:,}")


def images_at(file: str | bytes, times: Sequence[float], size: tuple[int, int]) -> Iterator[Image]:
    """Yield what a video shows at rising times, of one size: that of the header, sideways where it was taken so.

    Raises UserError where there is no frame. A file whose jumps go astray is decoded from its start.
    """
    done = 0
    for may_jump in (True, False):
        with opened(file) as (container, stream):
            decoder = Decoder(container, stream, jumps=may_jump and container.format.name in _JUMPS)
            if done == 0 and decoder.is_sideways:
                size = size[1], size[0]
            while done < len(times):
                if (frame := decoder.at(times[done])) is None:
                    break
                _check_pixels(file, frame)
                yield as_image(frame, size)
                done += 1
            else:
                return
    raise unreadable(file, "it has no frame")


class Decoder:
    """Frames of a stream at rising times. Jumps, if it may, where the file has an index and something to jump over."""

    def __init__(self, container: Any, stream: Any, *, jumps: bool) -> None:
        self._container, self._stream, self._jumps = container, stream, jumps
        stream.thread_type = "AUTO"
        self._start = float((stream.start_time or 0) * stream.time_base)
        self._frames = container.decode(stream)
        self._shown: Any = None
        self._next = next(self._frames, None)
        if self._next is None:
            raise EOFError("it has no frame")
        self.is_sideways = self._next.rotation % 180 != 0

    def at(self, time: float) -> Any:
        """Return the frame that is on display at a time, no earlier than that of the last call.

        None where a jump went astray: what was decoded first begins later, is broken, or there was nothing.
        """
        time += self._start
        if (place := self._place_before(time)) is not None and not self._landed(place, time):
            return None
        while self._next is not None and (self._shown is None or (self._next.time or 0.0) <= time):
            self._shown, self._next = self._next, next(self._frames, None)
        return self._shown

    def _landed(self, place: int, time: float) -> bool:
        """Jump to a place, and tell whether what was decoded there begins no later than a time."""
        import av

        try:
            self._container.seek(place, stream=self._stream)
            self._frames = self._container.decode(self._stream)
            self._shown, self._next = None, next(self._frames, None)
        except av.FFmpegError:
            return False
        return self._next is not None and self._next.time is not None and self._next.time <= time

    def _place_before(self, time: float) -> int | None:
        """Return the place of the last whole frame before a time, where it lies ahead of what was decoded."""
        entries, base = self._stream.index_entries, self._stream.time_base
        if not self._jumps or self._next is None or not len(entries):
            return None
        found = entries.search_timestamp(int((time - _MARGIN_S) / base))
        if found < 0 or entries[found].timestamp * base <= (self._next.time or 0.0):
            return None
        return int(entries[found].timestamp)


def as_image(frame: Any, size: tuple[int, int]) -> Image:
    """Return a frame as an image of a size: upright, on white where it is transparent."""
    from PIL import Image

    if any(part.is_alpha for part in frame.format.components):
        image = on_white(Image.fromarray(frame.to_ndarray(format="rgba")))
    else:
        image = frame.to_image()
    if frame.rotation:
        image = image.rotate(frame.rotation, expand=True)
    return image if size == image.size else image.resize(size, Image.Resampling.LANCZOS)
