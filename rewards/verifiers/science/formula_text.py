"""Formulas of physics and running text in one spelling, before they are compared.

`F⃗ = ma⃗` -> `F = ma`, `v0t` -> `v_0t`; `A → B` and `A B` are the same steps.
"""

from __future__ import annotations

import re

from rewards.reading.normalize import normalize
from rewards.verifiers.mathematics.latex import to_latex
from rewards.verifiers.mathematics.text import read_math

_VECTOR = re.compile(r"\\(?:vec|overrightarrow|mathbf|boldsymbol|bm)(?![A-Za-z])\s*(?:\{([^{}]*)\}|([A-Za-z]))")
_ARROW_ABOVE = str.maketrans({"\u20d7": None, "\u20d1": None})
_INDEXED = re.compile(
    r"(?:(?<![A-Za-z\\{_^\d])(?!ln)(?:[A-Za-zα-ωΑ-Ω]{1,2}\d){1,4}|(?<=sin|cos|tan)[α-ωΑ-Ω]\d)(?![\d.])"
)
_BEFORE_INDEX = re.compile(r"(?<=\D)(?=\d)")
_LEADING_RATIO = re.compile(r"(?<![\w.)}\]^{/])(\d{1,4})/(\d{1,4})(?=\s*[A-Za-zα-ω\\(])")
_GLUED_FUNCTION = re.compile(r"(?<=[A-Za-z])(?=(?:sin|cos|tan)(?![A-Za-z]))")
_BARE_FUNCTION = re.compile(r"(?<=_\d)(sin|cos|tan)(?![A-Za-z])")
_GREEK = re.compile("[Α-Ωα-ωħ](?!.*[\u4e00-\u9fff])")
_PRODUCT = re.compile(r"(?=[A-Za-z]{2,4}\Z)(?:[A-Za-z][A-Za-z]*[A-Z][A-Za-z]*|[b-df-hj-np-tv-z]+)\Z")
_BETWEEN = re.compile(r"[→⇒➔➝]|-+>|=+>|[\s、，；;。:：]|(?<!\d)[.,]|[.,](?!\d)")


def plain_formula(text: str) -> str:
    """Write a formula as it is meant: no arrows, kq1q2 as kq_1q_2, 1/2mv² as ½mv², mgsinθ as mg sinθ, BIL as B·I·L."""
    text = _VECTOR.sub(lambda match: match[1] or match[2] or "", text.translate(_ARROW_ABOVE)).strip()
    if _PRODUCT.match(text):
        return " \\cdot ".join(text)
    text = _GLUED_FUNCTION.sub(" ", _LEADING_RATIO.sub(r"\\frac{\1}{\2}", text))
    text = _INDEXED.sub(lambda match: _BEFORE_INDEX.sub("_", match.group()), text)
    text = _BARE_FUNCTION.sub(r" \\\1 ", text).strip()
    return to_latex(text) if _GREEK.search(text) else text


def same_prose(answer: str, gold: str) -> bool:
    """Tell whether a gold of words is said in the same words in the same order; arrows and commas do not count."""
    return read_math(gold, "fraction").is_prose and prose_key(answer) == prose_key(gold)


def prose_key(text: str) -> str:
    """Return the words of a text, without what stands between them and without case."""
    return _BETWEEN.sub("", normalize(text)).casefold()
