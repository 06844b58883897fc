"""Quantities: a number with a unit, read by strict rules of our own, compared after conversion to the gold's unit.

The unit library never sees the text of a model, only names of `unit_table` with whole exponents that this module puts
together: it would hang on `9**9**9 m` and on names of 100,000 letters.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from rewards.reading.numeric import Number, parse_number
from rewards.verifiers.mathematics.text import clean
from rewards.verifiers.science.unit_table import chinese_spellings, definition, unit_name

MAX_UNIT_LENGTH = 64
MAX_POWER = 9
MAX_VALUE = 10**300
_MAX_TEXT = 512
_DIGITS = r"(?:\d{1,3}(?:,\d{3})+|\d{1,3}(?: \d{3})+(?!\d)|\d+)(?:\.\d*)?|\.\d+"
_TEN = r"10\s*(?:\^|\*\*)\s*[{(]?\s*[+-]?\d{1,4}\s*[)}]?"
_TIMES = r"\s*(?:\\times|\\cdot|×|·|⋅|\*|x|X)\s*"
_VALUE = re.compile(
    rf"[+-]?\s*(?:\d*\s*\\frac\s*\{{\s*[\d.,]+\s*\}}\s*\{{\s*[\d.,]+\s*\}}|\d+\s+\d+\s*/\s*\d+|\d+\s*/\s*\d+(?![\d.])"
    rf"|{_TEN}|(?:{_DIGITS})(?:[eE][+-]?\d{{1,4}}(?![\d.])|{_TIMES}{_TEN})?)"
)
_UNCERTAIN = re.compile(rf"\(?\s*([+-]?(?:{_DIGITS}))\s*(?:±|\\pm|\+/-|\+-)\s*(?:{_DIGITS})\s*\)?")
_BEFORE = re.compile(r"(?:≈|~|\\approx|\\sim|=|约为|大约|约|(?:about|approximately|approx\.?)\s)\s*", re.IGNORECASE)
_LABEL = re.compile(r"\\?[^\W\d][^=≈<>!≠]{0,40}?\s*(?:=|≈|\\approx(?![A-Za-z])|为|是)\s*(?=[-+.\d\\(√π])")
_DENIAL = re.compile(r"[不非或]|\b(?:not|or|no|never)\b", re.IGNORECASE)
_CONSTANT = re.compile(r"(?:[\d\s+\-*/^(){}.,√π·×]|\\(?:sqrt|frac|pi|cdot|times)(?![A-Za-z])|sqrt|pi(?![A-Za-z]))+")
_WRAPPED_TEN = re.compile(r"\\(?:mathrm|text)\s*\{\s*(10\^\{?-?\d+\}?)\s*\}")
_LETTER_TIMES = re.compile("[xX×⋅]")
_WRAPPER = re.compile(r"\\(?:text|mathrm|textrm|mbox|mathbf|operatorname|rm|unit|si)(?![A-Za-z])")
_WRAPPED = re.compile(_WRAPPER.pattern + r"\s*\{([^{}]*)\}")
_MICRO = re.compile(r"(?:\\mu(?![A-Za-z])|[μµ])\s*(?:\\(?:text|mathrm)\s*\{\s*)?(?=[A-Za-zΩ])")
_FRACTION = re.compile(r"\\frac\s*\{([^{}]{1,40})\}\s*\{([^{}]{1,40})\}")
_DEGREE = re.compile(r"\^\s*\{?\s*\\circ\s*\}?|\^\s*\{?\s*°\s*\}?|\\degree|\\circ|°|º")
_SPELLED = {
    "\\cdot": "·", "\\times": "·", "×": "·", "⋅": "·", "•": "·", "**": "^", "\\Omega": "Ω", "\\mu": "μ", "\\AA": "Å",
    "\\ell": "L", "{": "", "}": "", "'": "", "\\": "", " per ": "/", "每": "/", "µ": "μ",
}  # fmt: skip
_TOKEN = re.compile(
    r"\s*(?:(?P<word>°[CF]?|[A-Za-zμΩÅ]+)|(?P<power>\^?\s*(?:\([+-]?\d{1,2}\)|[+-]?\d{1,2}))|(?P<sign>[*·./()\-]))|(?P<space>\s+)"
)
_AXIS = re.compile(r"\\hat\s*\{?\s*(?:\\(?:mathrm|mathbf|text)\s*\{\s*)?([ijkxyz])[\s}]*$")
_POWER_WORDS = {"squared": 2, "cubed": 3}
_NEXT_POWER_WORDS = {"square": 2, "sq": 2, "cubic": 3}


Unit = tuple[tuple[str, int], ...]
"""Names of the unit library with their powers, sorted: km/h is (("hour", -1), ("kilometer", 1)); empty for none."""


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


@lru_cache(maxsize=4096)
def read_quantity(text: str) -> Quantity | None:
    """Read a value with or without a unit; None when the text is anything else (two quantities, words, nan)."""
    if len(text) > _MAX_TEXT:
        return None
    text = _without_label(_without_math_signs(clean(text)))
    text = _UNCERTAIN.sub(r"\1", text, count=1).strip()
    axis = found.group(1) if (found := _AXIS.search(text)) else ""
    text = _AXIS.sub("", text)
    for pattern in (_VALUE, _CONSTANT):
        value = pattern.match(text)
        unit = read_unit(text[value.end() :]) if value else None
        if value is None or unit is None:
            continue
        if pattern is _CONSTANT:
            constant = value.group().strip()
            is_whole = constant.count("{") == constant.count("}")  # not the `2\\pi\\sqrt{` of 2\\pi\\sqrt{L/g}
            return Quantity(None, constant, unit, axis) if is_whole and any(map(str.isdecimal, constant)) else None
        number = parse_number(_LETTER_TIMES.sub(r"\\times ", value.group()).strip())
        if number is not None and abs(number.value) < MAX_VALUE:
            return Quantity(number, "", unit, axis)
    return None


def _without_math_signs(text: str) -> str:
    """Take out the dollar signs around formulas: `22 $\\mathrm{s}$`; one alone, or `\\$`, is money."""
    return text if text.count("$") % 2 or "\\$" in text else text.replace("$", " ").strip()


def _without_label(text: str) -> str:
    """Take `v =`, `电阻为` or `about` off the front; what denies or lists is kept, and makes it no quantity."""
    label = _LABEL.match(text)
    if label and not _DENIAL.search(label.group()):
        text = text[label.end() :]
    about = _BEFORE.match(text)
    return text[about.end() :] if about else text


@lru_cache(maxsize=4096)
def read_unit(text: str) -> Unit | None:
    """Return a unit by the library's names, empty for an empty text, None when it is no unit that we know."""
    text = _WRAPPED.sub(r" \1", _MICRO.sub(" μ", text.replace("~", " ")))
    text = _WRAPPER.sub(" ", text).strip(" .")
    if len(text) > MAX_UNIT_LENGTH:
        return None
    text = _DEGREE.sub("°", _FRACTION.sub(r"(\1)/(\2)", text)).replace("° ", "°")
    for spelling, plain in _SPELLED.items():
        text = text.replace(spelling, plain)
    powers = _Factors().read(_with_words(text))
    return None if powers is None else tuple(sorted((name, power) for name, power in powers.items() if power))


