"""The tiny GLM-4.1V: fresh weights by seed, its processor after saving and loading, and the shipped folder."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from rlcs.config.schema import SourceConfig
from rlcs.process.environment import prepare_process
from rlcs.tasks import load_pool
from rlcs.tiny import resolve_tiny_model, save_fresh_model
from rlcs.tiny.generate import VISION_KINDS, generate_rows, parse_path
from rlcs.tiny.tokenizer import CONTROL_TOKENS, IMAGE_TOKENS, TAG_TOKENS, VIDEO_TOKENS, build_tokenizer

SHIPPED = "tiny://vision"
MESSAGES = [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "read"}]}]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    prepare_process()
    return save_fresh_model("tiny_vision", tmp_path_factory.mktemp("fresh"), seed=1)


@pytest.fixture(scope="module")
def processor(folder: Path) -> Any:
    from transformers import AutoProcessor

    return AutoProcessor.from_pretrained(folder)


@pytest.fixture(scope="module")
def fresh(folder: Path) -> Any:
    from transformers import AutoModelForImageTextToText

    return AutoModelForImageTextToText.from_pretrained(folder)


def same_weights(left: Any, right: Any) -> bool:
    import torch

    ours, theirs = left.state_dict(), right.state_dict()
    return set(ours) == set(theirs) and all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_the_folder_is_a_real_glm_of_the_seed(fresh: Any) -> None:
    from rlcs.tiny.vision_model import build_vision_model

    assert type(fresh).__name__ == "Glm4vForConditionalGeneration"
    assert 1_000_000 < sum(parameter.numel() for parameter in fresh.parameters()) < 2_500_000
    assert same_weights(build_vision_model(seed=1), fresh)
    assert not same_weights(build_vision_model(seed=2), fresh)


def test_what_engine_and_learner_must_agree_on_is_declared(fresh: Any) -> None:
    text = fresh.config.text_config
    assert text.attention_bias is True
    head = text.hidden_size // text.num_attention_heads
    rope = text.rope_parameters
    assert sum(rope["mrope_section"]) == head * rope["partial_rotary_factor"] / 2
    assert fresh.config.tie_word_embeddings is False
    head_weight, embedding = fresh.get_output_embeddings().weight, fresh.get_input_embeddings().weight
    assert head_weight.data_ptr() != embedding.data_ptr()
    assert head_weight.shape == embedding.shape == (273, 128)
    assert (fresh.generation_config.eos_token_id, fresh.generation_config.pad_token_id) == (1, 0)


def test_the_tokenizer_is_that_of_the_text_policy_and_image_tokens(folder: Path, processor: Any) -> None:
    from transformers import AutoTokenizer

    loaded, text = AutoTokenizer.from_pretrained(folder), build_tokenizer(max_length=2048)
    more = {token: 267 + number for number, token in enumerate((*IMAGE_TOKENS, *VIDEO_TOKENS))}
    assert loaded.get_vocab() == processor.tokenizer.get_vocab() == {**text.get_vocab(), **more}
    assert set(loaded.all_special_tokens) == {*CONTROL_TOKENS, *more}
    for written in (f"<|user|>7+6={''.join(TAG_TOKENS)}<|endoftext|>", "Grüße 😀 <b> \n\n don't", "123456"):
        ids = loaded(written).input_ids
        assert ids == text(written).input_ids
        assert loaded.decode(ids) == written
    assert loaded.decode(loaded("<think>a<|image|></think>").input_ids, skip_special_tokens=True) == "<think>a</think>"


def test_an_image_part_becomes_an_image_token_between_its_ends(processor: Any) -> None:
    expected = "<|user|><|begin_of_image|><|image|><|end_of_image|>read<|assistant|>"
    for renderer in (processor, processor.tokenizer):
        assert renderer.apply_chat_template(MESSAGES, tokenize=False, add_generation_prompt=True) == expected
    messages = [{"role": "user", "content": "7+6="}, {"role": "assistant", "content": "13"}]
    text = processor.tokenizer.apply_chat_template(messages, tokenize=False)
    assert text == build_tokenizer(max_length=2048).apply_chat_template(messages, tokenize=False)


@pytest.mark.parametrize(("size", "tokens"), [((112, 112), 16), ((84, 112), 12), ((140, 84), 15), ((28, 28), 1)])
def test_images_of_whole_tokens_are_not_resized(processor: Any, size: tuple[int, int], tokens: int) -> None:
    text = processor.apply_chat_template(MESSAGES, tokenize=False, add_generation_prompt=True)
    image = Image.new("RGB", size, "white")
    image.putpixel((20, 3), (0, 255, 255))
    made = processor(text=[text], images=[image], return_tensors="pt")
    assert made.image_grid_thw.tolist() == [[1, size[1] // 14, size[0] // 14]]
    assert int((made.input_ids == processor.image_token_id).sum()) == tokens
    # White is 0; of the second patch, [channel, frame, y, x], one pixel is not: red is missing, in both frames.
    patches = made.pixel_values.reshape(-1, 3, 2, 14, 14)
    assert patches[1, 0, :, 3, 6].tolist() == [-2.0, -2.0]
    assert int((made.pixel_values != 0).sum()) == 2


def test_a_source_brings_its_images_unasked() -> None:
    tasks = load_pool([SourceConfig(name="v", path="tiny://bars+word?count=4&levels=2", domain="chart")]).take(range(4))
    for task, row in zip(tasks, generate_rows(parse_path("tiny://bars+word?count=4&levels=2")), strict=True):
        assert list(task.images) == row["images"]
        assert (task.params or {}) == row["params"]
        assert Image.open(io.BytesIO(task.images[0])).size[0] % 28 == 0


def test_the_shipped_folder_is_a_model_of_todays_code(fresh: Any, processor: Any) -> None:
    from transformers import AutoModelForImageTextToText, AutoProcessor

    path = resolve_tiny_model(SHIPPED)
    shipped = AutoModelForImageTextToText.from_pretrained(path)
    ours, theirs = fresh.config.to_dict(), shipped.config.to_dict()
    for origin in ("architectures", "_name_or_path", "transformers_version"):
        ours.pop(origin, None)
        theirs.pop(origin, None)
    assert theirs == ours
    shapes = {name: tuple(weight.shape) for name, weight in fresh.state_dict().items()}
    assert {name: tuple(weight.shape) for name, weight in shipped.state_dict().items()} == shapes
    loaded = AutoProcessor.from_pretrained(path)
    assert loaded.image_processor.to_dict() == processor.image_processor.to_dict()
    assert loaded.tokenizer.get_vocab() == processor.tokenizer.get_vocab()
    assert loaded.tokenizer.chat_template == processor.tokenizer.chat_template


@pytest.mark.parametrize(("name", "kinds"), [(SHIPPED, VISION_KINDS), ("tiny://all_domains", (*VISION_KINDS, "page"))])
def test_the_shipped_weights_have_learnt_how_a_problem_is_worked(
    name: str, kinds: tuple[str, ...], fresh: Any, processor: Any
) -> None:
    import torch
    from transformers import AutoModelForImageTextToText

    shipped = AutoModelForImageTextToText.from_pretrained(resolve_tiny_model(name))
    path = f"tiny://vision_traces?kinds={'+'.join(kinds)}&levels=2&count={len(kinds)}&slips=0&split=eval"
    for row in generate_rows(parse_path(path)):
        text = processor.apply_chat_template(MESSAGES, tokenize=False, add_generation_prompt=True)
        text = text.replace("read", row["prompt"])
        image = Image.open(io.BytesIO(row["images"][0]))
        made = processor(text=[f"{text}{row['response']}<|endoftext|>"], images=[image], return_tensors="pt")
        start = processor(text=[text], images=[image], return_tensors="pt").input_ids.shape[1]
        labels = made.input_ids.clone()
        labels[:, :start] = -100
        with torch.no_grad():
            fresh_loss, shipped_loss = (float(model(**made, labels=labels).loss) for model in (fresh, shipped))
        # Knowing nothing costs log 273 = 5.6 a token.
        assert fresh_loss > 4.0
        assert shipped_loss < 1.0, row["subcategory"]
