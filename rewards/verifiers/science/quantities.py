"""Quantities: a number with a unit, read by strict rules: `36 km/h`, `2 h 30 min`, `π/3 rad`, `1.5亿千米`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from rewards.reading.normalize import unwrap
from rewards.reading.number_words import CHINESE_NUMERALS, MULTIPLES
from rewards.reading.numeric import GROUPED, Number, parse_number
from rewards.reading.unit_text import Unit, read_unit
from rewards.reading.word_values import word_value
from rewards.verifiers.mathematics.text import clean
from rewards.verifiers.science.compound import read_compound

MAX_VALUE = 10**300
_MAX_TEXT = 512
_DIGITS = rf"(?:(?:{GROUPED})(?!\d))(?:\.\d*)?|[1-9]\d{{0,2}}(?:\.\d{{3}})+,\d+|\d+,\d+(?![\d,])|\d+(?:\.\d*)?|\.\d+"
_TEN = r"10\s*(?:\^|\*\*)\s*[{(]?\s*[+-]?\d{1,4}\s*[)}]?"
_TIMES = r"\s*(?:\\times|\\cdot|×|·|⋅|\*|x|X)\s*"
_SCALE = rf"\s*(?:百万|千万|万亿|万|亿)|\s*(?i:{'|'.join(word for word in MULTIPLES if len(word) > 4)})(?![A-Za-z])"
_VALUE = re.compile(
    rf"[+-]?\s*(?:\d*\s*\\frac\s*\{{\s*[\d.,]+\s*\}}\s*\{{\s*[\d.,]+\s*\}}|\d+\s+\d+\s*/\s*\d+|\d+\s*/\s*\d+(?![\d.])"
    rf"|{_TEN}|(?:{_DIGITS})(?:[eE][+-]?\d{{1,4}}(?![\d.])|{_TIMES}{_TEN}|{_SCALE})?)"
)
_UNCERTAIN = re.compile(rf"\(?\s*([+-]?(?:{_DIGITS}))\s*(?:±|\\pm|\+/-|\+-)\s*(?:{_DIGITS})\s*\)?")
_BEFORE = re.compile(
    r"(?:≈|~|∼|\\approx|\\sim|\\simeq|=|约为|大约|大概|约|(?:about|approximately|approx\.?|around|roughly)\s)\s*",
    re.IGNORECASE,
)
_EQUALS = re.compile(r"=|≈|\\approx(?![A-Za-z])|\\simeq(?![A-Za-z])")
_LABEL = re.compile(
    r"\\?[^\W\d][^=≈<>!≠]{0,40}?\s*(?:=|≈|\\approx(?![A-Za-z])|为|是)\s*(?=(?:大?约|about )?[-+.\d\\(√π$]|pi)"
)
_DENIAL = re.compile(r"[不非或]|\b(?:not|or|no|never)\b", re.IGNORECASE)
_CONSTANT = re.compile(
    r"(?:[\d\s+\-*/^(){}.,√π·×]|\\(?:sqrt|frac|pi|cdot|times|ln|log|sin|cos|tan|circ|left|right)(?![A-Za-z])|sqrt|pi(?![A-Za-z])"
    r"|e(?=\^))+"
)
_TELLS_VALUE = re.compile(r"\d|π|pi")
_WRAPPED_TEN = re.compile(r"\\(?:mathrm|text)\s*\{\s*(10\^\{?-?\d+\}?)\s*\}")
_LETTER_TIMES = re.compile("[xX×⋅](?=\\s*10)")
_AXIS = re.compile(r"\\hat\s*\{?\s*(?:\\(?:mathrm|mathbf|text)\s*\{\s*)?([ijkxyz])[\s}]*$")
_NUMERALS = re.compile(
    rf"[{CHINESE_NUMERALS}]+(?:点[零〇一二三四五六七八九]+)?(?=([\u4e00-\u9fff])?)|半(?=[\u4e00-\u9fff])"
)
_VALUE_AHEAD = re.compile(r"[-+]?\d|百分之")
_LETTERS = frozenset("mgsNJWVAKCTFLHΩ")
"""Units of one letter that are more often units than symbols."""
_PREFIXED = frozenset("米克帕瓦焦伏卡赫欧牛安")
_BELOW_ZERO = re.compile(r"零下(?=\s*[\d一二三四五六七八九十])")
_COUNTER = re.compile(r"(?<=\d)个(?=小时|月|标准|大气压)")
_AND_A_HALF = re.compile(r"(\d{1,4}|[一二两三四五六七八九十]{1,3})个半(?=小时|月|标准|大气压)")
_WORD_NUMBER = re.compile(r"[A-Za-z]+(?:[ -][A-Za-z]+){1,12}")


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number and its unit. Example: `36 km/h`; `\\sqrt{2} m` has no plain number, but a constant to work out."""

    number: Number | None
    """The number, exactly as written; None when the value is a constant such as `2\\pi`."""
    constant: str
    """LaTeX of the constant, or empty."""
    unit: Unit
    axis: str = ""
    """Letter of the unit vector behind it, as in `0.829 N \\hat{i}`; empty for a plain quantity."""
    letter: bool = False
    """A constant with a unit of one bare letter, `2\\pi h`: as a gold more likely a formula."""


