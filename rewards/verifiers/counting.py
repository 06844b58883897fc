"""The verifier `counting`: one whole number, in digits or in words, and nothing that could be another."""

from __future__ import annotations

import re
from typing import Any

from rewards.reading.normalize import normalize, unwrap
from rewards.reading.number_words import CHINESE_NUMERALS, chinese_number, english_number, scale_of, word_number
from rewards.reading.numeric import parse_number
from rewards.reading.prose import final_answer
from rewards.reading.word_values import DENOMINATORS
from rewards.registry import reward
from rlcs.records import Status, Verdict

MAX_CHARACTERS = 400
_TOKEN = re.compile(
    r"(?P<digits>(?<![A-Za-z0-9_.])[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.0*)?(?![A-Za-z0-9_.,]*\d)(?![A-Za-z_]))"
    rf"|(?P<chinese>(?:(?<![\d.])\d+(?:\.\d+)?)?[{CHINESE_NUMERALS}半]+打?)"
    r"|(?P<word>[A-Za-z]+(?:'[a-z]+)?)"
    r"|(?P<other>[\u3040-\u9fff\uac00-\ud7af]|[\s.,:;!?'\"()*=。-])"
)
_HEDGES = frozenset(
    """between or to than least most more fewer less over under about around approximately roughly nearly almost maybe
    perhaps possibly probably not except minus plus times half quarter up either several many few any unless if per
    range percent ca thereabouts so without cannot never negative approx circa dozens tens hundreds thousands millions
    """.split()
)
_CHINESE_HEDGE = re.compile(
    "至少|至多|最多|最少|大约|大概|左右|以上|以下|以内|可能|不到|不足|超过|不是|不止|并非|未必|将近|接近|分之|或|到|至|约|几|第|多|余"
    rf"|(?:近|没有|[数上好])(?=[\d{CHINESE_NUMERALS}])|(?<=[\d{CHINESE_NUMERALS}])[成折]"
)
_HEDGING_SIGN = re.compile(
    r"~\s*\d|[≈∼≃≤≥≲≳]|[<>]\s*\d|\\(?:approx|sim|simeq|l[et]q?|g[et]q?)(?![A-Za-z])"
    r"|\d\s*\+?\s*\?|\d\s*\+(?!\s*\d)|(?:\b|\d)ish\b"
)
_EVALUATED = re.compile(
    r"[/%‰÷^]|\\(?:frac|div|times|cdot)|[×xX*]\s*10|分之|成|hal[fv]|third|quarter|[a-z]th(?:s|\b)|percent"
)
_NOT_NUMERALS = re.compile("一共|一些|一起|一样|一般|一种|一下|唯一|统一|一定|之一|十分|千万别")
_NO_CHINESE = re.compile("没有|无")
_NOT_EVEN_ONE = re.compile(r"一[^\d,.，。]{0,4}[都也](?:没有?|无)")
_TEXT = re.compile(r"\\(?:text|mathrm|textbf)\s*\{([^{}]*)\}|\\[,; ]|~")
_BEFORE_NO = frozenset({"is", "are", "has", "have", "contains", "with", "shows", "see"})


def check_counting_gold(gold: Any) -> str | None:
    """Return what is wrong with a gold count, or None: it must be one whole number."""
    return None if _count(gold) is not None else f"the gold answer must be one whole number, got {gold!r:.60}"


