"""Statements that no algebra reads: `A \\cup B`, `p \\land q`, `AB \\parallel CD`, `\\forall x`, `1, 2, \\ldots, n`.

They are compared as they are written, in one spelling: what stands on both sides of a symmetric sign has no order.
"""

from __future__ import annotations

import re
from functools import lru_cache

from rewards.reading.brackets import CLOSING, OPENING, closing_parenthesis, split_top_level

_SYMBOLS = {
    "∪": "\\cup", "∩": "\\cap", "∧": "\\land", "∨": "\\lor", "¬": "\\neg", "→": "\\to", "⇒": "\\Rightarrow",
    "⇔": "\\iff", "↔": "\\iff", "∀": "\\forall", "∃": "\\exists", "∥": "\\parallel", "⊥": "\\perp", "∼": "\\sim",
    "≅": "\\cong", "≌": "\\cong", "⊂": "\\subset", "⊆": "\\subseteq", "⊃": "\\supset", "⊇": "\\supseteq",
    "∈": "\\in", "∉": "\\notin", "…": "\\dots", "⋯": "\\dots", "≡": "\\equiv", "△": "\\triangle", "∠": "\\angle",
    "⟨": "\\langle", "⟩": "\\rangle", "≤": "\\le", "≥": "\\ge", "≠": "\\ne", "∞": "\\infty", "∖": "\\setminus",
    "∽": "\\sim", "⌢": "\\frown", "⊕": "\\oplus", "⊗": "\\otimes", "∂": "\\partial", "...": "\\dots",
}  # fmt: skip
_SYNONYMS = {
    "wedge": "land", "vee": "lor", "lnot": "neg", "rightarrow": "to", "implies": "Rightarrow", "ldots": "dots",
    "Longrightarrow": "Rightarrow", "Leftrightarrow": "iff", "leftrightarrow": "iff", "Longleftrightarrow": "iff",
    "cdots": "dots", "dotsc": "dots", "dotsb": "dots", "bar": "overline", "leq": "le", "geq": "ge", "neq": "ne",
    "longrightarrow": "to", "wideparen": "widehat", "overparen": "widehat",
    "bot": "perp", "smallsetminus": "setminus", "backslash": "setminus", "varnothing": "emptyset", "lt": "<", "gt": ">",
}  # fmt: skip
_STATEMENT = re.compile(
    r"\\(?:cup|cap|land|lor|wedge|vee|neg|lnot|to|rightarrow|Rightarrow|implies|iff|Leftrightarrow|leftrightarrow|forall"
    r"|exists|parallel|perp|sim|cong|subset|subseteq|supset|supseteq|notin|dots|ldots|cdots|triangle|angle|widehat|langle"
    r"|overset|overline|setminus|complement|oplus|otimes|odot|equiv|pmod|in|prec|succ|mid|nmid|vdash|models|partial|nabla"
    r"|mathcal|mathfrak|mathscr|vec|overrightarrow|ni|circ)(?![A-Za-z])|[∪∩∧∨¬→⇒⇔↔∀∃∥⊥∼≅≌⊂⊆⊃⊇∉…⋯△∠⟨∽⌢⊕⊗]|\.\.\."
)
_NEVER_A_VALUE = re.compile(
    r"\\(?:land|lor|wedge|vee|neg|lnot|to|rightarrow|Rightarrow|implies|iff|Leftrightarrow|leftrightarrow|forall|exists"
    r"|parallel|perp|sim|cong|subset|subseteq|supset|supseteq|ldots|cdots|dots|widehat|prec|succ|vdash|models|mid|nmid)"
    r"(?![A-Za-z])|[∧∨¬→⇒⇔↔∀∃∥⊥∼≅≌⊂⊆⊃⊇…⋯∽⌢]|\.\.\."
    r"|\\(?:vec|overrightarrow)\s*(?:\{[^{}]*\}|[A-Za-z])\s*\\times"
)
_ORDER_OF_LETTERS = re.compile(r"[A-Za-z](?:_\{?\d\}?)?(?:\s*(?:[<>]|\\[lg]eq?)\s*[A-Za-z](?:_\{?\d\}?)?){2,}")
_NUCLIDE = re.compile(r"\s*(?:\{\s*\})?\s*[\^_]")
_OF_SETS = re.compile(r"\\(?:cup|cap|setminus|complement)(?![A-Za-z])|[∪∩∖]")
_GROUP = re.compile(r"\((?=[A-Za-z\\\s])")
_COMMAND = re.compile(r"\\([A-Za-z]+)")
_TEXT = re.compile(r"\\(?:text|mathrm|operatorname)\s*\{([^{}]*)\}")
_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|[A-Za-z]'*|\d+(?:\.\d+)?|\S")
_OPEN_END = re.compile(r"(?:[\^_=<>]|\\(?:frac|sqrt|cdot|times|div|cup|cap|in|equiv|land|lor|pm|le|ge|ne))\s*\Z")
_LOOSEST_FIRST = (
    "\\iff", "\\Rightarrow", "\\to", "\\lor", "\\land", "\\cup", "\\cap", "\\sim", "\\cong", "\\parallel", "\\perp",
    "=",
)  # fmt: skip
_SYMMETRIC = frozenset({"\\iff", "\\lor", "\\land", "\\cup", "\\cap", "\\parallel", "\\perp", "="})
_ANGLE = re.compile(r"\\angle \{? ?([A-Z]) ([A-Z]) ([A-Z])(?: \})?(?! [A-Z])")
_SEGMENT = re.compile(r"(\\overline|\\widehat) \{ ([A-Z]) ([A-Z]) \}")
_TWO_POINTS = re.compile(r"([A-Z]) ([A-Z])")
_TURNED = (("\\supseteq", "\\subseteq"), ("\\supset", "\\subset"), (">", "<"), ("\\ge", "\\le"))


