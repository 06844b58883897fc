"""Takes a unit off the end of an answer: `5\\text{ cm}`, `90^\\circ`, `12米`, `1000 m^{2}`, `18 eggs`.

A unit is never converted: an answer that gives one must give the gold's own.
"""

from __future__ import annotations

import re

from rewards.reading.brackets import closing_brace

_NAMES = """
m meter metre 米; cm centimeter centimetre 厘米; mm millimeter millimetre 毫米; km kilometer kilometre 千米 公里;
in inch inche; ft foot feet; yd yard; mile mi; g gram gm 克; kg kilogram 千克 公斤; lb pound; oz ounce;
s sec second 秒; min minute 分钟; h hr hour 小时; day 天; yr year 年;
L l liter litre 升; mL ml milliliter millilitre 毫升;
degree deg ° 度; $ dollar usd; € euro eur; £ gbp; yuan 元 ¥; cent ¢; unit; mph;
N newton; J joule; W watt; V volt; K kelvin; Hz hertz
"""
_ALIASES = {name: names.split()[0] for names in _NAMES.split(";") for name in names.split()}
_NOT_A_UNIT = frozenset(
    """and or not no nor to is isn are if then than but except maybe probably perhaps possibly about around wrong
    correct pi sqrt sin cos tan cot sec csc log ln exp lim max min mod i e infinity inf minus plus times over squared
    cubed factorial approx approximately roughly nearly almost circa ish either less more fewer greater under above
    below least most guess unsure unknown false true
    """.split()
)
_MULTIPLIES = re.compile(
    r"(?:half|halves|third|thirds|quarter|(?:four|fif|six|seven|eigh|nin|ten|eleven|twelf|[a-z]+teen|[a-z]+tie|hundred"
    r"|thousand|[a-z]*illion)ths?|tens|dozens?|gross|hundreds?|thousands?|[a-z]*illions?|myriads?|googols?|lakhs?|lacs?"
    r"|crores?|arabs?|mn|mln|mio|mm|bn|bln|mrd|tn|trn|trln|milliards?|milliarden|millionen|millones|tausend|hundert|mille"
    r"|thou|ppm|ppb|ppt|bps|bp|permille|promille)(?:-[a-z]+)*"
)
"""Words that multiply or divide the number before them: no unit. Quarters are coins, or parts of a year."""
_TEXT_UNIT = re.compile(r"\\(?:text|mathrm|textrm|mbox|textbf|mathbf|operatorname)\s*\{")
_DEGREE = re.compile(r"\s*(?:\^\s*\{?\s*\\circ\s*\}?|°|\\degree|\\circ)\s*([CF]?)\Z")
_POWER = re.compile(r"\s*\^\s*\{?\s*(-?[1-3])\s*\}?\Z")
_WORDS = re.compile(r"[A-Za-z°µ²³\u4e00-\u9fff/.^\- ]+")
_NUMBER_THEN_WORDS = re.compile(r"([+-]?[\d.,/ ]*\d\.?)(\s*)([A-Za-z\u4e00-\u9fff°][A-Za-z\u4e00-\u9fff/ ]*)\.?\Z")
_PLURAL = re.compile(r"(?<=[a-z]{2})s\Z")
_CURRENCY = re.compile(r"\\?([$€£¥])\s*(?=[\d.])")


def split_unit(text: str) -> tuple[str, str]:
    """Return the text without its unit and the unit in one spelling, or "" when there is none."""
    if currency := _CURRENCY.match(text):
        return text[currency.end() :], _canonical(currency[1])
    if degree := _DEGREE.search(text):
        return text[: degree.start()].strip(), "degree" + degree[1]
    power = _POWER.search(text)
    body, exponent = (text[: power.start()].rstrip(), power[1]) if power else (text, "")
    rest, unit = _text_unit(body) if body.endswith("}") else _plain_unit(body)
    return (rest, unit + exponent) if unit else (text, "")


def _text_unit(text: str) -> tuple[str, str]:
    """Split off a last `\\text{…}` that holds words only."""
    for match in _TEXT_UNIT.finditer(text):
        if closing_brace(text, match.end() - 1) == len(text) - 1:
            words = text[match.end() : -1].replace("~", " ").strip()
            rest = text[: match.start()].replace("\\,", "").replace("~", " ").removesuffix("\\").strip()
            return (rest, _canonical(words)) if rest and _is_unit(words) else (text, "")
    return text, ""


def _plain_unit(text: str) -> tuple[str, str]:
    """Split words off a number; a letter right after the number (5m, 3x) is a symbol, not a unit."""
    match = _NUMBER_THEN_WORDS.match(text)
    if match is None:
        return text, ""
    words = match[3].strip()
    apart = bool(match[2]) or words in _ALIASES and (len(words) > 1 or not words.isascii())
    return (match[1].strip(), _canonical(words)) if apart and _is_unit(words) else (text, "")


def _is_unit(words: str) -> bool:
    parts = words.split()
    if not 1 <= len(parts) <= 3 or not _WORDS.fullmatch(words):
        return False
    if any(len(part) == 1 and part not in _ALIASES for part in parts):  # `4 x y` is a product
        return False
    return words in _ALIASES or not any(_is_no_unit(part.strip(".").lower()) for part in parts)


def _is_no_unit(word: str) -> bool:
    return word in _NOT_A_UNIT or bool(_MULTIPLIES.fullmatch(word))


def _canonical(words: str) -> str:
    words = words.strip(" .")
    singular = _PLURAL.sub("", words.lower())
    for name in (words, words.lower(), singular):
        if name in _ALIASES:
            return _ALIASES[name]
    return singular