def _with_words(text: str) -> str:
    """Write Chinese names as English ones with spaces around: 千克/立方米 -> kilogram / cubic meter."""
    if text.isascii():
        return text
    text = text.replace("平方", " square ").replace("立方", " cubic ")
    for spelling in chinese_spellings():
        if spelling in text:
            text = text.replace(spelling, f" {(unit_name(spelling) or '').replace('_', '')} ")
    return text


class _Factors:
    """Multiplies up a unit from left to right. `J/kg·K` and `J/kg K` are read as J/(kg K), `J/kg*K` as (J/kg) K."""

    def __init__(self) -> None:
        self.powers: dict[str, int] = {}
        self.signs = [1]
        self.sign = 1
        self.last: tuple[str, int] | None = None
        self.next_power = 1

    def read(self, text: str) -> dict[str, int] | None:
        """Return the power of each unit, or None when something in the text is no unit."""
        position = 0
        while position < len(text):
            match = _TOKEN.match(text, position)
            if match is None or not self._take(match):
                return None
            position = match.end()
        return self.powers if len(self.signs) == 1 and self.next_power == 1 else None

    def _take(self, match: re.Match[str]) -> bool:
        if match["space"]:
            return True
        if match["word"]:
            return self._word(match["word"])
        return self._power(match["power"]) if match["power"] else self._operator(match["sign"])

    def _word(self, word: str) -> bool:
        lower = word.lower()
        if lower in _NEXT_POWER_WORDS:
            self.next_power = _NEXT_POWER_WORDS[lower]
            return True
        if lower in _POWER_WORDS:
            return self._power(str(_POWER_WORDS[lower]))
        if lower == "per":
            return self._operator("/")
        names = [unit_name(word)] if unit_name(word) else _glued(word)
        for name in names:
            self._multiply(name or "", self.next_power)
        self.next_power = 1
        return bool(names)

    def _multiply(self, name: str, power: int) -> None:
        self.powers[name] = self.powers.get(name, 0) + self.sign * power
        self.last = (name, self.sign * power)

    def _power(self, text: str) -> bool:
        power = int(text.replace("^", "").strip("() "))
        if self.last is None:
            return power == 1 and not text.startswith("^")  # the 1 of 1/s
        if abs(power) > MAX_POWER:
            return False
        name, before = self.last
        self.powers[name] += before * (power - 1)
        self.last = None  # a second power right after the first is no unit
        return True

    def _operator(self, sign: str) -> bool:
        self.last = None
        if sign == "/":
            self.sign = -self.signs[-1]
        elif sign == "*":
            self.sign = self.signs[-1]
        elif sign == "(":
            self.signs.append(self.sign)
        elif sign == ")":
            if len(self.signs) == 1:
                return False
            self.signs.pop()
            self.sign = self.signs[-1]
        return True


