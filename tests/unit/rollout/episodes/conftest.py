"""Tokenizers with chat templates of three families, and a picture."""

from __future__ import annotations

import io
from typing import Any

import pytest

from rlcs.records import Video
from rlcs.tasks.prompts import ImageMeasure

GLM = """\
[gMASK]<sop>
{%- for message in messages %}{{- '<|' + message['role'] + '|>\\n' }}
{%- if message['content'] is string %}{{- message['content'].split('</think>')[-1] if message['role'] == 'assistant' \
else message['content'] }}{%- else %}
{%- for part in message['content'] %}
{%- if part['type'] == 'image' %}{{- '<|begin_of_image|><|image|><|end_of_image|>' }}{%- else %}{{- part['text'] }}
{%- endif %}{%- endfor %}{%- endif %}{%- endfor %}
{%- if add_generation_prompt %}{{- '<|assistant|>\\n' }}{%- endif %}"""
"""As GLM's: no token ends a message, the next role marker does; thinking of earlier turns is left out."""

QWEN = """\
{%- for message in messages %}{{- '<|system|>' + message['role'] + '\\n' }}
{%- if message['content'] is string %}{{- message['content'] }}{%- else %}
{%- for part in message['content'] %}
{%- if part['type'] == 'image' %}{{- '<|begin_of_image|><|image|><|end_of_image|>' }}{%- else %}{{- part['text'] }}
{%- endif %}{%- endfor %}{%- endif %}{{- '<|endoftext|>\\n' }}{%- endfor %}
{%- if add_generation_prompt %}{{- '<|system|>assistant\\n' }}{%- endif %}"""
"""As Qwen's: a token and a line break end each message."""


class Measure:
    """Four tokens an image."""

    max_per_prompt = 4

    def __init__(self, tokenizer: Any) -> None:
        self.placeholder = tokenizer.convert_tokens_to_ids("<|image|>")
        self.video_placeholder = tokenizer.convert_tokens_to_ids("<|video|>")

    def num_tokens(self, reference: str | bytes) -> int:
        return 4

    def video_tokens(self, video: Video) -> list[int]:
        raise AssertionError("no episode has a video")


@pytest.fixture(scope="session")
def tokenizer() -> Any:
    from rlcs.tiny.tokenizer import build_vision_tokenizer

    return build_vision_tokenizer(max_length=4096)


@pytest.fixture(scope="session")
def measure(tokenizer: Any) -> ImageMeasure:
    return Measure(tokenizer)


@pytest.fixture(scope="session")
def picture() -> bytes:
    from PIL import Image

    encoded = io.BytesIO()
    Image.new("RGB", (56, 56), "red").save(encoded, "PNG")
    return encoded.getvalue()


@pytest.fixture(scope="session")
def templates() -> dict[str, tuple[str | None, str]]:
    """Chat templates by family (None: the tokenizer's own), and the token with which the policy ends its turn."""
    return {"tiny": (None, "<|endoftext|>"), "glm": (GLM, "<|user|>"), "qwen": (QWEN, "<|endoftext|>")}
