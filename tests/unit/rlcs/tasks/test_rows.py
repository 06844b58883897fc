"""What a row may hold: golds, patterns, chat messages, difficulty, parameters, kinds, images and videos."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from videos import encoded

from rlcs.config.schema import EnvironmentConfig, FieldsConfig, SourceConfig
from rlcs.records import Task, Video
from rlcs.tasks import load_pool

Build = Callable[..., SourceConfig]
Refusal = Callable[..., str]
Encode = Callable[..., bytes]

GOOD: dict[str, Any] = {"prompt": "p", "answer": "1"}
GSM8K_PATTERN = "#### (.+)$"


def only_task(source: SourceConfig) -> Task:
    (task,) = load_pool([source]).take([0])
    return task


@pytest.mark.parametrize("gold", ["7", 7, 0, 1.5, False, ["a", "b"], {"box": [1, 2]}, "Grüße 😀", "nul\x00l"])
def test_a_gold_comes_back_as_it_was_written(make_source: Build, gold: Any) -> None:
    answer = only_task(make_source({"prompt": "p", "answer": gold})).answer
    assert (answer, type(answer)) == (gold, type(gold))


def test_spaces_around_a_gold_are_taken_away_and_those_of_a_prompt_stay(make_source: Build) -> None:
    task = only_task(make_source({"prompt": " p\n", "answer": " 7 \n"}))
    assert (task.prompt, task.answer) == (" p\n", "7")


@pytest.mark.parametrize(
    ("text", "gold"),
    [
        ("48/2 = <<48/2=24>>24 clips.\n#### 72", "72"),
        ("#### 1\nNo, wait.\n#### 2", "2"),
        ("#### 1,000 \n", "1,000"),
        ("#### 5\nA line after it.", "5"),
        ("#### -3\r\n", "-3"),
    ],
)
def test_the_gold_is_the_group_of_the_last_match(make_source: Build, text: str, gold: str) -> None:
    assert only_task(make_source({"prompt": "p", "answer": text}, answer_pattern=GSM8K_PATTERN)).answer == gold


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("no gold here", f"field 'answer' has no match for answer_pattern {GSM8K_PATTERN!r}: 'no gold here'"),
        ("####  \n", "field 'answer' is empty"),
        (72, "field 'answer' should be text, got 72"),
    ],
)
def test_a_gold_that_the_pattern_does_not_find_is_a_bad_row(
    make_source: Build, refusal: Refusal, answer: Any, expected: str
) -> None:
    message = refusal(
        make_source({**GOOD, "answer": "#### 1"}, {**GOOD, "answer": answer}, answer_pattern="#### (.+)$")
    )
    assert message.startswith(f"data source s: s.jsonl line 2: {expected}; correct the row")


def test_a_group_that_took_no_part_in_the_match_is_a_bad_row(make_source: Build, refusal: Refusal) -> None:
    message = refusal(make_source({**GOOD, "answer": "none"}, answer_pattern="(?:gold (.+)|none)"))
    assert "field 'answer' has no match for answer_pattern" in message


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("#### .+$", "answer_pattern '#### .+$' has no group; put parentheses around the gold, as in '#### (.+)$'"),
        ("(", "answer_pattern '(' is no regular expression: missing ), unterminated subpattern at position 0"),
    ],
)
def test_a_pattern_that_is_no_use_is_told(make_source: Build, refusal: Refusal, pattern: str, expected: str) -> None:
    assert refusal(make_source(GOOD, answer_pattern=pattern)) == expected


def test_chat_messages_stay_messages(make_source: Build) -> None:
    messages = [
        {"role": "system", "content": "Be short."},
        {"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "How many?"}]},
    ]
    task = only_task(make_source({"prompt": messages, "answer": "1"}))
    assert task.prompt == messages
    assert task.question == "Be short.\nHow many?"


@pytest.mark.parametrize(
    "message",
    [
        "text",
        {"content": "no role"},
        {"role": "human", "content": "p"},
        {"role": "user"},
        {"role": "user", "content": ""},
        {"role": "user", "content": 5},
        {"role": "user", "content": ["p"]},
    ],
)
def test_what_is_no_chat_message_is_a_bad_row(make_source: Build, refusal: Refusal, message: Any) -> None:
    expected = (
        "data source s: s.jsonl line 1: field 'prompt' should hold messages with role (system, user, assistant, tool) "
        f"and content (text or a list of parts), got {message!r};"
    )
    assert refusal(make_source({"prompt": [message], "answer": "1"})).startswith(expected)


def test_an_empty_list_of_messages_is_a_bad_row(make_source: Build, refusal: Refusal) -> None:
    assert "field 'prompt' is an empty list of messages" in refusal(make_source({"prompt": [], "answer": "1"}))


@pytest.mark.parametrize(
    ("value", "rate"),
    [(0, 0.0), (1, 1.0), (0.25, 0.25), ("very_hard", 0.05), ("Hard", 0.2), ("medium", 0.5), (" very easy", 0.95)],
)
def test_difficulty_is_a_pass_rate_or_the_middle_of_a_tier(make_source: Build, value: Any, rate: float) -> None:
    source = make_source({**GOOD, "grade": value}, fields={"difficulty": "grade"})
    assert only_task(source).difficulty == pytest.approx(rate)


@pytest.mark.parametrize("value", [1.01, -0.1, 50, True, [0.5]])
def test_difficulty_out_of_range_is_a_bad_row(make_source: Build, refusal: Refusal, value: Any) -> None:
    message = refusal(make_source({**GOOD, "grade": value}, fields={"difficulty": "grade"}))
    assert f"field 'grade' should be a pass rate in [0, 1] or a tier name, got {value!r}" in message


@pytest.mark.parametrize(
    ("name", "hint"), [("esay", "did you mean 'easy'? "), ("zzz", ""), ("very hardd", "did you mean 'very_hard'? ")]
)
def test_a_word_that_is_no_tier_names_the_nearest(make_source: Build, refusal: Refusal, name: str, hint: str) -> None:
    message = refusal(make_source({**GOOD, "grade": name}, fields={"difficulty": "grade"}))
    known = "known: very_hard, hard, medium, easy, very_easy"
    assert f"s.jsonl line 1: field 'grade' is {name!r}, no tier: {hint}{known}" in message


@pytest.mark.parametrize("value", [{"unit": "m", "tolerance": 0.1}, '{"unit": "m", "tolerance": 0.1}'])
def test_params_are_a_mapping_or_its_json(make_source: Build, value: Any) -> None:
    task = only_task(make_source({**GOOD, "how": value}, fields={"params": "how"}))
    assert task.params == {"unit": "m", "tolerance": 0.1}


def test_params_that_a_parquet_row_leaves_null_are_not_set(tmp_path: Path) -> None:
    rows = [{**GOOD, "how": {"unit": "m"}}, {**GOOD, "how": {"tolerance": 0.5}}]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "a.parquet")
    source = SourceConfig(name="s", path=str(tmp_path / "a.parquet"), fields=FieldsConfig(params="how"))
    assert [task.params for task in load_pool([source]).take([0, 1])] == [{"unit": "m"}, {"tolerance": 0.5}]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("{unit: m}", "field 'how' is no JSON: "),
        ([1], "field 'how' should be a mapping of verifier parameters, got [1]"),
        ({"tolerance": float("nan")}, "field 'how' should be text, numbers or lists of them, got {'tolerance': nan}"),
    ],
)
def test_params_of_another_kind_are_a_bad_row(make_source: Build, refusal: Refusal, value: Any, expected: str) -> None:
    message = refusal(make_source({**GOOD, "how": value}, fields={"params": "how"}))
    assert f"s.jsonl line 1: {expected}" in message


def test_the_kind_of_a_row_stands_above_that_of_its_source(make_source: Build) -> None:
    rows = [{**GOOD, "kind": kind} for kind in ("sums", "roots", "sums")]
    index = load_pool([make_source(*rows, fields={"subcategory": "kind"}, subcategory="all")]).index
    assert index.subcategories == ("roots", "sums")
    assert index.subcategory.tolist() == [1, 0, 1]
    assert only_task(make_source(GOOD, subcategory="all", name="t")).subcategory == "all"


def test_images_are_kept_by_reference(make_source: Build, tmp_path: Path, encoded_image: Encode) -> None:
    for name in ("sub/a.png", "b.png", "d.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(encoded_image())
    rows = [
        {**GOOD, "image": "sub/a.png"},
        {**GOOD, "image": [str(tmp_path / "b.png"), "d.png"]},
        {**GOOD, "image": {"path": "d.png", "bytes": None}},
        {**GOOD, "image": []},
    ]
    tasks = load_pool([make_source(*rows, fields={"images": "image"})]).take(range(4))
    paths = [[Path(image).relative_to(tmp_path).as_posix() for image in task.images] for task in tasks]
    assert paths == [["sub/a.png"], ["b.png", "d.png"], ["d.png"], []]


def test_encoded_images_are_kept_as_bytes(tmp_path: Path, encoded_image: Encode) -> None:
    png, jpeg, gif = encoded_image(), encoded_image(9, 9, "JPEG"), encoded_image(5, 5, "GIF")
    rows = [{**GOOD, "image": [{"path": "a.png", "bytes": png}, {"path": None, "bytes": jpeg}]}]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "a.parquet")
    pq.write_table(pa.Table.from_pylist([{**GOOD, "image": gif}]), tmp_path / "b.parquet")
    source = SourceConfig(name="s", path=str(tmp_path / "*.parquet"), fields=FieldsConfig(images="image"))
    assert [task.images for task in load_pool([source]).take([0, 1])] == [(png, jpeg), (gif,)]


def test_images_inside_messages_are_taken_out_in_their_order(
    make_source: Build, tmp_path: Path, encoded_image: Encode
) -> None:
    for name in ("a.png", "b.png"):
        (tmp_path / name).write_bytes(encoded_image())
    content = [
        {"type": "image", "image": "b.png"},
        {"type": "text", "text": "before "},
        {"type": "image_url", "image_url": {"url": "a.png"}},
    ]
    task = only_task(make_source({"prompt": [{"role": "user", "content": content}], "answer": "1"}))
    assert [Path(str(image)).name for image in task.images] == ["b.png", "a.png"]
    parts = [{"type": "image"}, {"type": "text", "text": "before "}, {"type": "image"}]
    assert task.prompt == [{"role": "user", "content": parts}]


def test_an_image_that_cannot_be_read_is_a_bad_row(
    make_source: Build, refusal: Refusal, tmp_path: Path, encoded_image: Encode
) -> None:
    (tmp_path / "half.jpg").write_bytes(encoded_image(300, 200, "JPEG")[:-200])
    (tmp_path / "text.png").write_bytes(b"no image")
    for name, reason in (
        ("nowhere.png", "No such file"),
        ("half.jpg", "truncated"),
        ("text.png", "it is none of PNG, JPEG"),
        ("https://example.org/c.png", "download the image, give its path"),
    ):
        message = refusal(make_source({**GOOD, "image": name}, fields={"images": "image"}))
        assert message.startswith("data source s: s.jsonl") and reason in message, message


def test_broken_images_can_be_left_out_and_the_order_stays(
    make_source: Build, tmp_path: Path, encoded_image: Encode, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "a.png").write_bytes(encoded_image())
    (tmp_path / "b.png").write_bytes(encoded_image()[:40])
    rows = [
        {"prompt": str(number), "answer": "1", "image": [None, "a.png", "b.png"][number % 3]} for number in range(900)
    ]
    pool = load_pool([make_source(*rows, fields={"images": "image"}, on_bad_row="skip")])
    assert [task.prompt for task in pool.take(range(len(pool)))] == [str(n) for n in range(900) if n % 3 < 2]
    assert "skipped 300 bad rows of s" in caplog.text


@pytest.mark.parametrize("item", [5, "", {"url": "a.png"}, {"bytes": "iVBOR"}, {"bytes": 5, "path": "a.png"}])
def test_what_is_no_image_is_a_bad_row(make_source: Build, refusal: Refusal, item: Any) -> None:
    message = refusal(make_source({**GOOD, "image": [item]}, fields={"images": "image"}))
    assert f"field 'image' should hold image paths or encoded bytes, got {item!r}" in message


def test_videos_are_kept_by_reference(make_source: Build, tmp_path: Path, encoded_image: Encode) -> None:
    for name in ("a.mp4", "b.mp4"):
        (tmp_path / name).write_bytes(encoded(3))
    (tmp_path / "f.png").write_bytes(encoded_image())
    frames = {"frames": ["f.png", {"path": str(tmp_path / "f.png"), "bytes": None}], "times": [0, 1.5]}
    rows = [{**GOOD, "film": "a.mp4"}, {**GOOD, "film": ["b.mp4", frames]}, {**GOOD, "film": []}]
    tasks = load_pool([make_source(*rows, fields={"videos": "film"})]).take(range(3))
    a, b, f = (str(tmp_path / name) for name in ("a.mp4", "b.mp4", "f.png"))
    assert [task.videos for task in tasks] == [
        (Video(file=a),), (Video(file=b), Video(frames=(f, f), times=(0.0, 1.5))), ()
    ]  # fmt: skip


def test_encoded_videos_and_frames_are_kept_as_bytes(tmp_path: Path, encoded_image: Encode) -> None:
    film, frame = encoded(3), encoded_image()
    one = {"path": None, "bytes": film, "frames": None, "times": None}
    rows = [{**GOOD, "film": [one, {**one, "bytes": None, "frames": [frame, frame], "times": [0.0, 0.5]}]}]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "a.parquet")
    source = SourceConfig(name="s", path=str(tmp_path / "a.parquet"), fields=FieldsConfig(videos="film"))
    (task,) = load_pool([source]).take([0])
    assert task.videos == (Video(file=film), Video(frames=(frame, frame), times=(0.0, 0.5)))


def test_a_file_whose_list_of_frames_is_empty_is_a_file(make_source: Build, tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(encoded(3))
    row = {**GOOD, "film": {"path": "a.mp4", "bytes": None, "frames": [], "times": []}}
    assert only_task(make_source(row, fields={"videos": "film"})).videos == (Video(file=str(tmp_path / "a.mp4")),)


def test_videos_inside_messages_are_taken_out_in_their_order(
    make_source: Build, tmp_path: Path, encoded_image: Encode
) -> None:
    (tmp_path / "a.mp4").write_bytes(encoded(3))
    (tmp_path / "b.png").write_bytes(encoded_image())
    content = [
        {"type": "video", "video": {"frames": ["b.png", "b.png"], "times": [0.0, 1.0]}},
        {"type": "image", "image": "b.png"},
        {"type": "video_url", "video_url": {"url": "a.mp4", "frames": None}},
        {"type": "video", "video": {"url": None, "frames": ["b.png"], "times": [0.0]}},
        {"type": "text", "text": "?"},
    ]
    task = only_task(make_source({"prompt": [{"role": "user", "content": content}], "answer": "1"}))
    image, film = str(tmp_path / "b.png"), str(tmp_path / "a.mp4")
    assert task.images == (image,)
    assert task.videos == (
        Video(frames=(image, image), times=(0.0, 1.0)), Video(file=film), Video(frames=(image,), times=(0.0,))
    )  # fmt: skip
    kinds = [part["type"] for part in task.prompt[0]["content"]]  # type: ignore[index]
    assert kinds == ["video", "image", "video", "video", "text"]


def test_a_missing_package_is_no_fault_of_a_row(
    make_source: Build, refusal: Refusal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.mp4").write_bytes(encoded(3))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    message = refusal(make_source({**GOOD, "film": "a.mp4"}, fields={"videos": "film"}, on_bad_row="skip"))
    assert message.startswith("a task has a video file, and PyAV") and message.endswith("pip install 'rlcs[video]'")


def test_a_missing_package_is_told_of_rows_that_were_converted_before(
    make_source: Build, refusal: Refusal, tmp_path: Path, encoded_image: Encode, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.mp4").write_bytes(encoded(3))
    (tmp_path / "f.png").write_bytes(encoded_image())
    frames = {"frames": ["f.png"], "times": [0.0]}
    shown = make_source({**GOOD, "film": frames}, name="frames", fields={"videos": "film"})
    filmed = make_source(GOOD | {"film": []}, GOOD | {"film": [frames, "a.mp4"]}, fields={"videos": "film"})
    load_pool([shown, filmed])
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert len(load_pool([shown])) == 1
    assert refusal(shown, filmed).startswith("a task has a video file, and PyAV")


def test_a_source_with_videos_is_played_in_no_environment(make_source: Build, refusal: Refusal, tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(encoded(3))
    played = EnvironmentConfig(name="tools")
    message = refusal(make_source({**GOOD, "film": "a.mp4"}, fields={"videos": "film"}, environment=played))
    assert message.startswith("data source s has videos, and is played in an environment")


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (5, "field 'film' should hold video paths or encoded bytes, got 5"),
        ("https://example.org/a.mp4", "download the video, give its path"),
        ("nowhere.mp4", "No such file"),
        ({"frames": []}, "field 'film' should hold frames and times, a list of each"),
        ({"frames": ["f.png"]}, "field 'film' should hold frames and times, a list of each"),
        ({"frames": ["f.png"], "times": ["1"]}, "field 'film' should hold times in seconds, got ['1']"),
        ({"frames": ["f.png"], "times": [10**400]}, "field 'film' should hold times of at most 10,000,000 seconds"),
        ({"frames": ["f.png"], "times": [float("nan")]}, "should hold times of at most 10,000,000 seconds, got [nan]"),
        ({"frames": [7], "times": [1.0]}, "field 'film' should hold image paths or encoded bytes, got 7"),
        ({"frames": ["f.png"] * 2, "times": [1.0, 1.0]}, "the times of frames must rise"),
    ],
)
def test_what_is_no_video_is_a_bad_row(
    make_source: Build, refusal: Refusal, tmp_path: Path, encoded_image: Encode, item: Any, reason: str
) -> None:
    (tmp_path / "f.png").write_bytes(encoded_image())
    message = refusal(make_source({**GOOD, "film": [item]}, fields={"videos": "film"}))
    assert message.startswith("data source s: s.jsonl") and reason in message, message


def test_what_a_row_may_leave_out_may_be_null(make_source: Build) -> None:
    columns = {"difficulty": "grade", "params": "settings", "subcategory": "kind", "images": "picture"}
    row = {**GOOD, "grade": None, "settings": None, "kind": None, "picture": None}
    task = only_task(make_source(row, fields=columns, subcategory="sums"))
    assert (task.difficulty, task.params, task.subcategory, task.images) == (None, {}, "sums", ())


def test_an_optional_column_that_is_missing_is_a_bad_row(make_source: Build, refusal: Refusal) -> None:
    message = refusal(make_source({**GOOD, "difficulti": 0.5}, fields={"difficulty": "difficulty"}))
    assert "field 'difficulty' is missing: did you mean 'difficulti'?" in message
