"""The relations of an answer: the sign before it (`= 5`), the name of its value (`S_{ABC} = 5`), chains of them."""

from __future__ import annotations

import re

from rewards.reading.brackets import CLOSING, OPENING, closing_parenthesis, split_top_level
from rewards.reading.numeric import parse_number
from rewards.verifiers.mathematics.latex import to_latex

_LEADING = re.compile(
    r"(?:\s|\\(?:approx|therefore|because|Rightarrow|Longrightarrow|implies|rightarrow)(?![A-Za-z])|=>|=|[∴⇒]|,)+"
)
_SPELLED = (
    (re.compile(r"[≈≒≃]|\\(?:simeq|doteq|thickapprox|approxeq)(?![A-Za-z])"), r"\\approx "),
    (re.compile(r":=|[≔≜]|\\(?:coloneqq|triangleq)(?![A-Za-z])"), "="),
    (re.compile(r"[⩽≦]|\\(?:leqslant|leqq)(?![A-Za-z])"), r"\\le "),
    (re.compile(r"[⩾≧]|\\(?:geqslant|geqq)(?![A-Za-z])"), r"\\ge "),
    (re.compile(r"m\s*(?=\\angle|∠)|\\measuredangle(?![A-Za-z])|∠"), r"\\angle "),
    (re.compile(r"\\angle\s*\\angle"), r"\\angle"),
    (re.compile(r"△"), r"\\triangle "),
)  # fmt: skip
_TO_SPELL = re.compile("|".join(pattern.pattern for pattern, _ in _SPELLED))
_EQUALS = re.compile(r"(?<![<>!:\\=])=(?!=)|\\approx(?![A-Za-z])")
_INDEX = r"(?:_(?:\{[^{}]*(?:\{[^{}]*\}[^{}]*)?\}|\\?[A-Za-z]+|\d+))?"
_ACCENT = r"\\(?:overline|vec|overrightarrow|hat|bar|widehat|tilde|dot|ddot)\s*(?:\{[^{}]*\}|[A-Za-z])" + _INDEX
_NAME = re.compile(
    r"(?:\\?[A-Za-z]+|[Α-Ωα-ω])(?:_\{?(?:\d+|[^\W\d]\w*)\}?)?'*(?:\([A-Za-z0-9, ]*\))?"  # x, x_1, λ, f(x), area
    rf"|\\?[A-Za-z]+{_INDEX}'*"  # S_{\triangle ABC}
    r"|[fghFGH]\s*\^\s*\{?\s*-1\s*\}?\s*\([a-z]\)"
    r"|\|[A-Z]{2}\||[A-Z]{1,2}\s*:\s*[A-Z]{1,2}"  # |AB|, A:B
    r"|\([A-Za-z](?:\s*,\s*[A-Za-z])+\)"  # (p, q)
    r"|\\angle\s*\{?\s*(?:[A-Z](?:\s*[A-Z]){0,2}|\d|\\[a-z]+)\s*\}?"
    rf"|(?:\\?\||\\[lr]?[vV]ert\s*)?{_ACCENT}(?:\\?\||\\[lr]?[vV]ert)?"  # |\vec{a}|
    r"|\\frac\s*\{(?:d|\\mathrm\{d\}|\\partial)\s*\^?\d?\s*\\?[A-Za-z]*\}\s*\{(?:d|\\mathrm\{d\}|\\partial)\s*[A-Za-z]\^?\d?\}"
    r"|\\lim\s*_\s*\{[^{}]*\}[^=]{1,40}"
    r"|\\frac\s*\{\s*[A-Z]{2}\s*\}\s*\{\s*[A-Z]{2}\s*\}"
    r"|\\(?:sin|cos|tan|cot)\s*(?:\\angle\s*)?(?:[A-Z]{1,3}|\\(?:alpha|beta|theta|gamma|varphi|phi|angle\s*[A-Z]{1,3}))"
)
_PRODUCT = re.compile(r"[a-z]{2,3}")
_SHORT_NAMES = frozenset("min max avg sum ans lcm gcd det dim deg age len num sin cos tan log".split())
"""Other short words in small letters are products: xy = 6 is not 6."""
_FUNCTION = re.compile(
    r"(?:P|E|D|Pr|Var|Cov|[fghFGH](?:_\{?\w\}?)?'*|\\Pr|\\mathbb\s*\{?[PE]\}?|\\(?:mathrm|operatorname|text)\s*\{[A-Za-z]+\})"
    r"\s*[\[(]|[nNdSV]\s*\((?=\s*(?:[A-Z]|\\))"
)
_TEXT = re.compile(r"\\(?:text|mathrm|operatorname)\s*\{([^{}]*)\}")
_IN_WORDS = re.compile(r"(?:(?:[A-Za-z\u4e00-\u9fff]+|\\(?:triangle|angle|odot|Delta)|△|∠)\s*)+")
_WORDY = re.compile(r"[A-Za-z]{3}|[\u4e00-\u9fff]")
_NEGATION = re.compile(r"\b(?:not|no|or|and|never|isn|without|nor|neither|than)\b|[不非没无未别或和]", re.IGNORECASE)
_SPOKEN_EQUALS = re.compile(r"(?<=[A-Za-z\u4e00-\u9fff])\s*(?:等于|的值为|的值是|为|是)\s*(?=[\d\\$+-])")


