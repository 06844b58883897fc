"""Splits a formula into tokens in which every mark that tells symbols apart survives: primes, indices, hats, vectors,
the letters of an angle. A mark without a meaning here raises Undecided, so that none is ever passed over.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from rewards.reading.brackets import argument_of

Kind = Literal["number", "symbol", "function", "sign"]

GREEK = frozenset(
    """alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi rho sigma tau upsilon phi chi psi omega
    Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega ell hbar varepsilon vartheta varphi varrho varsigma
    """.split()
)
FUNCTIONS = frozenset(
    """sin cos tan cot sec csc sinh cosh tanh coth arcsin arccos arctan arsinh arcosh artanh arcsinh arccosh arctanh
    ln log lg exp""".split()
)
_SAME_GREEK = {"epsilon": "varepsilon", "phi": "varphi"}
_PLAIN = frozenset("frac sqrt cdot times div pi binom lfloor rfloor lceil rceil circ".split())
_SAME_COMMAND = {"lvert": "|", "rvert": "|", "vert": "|", "tbinom": "\\binom", "dbinom": "\\binom", "degree": "\\circ"}
_LOOK = frozenset("mathrm mathbf boldsymbol bm mathit mathsf operatorname text textbf textit".split())
"""Change the look of a letter, not the letter."""
_ACCENTS = {
    "hat": "hat", "widehat": "hat", "bar": "bar", "overline": "bar", "tilde": "tilde", "widetilde": "tilde",
    "vec": "vec", "overrightarrow": "vec", "dot": "dot", "ddot": "ddot", "check": "check", "breve": "breve",
    "mathcal": "cal", "mathscr": "cal", "mathbb": "bb", "mathfrak": "frak", "underline": "under",
    "overleftarrow": "left", "overleftrightarrow": "line", "overarc": "hat", "wideparen": "hat", "arc": "hat",
}  # fmt: skip
_UNORDERED = frozenset(("hat", "bar", "line"))
"""An arc, a segment and a line are the same from either end; a vector is not."""
_NAMED = {"angle": "angle", "measuredangle": "angle", "triangle": "triangle", "odot": "odot"}
_NUMBER = re.compile(r"\d+(?:\.\d+)?|\.\d+")
_COMMAND = re.compile(r"\\([A-Za-z]+)")
_LETTERS = re.compile(r"\s*\{?\s*((?:[A-Z](?:_\{?\d\}?)?'*\s*){1,4})\}?")
_D = r"(?:d|\\(?:mathrm|text|rm)\s*\{\s*d\s*\}|\\partial(?![A-Za-z]))\s*"
_ORDER = r"(?:\^\s*\{?\s*(\d)\s*\}?\s*)?"
_DERIVATIVE = re.compile(
    rf"\\frac\s*\{{\s*{_D}{_ORDER}(\\?[A-Za-z]+?)(?:\s*\(\s*[a-z]\s*\))?\s*\}}\s*\{{\s*({_D}(\\?[A-Za-z]+?)\s*{_ORDER})\}}"
    r"|(?<![A-Za-z])d([a-z])\s*/\s*d([a-z])(?![A-Za-z])"
)
_INDEX = re.compile(r"\s*_\s*(?:\{((?:[^{}]|\{[^{}]*\})*)\}|([A-Za-z0-9]))")
_PRIMES = re.compile(r"\s*(?:('+)|\^\s*(?:\{\s*((?:\\prime\s*|'\s*)+)\}|(\\prime))|\^\s*\{?\s*\(\s*([1-9])\s*\)\s*\}?)")
_T = (
    r"(?:T|\\(?:top|intercal)(?![A-Za-z])|\\(?:mathrm|mathsf|mathbf|text|textsf|textrm|operatorname)\s*\{\s*T\s*\}"
    r"|\\(?:rm|sf|mathsf)\s+T)"
)
_TRANSPOSED = re.compile(rf"\s*\^\s*(?:{_T}|\{{\s*{_T}\s*\}})(?!_)")
_STAR = r"(?:\*|\\ast(?![A-Za-z])|\\star(?![A-Za-z])|\\dagger(?![A-Za-z])|\\dag(?![A-Za-z])|†)"
_STARRED = re.compile(rf"\s*\^\s*(?:({_STAR})|\{{\s*({_STAR}|[+-])\s*\}})")
_AFTER_A_SYMBOL = frozenset(" _'^")
_SIGNS = "-+/^_(){}[]|!,"
_DERIVED = frozenset("fghyuvFG")
"""y^{(4)} is a fourth derivative; x^{(2)} is a square."""


_STARS = {"\\dagger": "dagger", "\\dag": "dagger", "†": "dagger", "+": "+", "-": "-"}


class Undecided(Exception):
    """The text is beyond this grammar, or the value out of bounds."""


class TooLarge(Undecided):
    """The value has too many digits to be written down."""


class Token(NamedTuple):
    """One word of a formula. Signs are written as in LaTeX (`\\frac`, `(`); a transpose is the sign `^T`."""

    kind: Kind
    text: str


def tokens(latex: str) -> list[Token]:
    """Return the tokens of a formula in LaTeX; raises Undecided when it holds anything of unknown meaning."""
    found: list[Token] = []
    position = 0
    while position < len(latex):
        if latex[position].isspace():
            position += 1
            continue
        token, position = _token(latex, position)
        found.append(token)
    return found


def _token(latex: str, position: int) -> tuple[Token, int]:
    character = latex[position]
    if character in "\\d" and (derivative := _DERIVATIVE.match(latex, position)):
        return _derivative(derivative), derivative.end()
    if (character.isdecimal() or character == ".") and (match := _NUMBER.match(latex, position)):
        return Token("number", match.group()), match.end()
    if character.isascii() and character.isalpha():
        return _symbol(latex, character, position + 1)
    if match := _COMMAND.match(latex, position):
        return _command(latex, match[1], match.end())
    if character == "^" and (mark := _TRANSPOSED.match(latex, position)):
        return Token("sign", "^T"), mark.end()
    if character in _SIGNS:
        return Token("sign", character), position + 1
    raise Undecided


def _derivative(match: re.Match[str]) -> Token:
    """Name a quotient of differentials: dy/dx is y', dx/dt is x with a dot, others are known by both letters."""
    above, order, by = match[2] or match[6], int(match[1] or 1), match[4] or match[7]
    if order != int(match[5] or 1) or order > 4:
        raise Undecided
    if by == "t" and order <= 2 and "partial" not in match.group():
        return Token("symbol", f"{'d' * (order - 1)}dot({above})")
    name = above + "'" * order
    return Token("symbol", name if by == "x" and "partial" not in match.group() else f"{name} by {by}")


