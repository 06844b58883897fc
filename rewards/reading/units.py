"""Takes a unit off the end of an answer: `5\\text{ cm}`, `90^\\circ`, `12平方米`, `9\\,\\mathrm{m\\,s^{-1}}`, `8 eggs`.

A unit is never converted: an answer that gives one must give the gold's own. Words that change the value are none.
"""

from __future__ import annotations

import re
from fractions import Fraction

from rewards.reading.brackets import closing_brace
from rewards.reading.number_words import MULTIPLES
from rewards.reading.unit_text import Unit, read_unit
from rewards.reading.word_values import DENOMINATORS

_NAMES = """
m meter metre 米; cm centimeter centimetre 厘米; mm millimeter millimetre 毫米; km kilometer kilometre 千米 公里;
in inch inche; ft foot feet; yd yard; mile mi; g gram gm 克; kg kilogram 千克 公斤; lb pound; oz ounce;
s sec second 秒; min minute 分钟; h hr hour 小时; day 天; yr year 年;
L l liter litre 升; mL ml milliliter millilitre 毫升;
degree deg ° 度; $ dollar usd 美元 美金; € euro eur 欧元; £ gbp 英镑; yuan 元 ¥ cny rmb 人民币 块 块钱; cent ¢;
₹ inr rupee rs;
円 jpy yen 日元; unit; mph; N newton; J joule; W watt; V volt; K kelvin; Hz hertz;
个 個 只 隻 条 條 名 位 件 张 張 本 支 枝 头 頭 匹 辆 輛 台 棵 株 朵 颗 顆 粒 枚 人 种 種 次 项 份 片 根 座 间 家 艘
"""
_ALIASES = {name: names.split()[0] for names in _NAMES.split(";") for name in names.split()}
_TEMPERATURES = {"degree_Celsius": "degreeC", "degree_Fahrenheit": "degreeF"}
_SMALL_WORDS = """
one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
nineteen twenty thirty forty fifty sixty seventy eighty ninety zero
"""
_NOT_A_UNIT = frozenset(
    f"""and or not no nor to is isn are if then than but except maybe probably perhaps possibly about around wrong
    correct pi sqrt sin cos tan cot sec csc log ln exp lim max min mod i e infinity inf minus plus times over squared
    cubed factorial half third quarter dozen hundred thousand million billion trillion hundreds thousands millions
    point score gross k quadrillion quintillion billones billonen mil mille mila arab kharab ribu juta incorrect false
    never least most minimum maximum approximately approx roughly nearly almost less more below above under negative
    th st nd rd reciprocal inverse root squares cubes twice thrice double triple fold remainder ish off either between
    without each
    {_SMALL_WORDS} {" ".join(MULTIPLES)} {" ".join(DENOMINATORS)}
    """.split()
)
_NOT_A_COUNTER = re.compile(
    "[零〇一二两三四五六七八九十百千万萬亿億半几数多余约或至到不非无没错误减加乘除倒负超近来点成折第和与跟左右上下内外可能大概也许吗?]|分之|以"
)
_TEXT_UNIT = re.compile(r"\\(?:text|mathrm|textrm|mbox|textbf|mathbf|operatorname)\s*\{")
_TEX_UNIT = re.compile(
    r"(?<=[\d)}\s])(?:\\(?:text|mathrm|textrm|mbox|textbf|mathbf|operatorname|rm|si|unit)(?![A-Za-z])"
    r"|\\frac\s*\{\s*\\(?:text|mathrm))"
)
_DEGREE = re.compile(
    r"\s*(?:\^\s*\{?\s*\\circ\s*\}?|°|\\degree(?![A-Za-z])|\\circ(?![A-Za-z]))"
    r"\s*(?:\\(?:text|mathrm)\s*\{\s*([CF])\s*\}|([CF]?))\Z"
)
_ANGLE = re.compile(r"([+-]?\d{1,9})\s*°\s*(\d{1,2})\s*['′](?:\s*(\d{1,2}(?:\.\d{1,9})?)\s*(?:''|\"|″|′′))?\Z")
_TRIGONOMETRY = re.compile(r"(?:sin|cos|tan|cot|sec|csc)(?![a-z])")
_POWER = re.compile(r"\s*\^\s*\{?\s*(-?[1-3])\s*\}?\Z")
_WORDS = re.compile(r"[A-Za-z°µ²³€£¥₹¢\u4e00-\u9fff/.^\- ]+")
_EXPONENT = r"(?:\{\s*[+-]?\d{1,3}\s*\}|[+-]?\d{1,3})"
_NUMBER = rf"[+-]?[\d.,/ ]*\d\.?(?:[eE][+-]?\d{{1,3}}|\s*(?:\\times|\\cdot|[×·xX*])\s*10\s*\^\s*{_EXPONENT})?"
_NUMBER_THEN_WORDS = re.compile(rf"({_NUMBER})(\s*)([A-Za-z\u4e00-\u9fff°€£¥₹¢][A-Za-z\u4e00-\u9fff./ -]*)\.?\Z")
_NUMBER_THEN_UNIT = re.compile(rf"({_NUMBER})(\s*)([A-Za-z°μΩ][A-Za-z°μΩ\d^{{}}()·⋅*/ .-]{{0,60}})\Z")
_IN_PARENTHESES = re.compile(rf"({_NUMBER})\s*\(\s*([A-Za-z][A-Za-z. ]*)\s*\)\Z")
_PLURAL = re.compile(r"(?<=[a-z]{2})s\Z")
_CURRENCY = re.compile(
    r"([+-]?)\s*(?:(?:US|HK|C|A|NZ|S)?\\?([$€£¥₹])|(USD|EUR|GBP|CNY|RMB|INR|JPY|Rs\.?)(?=[\s\d.+-]))\s*(?=[+-]?[\d.])"
)
_PRICE = re.compile(r"([\d.,]*\d)\s*/\s*([A-Za-z]{1,20})")
_RAISED = {"square": "2", "sq": "2", "cubic": "3", "cu": "3"}
_SCALE_END = re.compile(
    r"[+-]?[\d.,]+\s*(?:[百千万萬亿億](?![米克瓦帕焦伏卡赫欧牛安千]))?[百千万萬亿億](?![米克瓦帕焦伏卡赫欧牛安])"
)