def spelled_relations(text: str) -> str:
    """Write each relation in one way, and take off the one that a text begins with."""
    if ("\\" in text or ":=" in text or not text.isascii()) and _TO_SPELL.search(text):
        for pattern, sign in _SPELLED:
            text = pattern.sub(sign, text)
    if not text.isascii() and (spoken := _SPOKEN_EQUALS.search(text)) and "=" not in text:
        text = text[: spoken.start()] + "=" + text[spoken.end() :]
    if text[:1].isalnum():
        return text
    leading = _LEADING.match(text)
    return text[leading.end() :] if leading and leading.end() < len(text) else text


def equation_parts(text: str) -> list[str]:
    """Split a chain of equations at its `=` and `\\approx` signs (not at `<=`, `>=`, `!=`, nor inside brackets)."""
    return [part for part, _ in chain_parts(text)]


def chain_parts(text: str) -> list[tuple[str, bool]]:
    """Split a chain; with each part, whether a sign of approximation stands before it."""
    parts, start, is_near = [], 0, False
    depth = position = 0
    for match in _EQUALS.finditer(text):
        between = text[position : match.start()]
        depth += sum(map(between.count, OPENING)) - sum(map(between.count, CLOSING))
        position = match.start()
        if depth <= 0:
            parts.append((text[start : match.start()].strip(), is_near))
            start, is_near = match.end(), match.group() != "="
    return [*parts, (text[start:].strip(), is_near)]


_BETWEEN_GROUPS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
"""The comma of 1,234, which parts no list."""


def split_label(text: str) -> tuple[str, str]:
    """Split `x = 5` and `5 = x` into name and value; anything else has no label."""
    parts = equation_parts(text) if "=" in text or "\\approx" in text else [text]
    if len(parts) != 2 or len(split_angled(_BETWEEN_GROUPS.sub("", text), ",;")) > 1:
        return "", text
    left, right = parts
    if right and is_name(left):
        return label_name(left), right
    if left and is_name(right) and parse_number(left) is not None:
        return label_name(right), left
    return "", text


def split_angled(text: str, separators: str) -> list[str]:
    """Split at separators outside all brackets, `\\langle … \\rangle` among them."""
    if "\\langle" not in text:
        return split_top_level(text, separators)
    masked = text.replace("\\langle", "(\ue004").replace("\\rangle", ")\ue004")
    parts = split_top_level(masked, separators)
    return [part.replace("(\ue004", "\\langle").replace(")\ue004", "\\rangle") for part in parts]


def is_name(text: str) -> bool:
    """Tell whether a text names a value and asserts nothing: x, f(x), P(A \\cap B), \\angle ABC, Area of ABC."""
    if _NAME.fullmatch(text):
        return not _PRODUCT.fullmatch(text) or text in _SHORT_NAMES
    if (called := _FUNCTION.match(text)) and text.endswith((")", "]")):
        opening = called.end() - 1
        plain = text.replace("[", "(").replace("]", ")")
        return closing_parenthesis(plain, opening) == len(text) - 1
    words = _TEXT.sub(r" \1 ", text)
    return len(words) <= 80 and bool(
        _WORDY.search(words) and _IN_WORDS.fullmatch(words.strip()) and not _NEGATION.search(words)
    )


def in_words(label: str) -> bool:
    """Tell whether a label says in words what it names: `area` may be anybody's S."""
    return bool(re.search(r"[a-z]{4}|[\u4e00-\u9fff]", label)) and "\\" not in label and "_" not in label


def label_name(text: str) -> str:
    """Write a label in one way: λ as \\lambda, ∠CBA as \\angle ABC."""
    text = _TEXT.sub(r"\1", text)
    name = (text if text.isascii() else to_latex(text)).replace(" ", "")
    angle = re.fullmatch(r"\\angle\{?([A-Z])([A-Z])([A-Z])\}?", name)
    return f"\\angle{min(angle[1], angle[3])}{angle[2]}{max(angle[1], angle[3])}" if angle else name
