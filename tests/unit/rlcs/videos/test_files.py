"""Video files: the frame on display at a time, in every format; upright, on white, scaled down; caps."""

from __future__ import annotations

import importlib.util
import io
import struct
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image
from videos import encoded, grey, number_of, pictures

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


@pytest.mark.parametrize("gop", [2, 500])
@pytest.mark.parametrize(
    ("form", "codec"),
    [("mp4", "mpeg4"), ("matroska", "mpeg4"), ("webm", "libvpx-vp9"), ("avi", "mpeg4"), ("flv", "flv")],
)
def test_a_video_that_begins_late_is_as_long_as_it_is(form: str, codec: str, gop: int) -> None:
    video = Video(file=encoded(12, rate=2, form=form, codec=codec, gop=gop, start_s=600))
    check_video(video)
    frames, clip = load_frames(video, VideoConfig(fps=1.0))
    if form == "avi":  # which has no times, and shows its first frame for so long
        assert number_of(frames[0]) == 0
    else:
        assert clip.times == tuple(map(float, range(6)))
        assert [number_of(frame) for frame in frames] == pytest.approx([0, 2, 4, 6, 8, 10], abs=1)


def test_where_the_header_tells_no_length_the_packets_do() -> None:
    data = encoded(12, rate=2, form="matroska", start_s=600)
    assert data.count(b"\x44\x89\x88") == 1
    data = data.replace(b"\x44\x89\x88", b"\xec\x40\x08")  # its duration becomes an element that is void
    check_video(Video(file=data))
    assert measured(Video(file=data), VideoConfig(fps=1.0)).times == tuple(map(float, range(6)))


def test_a_title_that_is_not_utf8_is_no_matter() -> None:
    check_video(Video(file=encoded(4, form="avi").replace(b"Lavf", b"L\xe4vf")))


def test_jumps_that_go_astray_come_to_the_same_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    whole_frames = b"stss" + struct.pack(">4I", 0, 2, 1, 17)
    data = encoded(31, rate=2, codec="libvpx-vp9", gop=16)
    assert data.count(whole_frames) == 1
    # Its index names a frame that cannot be decoded alone.
    check_six_seconds_apart(data.replace(whole_frames, b"stss" + struct.pack(">4I", 0, 2, 1, 11)))
    monkeypatch.setattr("rlcs.videos.files._MARGIN_S", -2.0)  # jumps land so late
    check_six_seconds_apart(encoded(31, rate=2, gop=2))


def check_six_seconds_apart(data: bytes) -> None:
    """Check frames of a video of two a second."""
    check_video(Video(file=data))
    frames, clip = load_frames(Video(file=data), VideoConfig(fps=1 / 6))
    assert clip.times == (0.0, 6.0, 12.0)
    assert [number_of(frame) for frame in frames] == pytest.approx([0, 12, 24], abs=1)


def test_a_file_without_a_frame_is_refused() -> None:
    data = encoded(31, rate=2, codec="libx264", gop=500)
    start, end = data.index(b"mdat") + 4, data.index(b"moov") - 4
    with pytest.raises(UserError, match="cannot be read"):
        check_video(Video(file=data[:start] + bytes(end - start) + data[end:]))


def of_two_sizes(first: tuple[int, int], second: tuple[int, int], rotation: int = 0) -> bytes:
    """Return a video of six grey frames, two a second; from the fourth on they are of another size."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("mjpeg", rate=2)
        stream.width, stream.height, stream.pix_fmt = *first, "yuvj420p"
        if rotation:
            stream.set_display_rotation(rotation)
        for number in range(6):
            coder = av.CodecContext.create("mjpeg", "w")
            coder.width, coder.height = first if number < 3 else second
            coder.pix_fmt, coder.time_base = "yuvj420p", Fraction(1, 2)
            frame = av.VideoFrame.from_ndarray(grey(number, coder.width, coder.height), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 2)
            for packet in [*coder.encode(frame), *coder.encode(None)]:
                packet.stream = stream
                container.mux(packet)
    return file.getvalue()


@pytest.mark.parametrize(("rotation", "shape"), [(0, (48, 64, 3)), (90, (64, 48, 3))])
def test_frames_that_change_their_size_are_brought_to_that_of_the_first(rotation: int, shape: tuple[int, ...]) -> None:
    video = Video(file=of_two_sizes((64, 48), (160, 32), rotation))
    check_video(video)
    frames, _ = load_frames(video, AS_IT_IS)
    assert frames.shape[1:] == shape
    assert [number_of(frame) for frame in frames] == pytest.approx(list(range(6)), abs=1)


def test_frames_that_grow_too_large_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rlcs.videos.files.MAX_FRAME_PIXELS", 4000)
    video = Video(file=of_two_sizes((64, 48), (160, 32)))
    for read in (check_video, lambda video: load_frames(video, AS_IT_IS)):
        with pytest.raises(UserError, match="frames of 5,120 pixels, expected 1 to 4,000"):
            read(video)


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
