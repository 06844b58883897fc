"""Which language a text is in: by its letters where those decide, else by `py3langid`, whose model is in the package.

For workers only: the model takes a second to load.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

MAX_CHARACTERS = 4000
FEW_LETTERS = 10
"""Fewer letters are a guess for any detector: then only the script must fit."""

_LINK = re.compile(r"https?://\S+")
_SCRIPTS = {
    "th": "THAI", "ta": "TAMIL", "te": "TELUGU", "ko": "HANGUL", "he": "HEBREW", "kn": "KANNADA", "gu": "GUJARATI",
    "pa": "GURMUKHI", "ml": "MALAYALAM", "bn": "BENGALI", "el": "GREEK", "hy": "ARMENIAN", "ka": "GEORGIAN",
}  # fmt: skip
"""Languages that are the only one, of those an instruction may ask for, to use their script."""
_SHARED_SCRIPTS = {
    **dict.fromkeys("ru uk bg sr mk be kk mn".split(), ("CYRILLIC",)),
    **dict.fromkeys("ar fa ur ps".split(), ("ARABIC",)),
    **dict.fromkeys("hi mr ne".split(), ("DEVANAGARI",)),
    "ja": ("HIRAGANA", "KATAKANA", "CJK"),
    "zh": ("CJK",),
}
_SAME = {"nb": "no", "nn": "no", "iw": "he", "in": "id"}


def is_language(text: str, language: str) -> bool:
    """Tell whether most of a text is in a language, given as ISO 639-1 (`en`, `zh-cn` counts as `zh`)."""
    wanted = base_language(language)
    letters = _LINK.sub(" ", text[:MAX_CHARACTERS]).lower()
    scripts = Counter(_script(letter) for letter in letters if letter.isalpha())
    if not scripts:
        return False
    if wanted == "ja":
        return scripts["HIRAGANA"] + scripts["KATAKANA"] > 0 and _main_script(scripts) in _SHARED_SCRIPTS["ja"]
    if _main_script(scripts) not in _scripts_of(wanted):
        return False
    if wanted in _SCRIPTS or sum(scripts.values()) < FEW_LETTERS:
        return True
    return _detect(letters) == wanted


def base_language(language: str) -> str:
    """Return a language without its region, in lower case: `zh-TW` -> `zh`."""
    base = language.strip().lower().replace("_", "-").partition("-")[0]
    return _SAME.get(base, base)


def _detect(text: str) -> str:
    import py3langid

    return base_language(str(py3langid.classify(text)[0]))


def _scripts_of(language: str) -> tuple[str, ...]:
    if language in _SCRIPTS:
        return (_SCRIPTS[language],)
    return _SHARED_SCRIPTS.get(language, ("LATIN",))


def _main_script(scripts: Counter[str]) -> str:
    return max(scripts, key=lambda name: scripts[name])


def _script(letter: str) -> str:
    """Return the first word of the letter's Unicode name, which is its script."""
    return "LATIN" if letter.isascii() else unicodedata.name(letter, "?").partition(" ")[0]
