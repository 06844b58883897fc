"""A character-level tokenizer in the genuine Hugging Face format, with the tags and the chat layout of a reasoner.

It is Qwen2's own tokenizer with no merges: one token a byte, so every text has tokens and decodes to itself (composed,
as Unicode's NFC: an e and the accent after it come back as one character), and ASCII is one token a character.
AutoTokenizer builds Qwen2's class for a Qwen2 model whatever the files say (transformers 5.19), so any other kind of
tokenizer would change in silence when it is loaded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from transformers import Qwen2Tokenizer, TokenizersBackend

CONTROL_TOKENS = ("<|pad|>", "<|endoftext|>", "<|system|>", "<|user|>", "<|assistant|>")
"""Flagged special: left out of text decoded with skip_special_tokens."""

TAG_TOKENS = ("<think>", "</think>", "<answer>", "</answer>", "<|begin_of_box|>", "<|end_of_box|>")
"""One token each but part of the text, as in GLM-4.1V: verifiers need them, so decoding never leaves them out."""

IMAGE_TOKENS = ("<|begin_of_image|>", "<|image|>", "<|end_of_image|>")
VIDEO_TOKENS = ("<|begin_of_video|>", "<|video|>", "<|end_of_video|>")
"""Flagged special, after all others: the tokens of the text policy keep their numbers."""

CHAT_TEMPLATE = """\
{%- for message in messages %}
{{- '<|' + message['role'] + '|>' }}
{%- if message['content'] is string %}{{- message['content'] }}
{%- else %}{%- for part in message['content'] %}{{- part['text'] }}{%- endfor %}{%- endif %}
{%- if message['role'] == 'assistant' %}{{- '<|endoftext|>' }}{%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|assistant|>' }}{%- endif %}
"""

_TEXT_PART = "{{- part['text'] }}"
_SHOWN_PARTS = "".join(
    f"{{%- if part['type'] == '{kind}' %}}{{{{- '{''.join(tokens)}' }}}}{{%- endif %}}"
    for kind, tokens in (("image", IMAGE_TOKENS), ("video", VIDEO_TOKENS))
)


def build_tokenizer(*, max_length: int) -> Qwen2Tokenizer:
    """Return the tokenizer: control tokens first, then tags, then the 256 bytes."""
    from tokenizers import AddedToken, pre_tokenizers
    from transformers import Qwen2Tokenizer

    byte_tokens = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: index for index, token in enumerate((*CONTROL_TOKENS, *TAG_TOKENS, *byte_tokens))}
    tokenizer = Qwen2Tokenizer(
        vocab=vocabulary,
        merges=[],
        pad_token="<|pad|>",
        eos_token="<|endoftext|>",
        unk_token=None,  # type: ignore[arg-type]  # declared str, None by default
        extra_special_tokens=["<|system|>", "<|user|>", "<|assistant|>"],
        chat_template=CHAT_TEMPLATE,
        model_max_length=max_length,
    )
    tokenizer.add_tokens([AddedToken(token, normalized=False) for token in TAG_TOKENS])
    return tokenizer


def build_vision_tokenizer(*, max_length: int) -> TokenizersBackend:
    """Return the tokenizer of the vision policy: the same, and the tokens around images and videos.

    AutoTokenizer builds TokenizersBackend for a GLM-4.1V model, from tokenizer.json as it stands.
    """
    from transformers import TokenizersBackend

    text = build_tokenizer(max_length=max_length)
    tokenizer = TokenizersBackend(
        tokenizer_object=text.backend_tokenizer,
        pad_token="<|pad|>",
        eos_token="<|endoftext|>",
        extra_special_tokens=["<|system|>", "<|user|>", "<|assistant|>", *IMAGE_TOKENS, *VIDEO_TOKENS],
        chat_template=CHAT_TEMPLATE.replace(_TEXT_PART, _SHOWN_PARTS + _TEXT_PART),
        model_max_length=max_length,
        clean_up_tokenization_spaces=False,
    )
    return tokenizer
