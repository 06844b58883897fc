"""Whole numbers in words: "twenty-one", "one hundred and one", "two dozen", 三百零五, 两万, 3万, 一打.

Strict grammars, so that a list ("one two three") or an estimate (五六, five or six) is not taken for one number.
"""

from __future__ import annotations

import re

MAX_WORDS = 24
_ONES = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen".split()
_ONES += "seventeen eighteen nineteen".split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_SMALL = {word: value for value, word in enumerate(_ONES)} | {word: 10 * n for n, word in enumerate(_TENS, start=2)}
_SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_LARGE = {"dozen": 12, "hundred": 100, **_SCALES}
_MULTIPLES = """
10 tens; 12 dozen dozens; 100 hundred hundreds; 1000 thousand thousands; 100000 lakh lakhs lac lacs;
1000000 million millions mn mln mio millones millionen milioni; 10000000 crore crores cr;
1000000000 billion billions bn bln mrd mld milliard milliards milliarden miliardi;
1000000000000 trillion trillions tn trn
"""
MULTIPLES = {word: int(line.split()[0]) for line in _MULTIPLES.split(";") for word in line.split()[1:]}
"""What a word after a number in digits multiplies it by: 2 dozen, 3 million, 5 crore."""

_CHINESE_SPELLINGS = str.maketrans(
    "〇兩壹贰貳叁參肆伍陆陸柒捌玖拾佰仟萬億俩만억", "零两一二二三三四五六六七八九十百千万亿两万亿"
)
_DIGITS = {character: value for value, character in enumerate("零一二三四五六七八九")} | {"两": 2}
_POWERS = {"十": 10, "百": 100, "千": 1000}
_DIGIT = "[一二两三四五六七八九]"
_SECTION = re.compile(rf"(?:({_DIGIT})千)?零?(?:({_DIGIT})百)?零?(?:({_DIGIT}?)十)?零?({_DIGIT})?")
_COLLOQUIAL = re.compile(rf"(?:{_DIGIT}千)?(?:{_DIGIT}([百千])){_DIGIT}")
_POSITIONAL = re.compile(r"(?=.*零|.{3})[一二三四五六七八九][零一二三四五六七八九]+")
_MIXED = re.compile(r"(\d{1,9})(?:\.(\d{1,8}))?\s?([百千万亿]{1,2})")
_MIXED_PARTS = re.compile(r"(\d{1,4}[亿])?(\d{1,4}[万])?(\d[千])?(\d[百])?(\d{4})?")
CHINESE_NUMERALS = "零〇一二两兩三四五六七八九十百千万萬亿億壹贰貳叁參肆伍陆陸柒捌玖拾佰仟俩"


def word_number(text: str) -> int | None:
    """Return the whole number that is all of `text` (normalised), in English or Chinese words, or None."""
    text = text.strip()
    if not text or len(text) > 200:
        return None
    if not text.isascii():
        return chinese_number(text)
    words = split_words(text)
    found = english_number(words, 0) if words else None
    return found[0] if found and found[1] == len(words) else None


def split_words(text: str) -> list[str]:
    """Return the words of an English text in lower case, without hyphens and commas; at most MAX_WORDS and one."""
    return re.sub(r"(?<=[a-z])(?:-(?=[a-z])|,(?=\s))", " ", text.lower()).split()[: MAX_WORDS + 1]


def english_number(words: list[str], start: int) -> tuple[int, int] | None:
    """Return the value of the longest number that starts at `words[start]`, and where it ends; None if none does."""
    if words[start : start + 3] == ["half", "a", "dozen"]:
        return 6, start + 3
    total, end, limit = 0, start, 10**15
    position = start
    while (group := _below_thousand(words, position)) is not None:
        value, after = group
        word = words[after] if after < len(words) else ""
        scale = _SCALES.get(word, 1)
        if scale >= limit or value == 0 and end > start:
            break
        total, limit = total + value * scale, scale
        end = after + (scale > 1)
        if scale == 1 or value == 0:
            break
        position = end + (words[end : end + 1] == ["and"])
    return (total, end) if end > start else None


def scale_of(word: str) -> int:
    """Return what a word after a number in digits multiplies it by: 2 dozen, 3 million; 1 for any other word."""
    return MULTIPLES.get(word, 1)


