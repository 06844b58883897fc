"""Reads a mathematical answer as far as text alone allows: its spelling, label, unit, number, or that it is prose.

Most answers of a run are numbers or words, which this decides without any algebra.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from rewards.reading.brackets import argument_of
from rewards.reading.normalize import normalize, unwrap
from rewards.reading.number_words import CHINESE_NUMERALS
from rewards.reading.numeric import Number, parse_number
from rewards.reading.siunitx import plain_siunitx
from rewards.reading.unit_text import read_unit
from rewards.reading.units import split_unit
from rewards.verifiers.mathematics.looks import plain_look
from rewards.verifiers.mathematics.relations import spelled_relations, split_label
from rewards.verifiers.mathematics.spellings import one_spelling

_THOUSANDS_SPACE = re.compile(r"\\!\s*(?=\d)|\\!|(?<=[\d,])(?:\\[,; ]|~)(?=\d{3})")
_RESIZING = re.compile(r"\\(?:left|right|middle|[bB]igg?[lr]?)(?![A-Za-z])\.?")
_MARKED = re.compile(r"(\*\*|__|\*|_)([^*_]+)\1")
_BARE_NUMBER = re.compile(r"-?\d+(?:\.\d+)?", re.ASCII)
_DOUBLED = re.compile(r"\\\\(?=[A-Za-z])")
_FRACTION = re.compile(r"\\[dtc]frac(?![A-Za-z])")
_SYNONYMS = (
    ("{,}", ","), ("\\varnothing", "\\emptyset"), ("\\fbox", "\\boxed"), ("\\mbox", "\\text"), ("\\lbrace", "\\{"),
    ("\\rbrace", "\\}"),
)  # fmt: skip
_TEXT = re.compile(r"\\(?:text|textbf|textit|textrm|mathrm|mathbf|operatorname)\s*\{([^{}]*)\}")
_ENVIRONMENT = re.compile(r"\\(?:begin|end)\s*\{[a-z]*\*?\}(?:\{[lcr|]*\})?")
_COMMAND = re.compile(r"\\[A-Za-z]+")
_INDEX = re.compile(r"_\s*\{[^{}]*\}")
_SWAPPED_SCRIPTS = re.compile(r"(?<=[A-Za-z}])\s*(\^(?:\{[^{}]*\}|\w))\s*(_(?:\{[^{}]*\}|\w))")
_LONG_WORD = re.compile(r"[^\W\d_]{4,}")
_FUNCTIONS = re.compile(
    "arc(?:sin|cos|tan)h?|ar(?:sin|cos|tan)h|floor|ceil|sqrt|sinh?|cosh?|tanh?|cot|sec|csc|log|exp|lim|max|min|gcd|lcm|mod|det|infinity|infty|inf|and"
)
_GROUP = re.compile(r"\{([^{},;:|]+)\}")
"""A group of TeX around a value: with a comma in it, it may be a set."""
_BARE = re.compile(r"-?\d{1,40}(?:\.\d{1,40}|/\d{1,40})?|-?\\frac\{\d{1,40}\}\{\d{1,40}\}", re.ASCII)
"""What most answers are: needs no cleaning."""
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_CHINESE_COUNTED = re.compile(rf"(负?[{CHINESE_NUMERALS}点]+)\s*([^\s\d]{{1,6}})")
_COUNTERS = frozenset("个只条名位件张本支头匹辆台棵株朵颗粒枚人种次项份片根座间家艘元块岁天年月日秒克米度人次")
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_COEFFICIENT = re.compile("(?<![0-9])([¼-¾⅐-⅞])(?=[A-Za-z(\\\\])")
_RAISED = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻]+")
_LOWERED = re.compile("[₀₁₂₃₄₅₆₇₈₉]+")


@dataclass(frozen=True, slots=True)
class MathText:
    """An answer read as text. Example: `$x = 5\\text{ cm}$` has label x, body `5`, unit cm, number 5."""

    latex: str
    """The whole answer, cleaned up, still LaTeX."""
    label: str
    """Name before the one equals sign (`x`, `f(x)`, `(p, q)`), or empty."""
    body: str
    """The answer without label and unit."""
    unit: str
    """Unit in one spelling, or empty."""
    number: Number | None
    """Its value when the body is a number."""
    is_prose: bool
    """Holds words or sentences: compared as text, never given to algebra."""
    key: str
    """The body without spacing: two answers with the same key and unit are the same text."""

    @property
    def is_word(self) -> bool:
        """Nothing but three letters or more: a name, not a product of symbols."""
        return len(self.key) >= 3 and self.key.isalpha()


@lru_cache(maxsize=4096)
def read_math(text: str, percent: str) -> MathText:
    """Read one answer; `percent` is the convention of `numeric.parse_number`."""
    if _BARE.fullmatch(text):
        return MathText(text, "", text, "", parse_number(text), False, text)
    latex = clean(text)
    label, body = split_label(latex)
    if label and body[0] == "{" and (group := _GROUP.fullmatch(body)):
        body = group[1].strip()
    number, unit = parse_number(body, percent=percent), ""
    if number is None:
        rest, unit = split_unit(body) if body.isascii() else _split_chinese(body)
        number = parse_number(rest, percent=percent) if unit else None
        if number is not None or "\\" in body[len(rest) :]:
            body = rest
        else:
            unit = ""
    is_prose = number is None and _is_prose(body)
    return MathText(latex, label, body, unit, number, is_prose, _key(body))


def _split_chinese(text: str) -> tuple[str, str]:
    """Take a unit or counter off a number, which may be in Chinese numerals: 五只, 十二厘米; 三角形 is no number."""
    if (counted := _CHINESE_COUNTED.fullmatch(text)) and (counted[2] in _COUNTERS or read_unit(counted[2])):
        return counted[1], split_unit("1" + counted[2])[1] or counted[2]
    return split_unit(text)


def clean(text: str) -> str:
    """Normalise an answer, take off what wraps it, and write the LaTeX of one thing in one way."""
    if _BARE_NUMBER.fullmatch(text):
        return text
    if not text.isascii():
        text = _COEFFICIENT.sub(_as_fraction, text)
        text = _RAISED.sub(lambda run: f"^{{{run.group().translate(_SUPERSCRIPTS)}}}", text)
        text = _LOWERED.sub(lambda run: f"_{{{run.group().translate(_SUBSCRIPTS)}}}", text)
    text = normalize(text)
    if "\\" in text:
        text = plain_siunitx(text)
    if "^" in text and "_" in text:
        text = _SWAPPED_SCRIPTS.sub(r"\2\1", text)
    text = _without_marks(text)
    if "\\" in text or text[:1] in "$*`{" or "{}" in text or "{,}" in text:
        text = text[:-1].rstrip() if text.endswith(("}.", "}。")) else text
        text = _one_spelling(unwrap(_only_box(text)))
    text = spelled_relations(one_spelling(text))
    if text[:1] == "{" and (group := _GROUP.fullmatch(text)):
        text = group[1].strip()
    return text[:-1].rstrip() if text.endswith((".", "。", ",", "，")) and not text.endswith("..") else text


def _without_marks(text: str) -> str:
    """Take off Markdown around all of the answer, and `~` where it is a space of TeX: `~7` alone is an estimate."""
    if marked := _MARKED.fullmatch(text):
        text = marked[2]
    if "~" in text and ("\\" in text or text[0] != "~" or text[-1] == "~"):
        text = text.strip("~").replace("~", " ")
    return text


def _as_fraction(match: re.Match[str]) -> str:
    """Write the ½ of ½at² as a fraction of its own: 1/2at² would be 1/(2at²)."""
    above, _, below = unicodedata.normalize("NFKC", match[1]).partition("\u2044")
    return f"\\frac{{{above}}}{{{below}}}"


def _only_box(text: str) -> str:
    """Reduce an answer that holds one box to what is in the box."""
    if text.count("\\boxed") == 1:
        position = text.find("\\boxed")
        span = argument_of(text, position + len("\\boxed"))
        return text[slice(*span)] if span else text
    return text


def _one_spelling(text: str) -> str:
    if "\\begin" not in text:
        text = _DOUBLED.sub(r"\\", text)
    text = plain_look(_THOUSANDS_SPACE.sub("", text))
    text = _RESIZING.sub("", text)
    text = _FRACTION.sub(r"\\frac", text)
    for old, new in _SYNONYMS:
        text = text.replace(old, new)
    return unwrap(" ".join(text.split()))


def _is_prose(text: str) -> bool:
    if _CJK.search(text):
        return True
    bare = _COMMAND.sub(" ", _TEXT.sub(r" \1 ", _ENVIRONMENT.sub(" ", _INDEX.sub(" ", text))))
    return bool(_LONG_WORD.search(_FUNCTIONS.sub(" ", bare)))


def _key(text: str) -> str:
    return "".join(_TEXT.sub(r"\1", text).split())
