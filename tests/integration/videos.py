"""Small videos, written with PyAV and Pillow, for the tests."""

from __future__ import annotations

import io
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np


def grey(number: int, width: int = 64, height: int = 48) -> Any:
    """Return the frame of a number [height, width, 3]: grey, lighter by 8 with each number."""
    return np.full((height, width, 3), number * 8 % 256, np.uint8)


def number_of(frame: Any) -> int:
    """Return the number of a grey frame that was encoded and decoded."""
    return round(float(np.asarray(frame).mean()) / 8)


def encoded(
    num_frames: int, *, rate: float = 10, form: str = "mp4", codec: str = "mpeg4", size: tuple[int, int] = (64, 48),
    gop: int = 12, rotation: int = 0, moov_first: bool = False, start_s: int = 0,
) -> bytes:  # fmt: skip
    """Return a video of grey frames, the first of which is to be shown at `start_s`."""
    import av

    folder = tempfile.TemporaryDirectory()
    file = Path(folder.name, "video")
    options = {"movflags": "faststart"} if moov_first else {}
    with folder, av.open(str(file), "w", format=form, options=options) as container:
        stream: Any = container.add_stream(codec, rate=Fraction(rate).limit_denominator(1000))
        stream.width, stream.height = size
        stream.pix_fmt = "rgb8" if codec == "gif" else "yuv420p"
        stream.gop_size = gop
        if rotation:
            stream.set_display_rotation(rotation)
        for number in range(num_frames):
            frame = av.VideoFrame.from_ndarray(grey(number, *size), format="rgb24")
            if start_s:
                frame.pts, frame.time_base = round(start_s * rate) + number, 1 / Fraction(rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
        container.close()
        return file.read_bytes()


def pictures(num_frames: int, width: int = 56, height: int = 56, seed: int = 0) -> tuple[bytes, ...]:
    """Return PNGs of noise."""
    from PIL import Image

    noise = np.random.default_rng(seed).integers(0, 256, (num_frames, height, width, 3), dtype=np.uint8)
    found = []
    for frame in noise:
        file = io.BytesIO()
        Image.fromarray(frame).save(file, "PNG")
        found.append(file.getvalue())
    return tuple(found)
