"""Takes off TeX that changes only how an answer looks: fonts, sizes, colours, spacing, display environments.

What stays is what carries meaning: `\\text`, `\\mathrm` and `\\operatorname` (words, units), `\\mathbb`, accents, rows.
"""

from __future__ import annotations

import re

from rewards.reading.brackets import argument_of, closing_brace

_ROW_BREAK = "\ue000"
_BREAKS = re.compile(r"\\\\\s*(?:\[[^\]\d]{0,2}[\d.]+\s*[a-z]{2}\])?")
_SPACING = re.compile(
    r"\\[,;:! ]|\\(?:quad|qquad|enspace|thinspace|medspace|thickspace|negthinspace|space|displaystyle|textstyle"
    r"|scriptstyle|scriptscriptstyle|limits|nolimits|nonumber|notag|strut|mathstrut|hfill|hfil|relax|noindent|centering"
    r"|null|nobreak|allowbreak|tiny|scriptsize|footnotesize|small|normalsize|large|Large|LARGE|huge|Huge|bf|rm|it|sf|tt"
    r"|sl|em|bfseries|itshape|rmfamily|sffamily|ttfamily|mdseries|upshape|normalfont|phantom\s*\{[^{}]*\}"
    r"|[hv]phantom\s*\{[^{}]*\}|[hv]space\*?\s*\{[^{}]*\}|label\s*\{[^{}]*\}|tag\*?\s*\{[^{}]*\}"
    r"|rule\s*\{[^{}]*\}\s*\{[^{}]*\}|(?:hskip|kern|mkern|mskip)\s*-?[\d.]+\s*[a-z]{2})(?![A-Za-z])|\\color\s*\{[^{}]*\}"
)
_KEPT = re.compile(
    r"\\(?:(underline|uline|bm|boldsymbol|pmb|mathbf|mathit|mathnormal|mathsf|mathtt|ensuremath|smash|mathord|mathop"
    r"|mathbin|mathrel|mathinner|overbrace|underbrace)"
    r"|(textbf|textit|emph|textnormal|hbox|mbox|textsf|texttt|textup|textmd|textsl|textsc|framebox|makebox)"
    r"|(?:textcolor|colorbox)\s*\{[^{}]*\}|fcolorbox\s*\{[^{}]*\}\s*\{[^{}]*\})(?![A-Za-z])"
)
_OPTION = re.compile(r"\s*\[[^\[\]]*\]")
_WORD = re.compile(r"(?<![\\A-Za-z])[^\W\d_]{2,}")
_SHOWN = re.compile(
    r"\\(?:begin|end)\s*\{(?:equation|align|aligned|gather|gathered|split|multline|displaymath|math|center|flushleft|"
    r"eqnarray|alignat|alignedat|flalign)\*?\}"
)
_ROWS = re.compile(r"\\begin\s*\{(?:align|aligned|gather|gathered|split|eqnarray|flalign)\*?\}")
_CELL = re.compile(r"\\begin\s*\{array\}\s*(?:\[[a-z]\]\s*)?\{[^{}]*\}([^&\ue000]*)\ue000?\s*\\end\s*\{array\}")
_BRACED_ARRAY = re.compile(
    r"\\left\s*\\\{\s*\\begin\s*\{(?:array|aligned|gathered)\}\s*(?:\{[^{}]*\})?(.*?)"
    r"\\end\s*\{(?:array|aligned|gathered)\}\s*\\right\s*\.",
    re.DOTALL,
)
_STARRED = re.compile(r"(\\(?:begin|end)\s*\{)(?:small|[dr])?(matrix|[bpvBV]matrix|cases)\*?\}(?:\s*\[[clr]\])?")
_RELATION_FIRST = re.compile(r"\s*&?\s*(?:=|\\approx(?![A-Za-z])|\\Rightarrow|\\implies)")