@reward("counting", domains=["counting"], runs="inline", check_gold=check_counting_gold)
def counting(answer: str, gold: Any, *, shaped: bool = False, delimited: bool = True) -> float | Verdict:
    """How many: the same whole number, in digits, English or Chinese words, alone or in a short sentence.

    Ranges, alternatives, lists, estimates and unevaluated sums are wrong. shaped: a wrong count pays
    1 - |answer - gold| / max(gold, 1) instead of 0; off by default, as always answering a common count would pay.
    """
    wanted = _count(gold)
    if wanted is None:
        return Verdict(score=None, status=Status.BAD_GOLD, message=check_counting_gold(gold) or "")
    if delimited and len(answer) > MAX_CHARACTERS:
        return Verdict(score=0.0, status=Status.OVER_LIMIT, message=f"a count of more than {MAX_CHARACTERS} characters")
    found = read_count(normalize(answer)) if len(answer) <= MAX_CHARACTERS else None
    if found is None and not delimited:
        found = read_count(normalize(final_answer(answer)))
    if found is None:
        return Verdict(score=0.0, status=Status.INCORRECT, message="not one whole number")
    if not shaped:
        return float(found == wanted)
    return max(0.0, 1.0 - abs(found - wanted) / max(wanted, 1))


def _count(gold: Any) -> int | None:
    if isinstance(gold, bool):
        return None
    if isinstance(gold, int):
        return gold
    if isinstance(gold, float):
        return int(gold) if gold.is_integer() else None
    return read_count(normalize(gold)) if isinstance(gold, str) and len(gold) <= MAX_CHARACTERS else None


def read_count(text: str) -> int | None:
    """Return the one whole number in a normalised text, or None when there is none, or more than one, or a hedge."""
    if text.isdecimal() and len(text) < 18:
        return int(text)
    text = unwrap(text[: MAX_CHARACTERS + 1]).rstrip("$ ")
    if len(text) > MAX_CHARACTERS or _HEDGING_SIGN.search(text):
        return None
    text = _TEXT.sub(lambda match: f" {match[1] or ''} ", text).strip()
    if (number := parse_number(text)) is not None and not _EVALUATED.search(text):
        return int(number.value) if number.is_integer else None
    if (value := word_number(text.rstrip(".!"))) is not None:
        return value
    if _CHINESE_HEDGE.search(text):
        return None
    text = _NOT_NUMERALS.sub("", text.replace("-", " ") if not any(map(str.isdigit, text)) else text)
    text = _NOT_EVEN_ONE.sub("没有", text)
    found = _numbers_in(text)
    if found is None:
        return None
    if not found and _NO_CHINESE.search(text):
        return 0
    if len(found) == 2 and found[0] == found[1] and text.count("(") == 1:  # seven (7)
        return found[0]
    return found[0] if len(found) == 1 else None


def _scaled_or_none(word: str, found: list[int]) -> bool | None:
    """Multiply the last number by a word behind its digits; False when it is no such word, None when it divides."""
    if word in DENOMINATORS:
        return None
    found[-1] *= scale_of(word)
    return scale_of(word) > 1


def _numbers_in(text: str) -> list[int] | None:
    """Return all whole numbers of a text, or None when something in it is no word, no number and no punctuation."""
    found: list[int] = []
    words: list[str] = []
    position, last = 0, ""
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            return None
        position = match.end()
        if match["word"]:
            word = match["word"].lower()
            scaled = _scaled_or_none(word, found) if last == "digits" else False
            if scaled is None:
                return None
            words += [] if scaled else [word]
            last = "word"
            continue
        if match["other"] and match["other"] in " -":
            continue
        if not _take_words(words, found):
            return None
        words, last = [], match.lastgroup or ""
        if match["digits"]:
            found.append(int(match["digits"].replace(",", "").partition(".")[0]))
        elif match["chinese"]:
            value = chinese_number(match["chinese"])
            if value is None:
                return None
            found.append(value)
    return found if _take_words(words, found) else None


def _take_words(words: list[str], found: list[int]) -> bool:
    """Add the numbers among the words to `found`; False when a hedging word is among them."""
    position = 0
    while position < len(words):
        number = english_number(words, position)
        if number is not None:
            found.append(number[0])
            position = number[1]
            continue
        word = words[position]
        if word in _HEDGES or word.endswith("n't"):
            return False
        if word in ("none", "nobody") or word == "no" and (position == 0 or words[position - 1] in _BEFORE_NO):
            found.append(0)
        elif word in ("no", "nor", "nothing"):
            return False
        position += 1
    return True
