"""One text, one spelling: the normalisation that all text verifiers share.

Look-alike letters of other alphabets stay different (Cyrillic А is not Latin A), and letter case is kept.
"""

from __future__ import annotations

import unicodedata

from rewards.reading.brackets import argument_of

_INVISIBLE = [0x00AD, 0x061C, 0x180E, 0xFEFF, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070)]
_MINUS = [0x2010, 0x2011, 0x2012, 0x2013, 0x2212, 0xFE63, 0xFF0D]
_REPLACED: dict[int, str | None] = {**dict.fromkeys(_INVISIBLE), **dict.fromkeys(_MINUS, "-"), 0x2044: "/"}
_PAIRS = (("$$", "$$"), ("$", "$"), ("\\(", "\\)"), ("\\[", "\\]"), ("**", "**"), ("`", "`"))
_OPENS = frozenset("$\\*`")
"""What a wrapping begins with."""
_FULL_STOPS = (".", "。")
_COMMANDS = ("\\boxed", "\\fbox", "\\mbox", "\\text", "\\textbf", "\\mathbf", "\\mathrm", "\\textrm", "\\displaystyle")


def normalize(text: str) -> str:
    """Return `text` in NFKC, without invisible characters, with one kind of minus and digit, white space collapsed."""
    if not text.isascii():
        text = _fold(text)
    return " ".join(text.split())


def _fold(text: str) -> str:
    text = "".join(_spelled_out(character) for character in text.translate(_REPLACED))
    return unicodedata.normalize("NFKC", text).translate(_REPLACED)


def _spelled_out(character: str) -> str:
    """Write vulgar fractions with a space before them (1½ is not 11/2) and digits of all scripts as 0-9."""
    if character.isascii():
        return character
    if unicodedata.decomposition(character).startswith("<fraction>"):
        return " " + unicodedata.normalize("NFKC", character)
    if unicodedata.category(character) == "Nd":
        return str(unicodedata.decimal(character))
    if unicodedata.category(character) == "Nl" and 0 < unicodedata.numeric(character) <= 12:  # Ⅳ, but not 〇
        return str(int(unicodedata.numeric(character)))
    return character


def unwrap(text: str) -> str:
    """Take off what stands around a whole answer: `$…$`, `\\(…\\).`, `\\text{…}`, one layer of `\\boxed{…}`."""
    text = text.strip()
    for _ in range(8):
        inner = _unwrapped_once(text)
        if inner == text and text.endswith(_FULL_STOPS):
            bare = text[:-1].rstrip()
            inner = _unwrapped_once(bare)
            inner = text if inner == bare else inner
        if inner == text:
            break
        text = inner
    return text


def _unwrapped_once(text: str) -> str:
    text = text.strip()
    if text[:1] not in _OPENS:
        return text
    for left, right in _PAIRS:
        inner = text[len(left) : -len(right)]
        if (
            len(text) > len(left + right)
            and text.startswith(left)
            and text.endswith(right)
            and left not in inner.replace("\\$", "")
        ):
            return inner
    for command in _COMMANDS:
        if text.startswith(command):
            span = argument_of(text, len(command))
            if span is not None and span[1] == len(text) - 1:
                return text[slice(*span)]
    return text
