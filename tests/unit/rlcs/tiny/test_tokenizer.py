"""The tokenizer: any text there and back, tags of one token each, the chat layout, and the same after loading."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rlcs.process.environment import prepare_process
from rlcs.tiny.tokenizer import CONTROL_TOKENS, TAG_TOKENS, build_tokenizer

RESPONSE = "<think>7+6+0=13</think><answer><|begin_of_box|>13<|end_of_box|></answer>"


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    prepare_process()
    return build_tokenizer(max_length=2048)


@pytest.mark.parametrize(
    "text", ["", " a  b ,. don't\r\n\t", "\x00\x1f\x7f", "日本語 😀 Grüße", "\ufeffx\u00a0", RESPONSE]
)
def test_a_text_comes_back_as_it_was(tokenizer: Any, text: str) -> None:
    ids = tokenizer(text).input_ids
    assert tokenizer.decode(ids) == text
    assert tokenizer.decode(ids, skip_special_tokens=True) == text


@settings(max_examples=200, derandomize=True)
@given(text=st.text(max_size=40) | st.lists(st.sampled_from([*CONTROL_TOKENS, *TAG_TOKENS, " ", "a<"])).map("".join))
def test_any_text_comes_back_composed(tokenizer: Any, text: str) -> None:
    assert tokenizer.decode(tokenizer(text).input_ids) == unicodedata.normalize("NFC", text)


def test_a_byte_is_a_token(tokenizer: Any) -> None:
    assert [len(tokenizer(text).input_ids) for text in ("57+86=", "é", "日", "😀", "")] == [6, 2, 3, 4, 0]


@pytest.mark.parametrize("token", [*CONTROL_TOKENS, *TAG_TOKENS])
def test_tags_and_control_tokens_are_one_token_each_wherever_they_stand(tokenizer: Any, token: str) -> None:
    (number,) = tokenizer(token).input_ids
    assert tokenizer.convert_ids_to_tokens(number) == token
    assert tokenizer(f"a{token}b{token}{token} ").input_ids.count(number) == 3


def test_only_control_tokens_are_left_out_of_the_text(tokenizer: Any) -> None:
    ids = tokenizer(f"<|user|>7+6=<|assistant|>{RESPONSE}<|endoftext|><|pad|>").input_ids
    assert tokenizer.decode(ids, skip_special_tokens=True) == f"7+6={RESPONSE}"
    assert set(tokenizer.all_special_tokens) == set(CONTROL_TOKENS)


def test_the_vocabulary_is_control_tokens_tags_and_bytes(tokenizer: Any) -> None:
    assert len(tokenizer) == 5 + 6 + 256
    assert tokenizer.convert_tokens_to_ids([*CONTROL_TOKENS, *TAG_TOKENS]) == list(range(11))
    assert (tokenizer.pad_token_id, tokenizer.eos_token_id, tokenizer.model_max_length) == (0, 1, 2048)


def test_the_chat_layout_ends_what_the_assistant_said(tokenizer: Any) -> None:
    messages = [
        {"role": "system", "content": "Add."},
        {"role": "user", "content": [{"type": "text", "text": "7+"}, {"type": "text", "text": "6="}]},
        {"role": "assistant", "content": "13"},
    ]
    text = "<|system|>Add.<|user|>7+6=<|assistant|>13<|endoftext|>"
    assert tokenizer.apply_chat_template(messages, tokenize=False) == text
    prompt = tokenizer.apply_chat_template(messages[:2], tokenize=False, add_generation_prompt=True)
    assert prompt == "<|system|>Add.<|user|>7+6=<|assistant|>"


def test_it_is_the_same_after_saving_and_loading(tokenizer: Any, tmp_path: Path) -> None:
    from transformers import AutoTokenizer

    tokenizer.save_pretrained(tmp_path)
    loaded = AutoTokenizer.from_pretrained(tmp_path)
    assert loaded.get_vocab() == tokenizer.get_vocab()
    assert (loaded.chat_template, loaded.model_max_length) == (tokenizer.chat_template, 2048)
    for text in (f"<|user|>7+6=<|assistant|>{RESPONSE}<|endoftext|>", "Grüße 😀 <b> \n\n", "123456"):
        assert loaded(text).input_ids == tokenizer(text).input_ids
        assert loaded.decode(loaded(text).input_ids, skip_special_tokens=True) == tokenizer.decode(
            tokenizer(text).input_ids, skip_special_tokens=True
        )