def is_statement(text: str) -> bool:
    """Tell whether a text has signs that make it a statement, a set of letters, a sequence, a figure."""
    return bool(_STATEMENT.search(text) or _ORDER_OF_LETTERS.fullmatch(text) or _NUCLIDE.match(text))


def is_never_a_value(text: str) -> bool:
    """Tell whether a text has a sign that no formula with a value has, outside `\\lim` and sets of numbers."""
    if _ORDER_OF_LETTERS.fullmatch(text) or _NUCLIDE.match(text):
        return True
    if _OF_SETS.search(text) and not re.search(r"[\d(\[]|\\\{|\\mathbb|\\infty", _GROUP.sub(" ", text)):
        return True
    return bool(_NEVER_A_VALUE.search(text)) and not re.search(r"\\(?:lim|sum|prod|\{)|\d\s*\.\.\.", text)


def same_notation(answer: str, gold: str) -> bool:
    """Tell whether two texts are the same statement but for spelling, and for order where order says nothing."""
    return canonical(answer) == canonical(gold)


@lru_cache(maxsize=1024)
def canonical(text: str) -> str:
    """Return a statement in one spelling."""
    for symbol, command in _SYMBOLS.items():
        text = text.replace(symbol, command + " ")
    text = _TEXT.sub(r"\1", text)
    text = _COMMAND.sub(lambda match: "\\" + _SYNONYMS.get(match[1], match[1]) + " ", text)
    text = text.replace("\\<", "<").replace("\\>", ">")
    tokens = _TOKEN.findall(text)
    return _statement(" ".join(_without_idle_braces(tokens)), 0)


def _without_idle_braces(tokens: list[str]) -> list[str]:
    """Write `x^{2}` as `x ^ 2`, `\\angle{ABC}` as `\\angle A B C`."""
    found = list(tokens)
    for place in range(len(found) - 2):
        if found[place] == "{" and found[place + 2] == "}":
            found[place] = found[place + 2] = ""
    return [token for token in found if token]


def _statement(text: str, depth: int) -> str:
    """Order what stands on both sides of symmetric signs, outermost first; brackets are gone into."""
    text = text.strip()
    while depth < 16 and text.startswith("(") and closing_parenthesis(text, 0) == len(text) - 1:
        text = text[1:-1].strip()
        if len(split_top_level(text, ",;")) > 1:
            text = "(" + text + ")"
            break
    for sign in _LOOSEST_FIRST if depth < 16 else ():
        parts = _split_at(text, sign)
        if len(parts) > 1 and all(part.strip() for part in parts):
            done = [_statement(_points(part, sign), depth + 1) for part in parts]
            joined = sorted(done) if sign in _SYMMETRIC else done
            return f"[{f' {sign} '.join(joined)}]"
    return _turned(_segments(text))


def _points(part: str, sign: str) -> str:
    """A line may be named from either end: AB \\parallel CD is BA \\parallel CD."""
    pair = _TWO_POINTS.fullmatch(part.strip()) if sign in ("\\parallel", "\\perp") else None
    return " ".join(sorted(pair.groups())) if pair else part


def _segments(text: str) -> str:
    text = _ANGLE.sub(lambda m: f"\\angle {min(m[1], m[3])} {m[2]} {max(m[1], m[3])}", text)
    return _SEGMENT.sub(lambda m: f"{m[1]} {{ {min(m[2], m[3])} {max(m[2], m[3])} }}", text)


def _turned(text: str) -> str:
    """Write A > B as B < A, and B \\supset A as A \\subset B."""
    for sign, other in _TURNED:
        parts = _split_at(text, sign)
        if len(parts) > 1 and not _split_at(text, other)[1:]:
            return f" {other} ".join(part.strip() for part in reversed(parts))
    return text


def _split_at(text: str, sign: str) -> list[str]:
    """Split spaced tokens at a sign outside all brackets."""
    parts: list[list[str]] = [[]]
    depth = 0
    for token in text.split():
        depth += (token in OPENING or token == "\\{") - (token in CLOSING or token == "\\}")
        if token == sign and depth == 0:
            parts.append([])
        else:
            parts[-1].append(token)
    return [" ".join(part) for part in parts]


def is_well_formed(text: str) -> bool:
    """Tell whether the brackets of a text close and it does not end in a sign that wants something after it."""
    open_braces = written = 0
    for token in _TOKEN.findall(text) if "{" in text or "}" in text else ():
        open_braces += (token == "{") - (token == "}")
        written += (token == "\\{") - (token == "\\}")
        if open_braces < 0:
            return False
    begins, ends = text.count("\\begin"), text.count("\\end")
    # A brace in front of a system is closed by a sign that is not seen.
    is_system = "\\right." in text or "\\begin" in text
    return open_braces == 0 and (written == 0 or is_system) and begins == ends and not _OPEN_END.search(text)
