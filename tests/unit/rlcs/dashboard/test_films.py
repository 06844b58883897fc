"""Videos of a row: which frames are shown, on which axis, and what is said of those that cannot be."""

from __future__ import annotations

from typing import Any

import pytest
from videos import encoded

from rlcs.config.schema import VideoConfig
from rlcs.dashboard.films import MAX_FRAMES, films, kept, span
from rlcs.dashboard.pictures import NoPicture
from rlcs.records import Video
from rlcs.videos import load_frames


def video(times: list[Any], **rest: Any) -> dict[str, Any]:
    return {"frames": [{"bytes": b"%d" % number, "path": None} for number in range(len(times))], "times": times, **rest}


def test_a_frame_lasts_until_the_next_and_the_last_as_long_as_the_one_before() -> None:
    (film,) = films([video([0.0, 1.0, 3.0])])
    assert (film.frames, film.times, film.left_out) == ((b"0", b"1", b"2"), (0.0, 1.0, 3.0), 0)
    assert film.seconds == 5.0
    assert film.shares == pytest.approx([0.2, 0.4, 0.4])


def test_what_comes_before_the_first_frame_belongs_to_it() -> None:
    (film,) = films([video([4.0, 5.0])])
    assert film.seconds == 6.0 and film.shares == pytest.approx([5 / 6, 1 / 6])


def test_of_many_frames_some_are_shown_evenly() -> None:
    (film,) = films([video([number / 2 for number in range(3 * MAX_FRAMES)])])
    assert (len(film.frames), film.left_out) == (MAX_FRAMES, 2 * MAX_FRAMES)
    assert film.times[:3] == (0.0, 1.5, 3.0) and film.times[-1] == (3 * MAX_FRAMES - 1) / 2
    assert film.frames[-1] == b"%d" % (3 * MAX_FRAMES - 1), "places at the end are drawn on it"
    assert film.seconds == 3 * MAX_FRAMES / 2 and sum(film.shares) == pytest.approx(1.0)


@pytest.mark.parametrize("number", [1, 2, MAX_FRAMES, MAX_FRAMES + 1, 1000])
def test_first_and_last_frame_are_shown_and_none_twice(number: int) -> None:
    places = kept(number)
    assert places == sorted(set(places)) and len(places) == min(number, MAX_FRAMES)
    assert (places[0], places[-1]) == (0, number - 1)


def test_of_a_video_file_the_last_frame_that_a_policy_sees_is_shown() -> None:
    pytest.importorskip("av")
    data = encoded(50, rate=2)
    (film,) = films([{"frames": None, "times": None, "path": None, "bytes": data}])
    _, clip = load_frames(Video(file=data), VideoConfig())
    assert (len(film.frames), film.left_out) == (MAX_FRAMES, 18)
    assert (film.times[0], film.times[-1]) == (0.0, clip.times[-1]) == (0.0, 24.5)


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        ({"frames": None, "times": None, "path": "a.mp4"}, "a.mp4 cannot be read|PyAV"),
        ({"frames": None, "times": None, "bytes": b"no video"}, "cannot be read|PyAV"),
        ("a.mp4", "neither as a file nor as frames"),
        (video([0.0, 0.0]), "no times that rise"),
        (video([1.0, 0.5]), "no times that rise"),
        (video([0.0, "1"]), "no times that rise"),
        (video([0.0, float("nan")]), "no times that rise"),
        (video([0.0, float("inf")]), "no times that rise"),
        ({**video([0.0, 1.0]), "times": [0.0]}, "no times that rise"),
    ],
)
def test_a_video_that_cannot_be_drawn_is_told(broken: Any, told: str) -> None:
    with pytest.raises(NoPicture, match=told):
        films([broken])


def test_a_row_without_videos_has_no_films() -> None:
    assert films(None) == films([]) == []


def test_spans_are_read_as_the_verifier_reads_them() -> None:
    assert span("[1.5,4]", "gold", {}) == span("from 0:01.5 to 0:04", "answer", {"times": "any"}) == (1.5, 4.0)
    assert span("1 - 2 min", "answer", {"times": "no such clock"}) == (60.0, 120.0)
    for text in ("later", "[4,1]", "1 to 2 or 3 to 4"):
        with pytest.raises(NoPicture):
            span(text, "answer", {})