def _below_thousand(words: list[str], start: int) -> tuple[int, int] | None:
    """Read a number below a thousand: "three hundred and five", "two dozen", the "a" of "a thousand"."""
    if words[start : start + 1] == ["a"] and words[start + 1 : start + 2] and words[start + 1] in _LARGE:
        value, end = 1, start + 1
    elif _begins_with_scale(words, start):
        value, end = 1, start
    elif (small := _below_hundred(words, start)) is not None:
        value, end = small
    else:
        return None
    word = words[end] if end < len(words) else ""
    if word in ("dozen", "dozens"):
        return value * 12, end + 1
    if word != "hundred":
        return value, end
    value, end = value * 100, end + 1
    rest = _below_hundred(words, end + (words[end : end + 1] == ["and"]))
    return (value + rest[0], rest[1]) if rest and rest[0] else (value, end)


def _begins_with_scale(words: list[str], start: int) -> bool:
    """Tell whether a number begins with the bare "hundred" of "hundred and twenty"; one alone is none."""
    if start > 0 or words[:1] not in (["hundred"], ["thousand"]):
        return False
    after = words[1 + (words[1:2] == ["and"]) :]
    return bool(after) and after[0] in _SMALL and _SMALL[after[0]] > 0


def _below_hundred(words: list[str], start: int) -> tuple[int, int] | None:
    value = _SMALL.get(words[start]) if start < len(words) else None
    if value is None:
        return None
    if value >= 20 and start + 1 < len(words) and 1 <= _SMALL.get(words[start + 1], 0) <= 9:
        return value + _SMALL[words[start + 1]], start + 2
    return value, start + 1


def chinese_number(text: str) -> int | None:
    """Return the value of a Chinese numeral (at most 24 characters), also with digits (3万), or None."""
    text = text.translate(_CHINESE_SPELLINGS)
    if not 0 < len(text) <= 24:
        return None
    if text.endswith("打"):
        dozens = {"半": 6}.get(text[:-1]) or 12 * (chinese_number(text[:-1]) or 0)
        return dozens or None
    if mixed := _MIXED.fullmatch(text):
        return _mixed_number(mixed[1], mixed[2] or "", mixed[3])
    if text[0].isdecimal() and (parts := _MIXED_PARTS.fullmatch(text)):
        return sum(_part(part) for part in parts.groups() if part)
    if _POSITIONAL.fullmatch(text):
        return int("".join(str(_DIGITS[character]) for character in text))
    return _with_powers(text)


def _part(text: str) -> int:
    """Read one part of 1亿2000万 or 3万5千."""
    return int(text[:-1]) * {**_POWERS, "万": 10**4, "亿": 10**8}[text[-1]] if text[-1] in "百千万亿" else int(text)


def _mixed_number(whole: str, decimals: str, powers: str) -> int | None:
    scale = 1
    for power in powers:
        scale *= {**_POWERS, "万": 10**4, "亿": 10**8}[power]
    value, rest = divmod(int(whole + decimals) * scale, 10 ** len(decimals))
    return None if rest else value


def _with_powers(text: str) -> int | None:
    """Read 亿, 万 and the sections between them; a last digit right after 万 counts thousands (一万二 is 12,000)."""
    total = 0
    for sign, scale in (("亿", 10**8), ("万", 10**4)):
        before, found, after = text.partition(sign)
        if not found:
            continue
        section = _section(before)
        if not section:
            return None
        total += section * scale
        if len(after) == 1 and after in _DIGITS and after != "零":
            return total + _DIGITS[after] * scale // 10
        text = after
    rest = _section(text) if text or not total else 0
    return None if rest is None else total + rest


def _section(text: str) -> int | None:
    """Read a numeral below ten thousand; 一百五 is 150."""
    if text == "零":
        return 0
    match = _SECTION.fullmatch(text)
    if match is None or not text or text.endswith("零"):
        return None
    thousands, hundreds, tens, ones = match.groups()
    value = 1000 * _DIGITS.get(thousands or "", 0) + 100 * _DIGITS.get(hundreds or "", 0)
    if tens is not None:
        value += 10 * (_DIGITS[tens] if tens else 1)
    colloquial = _COLLOQUIAL.fullmatch(text)
    return value + _DIGITS.get(ones or "", 0) * (_POWERS[colloquial[1]] // 10 if colloquial else 1)
