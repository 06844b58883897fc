"""Writes LaTeX in one way: formulas that print the same become the same tokens.

Not one way: what prints otherwise, be it a little (`\\epsilon` and `\\varepsilon`, `\\leq` and `\\leqslant`, d and
`\\mathrm{d}`).
"""

from __future__ import annotations

import re
import unicodedata
from typing import TypeAlias

from rewards.reading.normalize import unwrap

Tree: TypeAlias = "list[str | Tree]"
"""Tokens, those of a group in a list of their own."""
MAX_DEPTH = 100
_TOKEN = re.compile(r"\\(?:[A-Za-z]+\*?|.)|[^\s]", re.DOTALL)
_DROPPED = frozenset(
    r"\left \right \middle \bigl \bigr \Bigl \Bigr \biggl \biggr \Biggl \Biggr \big \Big \bigg \Bigg \bigm \Bigm \, \;"
    r" \: \! \> \quad \qquad ~ \thinspace \medspace \thickspace \enspace \negthinspace \displaystyle \textstyle"
    r" \scriptstyle \limits \nolimits \nonumber \notag \allowbreak \hfill \relax \/".split(" ")
) | {"\\ ", "\\\n"}
_SAME = {
    r"\dfrac": r"\frac", r"\tfrac": r"\frac", r"\cfrac": r"\frac", r"\dbinom": r"\binom", r"\tbinom": r"\binom",
    r"\ge": r"\geq", r"\le": r"\leq", r"\ne": r"\neq", r"\to": r"\rightarrow", r"\gets": r"\leftarrow",
    r"\lbrace": r"\{", r"\rbrace": r"\}", r"\lvert": "|", r"\rvert": "|", r"\vert": "|", r"\lVert": r"\|",
    r"\rVert": r"\|", r"\Vert": r"\|", r"\land": r"\wedge", r"\lor": r"\vee", r"\lnot": r"\neg", r"\ast": "*",
    r"\dots": r"\ldots", r"\varnothing": r"\emptyset", r"\operatorname*": r"\operatorname", r"\mbox": r"\mathrm",
    r"\textrm": r"\mathrm", r"\text": r"\mathrm", r"\textbf": r"\mathbf", r"\bf": r"\mathbf", r"\rm": r"\mathrm",
    r"\prime": "'", r"\mid": "|", r"\parallel": r"\|", r"\lbrack": "[", r"\rbrack": "]", r"\lparen": "(",
    r"\rparen": ")", r"\iff": r"\Longleftrightarrow", r"\implies": r"\Longrightarrow", r"\owns": r"\ni",
    r"\impliedby": r"\Longleftarrow", r"\stackrel": r"\overset", r"\bm": r"\boldsymbol", r"\dag": r"\dagger",
    r"\colon": ":", r"\cal": r"\mathcal", r"\textit": r"\mathit", "%": r"\%",
}  # fmt: skip
_FUNCTIONS = (
    "arccos|arcsin|arctan|arg|cosh|cos|coth|cot|csc|deg|det|dim|exp|gcd|hom|inf|ker|lg|lim|ln|log|max|min|Pr|sec|sinh"
    "|sin|sup|tanh|tan"
)
_LAYOUTS = "equation|align|aligned|alignat|gather|gathered|displaymath|math|split|multline|eqnarray|flalign"
_WALLS = {"p": ("(", ")"), "b": ("[", "]"), "B": (r"\{", r"\}"), "v": ("|", "|"), "V": (r"\|", r"\|")}
_RESPELLED = (
    (re.compile(r"\\(?:label|hspace|vspace|mspace)\*?\s*\{[^{}]*\}"), ""),
    (re.compile(r"\\(?:left|right)\s*\."), ""),
    (
        re.compile(rf"\\(?:operatorname\*?|mathrm|text|mathop)\s*\{{\s*(?:\\(?:rm|mathrm)\s*|\\)?({_FUNCTIONS})\s*\}}"),
        r"\\\1 ",
    ),
    (re.compile(rf"\\mathop\s*\{{\s*\\({_FUNCTIONS})\s*\}}"), r"\\\1 "),
    (re.compile(r"\{\s*\\(bf|rm|it|cal|sf|tt)(?![A-Za-z])"), r"\\math\1{"),
    (re.compile(r"\\not\s*="), r"\\neq "),
    (re.compile(r"\\not\s*\\in(?![A-Za-z])"), r"\\notin "),
    (re.compile(r"\\degree(?![A-Za-z])"), r"^\\circ "),
    (re.compile(r"\.\s*\.\s*\."), r"\\ldots "),
)
_ODD = re.compile(
    r"\\(?:label|[hvm]space|left|right|operatorname|math|text|not|degree)|\.\s*\.|\{\s*\\(?:bf|rm|it|cal|sf|tt)"
)
"""What the spellings above begin with; most formulas have none of it."""
_LAYOUT = re.compile(rf"\\(?:begin|end)\s*\{{(?:{_LAYOUTS})\*?\}}(?:\s*\{{\d\}})?")
_MATRIX = re.compile(r"\\(begin|end)\s*\{([pbBvV])matrix\*?\}")
_ARRAY = re.compile(r"\\begin\s*\{array\}\s*(?:\[[a-z]\])?\s*\{[^{}]*\}")
_LAST_LINE = re.compile(r"\\\\\s*(?=\\end|\Z)")
_GREEK = "alpha beta gamma delta zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon chi psi omega"
_SIGNS = {
    **dict(zip("αβγδζηθικλμνξπρστυχψω", _GREEK.split(), strict=True)),
    **dict(zip("ΓΔΘΛΞΠΣΥΦΨΩ", "Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega".split(), strict=True)),
    "ε": "varepsilon", "ϵ": "epsilon", "φ": "varphi", "ϕ": "phi", "×": "times", "÷": "div", "·": "cdot", "⋅": "cdot",
    "±": "pm", "∓": "mp", "≤": "leq", "≥": "geq", "≠": "neq", "≈": "approx", "≡": "equiv", "∼": "sim", "∝": "propto",
    "∞": "infty", "∂": "partial", "∇": "nabla", "∑": "sum", "∏": "prod", "∫": "int", "∈": "in", "∉": "notin",
    "⊂": "subset", "⊆": "subseteq", "∪": "cup", "∩": "cap", "∀": "forall", "∃": "exists", "→": "rightarrow",
    "←": "leftarrow", "⇒": "Rightarrow", "⇔": "Leftrightarrow", "↦": "mapsto", "∅": "emptyset", "…": "ldots",
    "⋯": "cdots", "ℓ": "ell", "∠": "angle", "⊥": "perp", "∧": "wedge", "∨": "vee", "¬": "neg",
}  # fmt: skip
_UNICODE: dict[int, str] = {
    **{ord(sign): f"\\{name} " for sign, name in _SIGNS.items()},
    **{ord(sign): f"^{digit}" for digit, sign in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")},
    **{ord(sign): f"_{digit}" for digit, sign in enumerate("₀₁₂₃₄₅₆₇₈₉")},
    **{0x2212: "-", 0x2032: "'", 0x2033: "''", 0xB0: "^\\circ ", 0x2217: "*", 0x2016: "\\|", 0xA0: " "},
}
_INFIX = {r"\over": r"\frac", r"\choose": r"\binom", r"\atop": r"\stacked"}


def latex_tokens(text: str) -> list[str]:
    """Return the tokens of a formula in one spelling: commands, braces and single signs, no spacing."""
    text = unwrap(text)
    if not text.isascii():
        text = unicodedata.normalize("NFC", text).translate(_UNICODE)
    if "\\" in text or "..." in text:
        text = _respelled(text)
    tokens = [_SAME.get(token, token) for token in _TOKEN.findall(text) if token not in _DROPPED]
    if ("_" in text and "^" in text) or "'" in text or "\\prime" in text or not _INFIX.keys().isdisjoint(tokens):
        tree = _tree(tokens)
        tokens = tokens if tree is None else _flat(_in_order(tree))
    return _without_idle_braces(tokens)


def _respelled(text: str) -> str:
    if _ODD.search(text):
        for written, same in _RESPELLED:
            text = written.sub(same, text)
    if "\\begin" not in text:
        return _LAST_LINE.sub("", text) if "\\\\" in text else text
    text, num_layouts = _LAYOUT.subn("", text)
    if num_layouts and "\\begin" not in text:
        text = text.replace("\\&", "\0").replace("&", "").replace("\0", "\\&")  # marks of alignment print nothing
    text = _MATRIX.sub(_walled, _ARRAY.sub(r"\\begin{matrix}", text).replace("\\end{array}", "\\end{matrix}"))
    text = text.replace("\\begin{cases}", "\\{\\begin{matrix}").replace("\\end{cases}", "\\end{matrix}")
    return _LAST_LINE.sub("", text)


def _walled(match: re.Match[str]) -> str:
    """Write a pmatrix as a matrix in parentheses, and so on."""
    left, right = _WALLS[match[2]]
    return f"{left}\\begin{{matrix}}" if match[1] == "begin" else f"\\end{{matrix}}{right}"


def _tree(tokens: list[str]) -> Tree | None:
    """Return tokens with their groups, or None where braces do not close or nest too deep."""
    open_groups: list[Tree] = [[]]
    for token in tokens:
        if token == "{":
            group: Tree = []
            open_groups[-1].append(group)
            open_groups.append(group)
        elif token == "}":
            open_groups.pop()
        else:
            open_groups[-1].append(token)
        if not 0 < len(open_groups) <= MAX_DEPTH:
            return None
    return open_groups[0] if len(open_groups) == 1 else None


def _flat(tree: Tree) -> list[str]:
    found: list[str] = []
    for one in tree:
        found += [one] if isinstance(one, str) else ["{", *_flat(one), "}"]
    return found


def _in_order(tree: Tree) -> Tree:
    """Write `a \\over b` as `\\frac{a}{b}`, and behind every base primes first, then what is low, then what is high."""
    if _is_infix(tree):
        at = next(index for index, one in enumerate(tree) if isinstance(one, str) and one in _INFIX)
        return [_INFIX[str(tree[at])], _in_order(tree[:at]), _in_order(tree[at + 1 :])]
    found: Tree = []
    position = 0
    while position < len(tree):
        if tree[position] in ("_", "^", "'"):
            scripts, position = _scripts(tree, position)
            found += scripts
            continue
        one = tree[position]
        last, position = (found[-1] if found else ""), position + 1
        if isinstance(one, str):
            found.append(one)
        elif _is_infix(one) and isinstance(last, str) and not last.startswith("\\"):
            found += _in_order(one)  # its braces were there for the infix command only
        else:
            found.append(_in_order(one))
    return found


def _is_infix(tree: Tree) -> bool:
    return any(isinstance(one, str) and one in _INFIX for one in tree)


def _scripts(tree: Tree, position: int) -> tuple[Tree, int]:
    """Return the scripts that begin at a position, in order, and where they end."""
    primes: Tree = []
    low: Tree = []
    high: Tree = []
    while position < len(tree) and tree[position] in ("_", "^", "'"):
        if tree[position] == "'":
            primes.append("'")
            position += 1
            continue
        if position + 1 == len(tree):
            return [*primes, *low, *high, tree[position]], position + 1
        mark, written = tree[position], tree[position + 1]
        argument: Tree = _in_order(written) if isinstance(written, list) else [written]
        while mark == "^" and argument and argument[0] == "'":
            primes.append(argument.pop(0))
        if mark == "_" and not low:
            low = ["_", argument]
        elif mark == "^" and argument and not high:
            high = ["^", argument]
        elif argument:
            return [*primes, *low, *high, mark, argument], position + 2
        position += 2
    return [*primes, *low, *high], position


def _without_idle_braces(tokens: list[str]) -> list[str]:
    """Take the braces off single signs (`x^{2}` is `x^2`) and off groups in groups (`{{x+1}}` is `{x+1}`)."""
    result: list[str] = []
    opened: list[int] = []
    last_group = (0, 0)
    for token in tokens:
        result.append(token)
        if token == "{":
            opened.append(len(result) - 1)
        elif token == "}" and opened:
            start = opened.pop()
            if len(result) - start == 3 or last_group == (start + 1, len(result) - 2):
                result[start:] = result[start + 1 : -1]
            last_group = (start, len(result) - 1)
    return result
