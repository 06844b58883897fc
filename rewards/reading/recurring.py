"""Recurring decimals, read as the fractions they are: `0.\\overline{3}`, `0.1\\dot{6}`, `0.(3)`, `0.333...`."""

from __future__ import annotations

import re
from fractions import Fraction

MAX_CHARACTERS = 256
_DOTTED = re.compile(
    r"\\dot\s*(?:\{\s*(\d)\s*\}|(\d))|\\overset\s*\{\s*(?:\\cdot|\.|\\bullet)\s*\}\s*\{\s*(\d)\s*\}|(\d)\u0307"
)
_BARRED = re.compile(r"\\(?:overline|bar)\s*(?:\{\s*(\d+)\s*\}|(\d))|((?:\d[\u0304\u0305])+)")
_MARKED = re.compile(r"([+-]?)\s*(\d*)[.,](\d*)<(\d+)>")
_CONTINUED = re.compile(
    r"([+-]?)\s*(\d*)\.(\d+?)\s*(?:(?:\.{3,6}|\\l?dots|\\cdots|\\dotsc)|(\s(?:repeating|recurring)|的?循环))"
)
_LONG_ENOUGH = 6


def recurring_decimal(text: str) -> tuple[Fraction, bool] | None:
    """Return the value of a recurring decimal that is all of `text` and whether it is only rounded, or None.

    Dots after a decimal continue the period that its last digits show at least twice; without one, a decimal of six
    digits or more is a rounded number, and a shorter one could be anything.
    """
    if len(text) > MAX_CHARACTERS:
        return None
    marked = _MARKED.fullmatch(_with_marks(text))
    if marked:
        return _value(*marked.groups()), False
    continued = _CONTINUED.fullmatch(text)
    if continued is None:
        return None
    sign, whole, decimals, said = continued.groups()
    period = _period(decimals) or (decimals if said and len(decimals) == 1 else "")
    if period:
        return _value(sign, whole, decimals.removesuffix(period), period), False
    if len(decimals) < _LONG_ENOUGH:
        return None
    return Fraction(f"{sign}{whole or 0}.{decimals}"), True


def _with_marks(text: str) -> str:
    """Write the period between angle brackets, however it is marked."""
    text = _BARRED.sub(lambda found: f"<{_digits(found.group())}>", text)
    dotted = list(_DOTTED.finditer(text))
    if len(dotted) in (1, 2):
        first, last = dotted[0], dotted[-1]
        inner = text[first.start() : last.end()]
        text = f"{text[: first.start()]}<{_digits(inner)}>{text[last.end() :]}" if _only_digits(inner) else text
    if text.endswith(")") and text.count("(") == 1:
        text = text.replace("(", "<").removesuffix(")") + ">"
    return text


def _only_digits(text: str) -> bool:
    return _DOTTED.sub("", text).strip().isdecimal() or not _DOTTED.sub("", text).strip()


def _digits(text: str) -> str:
    return "".join(filter(str.isdecimal, text))


def _period(decimals: str) -> str:
    """Return the shortest run of digits that ends `decimals` twice or more in a row, or an empty text."""
    for length in range(1, len(decimals) // 2 + 1):
        period = decimals[-length:]
        if decimals.endswith(2 * period):
            return period
    return ""


def _value(sign: str, whole: str, fixed: str, period: str) -> Fraction:
    rest = Fraction(int(period), 10 ** len(period) - 1)
    value = (int((whole + fixed) or 0) + rest) / Fraction(10 ** len(fixed))
    return -value if sign == "-" else value
