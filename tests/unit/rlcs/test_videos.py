"""Videos from files and frames: which times, which frames, what is told to processors, and what is refused."""

from __future__ import annotations

import importlib.util
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from videos import encoded, number_of, pictures

from rlcs.config.schema import VideoConfig
from rlcs.errors import UserError
from rlcs.records import PromptImage, Video
from rlcs.videos import Clip, as_bytes, check_video, load_frames, measured, sample_times

AS_IT_IS = VideoConfig()


@pytest.mark.parametrize(
    ("seconds", "rate", "settings", "expected"),
    [
        (3.0, 10, {"fps": 2.0}, (0.0, 0.5, 1.0, 1.5, 2.0, 2.5)),
        (3.2, 10, {"fps": 2.0}, (0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0)),  # an odd number: models show the last one twice
        (3.0, 10, {"fps": 2.0, "max_frames": 4}, (0.0, 0.75, 1.5, 2.25)),
        (3.0, 1, {"fps": 2.0}, (0.0, 1.0, 2.0)),  # it has no more
        (10.0, 30, {"fps": 0.1}, (0.0, 5.0)),  # two at least
        (0.04, 25, {"fps": 2.0}, (0.0, 0.02)),
        (0.0, 25, {"fps": 2.0}, (0.0, 0.001)),
        (7200.0, 25, {"fps": 0.1, "max_frames": 3}, (0.0, 2400.0, 4800.0)),
    ],
)
def test_times_are_taken_evenly(
    seconds: float, rate: float, settings: dict[str, Any], expected: tuple[float, ...]
) -> None:
    assert sample_times(seconds, rate, VideoConfig(**settings)) == expected


@pytest.mark.parametrize("seconds", [0.0, 0.001, 0.0334, 0.1, 1 / 3, 2.999, 61.7])
@pytest.mark.parametrize("fps", [0.1, 1.5, 29.97, 1e6])
def test_no_time_stands_twice(seconds: float, fps: float) -> None:
    indices = Clip(size=(1, 1), times=sample_times(seconds, 1e6, VideoConfig(fps=fps, max_frames=33))).metadata()[
        "frames_indices"
    ]
    assert len(indices) >= 2 and all(later > one for one, later in zip(indices, indices[1:], strict=False))


def test_what_processors_are_told() -> None:
    told = Clip(size=(8, 8), times=(0.0, 0.5, 1.0, 1.5)).metadata()
    assert told == {"total_num_frames": 2000, "fps": 1000.0, "duration": 2.0, "frames_indices": [0, 500, 1000, 1500]}
    late = Clip(size=(8, 8), times=(60.0, 60.5)).metadata()
    assert (late["total_num_frames"], late["frames_indices"]) == (1000, [60000, 60500])


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


def test_frames_keep_their_times_and_are_thinned_to_the_most() -> None:
    shown = pictures(6)
    video = Video(frames=shown, times=(1.0, 1.5, 2.25, 3.0, 3.5, 4.0))
    frames, clip = load_frames(video, AS_IT_IS)
    assert clip == measured(video, AS_IT_IS) == Clip(size=(56, 56), times=video.times)
    few, clip = load_frames(video, VideoConfig(max_frames=4))
    assert clip.times == (1.0, 1.5, 3.0, 3.5)
    assert np.array_equal(few, frames[[0, 1, 3, 4]])


def test_a_single_frame_is_shown_twice() -> None:
    for video in (Video(frames=pictures(1), times=(2.0,)), Video(file=encoded(1))):
        frames, clip = load_frames(video, AS_IT_IS)
        assert len(frames) == 2 == len(clip.times) and np.array_equal(frames[0], frames[1])
        assert clip.times[1] > clip.times[0]
        check_video(video)


@pytest.mark.parametrize(
    ("video", "reason"),
    [
        (Video(file="nowhere/a.mp4"), "video nowhere/a.mp4 cannot be read: No such file or directory; correct or"),
        (Video(file=b"no video at all"), "video of 15 bytes cannot be read: Invalid data found"),
        (Video(file=b""), "video of 0 bytes cannot be read"),
        (Video(file="https://example.org/a.mp4"), "is not fetched; download it and give the path"),
        (Video(file=b"#EXTM3U\n#EXTINF:10,\nhttp://127.0.0.1:1/a.ts\n"), "cannot be read: Invalid data found"),
        (Video(file=encoded(40)[:2000]), "cannot be read"),
        (Video(file=encoded(400, moov_first=True)[:-3000]), "it ends at byte"),
        (Video(frames=pictures(2), times=(0.0,)), "a video of 2 frames has 1 times; give one for each"),
        (Video(frames=pictures(2), times=(0.5, 0.5)), "times of frames must rise"),
        (Video(frames=pictures(2), times=(-1.0, 0.5)), "times of frames must rise from 0 s"),
        (Video(frames=pictures(2), times=(0.0, float("nan"))), "times of frames must rise"),
        (Video(frames=(*pictures(1), *pictures(1, 28)), times=(0.0, 1.0)), "of one size, got (28, 56) and (56, 56)"),
        (Video(frames=(b"none",), times=(0.0,)), "image of 4 bytes cannot be read"),
        (Video(frames=(b"",) * 5000, times=(0.0,) * 5000), "5,000 frames has more than 4,096"),
    ],
)
def test_what_cannot_be_shown_is_refused_in_words(video: Video, reason: str) -> None:
    with pytest.raises(UserError) as caught:
        check_video(video)
    assert reason in str(caught.value)


def test_a_file_of_sound_and_frames_too_large_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rlcs.videos.MAX_FRAME_PIXELS", 1000)
    with pytest.raises(UserError, match="frames of 3,072 pixels, expected 1 to 1,000"):
        measured(Video(file=encoded(2)), AS_IT_IS)
    monkeypatch.setattr("rlcs.videos.MAX_FILE_BYTES", 100)
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


def test_images_travel_as_the_bytes_of_their_files(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"picture")
    images = tuple(
        PromptImage(reference=reference, start=start, num_tokens=4)
        for start, reference in enumerate([str(tmp_path / "a.png"), b"bytes already"])
    )
    sent = as_bytes(images)
    assert [image.reference for image in sent] == [b"picture", b"bytes already"]
    assert [image.start for image in sent] == [0, 1]
    with pytest.raises(UserError, match="gone.png cannot be read: No such file"):
        as_bytes([PromptImage(reference=str(tmp_path / "gone.png"), start=0, num_tokens=4)])


def test_videos_travel_as_bytes_too(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"film")
    (tmp_path / "b.png").write_bytes(b"frame")
    videos = Video(file=str(tmp_path / "a.mp4")), Video(frames=(str(tmp_path / "b.png"), b"kept"), times=(0.0, 1.0))
    sent = as_bytes([PromptImage(reference=video, start=0, num_tokens=4) for video in videos])
    assert [image.reference for image in sent] == [
        Video(file=b"film"), Video(frames=(b"frame", b"kept"), times=(0.0, 1.0)),
    ]  # fmt: skip
    with pytest.raises(UserError, match="gone.mp4 cannot be read: No such file"):
        as_bytes([PromptImage(reference=Video(file=str(tmp_path / "gone.mp4")), start=0, num_tokens=4)])
