"""Numbers as people and models write them, read exactly: no float() and no eval on a model's text.

`1,234.50`, `2e3`, `2 \\times 10^{8}`, `3/4`, `\\frac{3}{4}`, `1 1/2`, `50\\%`, `七`; never `nan`, `0b11`, `1_000`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

MAX_DIGITS = 256
_MAX_EXPONENT = 400
_UNSIGNED = r"(?:\d{1,3}(?:,\d{3})+|\d{1,3}(?: \d{3})+|\d+)(?:\.\d*)?|\.\d+"
_PLAIN = re.compile(rf"([+-]?)\s*({_UNSIGNED})(?:[eE]([+-]?\d{{1,4}}))?")
_SCIENTIFIC = re.compile(
    rf"([+-]?)\s*(?:({_UNSIGNED})\s*(?:\\times|\\cdot|×|·|\*)\s*)?10\s*(?:\^|\*\*)\s*[{{(]?\s*([+-]?\d{{1,4}})\s*[)}}]?"
)
_DECIMAL_COMMA = re.compile(r"([+-]?)(\d+),(\d+)")
_RATIO = re.compile(r"([+-]?)\s*\(?\s*([+-]?[\d.,]+)\s*\)?\s*(?:/|÷|\\div)\s*\(?\s*([+-]?[\d.,]+)\s*\)?")
_ARGUMENT = r"(?:\{\s*([+-]?[\d.,]+)\s*\}|(\d))"
_FRAC = re.compile(rf"([+-]?)\s*(\d*)\s*\\frac\s*{_ARGUMENT}\s*{_ARGUMENT}")
_MIXED = re.compile(r"([+-]?)\s*(\d+)\s+(\d+)\s*/\s*(\d+)")
_PERCENT = re.compile(r"\s*(?:\\?%|\b(?:percentage|percent|pct)|\\text\{\s*(?:percentage|percent|pct)\s*\})\s*\Z")
_CHINESE_DIGITS = dict(zip("零一二三四五六七八九", range(10), strict=True)) | {"〇": 0, "两": 2}
_CHINESE_UNITS = {"十": 10, "百": 100, "千": 1000}
_CHINESE = re.compile(r"[负]?[零〇一二两三四五六七八九十百千万]{1,12}")


@dataclass(frozen=True, slots=True)
class Number:
    """A number and how it was written."""

    value: Fraction
    """The exact value, after the percent sign by the declared convention."""
    is_decimal: bool
    """Written with a decimal point or an exponent, so possibly rounded."""

    @property
    def is_integer(self) -> bool:
        """A whole number, however it was written."""
        return self.value.denominator == 1


def parse_number(text: str, *, percent: str = "fraction") -> Number | None:
    """Return the number that is the whole of `text` (already normalised), or None.

    percent: "fraction" reads 50% as 0.5; "number" drops the sign like a unit and reads 50.
    """
    if len(text) > 4 * MAX_DIGITS or not any(map(str.isdecimal, text)):
        return _parse_chinese(text) if text[:1] and _CHINESE.fullmatch(text) else None
    bare, is_percent = strip_percent(text)
    number = _parse(bare)
    if number is None or not is_percent or percent == "number":
        return number
    return Number(number.value / 100, number.is_decimal)


def strip_percent(text: str) -> tuple[str, bool]:
    """Take a percent sign or word off the end; tell whether there was one."""
    match = _PERCENT.search(text, max(0, len(text) - 40))
    return (text[: match.start()].strip(), True) if match else (text, False)


def equal_numbers(answer: Number, gold: Number, *, rel_tol: float = 0.0, abs_tol: float = 0.0) -> bool:
    """Compare: |answer - gold| <= max(rel_tol * |gold|, abs_tol).

    Without a tolerance exact numbers and integers must be the same; a decimal for a gold that is no integer
    (0.333333 for 1/3) needs six correct digits.
    """
    if answer.value == gold.value:
        return True
    if gold.is_integer and rel_tol == 0 and abs_tol == 0:
        return False
    rounded = (answer.is_decimal or gold.is_decimal) and not gold.is_integer
    relative = max(Fraction(str(rel_tol)), Fraction(1, 10**6) if rounded else Fraction(0))
    return abs(answer.value - gold.value) <= max(relative * abs(gold.value), Fraction(str(abs_tol)))


def _parse(text: str) -> Number | None:
    if match := _PLAIN.fullmatch(text):
        return _number(match[1], match[2], match[3])
    if match := _SCIENTIFIC.fullmatch(text):
        return _number(match[1], match[2] or "1", match[3])
    if match := _MIXED.fullmatch(text):
        return _ratio(match[1], match[3], match[4], whole=int(match[2]))
    if match := _FRAC.fullmatch(text):
        return _ratio(match[1], match[3] or match[4], match[5] or match[6], whole=int(match[2] or 0))
    if match := _RATIO.fullmatch(text):
        return _ratio(match[1], match[2], match[3])
    if match := _DECIMAL_COMMA.fullmatch(text):
        return _number(match[1], f"{match[2]}.{match[3]}", None)
    return None


def _number(sign: str, digits: str, exponent: str | None) -> Number | None:
    digits = digits.replace(",", "").replace(" ", "")
    power = int(exponent or 0)
    if len(digits) > MAX_DIGITS or abs(power) > _MAX_EXPONENT:
        return None
    value = Fraction(digits.rstrip("."))
    if power:
        value *= Fraction(10) ** power
    return Number(-value if sign == "-" else value, "." in digits.rstrip(".") or exponent is not None)


def _ratio(sign: str, numerator: str, denominator: str, *, whole: int = 0) -> Number | None:
    above, below = parse_number(numerator), parse_number(denominator)
    if above is None or below is None or below.value == 0:
        return None
    value = whole + above.value / below.value
    return Number(-value if sign == "-" else value, above.is_decimal or below.is_decimal)


def _parse_chinese(text: str) -> Number:
    """Read a Chinese numeral below a hundred million: 七, 十二, 三百零五, 两万."""
    total, section, digit = 0, 0, 0
    for character in text.removeprefix("负"):
        if character in _CHINESE_DIGITS:
            digit = 10 * digit + _CHINESE_DIGITS[character]
        elif character == "万":
            total, section, digit = (section + digit) * 10_000, 0, 0
        else:
            section, digit = section + (digit or 1) * _CHINESE_UNITS[character], 0
    value = total + section + digit
    return Number(Fraction(-value if text.startswith("负") else value), False)
