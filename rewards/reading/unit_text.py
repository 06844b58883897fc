"""Units in text as names with powers: `m/s^2`, `m s^{-2}`, `meters per second squared`, `米每秒`, `kJmol^{-1}`.

Strict rules of our own: names come from `unit_table`, powers are small whole numbers, everything else is no unit.
"""

from __future__ import annotations

import re
from functools import lru_cache

from rewards.reading.siunitx import plain_siunitx
from rewards.reading.unit_table import PHRASES, chinese_spellings, unit_name

MAX_UNIT_LENGTH = 64
MAX_POWER = 9
_WRAPPER = re.compile(r"\\(?:text|mathrm|textrm|mbox|mathbf|operatorname|rm|unit|si)(?![A-Za-z])")
_WRAPPED = re.compile(_WRAPPER.pattern + r"\s*\{([^{}]*)\}")
_MICRO = re.compile(r"(?:\\mu(?![A-Za-z])|[μµ])\s*(?:\\(?:text|mathrm)\s*\{\s*)?(?=[A-Za-zΩ])")
_FRACTION = re.compile(r"\\frac\s*\{([^{}]{1,40})\}\s*\{([^{}]{1,40})\}")
_DEGREE = re.compile(r"\^\s*\{?\s*\\circ\s*\}?|\^\s*\{?\s*°\s*\}?|\\degree|\\circ|°|º|(?<![A-Za-z])o(?=[CF]\b)")
_DEGREES_OF = re.compile(r"°\s+(?=[CF](?![A-Za-z]))")
_SPELLED = {
    "\\cdot": "·", "\\times": "·", "×": "·", "⋅": "·", "•": "·", "**": "^", "\\Omega": "Ω", "\\mu": "μ", "\\AA": "Å",
    "\\ell": "L", "{": "", "}": "", "$": "", "\\": "", " per ": "/", "每": "/", "µ": "μ",
}  # fmt: skip
_TOKEN = re.compile(
    r"\s*(?:(?P<word>°[CF]?|[A-Za-zμΩÅ]+)"
    r"|(?P<power>\^\s*(?:\([+-]?\d{1,2}\)|[+-]?\d{1,2})|(?<=[A-Za-zμΩÅ°])[+-]?\d{1,2}(?!\d)|1(?=\s*/))"
    r"|(?P<sign>[*·./()]|(?<=[A-Za-z])-(?=[A-Za-z])))|(?P<space>\s+)"
)
_NEGATIVE_POWER = re.compile(r"\^?\s*\(?\s*-\d")
_POWER_WORDS = {"squared": 2, "cubed": 3}
_NEXT_POWER_WORDS = {"square": 2, "sq": 2, "cubic": 3, "cu": 3}
_SYMBOLS = frozenset(
    """kg g mg m cm mm km dm s N kN mN J kJ MJ W kW mW V kV mV A mA K C T Pa kPa MPa mol mmol kmol L mL Hz kHz rad eV
    keV MeV Ω F H Wb h min lx lm sr Bq
    """.split()
)
_FIRST_SYMBOLS = frozenset({"kg", "mol", "mmol", "kmol", "mg"})
_BEFORE_SECONDS = frozenset("m cm mm km rad mrad kg g mg mol mmol".split())
_MAX_GLUED = 10

Unit = tuple[tuple[str, int], ...]
"""Names of `unit_table` with their powers, sorted: km/h is (("hour", -1), ("kilometer", 1)); empty for none."""


@lru_cache(maxsize=4096)
def read_unit(text: str) -> Unit | None:
    """Return a unit by the names of the table, empty for an empty text, None when it is no unit that we know."""
    if len(text) > 4 * MAX_UNIT_LENGTH:
        return None
    text = _WRAPPED.sub(r" \1", _MICRO.sub(" μ", plain_siunitx(text).replace("~", " ")))
    text = _WRAPPER.sub(" ", text).strip(" .")
    if len(text) > MAX_UNIT_LENGTH:
        return None
    text = _DEGREES_OF.sub("°", _DEGREE.sub("°", _FRACTION.sub(r"(\1)/(\2)", text)))
    if len(text) > 4 and (" " in text.strip() or "-" in text):
        for phrase, name in PHRASES:
            text = phrase.sub(name, text)
    for spelling, plain in _SPELLED.items():
        text = text.replace(spelling, plain)
    powers = _Factors().read(_with_words(text))
    if powers is None or powers and not any(powers.values()):  # s/s says something, but names no unit
        return None
    return tuple(sorted((name, power) for name, power in powers.items() if power))


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
            if match is None:
                return None
            position = match.end()
            if not self._take(match, _NEGATIVE_POWER.match(text, position) is not None):
                return None
        return self.powers if len(self.signs) == 1 and self.next_power == 1 else None

    def _take(self, match: re.Match[str], before_negative: bool) -> bool:
        if match["space"]:
            return True
        if match["word"]:
            return self._word(match["word"], before_negative)
        return self._power(match["power"]) if match["power"] else self._operator(match["sign"])

    def _word(self, word: str, before_negative: bool) -> bool:
        lower = word.lower()
        if lower in _NEXT_POWER_WORDS:
            self.next_power = _NEXT_POWER_WORDS[lower]
            return True
        if lower in _POWER_WORDS:
            return self._power(str(_POWER_WORDS[lower]))
        if lower == "per":
            return self._operator("/")
        names = _names(word, before_negative)
        for name in names:
            self._multiply(name, self.next_power)
        self.next_power = 1
        return bool(names)

    def _multiply(self, name: str, power: int) -> None:
        self.powers[name] = self.powers.get(name, 0) + self.sign * power
        self.last = (name, self.sign * power)

    def _power(self, text: str) -> bool:
        power = int(text.replace("^", "").strip("() "))
        if self.last is None:
            return power == 1 and not self.powers and not text.startswith("^")  # the 1 of 1/s
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


def _names(word: str, before_negative: bool) -> list[str]:
    """Return the units of one word; before a negative power, `ms` is m s (`5 ms^{-1}` is a speed, not 5/ms)."""
    if before_negative and word.endswith("s") and word[:-1] in _BEFORE_SECONDS:
        return [unit_name(word[:-1]) or "", "second"]
    if name := unit_name(word):
        return [name]
    if len(word) > _MAX_GLUED:
        return []
    pieces = _glued(word)
    begins = bool(pieces) and (not pieces[0].islower() or pieces[0] in _FIRST_SYMBOLS or before_negative)
    return [unit_name(piece) or "" for piece in pieces] if begins else []


def _glued(word: str) -> list[str]:
    """Cut the symbols of units written in one, the longest first: Nm, kgm, kJmol, molL."""
    if word in _SYMBOLS:
        return [word]
    for end in range(min(4, len(word) - 1), 0, -1):
        if word[:end] in _SYMBOLS and (rest := _glued(word[end:])):
            return [word[:end], *rest]
    return []
