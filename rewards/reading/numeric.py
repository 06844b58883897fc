"""Numbers as people and models write them, read exactly: no float() and no eval on a model's text.

`1,234.50`, `1.234,50`, `12,34,567`, `2e3`, `2 \\times 10^{8}`, `3/4`, `\\frac{3}{4}`, `1 1/2`, `50\\%`, `5‰`, `0.(3)`,
`5 million`, `two thirds`, `七`; never `nan`, `0b11`, `1_000`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from rewards.reading.number_words import CHINESE_NUMERALS, MULTIPLES, chinese_number, split_words
from rewards.reading.recurring import recurring_decimal
from rewards.reading.word_values import multiplied, word_value

MAX_DIGITS = 256
_MAX_EXPONENT = 400
GROUPED = r"[1-9]\d{0,2}(?:(?:,\d{3})+|(?: \d{3})+|(?:'\d{3})+)|[1-9]\d?(?:,\d{2})+,\d{3}"
"""Digits in groups: 1,234,567 or 1 234 567 or 1'234'567 or 12,34,567; 0,125 is a decimal."""
_UNSIGNED = rf"(?:{GROUPED}|\d+)(?:\.\d*)?|\.\d+"
_PLAIN = re.compile(rf"([+-]?)\s*({_UNSIGNED})(?:[eE]([+-]?\d{{1,4}}))?")
_SCIENTIFIC = re.compile(
    rf"([+-]?)\s*(?:({_UNSIGNED})\s*(?:\\times|\\cdot|[×·⋅*xX])\s*)?10\s*(?:\^|\*\*)\s*[{{(]?\s*([+-]?\d{{1,4}})\s*[)}}]?"
)
_RECURRING = re.compile(r"\.{3}|dots|[(\\\u0304\u0305\u0307]|repeating|recurring|循环")
_DECIMAL_COMMA = re.compile(r"([+-]?)\s*(\d+|[1-9]\d{0,2}(?:(?:\.\d{3})+|(?: \d{3})+)),(\d+)")
_DOTTED_GROUPS = re.compile(r"([+-]?)\s*([1-9]\d{0,2}(?:\.\d{3}){2,})")
_SPACE_BETWEEN_GROUPS = re.compile(r"(?<=\d)~(?=\d{3}(?!\d))")
_SUFFIXES = {"K": 10**3, "M": 10**6, "B": 10**9, "T": 10**12}
_SUFFIXED = re.compile(r"([+-]?[\d.,]+)([kKMBT]|(?i:bn|mn|tn|mln|bln|mio|mrd|cr))(?![A-Za-z])((?:\s+[A-Za-z ]{0,40})?)")
_THEN_WORDS = re.compile(r"([+-]?[\d.,/ ]*\d)( *-? *)((?:[a-z]+[ -]){0,4}[a-z]{2,})", re.IGNORECASE)
_TEXT_WORDS = re.compile(r"\s*\\(?:text|mathrm|textrm|mbox)\s*\{\s*([A-Za-z ]{2,40}?)\s*\}\s*\Z")
_WORDS = re.compile(r"[a-z][a-z, -]{2,199}", re.IGNORECASE)
_CHINESE_SCALE = re.compile(r"([+-]?|负)\s*(\d[\d,]*(?:\.\d+)?\s?[百千万萬亿億만억]{1,2}|\d[\d百千万萬亿億]*)")
_PERMILLE = re.compile(r"\s*(?:‰|\\(?:text)?permil(?:le)?|per ?mille?|permil)\s*\Z", re.IGNORECASE)
_RATIO = re.compile(r"([+-]?)\s*\(?\s*([+-]?[\d.,]+)\s*\)?\s*(?:/|÷|\\div)\s*\(?\s*([+-]?[\d.,]+)\s*\)?")
_ARGUMENT = r"(?:\{\s*([+-]?[\d.,]+)\s*\}|(\d))"
_FRAC = re.compile(rf"([+-]?)\s*(\d*)\s*\\frac\s*{_ARGUMENT}\s*{_ARGUMENT}")
_MIXED = re.compile(r"([+-]?)\s*(\d+)\s+(\d+)\s*/\s*(\d+)")
_PERCENT_WORD = r"(?:percentage|per\s?cent|pct)"
_PERCENT = re.compile(rf"\s*(?:\\?%|(?<![A-Za-z]){_PERCENT_WORD}|\\text\{{\s*{_PERCENT_WORD}\s*\}})\s*\Z")
_NO_MARKS = str.maketrans("", "", ", '")
_CHINESE_PERCENT = "百分之"
_CHINESE = re.compile(rf"负?[{CHINESE_NUMERALS}点分之又半成\d.]{{1,40}}")


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
    bare, is_percent = strip_percent(_one_spelling(text))
    if bare[-1:] in ("‰", "e", "l") and (is_permille := _PERMILLE.search(bare, max(0, len(bare) - 12))):
        return _scaled(parse_number(bare[: is_permille.start()]), Fraction(1, 1000))
    number = (_parse(bare) or _parse_long(bare)) if any(map(str.isdecimal, bare)) else _parse_words(bare)
    if number is None or not is_percent or percent == "number":
        return number
    return _scaled(number, Fraction(1, 100))


def parse_suffixed(text: str) -> tuple[Number, str] | None:
    """Read a number with a letter that multiplies it, as on the axis of a chart (`5k`, `1.2M`), and what follows."""
    match = _SUFFIXED.fullmatch(text)
    number = parse_number(match[1].strip()) if match else None
    if match is None or number is None:
        return None
    factor = _SUFFIXES.get(match[2].upper()) or MULTIPLES[match[2].lower()]
    return Number(number.value * factor, number.is_decimal), match[3].strip()


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


def _one_spelling(text: str) -> str:
    """Write the TeX marks between groups of digits plainly: `1{,}000`, `1~000`."""
    if "{,}" in text:
        text = text.replace("{,}", ",")
    return _SPACE_BETWEEN_GROUPS.sub(" ", text) if "~" in text else text


def _scaled(number: Number | None, factor: Fraction) -> Number | None:
    return Number(number.value * factor, number.is_decimal) if number else None


def _parse(text: str) -> Number | None:
    if match := _PLAIN.fullmatch(text):
        return _number(match[1], match[2], match[3])
    if match := _SCIENTIFIC.fullmatch(text):
        return _number(match[1], match[2] or "1", match[3])
    if match := _MIXED.fullmatch(text):
        return _ratio(match[1], match[3], match[4], whole=int(match[2]))
    if match := _FRAC.fullmatch(text):
        return _ratio(match[1], match[3] or match[4], match[5] or match[6], whole=int(match[2] or 0))
    if (match := _RATIO.fullmatch(text)) and not ("," in text and text[0] == "(" and text.find(")") == len(text) - 1):
        return _ratio(match[1], match[2], match[3])
    if match := _DECIMAL_COMMA.fullmatch(text):
        return _number(match[1], f"{match[2].replace('.', '')}.{match[3]}", None)
    if match := _DOTTED_GROUPS.fullmatch(text):
        return _number(match[1], match[2].replace(".", ""), None)
    return None


def _parse_long(text: str) -> Number | None:
    """Read digits with something behind them: `0.(3)`, `5 million`, `5 thirds`, `1.5亿`, `三分之2`; `(-5)`."""
    if "." in text and _RECURRING.search(text) and (found := recurring_decimal(text)):
        return Number(*found)
    if text[0] == "(" and text[1:2] in ("-", "+") and text.endswith(")"):
        return _parse(text[1:-1])
    if text[-1] == "}":
        text = _TEXT_WORDS.sub(r" \1", text)
    if text[-1].isalpha() and text[-1].isascii():
        return _parse_multiple(text)
    return None if text.isascii() else _parse_chinese(text)


def _parse_multiple(text: str) -> Number | None:
    """Read digits and words that multiply or divide them; a short word must stand apart, 5mn is a product."""
    match = _THEN_WORDS.fullmatch(text)
    number = _parse(match[1].strip()) if match else None
    if match is None or number is None or not (match[2] or len(match[3]) > 4):
        return None
    value = multiplied(number.value, split_words(match[3]))
    return None if value is None else Number(value, number.is_decimal)


def _number(sign: str, digits: str, exponent: str | None) -> Number | None:
    digits = digits.translate(_NO_MARKS)
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


def _parse_words(text: str) -> Number | None:
    """Read a number without digits: `two thirds`, 七, 零点五, 三分之二, 负两万."""
    if text.isascii():
        value = word_value(text) if _WORDS.fullmatch(text) else None
        return None if value is None else Number(value, False)
    return _parse_chinese(text)


def _parse_chinese(text: str) -> Number | None:
    """Read a Chinese numeral, or digits with one: 三百零五, 零点五, 3.5万, 1亿2000万."""
    if match := _CHINESE_SCALE.fullmatch(text):
        value = chinese_number(match[2].replace(",", ""))
        return None if value is None else Number(Fraction(-value if match[1] in ("-", "负") else value), False)
    found = word_value(text) if _CHINESE.fullmatch(text) else None
    return None if found is None else Number(found, False)
