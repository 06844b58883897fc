"""Images of samples: tokens, pixels, places in a micro-step, prompts; with the processor of the tiny vision model."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from rlcs.config.schema import FieldsConfig, ImagesConfig, ModelConfig, SourceConfig
from rlcs.errors import UserError
from rlcs.model.batch import DUMMY, collate
from rlcs.model.files import Preprocessing, Resizing, load_preprocessing, resolve_model_path
from rlcs.model.vision import ImageReader, image_token_cost
from rlcs.process.environment import prepare_process
from rlcs.records import PromptImage, Sample, Task
from rlcs.run.weight_sync import as_sample
from rlcs.sft import refuse_image_tokens, trace_sample
from rlcs.tasks import drop_long, load_pool
from rlcs.tasks.prompts import place_images

CPU = torch.device("cpu")
VISION = ModelConfig(path="tiny://vision")


def picture(width: int, height: int, colour: str = "red") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(file, "PNG")
    return file.getvalue()


@pytest.fixture(scope="module")
def preprocessing() -> Preprocessing:
    prepare_process()
    return load_preprocessing(VISION, ImagesConfig(max_per_prompt=2), resolve_model_path(VISION.path))


@pytest.fixture
def reader(preprocessing: Preprocessing) -> ImageReader:
    assert preprocessing.images is not None
    return preprocessing.images


def prompt_of(preprocessing: Preprocessing, prompt: Any, *images: str | bytes, **source: Any) -> Any:
    task = Task(id="s:7", source="s", domain="general", prompt=prompt, answer="", images=images)
    return preprocessing.renderer([SourceConfig(name="s", path="none", **source)]).render([task])[0]


def text_of(preprocessing: Preprocessing, ids: tuple[int, ...]) -> str:
    return str(preprocessing.tokenizer.decode(ids)).replace("<|image|>", "#")


def test_an_image_is_a_token_for_28_by_28_pixels(reader: ImageReader) -> None:
    for width, height, tokens in ((112, 112, 16), (84, 112, 12), (140, 84, 15), (100, 60, 8)):
        assert reader.num_tokens(picture(width, height)) == tokens
        pixels = reader.read(picture(width, height))
        assert len(pixels.values) == 4 * tokens == int(pixels.grids.prod())


def test_the_size_that_the_model_sees(reader: ImageReader) -> None:
    assert reader.resized((112, 84)) == (112, 84)
    assert reader.resized((100, 60)) == (112, 56)
    assert Resizing(VISION, ImagesConfig(max_pixels=56 * 56))((112, 112)) == (56, 56)
    with pytest.raises(UserError, match="`resized` need a vision-language model, and model.path=tiny://text is a text"):
        Resizing(ModelConfig(path="tiny://text"), ImagesConfig())((112, 112))


def test_images_stand_first_in_a_text_prompt_and_where_it_says(preprocessing: Preprocessing) -> None:
    small, wide = picture(56, 28), picture(84, 28)
    start, end = "<|begin_of_image|>", "<|end_of_image|>"
    first = prompt_of(preprocessing, "how many?", small)
    assert text_of(preprocessing, first.ids) == f"<|user|>{start}##{end}how many?<|assistant|>"
    assert first.images == (PromptImage(reference=small, start=2, num_tokens=2),)
    placed = prompt_of(preprocessing, "is <image> in <image>?", small, wide)
    expected = f"<|user|>is {start}##{end} in {start}###{end}?<|assistant|>"
    assert text_of(preprocessing, placed.ids) == expected
    assert [(image.start, image.num_tokens) for image in placed.images] == [(5, 2), (13, 3)]
    mixed = prompt_of(preprocessing, "like <image>?", small, wide)
    assert [image.reference for image in mixed.images] == [small, wide]
    around = prompt_of(preprocessing, "2", small, prompt_template="see {prompt}", system_prompt="<x>")
    assert text_of(preprocessing, around.ids) == f"<|system|><x><|user|>{start}##{end}see 2<|assistant|>"


def test_messages_without_an_image_stay_text() -> None:
    messages = [{"role": role, "content": text} for role, text in (("system", "s"), ("user", "u"), ("assistant", "a"))]
    placed = place_images([*messages, {"role": "user", "content": "so <image>?"}], 2)
    assert [type(message["content"]) for message in placed] == [str, list, str, list]
    assert placed[1]["content"] == [{"type": "image"}, {"type": "text", "text": "u"}]


def test_a_row_whose_images_make_no_prompt_is_a_bad_row(
    preprocessing: Preprocessing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("RLCS_CACHE", str(tmp_path / "cache"))
    (tmp_path / "a.png").write_bytes(picture(28, 28))
    (tmp_path / "thin.png").write_bytes(picture(2, 900))
    rows = [("ok", ["a.png"]), ("?", ["a.png"] * 3), ("what is <|image|>?", []), ("?", ["thin.png"]), ("text", [])]
    lines = [json.dumps({"prompt": prompt, "answer": "1", "images": images}) for prompt, images in rows]
    (tmp_path / "rows.jsonl").write_text("\n".join(lines))
    path, fields = str(tmp_path / "rows.jsonl"), FieldsConfig(images="images")
    strict = SourceConfig(name="s", path=path, fields=fields)
    with pytest.raises(UserError, match="task s:1 has 3 images, more than"):
        drop_long(load_pool([strict]), preprocessing.renderer([strict]), 64)
    lenient = SourceConfig(name="s", path=path, fields=fields, on_bad_row="skip")
    kept = drop_long(load_pool([lenient]), preprocessing.renderer([lenient]), 64)
    assert [task.prompt for task in kept.take(range(len(kept)))] == ["ok", "text"]
    assert "of 2 x 900 pixels is refused by the model's processor" in caplog.text


def test_images_in_messages_stand_where_their_parts_are(preprocessing: Preprocessing) -> None:
    small = picture(28, 28)
    messages = [
        {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "image"}]},
        {"role": "assistant", "content": "b"},
        {"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "c"}]},
    ]
    found = prompt_of(preprocessing, messages, small, small)
    assert text_of(preprocessing, found.ids).count("#") == 2
    assert text_of(preprocessing, found.ids).startswith("<|user|>a<|begin_of_image|>#<|end_of_image|><|assistant|>b")


@pytest.mark.parametrize(
    ("prompt", "count", "reason"),
    [
        ("?", 3, "task s:7 has 3 images, more than data.images.max_per_prompt=2; raise it"),
        (
            "<image> <image>?",
            1,
            "task s:7 has 1 images, and its prompt, as the chat template writes it, has places for 2",
        ),
        ("what is <|image|>?", 0, "task s:7 has no images or videos, and its text holds <|image|>, the"),
    ],
)
def test_images_and_places_that_do_not_fit_are_refused(
    preprocessing: Preprocessing, prompt: str, count: int, reason: str
) -> None:
    with pytest.raises(UserError) as caught:
        prompt_of(preprocessing, prompt, *[picture(28, 28)] * count)
    assert str(caught.value).startswith(reason)


def test_a_text_model_refuses_images() -> None:
    text = load_preprocessing(ModelConfig(path="tiny://text"), ImagesConfig(), resolve_model_path("tiny://text"))
    assert text.images is None
    with pytest.raises(UserError, match="task s:7 has images, and model.path is no vision-language model"):
        prompt_of(text, "?", picture(28, 28))


def test_image_tokens_count_into_the_prompt_and_nothing_is_cut(
    preprocessing: Preprocessing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("RLCS_CACHE", str(tmp_path))
    source = SourceConfig(name="boxes", path="tiny://box?levels=1-1&count=60")
    pool, renderer = load_pool([source]), preprocessing.renderer([source])
    lengths = [len(prompt) for prompt in renderer.render(pool.take(range(60)))]
    limit = min(lengths) + 3
    kept = drop_long(pool, renderer, limit)
    assert [len(prompt) for prompt in renderer.render(kept.take(range(len(kept))))] == [
        n for n in lengths if n <= limit
    ]
    assert f"dropped {60 - len(kept)} of 60 prompts of boxes longer than {limit} tokens" in caplog.text


def sample(prompt: Any, completion: tuple[int, ...] = (40, 41)) -> Sample:
    size = len(completion)
    return Sample(
        prompt_ids=prompt.ids, token_ids=completion, loss_mask=(1,) * size, logprobs=(0.0,) * size, advantage=1.0,
        images=prompt.images,
    )  # fmt: skip


def test_each_different_image_is_held_once_and_stands_at_each_of_its_places(
    preprocessing: Preprocessing, reader: ImageReader
) -> None:
    red, blue = picture(56, 28), picture(28, 28, "blue")
    samples = [sample(prompt_of(preprocessing, "?", *images)) for images in ((red,), (), (blue, red), (red,))]
    batch, _ = collate(samples, CPU, reader)
    assert batch.images is not None
    assert batch.images.order == (0, 1, 0, 0)
    assert batch.images.counts == (1, 0, 2, 1)
    assert batch.images.grids.tolist() == [[1, 2, 4], [1, 2, 2]]
    assert len(batch.images.pixel_values) == 12
    marked = batch.input_ids[batch.images.is_image.bool()]
    assert marked.tolist() == [reader.placeholder] * (2 + 1 + 2 + 2)
    assert (batch.input_ids == reader.placeholder).sum() == len(marked)


def test_images_behind_a_shared_prompt_stand_in_their_completions(
    preprocessing: Preprocessing, reader: ImageReader
) -> None:
    red, blue = picture(56, 28), picture(28, 28, "blue")
    prompt = prompt_of(preprocessing, "?", red)
    short, end = sample(prompt), len(prompt.ids)
    late = PromptImage(reference=blue, start=end + 2, num_tokens=1)
    again = PromptImage(reference=red, start=end + 4, num_tokens=2)
    place = reader.placeholder
    shown = sample(prompt, (40, 41, place, 42, place, place, 43))
    shown = replace(shown, loss_mask=(1, 1, 0, 0, 0, 0, 1), images=(*prompt.images, late, again))
    samples = [shown, short, replace(shown, images=(*prompt.images, replace(late, reference=red), again))]
    apart, together = (collate(samples, CPU, reader, share=share)[0].images for share in (False, True))
    assert apart is not None and together is not None
    assert apart.counts == (3, 1, 3) and apart.order == (0, 1, 0, 0, 0, 0, 0)
    assert together.counts == (1, 2, 0, 2) and together.order == (0, 1, 0, 0, 0)
    batch, _ = collate(samples, CPU, reader, share=True)
    assert torch.equal(together.is_image.bool(), batch.input_ids == place)
    assert int(apart.is_image.sum()) == 5 + 2 + 5 and int(together.is_image.sum()) == 2 + 3 + 3


def test_ballast_has_an_image_and_trains_nothing(reader: ImageReader) -> None:
    batch, labels = collate([DUMMY, reader.ballast()], CPU, reader)
    assert batch.images is not None and batch.images.counts == (0, 1)
    assert labels.mask.sum() == 0


def test_old_images_make_room_for_new_ones(preprocessing: Preprocessing, monkeypatch: pytest.MonkeyPatch) -> None:
    few = ImageReader(preprocessing.processor, ImagesConfig())
    images = [picture(28, 28, colour) for colour in ("red", "green", "blue")]
    size = few.read(images[0]).values.nbytes
    monkeypatch.setattr("rlcs.model.vision.KEPT_BYTES", 2 * size)
    for image in (images[1], images[0], images[2]):
        few.read(image)
    assert list(few._kept) == [images[0], images[2]]


def test_traces_train_on_text_only(preprocessing: Preprocessing) -> None:
    prompt = prompt_of(preprocessing, "a <image>b", picture(56, 28))
    all_tokens = trace_sample(prompt, (40, 41), "all")
    assert len(all_tokens.prompt_ids) == 1 and all_tokens.images == prompt.images
    masked = [token for token, on in zip(all_tokens.token_ids, all_tokens.loss_mask, strict=True) if not on]
    assert masked == [preprocessing.images.placeholder] * 2 if preprocessing.images else False
    assert trace_sample(prompt, (40, 41), "response").loss_mask == (1, 1)


def test_a_response_with_an_image_token_is_refused(preprocessing: Preprocessing, reader: ImageReader) -> None:
    refuse_image_tokens(["task s:7"], [[40, 41]], preprocessing)
    assert len(reader.never_sampled) == 2
    for token in reader.never_sampled:
        with pytest.raises(UserError, match=r"the response of task s:7 holds <\|(image|video)\|>"):
            refuse_image_tokens(["task s:7"], [[40, token]], preprocessing)


def test_the_first_parity_check_scores_what_follows_the_images(preprocessing: Preprocessing) -> None:
    prompt = prompt_of(preprocessing, "a <image>bc", picture(56, 28))
    scored = as_sample(prompt)
    assert text_of(preprocessing, scored.token_ids) == "<|end_of_image|>bc<|assistant|>"
    assert scored.prompt_ids + scored.token_ids == prompt.ids


def test_the_vision_tower_costs_by_hand() -> None:
    # 2 layers of 4 h^2 + 3 h i, h = 128, i = 256, on 4 patches; 3 layers of the same form, h = 128, i = 384.
    tower, language = 2 * (4 * 128**2 + 3 * 128 * 256), 3 * (4 * 128**2 + 3 * 128 * 384)
    assert image_token_cost(resolve_model_path("tiny://vision"), VISION) == pytest.approx(4 * tower / language)
    assert image_token_cost(resolve_model_path("tiny://text"), ModelConfig(path="tiny://text")) == 0.0