def _glued(word: str) -> list[str | None]:
    """Cut two units written in one: Nm, JK, kgm; the first begins with a capital letter or is kg."""
    for end in range(1, len(word)):
        first, second = word[:end], word[end:]
        if (first[0].isupper() or first == "kg") and len(word) <= 5 and unit_name(first) and unit_name(second):
            return [unit_name(first), unit_name(second)]
    return []


def with_unit(number: str, unit: str) -> str:
    """Put the unit of another column after a number; a unit such as `10^3 kg` multiplies it."""
    plain = _WRAPPED_TEN.sub(r"\1", unit.replace("$", "")).strip()
    return f"{number} \\times {plain}" if plain.startswith("10^") else f"{number} {plain}".strip()


def convert(value: float, unit: Unit, wanted: Unit) -> float | None:
    """Return `value` in another unit, or None when the dimensions differ; asks the unit library (worker only)."""
    factor, dimension = _base(unit)
    wanted_factor, wanted_dimension = _base(wanted)
    if dimension != wanted_dimension:
        return None
    if _is_temperature(unit) or _is_temperature(wanted):
        kelvin = _library().Quantity(value, unit[0][0]).to("kelvin")
        return round(float(kelvin.to(wanted[0][0]).magnitude), 9)  # 32 °F is 0 °C, not 5e-14
    return value * factor / wanted_factor


def _is_temperature(unit: Unit) -> bool:
    """Tell whether a unit is °C or °F alone, whose zero is not that of kelvin."""
    return len(unit) == 1 and unit[0] in (("degree_Celsius", 1), ("degree_Fahrenheit", 1))


@lru_cache(maxsize=1)
def _library() -> Any:
    import pint

    return pint.UnitRegistry()


@lru_cache(maxsize=1024)
def _base(unit: Unit) -> tuple[float, str]:
    """Return a unit in base units: its size and its dimension. A degree inside a product is a difference (J/°C)."""
    library = _library()
    product = library.Quantity(1.0, "dimensionless")
    for name, power in unit:
        difference = f"delta_{name}" if name.startswith("degree_") else name
        product *= library.Quantity(definition(difference)) ** power
    base = product.to_base_units()
    return float(base.magnitude), str(base.dimensionality)