def split_unit(text: str) -> tuple[str, str]:
    """Return the text without its unit and the unit in one spelling, or "" when there is none."""
    if currency := _CURRENCY.match(text):
        return _money(currency, text)
    if (degree := _DEGREE.search(text)) and not _TRIGONOMETRY.search(text):
        return text[: degree.start()].strip(), "degree" + (degree[1] or degree[2] or "")
    if text.endswith(("'", '"', "′", "″")):
        return _angle(text)
    if "\\" in text and (found := _tex_unit(text)):
        return found
    power = _POWER.search(text)
    if power and "\\" not in text and (found := _physical_unit(text))[1]:
        return found
    body, exponent = (text[: power.start()].rstrip(), power[1]) if power else (text, "")
    rest, unit = _text_unit(body) if body.endswith("}") else _plain_unit(body)
    return (rest, unit + exponent) if unit else (text, "")


def _money(currency: re.Match[str], text: str) -> tuple[str, str]:
    """Take a sign of money off the front, and what it is paid for off the end: $5 per hour."""
    unit = _canonical((currency[2] or currency[3]).strip("."))
    if priced := _PRICE.fullmatch(text, currency.end()):
        return currency[1] + priced[1], f"{unit}/{_canonical(priced[2])}"
    rest, other = _plain_unit(text[currency.end() :])
    if other in ("$", "€", "£", "yuan") and other != unit:
        return text, ""
    return currency[1] + rest, unit if other in ("", unit) else unit + other.removeprefix("1")


def _angle(text: str) -> tuple[str, str]:
    """Read degrees with minutes and seconds: 30°15' is 121/4 degrees."""
    match = _ANGLE.match(text)
    if match is None or int(match[2]) >= 60 or float(match[3] or 0) >= 60:
        return text, ""
    parts = Fraction(int(match[2]), 60) + Fraction(match[3] or 0) / 3600
    value = int(match[1]) + (-parts if match[1].startswith("-") else parts)
    return str(value), "degree"


def _tex_unit(text: str) -> tuple[str, str] | None:
    """Split off a physical unit in TeX, which may hold powers and several wrappers: `\\mathrm{m} / \\mathrm{s}^2`."""
    for start in _TEX_UNIT.finditer(text):
        tail = text[start.start() :]
        unit = read_unit(tail) if len(tail) <= 160 else None
        if unit and not (len(unit) == 1 and _is_symbol_alone(tail)):
            return text[: start.start()].strip().removesuffix("\\").rstrip(), _shown(unit)
    return None


def _is_symbol_alone(tail: str) -> bool:
    """Tell whether a unit is one letter that is more often a symbol, such as `\\mathbf{A}`."""
    letters = "".join(filter(str.isalpha, _TEXT_UNIT.sub("", tail)))
    return len(letters) == 1 and letters not in _ALIASES