@lru_cache(maxsize=4096)
def read_quantity(text: str) -> Quantity | None:
    """Read a value with or without a unit; None when the text is anything else (two quantities, words, nan)."""
    if len(text) > _MAX_TEXT:
        return None
    text = clean(text)
    if text.isascii() and not _TELLS_VALUE.search(text):
        return _read_words(text)
    text = _without_label(_without_math_signs(text))
    text = _last_of_chain(text) if "=" in text or "≈" in text or "\\approx" in text else text
    text = _UNCERTAIN.sub(r"\1", text, count=1).strip() if "±" in text or "\\pm" in text or "+" in text else text
    axis = found.group(1) if (found := _AXIS.search(text)) else ""
    text = _with_digits(_AXIS.sub("", text))
    return _read_value(text, axis) or _read_constant(text, axis) or _read_parts(text) or _read_words(text)


def with_unit(number: str, unit: str) -> str:
    """Put the unit of another column after a number; a unit such as `10^3 kg` multiplies it."""
    plain = _WRAPPED_TEN.sub(r"\1", unit.replace("$", "")).strip()
    return f"{number} \\times {plain}" if plain.startswith("10^") else f"{number} {plain}".strip()


def _read_value(text: str, axis: str) -> Quantity | None:
    value = _VALUE.match(text)
    unit = read_unit(text[value.end() :]) if value else None
    if value is None or unit is None:
        return None
    number = parse_number(_LETTER_TIMES.sub(r"\\times ", value.group()).strip())
    return Quantity(number, "", unit, axis) if number is not None and abs(number.value) < MAX_VALUE else None


def _read_constant(text: str, axis: str) -> Quantity | None:
    """Read a constant to work out, `2\\pi rad`, `10\\sin 30^\\circ N`."""
    value = _CONSTANT.match(text)
    unit = read_unit(text[value.end() :]) if value else None
    if value is None or unit is None:
        return None
    constant, rest = value.group().strip(), text[value.end() :].strip()
    if constant.count("{") != constant.count("}") or not _TELLS_VALUE.search(constant):
        return None  # the `2\\pi\\sqrt{` of 2\\pi\\sqrt{L/g}
    return Quantity(None, constant, unit, axis, letter=len(rest) == 1 and rest not in _LETTERS)


def _read_parts(text: str) -> Quantity | None:
    """Read a quantity in several units, `2 h 30 min`, in its smallest."""
    found = read_compound(text)
    return Quantity(Number(found[0], False), "", ((found[1], 1),)) if found else None


def _read_words(text: str) -> Quantity | None:
    """Read a number in words, `five newtons`, `thirty-six km/h`."""
    if not text[:1].isalpha() or not _WORD_NUMBER.match(text):
        return None
    words = text.split(" ")
    for end in range(min(len(words) - 1, 10), 0, -1):
        unit = read_unit(" ".join(words[end:]))
        value = word_value(" ".join(words[:end])) if unit else None
        if value is not None and unit:
            return Quantity(Number(value, False), "", unit)
    return None


def _without_math_signs(text: str) -> str:
    """Take out the dollar signs around formulas: `22 $\\mathrm{s}$`; one alone, or `\\$`, is money."""
    return text if text.count("$") % 2 or "\\$" in text else text.replace("$", " ").strip()


def without_about(text: str) -> str:
    """Take a sign or word of rounding off the front of a number: ≈, 约, about."""
    text = unwrap(text)
    about = _BEFORE.match(text)
    return text[about.end() :] if about and _VALUE_AHEAD.match(text, about.end()) else text


def _without_label(text: str) -> str:
    """Take `v =`, `电阻为` or `about` off the front; what denies or lists is kept, and makes it no quantity."""
    label = _LABEL.match(text)
    if label and not _DENIAL.search(label.group()):
        text = text[label.end() :]
    about = _BEFORE.match(text)
    return text[about.end() :] if about else text


def _last_of_chain(text: str) -> str:
    """Return the last part of `F = ma = 2 × 5 = 10 N`; a chain that holds another quantity or number stays whole."""
    parts = _EQUALS.split(text)
    if not 2 <= len(parts) <= 6 or _DENIAL.search(text) or any(sign in text for sign in ",;，；<>≠"):
        return text
    last = parts[-1].strip()
    for part in parts[:-1]:
        if _is_another_value(part.strip(), last):
            return text
    return last


def _is_another_value(part: str, last: str) -> bool:
    """Tell whether a part of a chain is a value of its own: 5 m/s, or a number that the last part does not repeat."""
    value = _VALUE.match(part)
    if value is None:
        return False
    rest = part[value.end() :]
    if not rest:
        return parse_number(value.group()) != parse_number(_number_of(last))
    return " " in rest.strip() and not _CONSTANT.fullmatch(part) or bool(read_unit(rest))


def _number_of(text: str) -> str:
    value = _VALUE.match(text)
    return value.group().strip() if value else ""


def _with_digits(text: str) -> str:
    """Write Chinese numerals before a unit as digits: 三十牛 as 30牛, 五千克 as 5千克, 零下5 as -5."""
    if text.isascii() or "分之" in text:
        return text
    text = _AND_A_HALF.sub(lambda match: f"{match[1] if match[1].isdecimal() else word_value(match[1])}.5", text)
    text = _BELOW_ZERO.sub("-", text)
    text = "-" + text[1:] if text.startswith("负") else text
    return _COUNTER.sub("", _NUMERALS.sub(_digits, text))


def _digits(match: re.Match[str]) -> str:
    run = match.group()
    if run == "半":
        return "0.5"
    if match.start() and match.string[match.start() - 1].isdecimal():  # the 万 of 3万米
        return run
    kept = "千" if len(run) > 1 and run.endswith("千") and match[1] in _PREFIXED else ""
    value = word_value(run.removesuffix("千") if kept else run)
    if value is None:
        return run
    return f"{value if value.denominator == 1 else float(value)}{kept}"