def _command(latex: str, name: str, end: int) -> tuple[Token, int]:
    if name in FUNCTIONS:
        return Token("function", name), end
    if name in _SAME_COMMAND:
        return Token("sign", _SAME_COMMAND[name]), end
    if name in _PLAIN:
        return Token("sign", "\\" + name), end
    if name in GREEK:
        return _symbol(latex, "\\" + _SAME_GREEK.get(name, name), end)
    if name in _ACCENTS:
        return _accented(latex, _ACCENTS[name], end)
    if name in _NAMED:
        return _figure(latex, _NAMED[name], end)
    if name in _LOOK:
        inner, end = _argument(latex, end)
        if len(inner) == 1 and inner.isascii() and inner.isalpha():
            return _symbol(latex, inner, end)
    raise Undecided


def _accented(latex: str, accent: str, end: int) -> tuple[Token, int]:
    r"""Read `\vec{v}`, `\hat x`, `\overline{AB}`; unit vectors are i, j and k with and without their hats."""
    inner, end = _argument(latex, end)
    inner = "".join(inner.split())
    command = _COMMAND.fullmatch(inner)
    is_letter = len(inner) == 1 and inner.isalpha() and inner.isascii()
    if accent in ("hat", "vec") and inner.removeprefix("\\") in ("i", "j", "k", "imath", "jmath"):
        return _symbol(latex, inner.removeprefix("\\")[0], end)
    if is_letter or (command and command[1] in GREEK):
        return _symbol(latex, f"{accent}({inner})", end)
    if re.fullmatch("[A-Z]{2,3}", inner):
        if accent in _UNORDERED:
            inner = min(inner, inner[::-1])
        return _symbol(latex, f"{accent}({inner})", end)
    raise Undecided


def _figure(latex: str, name: str, end: int) -> tuple[Token, int]:
    """Read an angle, whose vertex is its middle letter, a triangle, whose letters have no order, or a circle."""
    match = _LETTERS.match(latex, end)
    if match is None:
        return _figure_number(latex, name, end)
    letters = re.findall(r"[A-Z](?:_\{?\d\}?)?'*", match[1])
    if name == "triangle":
        letters.sort()
    elif name == "angle" and len(letters) not in (1, 3):
        raise Undecided
    else:
        letters = min(letters, letters[::-1])
    return Token("symbol", f"{name}({','.join(letters)})"), match.end()


def _figure_number(latex: str, name: str, end: int) -> tuple[Token, int]:
    match = re.compile(r"\s*(\d|\\?[a-z]+)(?![A-Za-z])").match(latex, end)
    if match is None:
        raise Undecided
    return Token("symbol", f"{name}({match[1]})"), match.end()


def _symbol(latex: str, name: str, end: int) -> tuple[Token, int]:
    """Read what belongs to a symbol after its letter: index, primes, a star or dagger."""
    for _ in range(3):
        if latex[end : end + 1] not in _AFTER_A_SYMBOL:
            break
        if match := _INDEX.match(latex, end):
            name += "_" + _index(match[1] if match[1] is not None else match[2])
        elif (match := _PRIMES.match(latex, end)) and (not match[4] or name in _DERIVED):
            count = int(match[4]) if match[4] else len(re.findall(r"\\prime|'", match.group()))
            name += "'" * count
        elif match := _STARRED.match(latex, end):
            name += "^" + _STARS.get(match[1] or match[2], "*")
        else:
            break
        end = match.end()
    return Token("symbol", name), end


def _index(text: str) -> str:
    """Write an index in one way: without the look of its letters and without spaces."""
    text = re.sub(r"\\(?:text|mathrm|mathit|textrm|rm|operatorname)(?![A-Za-z])|[{}]", "", text)
    return "".join(text.split())


def _argument(latex: str, end: int) -> tuple[str, int]:
    """Return what a command is applied to, and where that ends."""
    span = argument_of(latex, end)
    if span is not None:
        return latex[slice(*span)].strip(), span[1] + 1
    match = re.compile(r"\s*(\\[A-Za-z]+|[A-Za-z])").match(latex, end)
    if match is None:
        raise Undecided
    return match[1], match.end()