def _text_unit(text: str) -> tuple[str, str]:
    """Split off a last `\\text{…}` that holds words only."""
    for match in _TEXT_UNIT.finditer(text):
        if closing_brace(text, match.end() - 1) == len(text) - 1:
            words = text[match.end() : -1].replace("~", " ").strip()
            words = words[1:-1].strip() if words.startswith("(") and words.endswith(")") else words
            rest = text[: match.start()].replace("\\,", "").replace("~", " ").removesuffix("\\").strip()
            words, scales = _without_scales(words)
            return (f"{rest} {scales}".strip(), _canonical(words)) if rest and _is_unit(words) else (text, "")
    return text, ""


def _plain_unit(text: str) -> tuple[str, str]:
    """Split words off a number; a letter right after the number (5m, 3x) is a symbol, not a unit."""
    if match := _IN_PARENTHESES.match(text):
        return (match[1].strip(), _canonical(match[2])) if _is_unit(match[2]) else (text, "")
    match = _NUMBER_THEN_WORDS.match(text)
    if match is None:
        return _physical_unit(text)
    if "\u4e00" <= match[3][0] <= "\u9fff":
        return _counted(text, match)
    words, scales = _without_scales(match[3].strip())
    apart = bool(match[2]) or words in _ALIASES and (len(words) > 1 or not words.isascii())
    if apart and _is_unit(words):
        return f"{match[1].strip()} {scales}".strip(), _canonical(words)
    return _physical_unit(text)


def _physical_unit(text: str) -> tuple[str, str]:
    """Split off a unit with powers or signs, `9.8 m/s^2`, `5 kg·m/s`; letters right after the number may be symbols."""
    match = _NUMBER_THEN_UNIT.match(text)
    if match is None or len(match[3]) == 1:
        return text, ""
    apart = match[2] or "/" in match[3] and len(match[3]) > 2
    unit = read_unit(match[3]) if apart else None
    singles = [part for part in re.split(r"[^A-Za-z]+", match[3]) if len(part) == 1]
    if not unit or any(part not in _ALIASES for part in singles) and "/" not in match[3]:
        return text, ""
    return match[1].strip(), _shown(unit)


def _counted(text: str, match: re.Match[str]) -> tuple[str, str]:
    """Split Chinese words off a number: a unit, a counter with or without what it counts; 29多, 29以上 are none."""
    number, words = match[1].strip(), match[3].strip()
    if scale := _SCALE_END.match(text, match.start(1)):
        number, words = text[: scale.end()].strip(), text[scale.end() :].strip()
    if not words or len(words) > 12:
        return text, ""
    if read_unit(words):
        return number, _canonical(words)
    if _NOT_A_COUNTER.search(words) or len(words) > 8:
        return text, ""
    return number, _canonical(words)


def _without_scales(words: str) -> tuple[str, str]:
    """Part the words that multiply the number from the unit behind them: `million people`."""
    parts = words.split()
    count = 0
    while count < len(parts) - 1 and parts[count].lower() in MULTIPLES:
        count += 1
    return " ".join(parts[count:]), " ".join(parts[:count])


def _is_unit(words: str) -> bool:
    parts = words.split()
    if not 1 <= len(parts) <= 4 or not _WORDS.fullmatch(words):
        return False
    if len(parts) > 1 and read_unit(words) and len(words) > 3:
        return True
    if len(parts) > 3 or any(len(part) == 1 and part not in _ALIASES for part in parts):  # `4 x y` is a product
        return False
    words = words.strip(".")
    return not any(part.strip(".").lower() in _NOT_A_UNIT for part in re.split(r"[ -]", words)) or words in _ALIASES


def _canonical(words: str) -> str:
    """Return one spelling of a unit: `sq. cm`, `square centimeters` and `平方厘米` as cm2, `dollars` as $."""
    words = words.strip(" .")
    singular = _PLURAL.sub("", words.lower())
    for name in (words, words.lower(), singular):
        if name in _ALIASES:
            return _ALIASES[name]
    if unit := read_unit(words):
        return _shown(unit)
    first, _, rest = singular.partition(" ")
    if rest and first.strip(".") in _RAISED:
        return rest + _RAISED[first.strip(".")]
    if len(words) > 1 and not words.isascii() and _ALIASES.get(words[0]) == "个":
        return words[1:]
    words = singular.replace(" per ", "/")
    return re.sub(r"[^/ ]+", lambda word: _ALIASES.get(_PLURAL.sub("", word.group()), word.group()), words)


def _shown(unit: Unit) -> str:
    """Write a unit of the table in one way: cm2, km/h, kg m/s2, 1/s, degreeC."""
    above = [_factor(name, power) for name, power in unit if power > 0]
    below = [_factor(name, -power) for name, power in unit if power < 0]
    return "/".join([" ".join(above) or "1", *below])


def _factor(name: str, power: int) -> str:
    symbol = _TEMPERATURES.get(name) or _ALIASES.get(name, name)
    return symbol if power == 1 else f"{symbol}{power}"
