"""Numbers as people and models write them, read exactly: no float() and no eval on a model's text.

`1,234.50`, `2e3`, `2 \\times 10^{8}`, `3/4`, `\\frac{3}{4}`, `1 1/2`, `50\\%`, `七`; never `nan`, `0b11`, `1_000`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from rewards.reading.number_words import CHINESE_NUMERALS, chinese_number

MAX_DIGITS = 256
_MAX_EXPONENT = 400
_UNSIGNED = r"(?:\d{1,3}(?:,\d{3})+|\d{1,3}(?: \d{3})+|\d+)(?:\.\d*)?|\.\d+"
_PLAIN = re.compile(rf"([+-]?)\s*({_UNSIGNED})(?:[eE]([+-]?\d{{1,4}}))?")
_SCIENTIFIC = re.compile(
    rf"([+-]?)\s*(?:({_UNSIGNED})\s*(?:\\times|\\cdot|×|·|\*)\s*)?10\s*(?:\^|\*\*)\s*[{{(]?\s*([+-]?\d{{1,4}})\s*[)}}]?"
)
_REPEATING = re.compile(r"([+-]?)(\d*)\.(\d*)\\(?:overline|bar)\s*\{\s*(\d+)\s*\}")
_DECIMAL_COMMA = re.compile(r"([+-]?)(\d+),(\d+)")
_RATIO = re.compile(r"([+-]?)\s*\(?\s*([+-]?[\d.,]+)\s*\)?\s*(?:/|÷|\\div)\s*\(?\s*([+-]?[\d.,]+)\s*\)?")
_ARGUMENT = r"(?:\{\s*([+-]?[\d.,]+)\s*\}|(\d))"
_FRAC = re.compile(rf"([+-]?)\s*(\d*)\s*\\frac\s*{_ARGUMENT}\s*{_ARGUMENT}")
_MIXED = re.compile(r"([+-]?)\s*(\d+)\s+(\d+)\s*/\s*(\d+)")
_PERCENT_WORD = r"(?:percentage|per\s?cent|pct)"
_PERCENT = re.compile(rf"\s*(?:\\?%|(?<![A-Za-z]){_PERCENT_WORD}|\\text\{{\s*{_PERCENT_WORD}\s*\}})\s*\Z")
_CHINESE_PERCENT = "百分之"
_CHINESE = re.compile(rf"负?[{CHINESE_NUMERALS}]{{1,24}}")


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
    if len(text) > 4 * MAX_DIGITS:
        return None
    bare, is_percent = strip_percent(text)
    number = _parse(bare) if any(map(str.isdecimal, bare)) else _parse_chinese(bare)
    if number is None or not is_percent or percent == "number":
        return number
    return Number(number.value / 100, number.is_decimal)


def strip_percent(text: str) -> tuple[str, bool]:
    """Take a percent sign or word off the end, or 百分之 off the front; tell whether there was one."""
    if text.startswith(_CHINESE_PERCENT):
        return text.removeprefix(_CHINESE_PERCENT).strip(), True
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
    if match := _REPEATING.fullmatch(text):
        return _repeating(*match.groups())
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


def _repeating(sign: str, whole: str, fixed: str, period: str) -> Number | None:
    """Read a repeating decimal, `0.1\\overline{6}`, as the fraction it is."""
    if len(whole) + len(fixed) + len(period) > MAX_DIGITS:
        return None
    rest = Fraction(int(period), 10 ** len(period) - 1)
    value = (int((whole + fixed) or 0) + rest) / 10 ** len(fixed)
    return Number(-value if sign == "-" else value, False)


def _ratio(sign: str, numerator: str, denominator: str, *, whole: int = 0) -> Number | None:
    above, below = parse_number(numerator), parse_number(denominator)
    if above is None or below is None or below.value == 0:
        return None
    value = whole + above.value / below.value
    return Number(-value if sign == "-" else value, above.is_decimal or below.is_decimal)


def _parse_chinese(text: str) -> Number | None:
    """Read a Chinese numeral: 七, 十二, 三百零五, 负两万."""
    value = chinese_number(text.removeprefix("负")) if _CHINESE.fullmatch(text) else None
    return None if value is None else Number(Fraction(-value if text.startswith("负") else value), False)
