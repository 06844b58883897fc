"""What instruction checks need of a text: words, sentences and paragraphs by linear scans, and the language it is in.

The language is told by the letters where those decide, else by `py3langid`, whose model is in the package and takes a
second to load: for workers only.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

_WORD = re.compile(r"\w+")
_TOKEN = re.compile(r"\w[\w'’./-]*")
_SENTENCE_END = re.compile(
    r"(?<![.!?…])(?P<mark>[.!?…]++)(?P<close>[\"'”’»)\]*_]{0,8}+)(?=\s|\Z)"  # each run of marks is tried once
    r"|(?P<wide>[。！？]++)[”’」』》]{0,4}+"
)
_ABBREVIATIONS = frozenset(
    "p mr mrs ms dr prof rev hon st sr jr gen col capt lt sgt gov sen rep pres vs etc cf al approx dept est inc ltd co "
    "corp no nos vol fig eq sec ed eds pp op e.g i.e a.m p.m u.s u.k u.n ph.d m.d b.a m.a d.c jan feb mar apr jun jul "
    "aug sep sept oct nov dec ave blvd rd mt".split()
)
_ENDS_SENTENCE_TOO = frozenset("etc al a.m p.m u.s u.k u.n ph.d m.d b.a m.a d.c inc ltd co corp jr sr".split())
"""Abbreviations that often stand at the end of a sentence: what follows decides."""
_EMPTY_LINE = re.compile(r"\n[ \t]*\n")
_UNSPACED_LETTERS = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u31ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\uff66-\uff9f"
)
"""Thai, Lao, Burmese, Khmer, Chinese, Japanese; Korean, whose words have endings."""
_UNSPACED = re.compile(f"[{_UNSPACED_LETTERS}]")
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


def words(text: str) -> list[str]:
    """Return the runs of letters, digits and underscores: what IFEval counts as words."""
    return _WORD.findall(text)


def tokens(text: str) -> list[str]:
    """Return words with their inner hyphens, apostrophes, dots and slashes: `well-known` and `U.S.` are one each."""
    return [token.rstrip("'’./-") for token in _TOKEN.findall(text.replace("--", " "))]


def sentences(text: str) -> list[str]:
    """Split text into sentences at . ! ? … and their Chinese forms; abbreviations, initials and decimals stay whole.

    A line break does not end a sentence, and what follows the last mark is a sentence too, as in IFEval.
    """
    found, start = [], 0
    for match in _SENTENCE_END.finditer(text):
        if _goes_on(text, start, match):
            continue
        found.append(text[start : match.end()].strip())
        start = match.end()
    found.append(text[start:].strip())
    return [sentence for sentence in found if _WORD.search(sentence)]


def paragraphs(text: str) -> list[str]:
    """Return the paragraphs between empty lines, without blank ones."""
    return [part.strip() for part in _EMPTY_LINE.split(text) if part.strip()]


def has_word(text: str, word: str) -> bool:
    """Tell whether a word occurs whole, in any case; one of a script without spaces between words, anywhere."""
    before = "" if _UNSPACED.match(word[0]) else rf"(?<![^\W{_UNSPACED_LETTERS}])"
    after = "" if _UNSPACED.match(word[-1]) else rf"(?![^\W{_UNSPACED_LETTERS}])"
    return re.search(before + re.escape(word) + after, text, re.IGNORECASE) is not None


def begins_with_word(text: str, word: str) -> bool:
    """Tell whether a text begins with a word, in any case, quotation marks and asterisks aside."""
    text = text.lstrip("'\"“‘「『*_ ").lower()
    if _UNSPACED.match(word[0]):
        return text.startswith(word.lower())
    return re.split(r"[.,?!'\"”’:;*_]", text.split()[0], maxsplit=1)[0] == word.lower() if text else False


def _goes_on(text: str, start: int, match: re.Match[str]) -> bool:
    """Tell whether the dot of a match belongs to a word (Dr., J.), or to a pause (so ... then)."""
    mark = match["mark"]
    if mark is None or mark[-1] in "!?" or match["close"]:
        return False
    follows = text[match.end() : match.end() + 40].lstrip()[:1]
    if len(mark) > 1 or mark == "…":
        return bool(follows) and not follows.isupper()
    before = text[max(start, match.start() - 12) : match.start()].split()
    word = before[-1].lstrip("(\"'“[*") if before else ""
    if len(word) == 1 and word.isupper() and word != "I":
        return follows.isupper()
    if word.lower() in _ENDS_SENTENCE_TOO:
        return not follows.isupper()
    return word.lower() in _ABBREVIATIONS and bool(follows)


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
