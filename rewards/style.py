"""Style of a response, apart from its content (paper section 5.2): language mixing, repetition, length, stray boxes.

Every measure is a pure function of the text, linear in its length, and 1.0 for good style.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from rewards.extraction import BOX, BOX_END, MAX_RESPONSE, THINK_END
from rlcs.config.schema import StyleConfig

MIN_CHINESE = 50
"""Fewer Chinese characters than this are quotations, not a mixed text."""
MIN_ENGLISH = 50
"""Fewer English words than this are names and terms, not a mixed text."""
MIXED_SHARE = 0.1
"""A language with less than this share of the text is not mixed in; one English word weighs two Chinese characters."""
FAULT_BELOW = 0.5
"""A part of style below this is a fault, and the cap of the configuration applies."""

_CHINESE = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
_ENGLISH = re.compile(r"(?<![\\A-Za-z])[A-Za-z][a-z'’-]+(?![A-Za-z])")
_FENCE = re.compile(r"```")
_TAG = re.compile(r"<[^<>\n]{1,40}>")
_TOKEN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+|[^\w\s]")
_LATEX_BOX = re.compile(r"\\(?:boxed|fbox)(?![A-Za-z])")


@dataclass(frozen=True, slots=True)
class Style:
    """The parts of style of one response, each in [0, 1]; a part without weight and cap is not measured."""

    parts: dict[str, float]
    stray_box: bool
    """The answer holds box markers although the source has no answer that a rule could check."""

    @property
    def has_fault(self) -> bool:
        """Tell whether a part is so low that the configured cap applies."""
        return any(value < FAULT_BELOW for value in self.parts.values())


NO_STYLE = Style({}, False)


def measure_style(response: str, style: StyleConfig, *, num_tokens: int | None = None) -> Style:
    """Measure the parts that the configuration asks for. num_tokens: tokens of the completion, counted here if None."""
    text = response[:MAX_RESPONSE]
    parts: dict[str, float] = {}
    if style.language_weight > 0 or style.cap < 1:
        parts["language"] = language_score(text)
    if style.repetition_weight > 0 or style.cap < 1:
        parts["repetition"] = 1.0 - repeated_share(words_of(text), style.repetition_ngram)
    if style.length_weight > 0:
        length = len(words_of(text)) if num_tokens is None else num_tokens
        parts["length"] = 1.0 + overlong_penalty(length, style.max_tokens, style.soft_tokens)
    return Style(parts, style.forbid_box and has_box(text.rpartition(THINK_END)[2]))


def style_weights(style: StyleConfig) -> dict[str, float]:
    """Return the weight of each part by name."""
    return {"language": style.language_weight, "repetition": style.repetition_weight, "length": style.length_weight}


def language_score(text: str) -> float:
    """Return 0.0 when thinking or answer mixes Chinese and English at length, else 1.0; code and tags do not count."""
    thought, _, answer = text.rpartition(THINK_END)
    return 0.0 if _is_mixed(thought) or _is_mixed(answer) else 1.0


def _is_mixed(text: str) -> bool:
    prose = _TAG.sub(" ", " ".join(_FENCE.split(text)[::2]))
    chinese, english = len(_CHINESE.findall(prose)), len(_ENGLISH.findall(prose))
    if chinese < MIN_CHINESE or english < MIN_ENGLISH:
        return False
    return min(chinese, 2 * english) >= MIXED_SHARE * (chinese + 2 * english)


def words_of(text: str) -> list[str]:
    """Cut a text into lower-case words, single Chinese, Japanese and Korean characters, and single signs."""
    return _TOKEN.findall(text.lower())


def repeated_share(tokens: Sequence[Hashable], ngram: int) -> float:
    """Return the share of n-grams that occurred before, in [0, 1): 1 - distinct / all; 0 for fewer than n tokens."""
    total = len(tokens) - ngram + 1
    if total <= 0:
        return 0.0
    return 1.0 - len(set(zip(*(tokens[start:] for start in range(ngram)), strict=False))) / total


def overlong_penalty(length: int, max_tokens: int, soft_tokens: int) -> float:
    """Return 0 up to max - soft tokens, then falling evenly to -1 at max (soft overlong punishment of DAPO, eq. 13)."""
    soft_start = max_tokens - soft_tokens
    if length <= soft_start:
        return 0.0
    return -1.0 if length >= max_tokens else (soft_start - length) / soft_tokens


def has_box(text: str) -> bool:
    """Tell whether a text holds box markers of any kind."""
    return BOX in text or BOX_END in text or bool(_LATEX_BOX.search(text))
