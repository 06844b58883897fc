"""Observations as tokens, in the chat template of the model.

A template is rendered with marks in the places of what the policy wrote and of what it is shown, and the marks are
replaced by tokens: so earlier turns are never tokenised again, and no text of an environment is ever read as a control
token. What follows the policy's own text up to its next turn is the end of its message, the environment's message and
the beginning of the next one:

    <|assistant|> 7 </answer> <|endoftext|>      <|user|> wrong, again <|assistant|>
                  sampled ------------------     reply ---------------------------

A token that the policy sampled to end its turn is not put there a second time; some models (GLM) end theirs with the
role marker of the next message.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

from rlcs.errors import UserError
from rlcs.records import PromptImage
from rlcs.tasks.prompts import ImageMeasure, Prompt, expand
from rollout.environments.protocol import Piece

_MARK = "\ue000{}\ue001"
_MARKED = re.compile("\ue000(\\d+)\ue001")
_SAID = 0
"""The mark of what the policy wrote; those of texts that it is shown follow."""


class Conversation:
    """The chat template of one model, by which observations become tokens."""

    def __init__(self, tokenizer: Any, images: ImageMeasure | None = None, *, template: str | None = None) -> None:
        """`images` measures images; None for a text model, which refuses them. template: else the tokenizer's own."""
        self._tokenizer = tokenizer
        self._images = images
        self._template = template or tokenizer.chat_template

    def opening(self, pieces: Sequence[Piece], system_prompt: str | None = None) -> Prompt:
        """Return the prompt of a new conversation that shows `pieces`."""
        pieces = _merged(pieces)
        system = [] if system_prompt is None else [{"role": "system", "content": system_prompt}]
        if not self._template:
            before = "" if system_prompt is None else f"{system_prompt}\n\n"
            return self._plain(before, pieces, "", is_first=True)
        rendered = self._rendered([*system, self._message(pieces)])
        return self._tokens(rendered, pieces)

    def reply(self, pieces: Sequence[Piece], *, last: int | None) -> Prompt:
        """Return the tokens between a turn and the next one, in which the policy is shown `pieces`.

        last: the token that the policy ended its turn with; None when a budget ended it. Images start from the first
        of these tokens.
        """
        pieces = _merged(pieces)
        if not self._template:
            return self._plain("\n\n", pieces, "\n\n")
        rendered = self._rendered([{"role": "user", "content": "?"}, self._said, self._message(pieces)])
        found = self._tokens(rendered.partition(_MARK.format(_SAID))[2], pieces)
        if last is None or not found.ids or found.ids[0] != last:
            return found
        images = tuple(_moved(image, -1) for image in found.images)
        return Prompt(ids=found.ids[1:], images=images)

    @cached_property
    def _said(self) -> dict[str, Any]:
        return {"role": "assistant", "content": _MARK.format(_SAID)}

    def _message(self, pieces: Sequence[Piece]) -> dict[str, Any]:
        """Return a message with a mark in the place of each text; a text where there is no image, as templates like."""
        marks = iter(_MARK.format(number) for number in range(1, len(pieces) + 1))
        parts: list[dict[str, Any]] = [
            {"type": "text", "text": next(marks)} if isinstance(piece, str) else {"type": "image"} for piece in pieces
        ]
        if any(part["type"] == "image" for part in parts):
            return {"role": "user", "content": parts}
        return {"role": "user", "content": "".join(part["text"] for part in parts)}

    def _rendered(self, messages: list[dict[str, Any]]) -> str:
        rendered = self._tokenizer.apply_chat_template(
            messages, chat_template=self._template, add_generation_prompt=True, tokenize=False
        )
        return str(rendered)

    def _tokens(self, rendered: str, pieces: Sequence[Piece]) -> Prompt:
        texts = [piece for piece in pieces if isinstance(piece, str)]
        ids: list[int] = []
        for number, text in enumerate(_MARKED.split(rendered)):
            # re.split puts what the group caught, the number of a mark, at every second place.
            ids += self._shown(texts[int(text) - 1]) if number % 2 else self._encoded(text)
        return self._with_images(ids, pieces)

    def _plain(self, before: str, pieces: Sequence[Piece], after: str, *, is_first: bool = False) -> Prompt:
        """Return tokens for a model without a chat template."""
        texts = [piece for piece in pieces if isinstance(piece, str)]
        ids = self._encoded(before, special=is_first) + self._shown("".join(texts)) + self._encoded(after)
        return self._with_images(ids, pieces)

    def _encoded(self, text: str, *, special: bool = False) -> list[int]:
        return list(self._tokenizer.encode(text, add_special_tokens=special)) if text or special else []

    def _shown(self, text: str) -> list[int]:
        """Return the tokens of what an environment says: a control token that is written in it is only its letters."""
        encoded = self._tokenizer(text, add_special_tokens=False, split_special_tokens=True)
        return list(encoded["input_ids"])

    def _with_images(self, ids: list[int], pieces: Sequence[Piece]) -> Prompt:
        pictures = [piece for piece in pieces if isinstance(piece, bytes)]
        if not pictures:
            return Prompt(ids=tuple(ids))
        if self._images is None or not self._template:
            raise UserError(
                "the environment shows images, and model.path is no vision-language model with a chat template; choose "
                "one, or let the environment show text (miniwob: params.observe=text)"
            )
        expanded, images = expand(ids, pictures, self._images)
        if len(images) != len(pictures):
            raise UserError(
                f"the environment shows {len(pictures)} images, and the chat template has places for {len(images)}; "
                "it must write one image token for each part of type image"
            )
        return Prompt(ids=expanded, images=images)


def _merged(pieces: Sequence[Piece]) -> list[Piece]:
    """Return pieces with texts that follow one another as one text, a line each."""
    merged: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, str) and merged and isinstance(before := merged[-1], str):
            merged[-1] = f"{before}\n{piece}"
        else:
            merged.append(piece)
    return merged


def shifted(images: Sequence[PromptImage], by: int) -> Iterator[PromptImage]:
    """Yield images whose tokens stand `by` places further on."""
    return (_moved(image, by) for image in images)


def _moved(image: PromptImage, by: int) -> PromptImage:
    return PromptImage(reference=image.reference, start=image.start + by, num_tokens=image.num_tokens)
