"""Videos from a task to what the policy reads: tokens, places, pixels, positions; for every architecture."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from videos import encoded, pictures
from vision_models import KINDS, processor_of

from rlcs.config.schema import FieldsConfig, ImagesConfig, ModelConfig, SourceConfig, VideoConfig
from rlcs.errors import UserError
from rlcs.model.batch import collate
from rlcs.model.files import Preprocessing, load_preprocessing, resolve_model_path
from rlcs.model.policy import grid_positions
from rlcs.model.vision import ImageReader, check_videos
from rlcs.process.environment import prepare_process
from rlcs.records import Sample, Task, Video
from rlcs.tasks import drop_long, load_pool
from rlcs.tasks.prompts import place_images
from rlcs.videos import load_frames

CPU = torch.device("cpu")
VISION = ModelConfig(path="tiny://vision")
FOUR = Video(frames=pictures(4, 56, 28), times=(0.0, 0.5, 12.0, 12.5))
SOURCE = SourceConfig(name="s", path="none")


@pytest.fixture(scope="module")
def preprocessing() -> Preprocessing:
    prepare_process()
    return load_preprocessing(VISION, ImagesConfig(), resolve_model_path(VISION.path))


@pytest.fixture(scope="module", params=KINDS)
def kind(request: pytest.FixtureRequest) -> Preprocessing:
    """Tokenizer and processor of an architecture."""
    prepare_process()
    processor = processor_of(request.param)
    return Preprocessing(
        tokenizer=processor.tokenizer, images=ImageReader(processor, ImagesConfig()), processor=processor
    )


def prompt_of(preprocessing: Preprocessing, prompt: Any, *videos: Video, images: tuple[bytes, ...] = ()) -> Any:
    task = Task(id="s:7", source="s", domain="general", prompt=prompt, answer="", images=images, videos=videos)
    return preprocessing.renderer([SOURCE]).render([task])[0]


def text_of(preprocessing: Preprocessing, ids: tuple[int, ...]) -> str:
    text = str(preprocessing.tokenizer.decode(ids))
    for name, short in (("image", "I"), ("video", "V")):
        text = text.replace(f"<|begin_of_{name}|>", f"{short}[").replace(f"<|end_of_{name}|>", "]")
    return text.replace("<|image|>", "#")


def sample(prompt: Any, completion: tuple[int, ...] = (40, 41)) -> Sample:
    size = len(completion)
    return Sample(
        prompt_ids=prompt.ids, token_ids=completion, loss_mask=(1,) * size, logprobs=(0.0,) * size, advantage=1.0,
        images=prompt.images,
    )  # fmt: skip


def test_a_video_stands_where_the_prompt_says_each_two_frames_with_their_second(preprocessing: Preprocessing) -> None:
    small = pictures(1, 28, 28)
    found = prompt_of(preprocessing, "when?", FOUR)
    assert text_of(preprocessing, found.ids) == "<|user|>V[I[##]0I[##]12]when?<|assistant|>"
    assert [(image.start, image.num_tokens) for image in found.images] == [(2, 11)]
    both = prompt_of(preprocessing, "is <image> in <video>?", FOUR, images=small)
    assert text_of(preprocessing, both.ids) == "<|user|>is I[#] in V[I[##]0I[##]12]?<|assistant|>"
    assert [image.reference for image in both.images] == [small[0], FOUR]
    unnamed = prompt_of(preprocessing, "so?", FOUR, images=small)
    assert text_of(preprocessing, unnamed.ids).startswith("<|user|>I[#]V[I[##]0I[##]12]so?")
    parts = [{"type": "text", "text": "see "}, {"type": "video"}, {"type": "text", "text": "!"}]
    said = prompt_of(preprocessing, [{"role": "user", "content": parts}], FOUR)
    assert text_of(preprocessing, said.ids) == "<|user|>see V[I[##]0I[##]12]!<|assistant|>"


def test_a_mark_of_what_a_task_has_none_of_stays_text() -> None:
    placed = place_images([{"role": "user", "content": "<image> <video>?"}], 1, 0)
    assert placed[0]["content"] == [{"type": "image"}, {"type": "text", "text": " <video>?"}]


@pytest.mark.parametrize(
    ("prompt", "count", "reason"),
    [
        ("<video> <video>?", 1, "task s:7 has 1 videos, and its prompt, as the chat template writes it, has places f"),
        ("what is <|video|>?", 0, "task s:7 has no images or videos, and its text holds <|video|>, the"),
    ],
)
def test_videos_and_places_that_do_not_fit_are_refused(
    preprocessing: Preprocessing, prompt: str, count: int, reason: str
) -> None:
    with pytest.raises(UserError) as caught:
        prompt_of(preprocessing, prompt, *[FOUR] * count)
    assert str(caught.value).startswith(reason)


@pytest.mark.parametrize("num_frames", [1, 2, 5, 8])
def test_tokens_and_patches_are_those_of_the_model_s_own_processor(kind: Preprocessing, num_frames: int) -> None:
    from transformers.video_utils import VideoMetadata

    video = Video(frames=pictures(num_frames, 84, 56), times=tuple(1.7 * number for number in range(num_frames)))
    frames, clip = load_frames(video, VideoConfig())
    assert kind.images is not None
    found = prompt_of(kind, "a <video> b", video)
    task = Task(id="", source="s", domain="", prompt="a <video> b", answer="", videos=(video,))
    made = kind.processor(  # type: ignore[misc]
        text=[kind.renderer([SOURCE]).text(task)], videos=[frames], video_metadata=[VideoMetadata(**clip.metadata())],
        do_sample_frames=False, add_special_tokens=False, return_tensors="pt",
    )  # fmt: skip
    assert made["input_ids"][0].tolist() == list(found.ids)
    read = kind.images.read(video)
    assert torch.equal(read.values, made["pixel_values_videos"])
    assert int(read.grids.prod(1).sum()) == int(made["video_grid_thw"].prod())
    if "second_per_grid_ts" in made:
        assert read.seconds == made["second_per_grid_ts"][0]


def test_tokens_of_videos_and_images_are_marked_and_their_grids_dealt_in_order(kind: Preprocessing) -> None:
    small = pictures(1, 56, 28)
    samples = [
        sample(prompt_of(kind, "<image> <video>?", FOUR, images=small)), sample(prompt_of(kind, "none")),
        sample(prompt_of(kind, "?", FOUR)),
    ]  # fmt: skip
    assert kind.images is not None
    batch, _ = collate(samples, CPU, kind.images)
    assert batch.images is not None
    grids = len(kind.images.read(FOUR).grids)
    assert batch.images.counts == (1 + grids, 0, grids)
    assert batch.images.order == (*range(1 + grids), *range(1, 1 + grids))
    assert batch.images.pixel_values.shape[0] == int(batch.images.grids.prod(1).sum())
    marked = batch.images.is_image.bool()
    assert int(marked.sum()) * 4 == int(batch.images.grids[list(batch.images.order)].prod(1).sum())
    # One token for all: the features of images and videos are given to the model as one kind.
    assert torch.equal(batch.input_ids == kind.images.placeholder, marked)
    positions = grid_positions(model_like(), batch, batch.images)
    # Every sample begins anew, and text goes on behind the largest position so far.
    starts = [0, batch.lengths[0], batch.lengths[0] + batch.lengths[1]]
    assert positions[:, starts].eq(0).all()
    for start, size in zip(starts, batch.lengths, strict=True):
        own = positions[:, start : start + size]
        assert own[:, -1].eq(own[:, -2] + 1).all() and int(own[0, -1]) == int(own.max())


def model_like() -> Any:
    """Return what positions must know of a model."""
    from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration

    with torch.device("meta"):
        return Qwen2_5_VLForConditionalGeneration(
            Qwen2_5_VLConfig(
                text_config={"num_hidden_layers": 1, "hidden_size": 16, "intermediate_size": 16, "vocab_size": 8,
                             "num_attention_heads": 1, "num_key_value_heads": 1},
                vision_config={"depth": 1, "hidden_size": 16, "num_heads": 1, "spatial_merge_size": 2,
                               "tokens_per_second": 4},
            )
        )  # fmt: skip


def test_positions_behind_a_video_by_hand() -> None:
    # Text, a video of 3 steps of 1 x 2 tokens, 0.6 s each at 4 a second: steps at 0, 2.4, 4.8; text.
    from rlcs.model.batch import Images, MicroBatch

    batch = MicroBatch(
        input_ids=torch.zeros(9, dtype=torch.int64), lengths=(9,), continues=(None,),
        predictors=torch.tensor([0]), targets=torch.tensor([0]),
    )  # fmt: skip
    images = Images(
        pixel_values=torch.zeros(0, 0), grids=torch.tensor([[3, 2, 4]]), seconds=(0.6,), order=(0,), counts=(1,),
        is_image=torch.tensor([0, 1, 1, 1, 1, 1, 1, 0, 0]),
    )  # fmt: skip
    assert grid_positions(model_like(), batch, images).tolist() == [
        [0, 1, 1, 3, 3, 5, 5, 6, 7],
        [0, 1, 1, 1, 1, 1, 1, 6, 7],
        [0, 1, 2, 1, 2, 1, 2, 6, 7],
    ]


def test_video_tokens_count_into_the_prompt_and_a_bad_one_is_a_bad_row(
    preprocessing: Preprocessing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("RLCS_CACHE", str(tmp_path / "cache"))
    (tmp_path / "short.mp4").write_bytes(encoded(20, rate=10, size=(56, 56)))
    (tmp_path / "long.mp4").write_bytes(encoded(200, rate=10, size=(56, 56)))
    (tmp_path / "thin.mp4").write_bytes(encoded(20, rate=10, size=(2, 900)))
    rows = [("a", ["short.mp4"]), ("b", ["long.mp4"]), ("c", "thin.mp4"), ("d", None)]
    lines = [json.dumps({"prompt": prompt, "answer": "1", "film": films}) for prompt, films in rows]
    (tmp_path / "rows.jsonl").write_text("\n".join(lines))
    source = SourceConfig(
        name="s", path=str(tmp_path / "rows.jsonl"), fields=FieldsConfig(videos="film"), on_bad_row="skip"
    )
    pool = load_pool([source])
    assert pool.most_videos() == 1
    kept = drop_long(pool, preprocessing.renderer([source]), 64)
    assert [task.prompt for task in kept.take(range(len(kept)))] == ["a", "d"]
    assert "dropped 1 of 4 prompts of s longer than 64 tokens" in caplog.text
    assert "is refused by the model's processor" in caplog.text


def test_what_engines_cannot_be_shown_is_told_before_they_start(preprocessing: Preprocessing, tmp_path: Path) -> None:
    check_videos(VISION, resolve_model_path(VISION.path), 1)
    with pytest.raises(UserError, match="a task has 2 videos, and vLLM takes one in a prompt of a glm4v model"):
        check_videos(VISION, resolve_model_path(VISION.path), 2)
    with pytest.raises(UserError, match="tasks have videos, and model.path=.* is a text model"):
        check_videos(VISION, resolve_model_path("tiny://text"), 1)
    for file in Path(resolve_model_path(VISION.path)).glob("*.json"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    sections = json.loads((tmp_path / "processor_config.json").read_text())
    sections["video_processor"]["image_std"] = [0.25, 0.25, 0.25]
    (tmp_path / "processor_config.json").write_text(json.dumps(sections))
    with pytest.raises(UserError, match="image_std is .*0.5.* for images and .*0.25.* for videos"):
        check_videos(replace(VISION, path=str(tmp_path)), tmp_path, 1)
