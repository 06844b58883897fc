"""Videos from files and frames: which times, which frames, what is told to processors, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from videos import encoded, pictures

from rlcs.config.schema import VideoConfig
from rlcs.errors import UserError
from rlcs.records import PromptImage, Video
from rlcs.videos import Clip, as_bytes, check_video, load_frames, measured
from rlcs.videos.clips import sample_times

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


def test_frames_keep_their_times_and_are_thinned_to_the_most() -> None:
    shown = pictures(6)
    video = Video(frames=shown, times=(1.0, 1.5, 2.25, 3.0, 3.5, 4.0))
    frames, clip = load_frames(video, AS_IT_IS)
    assert clip == measured(video, AS_IT_IS) == Clip(size=(56, 56), times=video.times)
    few, clip = load_frames(video, VideoConfig(max_frames=4))
    assert clip.times == (1.0, 2.25, 3.0, 4.0), "the last frame is among them"
    assert np.array_equal(few, frames[[0, 2, 3, 5]])


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
        (Video(frames=pictures(1), times=(10**400,)), "must rise from 0 s to 10,000,000 s at most"),
        (Video(frames=(*pictures(1), *pictures(1, 28)), times=(0.0, 1.0)), "of one size, got (28, 56) and (56, 56)"),
        (Video(frames=(b"none",), times=(0.0,)), "image of 4 bytes cannot be read"),
        (Video(frames=(b"",) * 5000, times=(0.0,) * 5000), "5,000 frames has more than 4,096"),
    ],
)
def test_what_cannot_be_shown_is_refused_in_words(video: Video, reason: str) -> None:
    with pytest.raises(UserError) as caught:
        check_video(video)
    assert reason in str(caught.value)


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
