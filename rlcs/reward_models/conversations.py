"""A question and an answer as the tokens that a reward model reads; training and serving use the same.

The model's own chat template is applied. Thinking is left out, and so are special tokens in an answer: a policy could
write them to end its turn and go on as somebody else.
"""

from __future__ import annotations

import re
from typing import Any

from rlcs.records import Messages

THINK_END = "</think>"


class TooLong(Exception):
    """An answer that does not fit into the tokens a reward model may read."""


class ConversationEncoder:
    """Encodes conversations for one tokenizer. Without a chat template: question, blank line, answer."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._special = _any_of(special_tokens(tokenizer))

    def encode(self, prompt: str | Messages, answer: str, *, max_tokens: int | None = None) -> tuple[int, ...]:
        """Return the tokens of a conversation; with `max_tokens` a longer question loses tokens after its first.

        Raises TooLong when the answer alone takes more than `max_tokens`.
        """
        text = self.cleaned(answer)
        tokens = self._tokens(prompt, text)
        if max_tokens is None or len(tokens) <= max_tokens:
            return tokens
        if (size := len(self._tokens(" ", text))) > max_tokens:
            raise TooLong(f"the answer takes {size} tokens; the reward model reads at most {max_tokens}")
        return (*tokens[:1], *tokens[len(tokens) - max_tokens + 1 :])

    def cleaned(self, answer: str) -> str:
        """Return an answer without thinking and special tokens."""
        text = answer.rpartition(THINK_END)[2]
        return (text if self._special is None else self._special.sub(" ", text)).strip()

    def _tokens(self, prompt: str | Messages, answer: str) -> tuple[int, ...]:
        messages = [{"role": "user", "content": prompt}] if isinstance(prompt, str) else _as_text(prompt)
        if self._tokenizer.chat_template is None:
            text = "\n\n".join([*(message["content"] for message in messages), answer])
            return tuple(self._tokenizer(text)["input_ids"])
        messages = [*messages, {"role": "assistant", "content": answer}]
        text = self._tokenizer.apply_chat_template(messages, tokenize=False)
        return tuple(self._tokenizer(text, add_special_tokens=False)["input_ids"])


def special_tokens(tokenizer: Any) -> set[str]:
    """Return the control tokens of a tokenizer: those with a role, and those that only its vocabulary flags."""
    flagged = {token.content for token in tokenizer.added_tokens_decoder.values() if token.special}
    return {*tokenizer.all_special_tokens, *flagged} - {""}


def _any_of(texts: set[str]) -> re.Pattern[str] | None:
    """Return a pattern of any of the texts, the longest that fits first; None for no texts."""
    longest_first = sorted(texts, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first))) if texts else None


def _as_text(messages: Messages) -> Messages:
    """Return messages whose contents are text: a reward model of text reads no images."""
    return [{**message, "content": _content(message["content"])} for message in messages]


def _content(content: Any) -> str:
    return content if isinstance(content, str) else "".join(str(part.get("text", "")) for part in content)