_PARTS = re.compile(r"[=<>,;&]|\\(?:approx|begin|le|ge|ne)")
_OVER = re.compile(r"\{([^{}]*)\\over(?![A-Za-z])([^{}]*)\}")
_THOUSANDS = re.compile(r"(?:(?<=[=\s])|\A)\{\s*(-?\d{1,3}(?:\{,\}\d{3})+(?:\.\d+)?)\s*\}")
"""A group of TeX around 1{,}234: its commas make no set of it."""
_NOTHING = re.compile(r"(?<![A-Za-z}\d\]\\])\{\s*\}")
_ORDER_OF = re.compile(r"\\mathcal\s*(?:\{\s*O\s*\}|O)\s*(?:\\left\s*)?\(")


def plain_look(text: str) -> str:
    """Return LaTeX without what changes only its look; rows stay parted by `\\\\ `."""
    if "\\begin" in text:
        text = _BRACED_ARRAY.sub(r"\\begin{cases}\1\\end{cases}", _BREAKS.sub(_ROW_BREAK, text))
        text = _STARRED.sub(r"\1\2}", text).replace("{matrix}", "{pmatrix}")
        text = _shown(_CELL.sub(r"\1", text))
    if "{}" in text or "\\mathcal" in text:
        text = _NOTHING.sub("", _ORDER_OF.sub("O(", text))
    if "\\over" in text:
        text = _bare_over(_OVER.sub(r"\\frac{\1}{\2}", text))
    text = _kept(_SPACING.sub(" ", text))
    text = _THOUSANDS.sub(r"\1", text) if "{,}" in text else text
    return _without_outer_braces(text.replace(_ROW_BREAK, "\\\\ ").strip())


def _bare_over(text: str) -> str:
    """Write `3 \\over 4`, which is all of a text, as a fraction."""
    above, _, below = text.partition("\\over")
    is_whole = above.count("{") == above.count("}") and below[:1] in (" ", "{", "\\") and "\\over" not in below
    return f"\\frac{{{above.strip()}}}{{{below.strip()}}}" if is_whole and not _PARTS.search(text) else text


def _shown(text: str) -> str:
    """Take off a display environment; rows that each say something of their own become a system."""
    if not _SHOWN.search(text):
        return text
    start = _ROWS.search(text)
    inner = _SHOWN.sub("", text).strip().strip(_ROW_BREAK).strip()
    if start is None or _ROW_BREAK not in inner or "\\begin" in inner:
        return inner.replace("&", "") if "\\begin" not in inner else inner
    rows = [row for row in inner.split(_ROW_BREAK) if row.strip()]
    if all(_RELATION_FIRST.match(row) for row in rows[1:]):
        return " ".join(rows).replace("&", "")
    return "\\begin{cases}" + _ROW_BREAK.join(row.replace("&", "") for row in rows) + "\\end{cases}"


def _kept(text: str) -> str:
    """Replace commands by their argument; words of a text font become `\\text{…}`."""
    pieces, start = [], 0
    while match := _KEPT.search(text, start):
        option = _OPTION.match(text, match.end())
        span = argument_of(text, option.end() if option else match.end())
        if span is None:
            pieces.append(text[start : match.end()])
            start = match.end()
            continue
        inner = _kept(text[slice(*span)])
        is_words = bool(match[2]) and bool(_WORD.search(inner))
        pieces += [text[start : match.start()], "\\text{" + inner + "}" if is_words else _grouped(inner, text, match)]
        start = span[1] + 1
    return "".join([*pieces, text[start:]])


def _grouped(inner: str, text: str, match: re.Match[str]) -> str:
    """Keep an argument of an argument or a power together: `^\\bm{10}`, `\\sqrt\\bm{10}`."""
    before = text[: match.start()].rstrip()
    is_argument = before[-1:] in ("^", "_") or before[-1:].isalpha() and "\\" in before[-12:]
    return "{" + inner + "}" if is_argument else f" {inner} " if match[1] is None else inner


def _without_outer_braces(text: str) -> str:
    while text.startswith("{}"):
        text = text[2:].lstrip()
    while text.startswith("{") and closing_brace(text, 0) == len(text) - 1:
        text = text[1:-1].strip()
    while text.startswith("\\\\") and "\\begin" not in text:
        text = text[2:].lstrip() if not text[2:3].isalpha() else text[1:]
    while text.endswith("\\\\") and "\\begin" not in text:
        text = text[:-2].rstrip()
    return text
