"""Video files: the frame on display at a time, in every format; upright, on white, scaled down; caps."""

from __future__ import annotations

import importlib.util
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from videos import encoded, number_of, pictures

from rlcs.config.schema import VideoConfig
from rlcs.errors import UserError
from rlcs.records import Video
from rlcs.videos import check_video, load_frames, measured

AS_IT_IS = VideoConfig()


@pytest.mark.parametrize(
    ("form", "codec"), [("mp4", "mpeg4"), ("mp4", "libx264"), ("webm", "libvpx-vp9"), ("gif", "gif"), ("avi", "mpeg4")]
)
@pytest.mark.parametrize("is_path", [True, False])
def test_every_format_shows_the_frame_that_is_on_display(form: str, codec: str, is_path: bool, tmp_path: Path) -> None:
    data = encoded(25, rate=10, form=form, codec=codec)
    (tmp_path / "a").write_bytes(data)
    video = Video(file=str(tmp_path / "a") if is_path else data)
    check_video(video)
    frames, clip = load_frames(video, VideoConfig(fps=4.0))
    assert clip == measured(video, VideoConfig(fps=4.0))
    assert clip.times == tuple(number / 4 for number in range(10))
    assert frames.shape == (10, 48, 64, 3) and frames.dtype == np.uint8
    # At 0.25 s of ten frames a second the third one, number 2, is on display. A palette is a little off.
    assert [number_of(frame) for frame in frames] == pytest.approx([0, 2, 5, 7, 10, 12, 15, 17, 20, 22], abs=1)


@pytest.mark.parametrize("gop", [5, 12, 500])
def test_jumps_come_to_the_same_frames(gop: int) -> None:
    video = Video(file=encoded(31 * 4, rate=2, gop=gop))
    few, clip = load_frames(video, VideoConfig(fps=0.1))
    assert clip.times == tuple(10.0 * number for number in range(7))
    assert [number_of(frame) % 32 for frame in few] == pytest.approx([20 * number % 32 for number in range(7)], abs=1)


def test_a_video_taken_sideways_stands_upright_and_large_frames_are_scaled_down() -> None:
    frames, clip = load_frames(Video(file=encoded(4, rotation=90)), VideoConfig())
    assert frames.shape[1:] == (64, 48, 3) and clip.size == (48, 64)
    small, clip = load_frames(Video(file=encoded(4)), VideoConfig(max_pixels=64 * 48 // 4))
    assert small.shape[1:] == (24, 32, 3) and clip.size == (32, 24)


def test_what_is_transparent_is_white() -> None:
    file = io.BytesIO()
    clear = [Image.new("RGBA", (8, 8), (0, 0, 0, 0)) for _ in range(2)]
    clear[1].putpixel((0, 0), (255, 0, 0, 255))
    clear[0].save(file, "GIF", save_all=True, append_images=clear[1:], duration=500, disposal=2)
    frames, _ = load_frames(Video(file=file.getvalue()), AS_IT_IS)
    assert (frames[:, 4, 4] == 255).all()


def test_files_and_frames_that_are_too_large_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rlcs.videos.files.MAX_FRAME_PIXELS", 1000)
    with pytest.raises(UserError, match="frames of 3,072 pixels, expected 1 to 1,000"):
        measured(Video(file=encoded(2)), AS_IT_IS)
    monkeypatch.setattr("rlcs.videos.files.MAX_FILE_BYTES", 100)
    with pytest.raises(UserError, match="bytes are more than 100"):
        measured(Video(file=encoded(2)), AS_IT_IS)


def test_without_the_package_a_file_is_refused_with_the_command_and_frames_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = encoded(2)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"not installed; get it by pip install 'rlcs\[video\]'"):
        check_video(Video(file=file))
    check_video(Video(frames=pictures(2), times=(0.0, 1.0)))
