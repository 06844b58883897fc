"""Writes a plainly typed formula as LaTeX, so that one LaTeX parser reads every answer and nothing is ever evaluated:
`2**(1/4)` -> `2^{(1/4)}`, `sqrt(3)` -> `\\sqrt{3}`, `pi + 1` -> `\\pi + 1`, `√9` -> `\\sqrt{9}`.
"""

from __future__ import annotations

import re
from decimal import Context, Decimal

from rewards.reading.brackets import closing_parenthesis

_SYMBOLS = {
    "π": "\\pi ", "∞": "\\infty ", "×": "\\times ", "·": "\\cdot ", "÷": "\\div ", "±": "\\pm ", "∪": "\\cup ",
    "∩": "\\cap ", "∈": "\\in ", "∅": "\\emptyset ", "≤": "\\le ", "≥": "\\ge ", "≠": "\\ne ", "°": "^\\circ ",
    "θ": "\\theta ", "α": "\\alpha ", "β": "\\beta ", "γ": "\\gamma ", "λ": "\\lambda ", "μ": "\\mu ",
    "σ": "\\sigma ", "φ": "\\phi ", "ω": "\\omega ", "ε": "\\varepsilon ", "ρ": "\\rho ", "η": "\\eta ", "ν": "\\nu ",
    "τ": "\\tau ", "κ": "\\kappa ", "ψ": "\\psi ", "ξ": "\\xi ", "δ": "\\delta ", "Δ": "\\Delta ", "Ω": "\\Omega ",
    "Φ": "\\Phi ", "Ψ": "\\Psi ", "Λ": "\\Lambda ", "Θ": "\\Theta ", "ħ": "\\hbar ", "∇": "\\nabla ",
    "<=": "\\le ", ">=": "\\ge ", "!=": "\\ne ", "**": "^",
}  # fmt: skip
_SYMBOL = re.compile("|".join(re.escape(symbol) for symbol in sorted(_SYMBOLS, key=len, reverse=True)))
_NAMES = (
    "arcsinh|arccosh|arctanh|arsinh|arcosh|artanh|floor|ceil|arcsin|arccos|arctan|sinh|cosh|tanh|sin|cos|"
    "tan|cot|sec|csc|log|ln|exp|gcd|lcm|max|min|theta|alpha|beta|pi"
)
_NAME = re.compile(rf"(?<![A-Za-z\\])({_NAMES})(?![a-z]{{2}})(?=[^A-Za-z]|[a-z](?![a-z])|\Z)")
_UPRIGHT_NAME = re.compile(rf"\\(?:mathrm|operatorname|text)\s*\{{\s*({_NAMES})\s*\}}")
_ROOT = re.compile(r"(?<![A-Za-z\\])sqrt\s*(?=\()|√\s*(?=\()|\\sqrt\s*(?=\()")
_SHORT_ROOT = re.compile(r"√\s*(\d+(?:\.\d+)?|[A-Za-z])|(?<![A-Za-z\\])sqrt\s*(\d+)")
_RAISED_GROUP = re.compile(r"\^\s*(?=\()")
_CHOOSE = re.compile(r"(?<![A-Za-z\\])C_\{?(\d+)\}?\s*\^\{?(\d+)\}?")
_CALLED_CHOOSE = re.compile(r"(?<![A-Za-z\\])(?:n?C|comb|binom|choose)\(\s*(\d+)\s*,\s*(\d+)\s*\)")
_INFIX_CHOOSE = re.compile(r"\{?\s*([\w+-]+)\s*\\choose\s*([\w+-]+)\s*\}?")
_TIMES = re.compile(r"(?<![\^{])\s*\*\s*(?!\})")
_SCIENTIFIC = re.compile(r"(?<![A-Za-z\\.\d])(\d+(?:\.\d+)?)[eE]([+-]?\d{1,3})(?![A-Za-z\d])")
_WRITTEN_OUT = 40
_EXACT = Context(prec=400)
_LIMITS = re.compile(r"\\limits(?![A-Za-z])")
_ONE_SIDED = re.compile(r"\^([+-])(?=\s*\})")


_HIGHER_ROOT = re.compile(r"([∛∜])\s*(?:(\d+(?:\.\d+)?|[A-Za-z])|(?=[({]))")


def to_latex(text: str) -> str:
    """Return `text` (cleaned by `math_text.clean`) as LaTeX; what is LaTeX already stays as it is."""
    if "∛" in text or "∜" in text:
        text = _HIGHER_ROOT.sub(_higher_root, text)
    text = _SHORT_ROOT.sub(lambda match: f"\\sqrt{{{match[1] or match[2]}}}", text)
    text = _CALLED_CHOOSE.sub(r"\\binom{\1}{\2}", _CHOOSE.sub(r"\\binom{\1}{\2}", text))
    if "\\choose" in text:
        text = _INFIX_CHOOSE.sub(r"\\binom{\1}{\2}", text)
    text = _braced(text, _ROOT, "\\sqrt")
    text = _SCIENTIFIC.sub(lambda match: _written_out(match[1], int(match[2])), text)
    text = _ONE_SIDED.sub(r"^{\1}", _LIMITS.sub("", text.replace("\\bmod", "\\mod")))
    text = _SYMBOL.sub(lambda match: _SYMBOLS[match.group()], text)
    text = _braced(text, _RAISED_GROUP, "^")
    text = _NAME.sub(r"\\\1 ", _UPRIGHT_NAME.sub(r"\\\1 ", text))
    return _TIMES.sub(r" \\cdot ", text)


def _higher_root(match: re.Match[str]) -> str:
    degree = "3" if match[1] == "∛" else "4"
    return f"\\sqrt[{degree}]" + (f"{{{match[2]}}}" if match[2] else "")


def _written_out(digits: str, exponent: int) -> str:
    """Write 1.5e3 as 1500: as a product with a power of ten it would fall apart inside `6 \\mod 1.5e3`."""
    if abs(exponent) > _WRITTEN_OUT:
        return f"({digits} \\times 10^{{{exponent}}})"
    return f"{Decimal(digits).scaleb(exponent, _EXACT):f}"


def _braced(text: str, opener: re.Pattern[str], command: str) -> str:
    """Rewrite `opener(…)` as `command{…}`, innermost bracket pairs kept."""
    pieces, start = [], 0
    while match := opener.search(text, start):
        closing = closing_parenthesis(text, match.end())
        if closing < 0:
            break
        inner = _braced(text[match.end() + 1 : closing], opener, command)
        pieces += [text[start : match.start()], command, "{", inner, "}"]
        start = closing + 1
    return "".join([*pieces, text[start:]])
