"""Values in words that need not be whole: "two and a half", "three point one four", 零点五, 三分之二, 一半.

Whole numbers are those of `number_words`; the words that divide or multiply digits ("5 thirds", "5 lakh") are here too.
"""

from __future__ import annotations

import re
from fractions import Fraction

from rewards.reading.number_words import MULTIPLES, chinese_number, english_number, split_words

_PARTS = "third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split()
_DENOMINATORS = {word: n for n, word in enumerate(_PARTS, start=3)}
_DENOMINATORS |= {"half": 2, "quarter": 4, "hundredth": 100}
_DENOMINATORS |= {"thousandth": 1000, "millionth": 10**6, "billionth": 10**9}
_DENOMINATORS |= {f"{w}teenth": n for n, w in enumerate("thir four fif six seven eigh nine".split(), start=13)}
_DENOMINATORS |= {f"{w}tieth": 10 * n for n, w in enumerate("twen thir for fif six seven eigh nine".split(), start=2)}
DENOMINATORS = _DENOMINATORS | {f"{word}s": value for word, value in _DENOMINATORS.items() if word != "half"}
DENOMINATORS |= {"halves": 2}
"""What a word after a number divides it by: 5 thirds, three quarters."""
_DIGIT_WORDS = {word: str(n) for n, word in enumerate("zero one two three four five six seven eight nine".split())}
_DIGIT_WORDS["oh"] = "0"
_CHINESE_DIGITS = {sign: str(n) for n, sign in enumerate("零一二三四五六七八九")} | {"〇": "0", "两": "2"}
_CHINESE_DECIMAL = re.compile(r"([^点]+)点([零〇一二三四五六七八九]{1,24})([万亿]?)")
_CHINESE_FRACTION = re.compile(r"(?:([^又]{1,12})又)?([^分]{1,12})分之(.{1,12})")
_TENTHS = re.compile(r"([一两二三四五六七八九])成([一二三四五六七八九半]?)")
_POWERS = {"百": 100, "千": 1000, "万": 10_000}
_SIGNS = ("minus ", "negative ")


def word_value(text: str) -> Fraction | None:
    """Return the value of a number in English or Chinese words that is all of `text` (normalised), or None."""
    text = text.strip()
    if not text or len(text) > 200:
        return None
    if not text.isascii():
        sign, text = (-1, text[1:]) if text[0] == "负" else (1, text)
        value = _chinese_value(text)
        return None if value is None else sign * value
    lower = text.lower()
    for sign_word in _SIGNS:
        if lower.startswith(sign_word):
            value = _english_value(split_words(lower.removeprefix(sign_word)))
            return None if value is None else -value
    return _english_value(split_words(lower))


def multiplied(value: Fraction, words: list[str]) -> Fraction | None:
    """Return `value` with the words behind it: 5 million, 5 thirds, 5 and a half (million); None for other words."""
    if words[:1] == ["and"]:
        part = _part(words[1:])
        if part is None or value.denominator != 1:
            return None
        value, words = value + (part[0] if value >= 0 else -part[0]), words[1 + part[1] :]
    if len(words) > 2:
        return None
    for word in words:
        if word in MULTIPLES:
            value *= MULTIPLES[word]
        elif word in DENOMINATORS and len(words) == 1:
            value /= DENOMINATORS[word]
        else:
            return None
    return value


def _english_value(words: list[str]) -> Fraction | None:
    if part := _part(words):
        return _scaled(part[0], words[part[1] :])
    found = english_number(words, 0)
    if found is None:
        return None
    value, end = Fraction(found[0]), found[1]
    if words[end : end + 1] == ["point"]:
        return _with_decimals(value, words[end + 1 :])
    if words[end : end + 1] == ["and"] and (part := _part(words[end + 1 :])):
        return _scaled(value + part[0], words[end + 1 + part[1] :])
    return value if end == len(words) else None


def _part(words: list[str]) -> tuple[Fraction, int] | None:
    """Read a proper fraction at the start ("a half", "half a", "two thirds", "one quarter of a") and where it ends."""
    if words[:1] == ["half"]:
        return Fraction(1, 2), 2 if words[1:2] == ["a"] else 1
    if len(words) < 2 or words[1] not in DENOMINATORS:
        return None
    count = 1 if words[0] == "a" else (english_number(words[:1], 0) or (0, 0))[0]
    value = Fraction(count, DENOMINATORS[words[1]])
    end = 4 if words[2:4] == ["of", "a"] else 2
    return (value, end) if 0 < value < 1 else None


def _scaled(value: Fraction, words: list[str]) -> Fraction | None:
    if not words:
        return value
    return value * MULTIPLES[words[0]] if len(words) == 1 and words[0] in MULTIPLES else None


def _with_decimals(whole: Fraction, words: list[str]) -> Fraction | None:
    """Read what follows "point": single digits, and a word that multiplies: "one point five million"."""
    scale = MULTIPLES.get(words[-1], 1) if words else 1
    digits = [_DIGIT_WORDS.get(word, "") for word in (words[:-1] if scale > 1 else words)]
    if not digits or not all(digits):
        return None
    return (whole + Fraction(int("".join(digits)), 10 ** len(digits))) * scale


def _chinese_value(text: str) -> Fraction | None:
    if text in ("一半", "半"):
        return Fraction(1, 2)
    if tenths := _TENTHS.fullmatch(text):
        last = {"": 0, "半": 5}.get(tenths[2]) if tenths[2] in ("", "半") else int(_CHINESE_DIGITS[tenths[2]])
        return Fraction(10 * int(_CHINESE_DIGITS[tenths[1]]) + (last or 0), 100)
    if "分之" in text:
        return _chinese_fraction(text)
    if decimal := _CHINESE_DECIMAL.fullmatch(text):
        return _chinese_decimal(*decimal.groups())
    whole = chinese_number(text)
    return None if whole is None else Fraction(whole)


def _chinese_decimal(whole: str, decimals: str, scale: str) -> Fraction | None:
    value = chinese_number(whole)
    if value is None:
        return None
    digits = "".join(_CHINESE_DIGITS[sign] for sign in decimals)
    return (value + Fraction(int(digits), 10 ** len(digits))) * {"": 1, "万": 10**4, "亿": 10**8}[scale]


def _chinese_fraction(text: str) -> Fraction | None:
    """Read 三分之二, 3分之2, 千分之五 and 一又二分之一."""
    match = _CHINESE_FRACTION.fullmatch(text)
    if match is None:
        return None
    whole, below, above = _plain(match[1] or "零"), _POWERS.get(match[2]) or _plain(match[2]), _decimal(match[3])
    if whole is None or not below or above is None:
        return None
    return whole + above / below if not match[1] or above < below else None


def _plain(text: str) -> int | None:
    return int(text) if text.isdecimal() else chinese_number(text)


def _decimal(text: str) -> Fraction | None:
    if text[0].isdecimal():
        return Fraction(text) if re.fullmatch(r"\d{1,12}(?:\.\d{1,12})?", text) else None
    return _chinese_value(text) if "分" not in text and "成" not in text else None
