"""What the parser of math-verify would pass over is written as symbols of its own, or refused.

It drops primes, `^T` and stars, reads `A` as `a`, and multiplies the letters of an angle. Where a text holds a command
that it has no meaning for, it must not be asked: the text is then no formula, and is compared as text.
"""

from __future__ import annotations

import re

from rewards.verifiers.mathematics.tokens import FUNCTIONS, GREEK

_KNOWN = (
    GREEK
    | FUNCTIONS
    | frozenset(
        """frac sqrt cdot times div pi pm mp infty binom text mathrm mathbf operatorname mathbb mathcal hat bar vec
        dot ddot tilde overline widehat overrightarrow le leq ge geq lt gt ne neq approx equiv in notin cup cap setminus
        emptyset int iint iiint oint sum prod lim to rightarrow limits mod pmod bmod gcd lcm max min det floor ceil
        lfloor rfloor lceil rceil lvert rvert lVert rVert vert begin end left right ldots dots cdots quad displaystyle
        degree circ partial land lor prime mathit boldsymbol rm hline sgn boxed mleft mright lgroup rgroup lbrack rbrack
        lbrace rbrace ulcorner urcorner llcorner lrcorner exponentialE variable char Rightarrow longrightarrow
        Longrightarrow
        """.split()
    )
)
_ENVIRONMENTS = re.compile(r"\\(?:begin|end)\s*\{[^{}]*\}(?:\s*\{[lcr|\s]*\})?")
_COMMAND = re.compile(r"\\([A-Za-z]+)")
_TEXT = re.compile(r"\\(?:text|mathrm|operatorname|mathbb|mathcal)\s*\{[^{}]*\}")
_BASE = r"(?P<base>(?<![A-Za-z\\])[A-Za-z]|\\(?:" + "|".join(sorted(GREEK, key=len, reverse=True)) + r")(?![A-Za-z]))"
_INDEX = r"(?P<index>\s*_\s*(?:\{[A-Za-z0-9,+\- ]*\}|[A-Za-z0-9]))?"
_T = (
    r"T|\{\s*(?:T|\\(?:mathrm|mathsf|text|mathbf|operatorname)\s*\{\s*T\s*\})\s*\}|\\(?:top|intercal)(?![A-Za-z])"
    r"|\{\s*\\(?:top|intercal)\s*\}"
)
_STAR = r"\*|\\ast(?![A-Za-z])|\\star(?![A-Za-z])|\{\s*(?:\*|\\ast|\\star)\s*\}"
_DAGGER = r"\\dag(?:ger)?(?![A-Za-z])|\{\s*\\dag(?:ger)?\s*\}|†"
_PRIME = r"'+|\^\s*\{\s*(?:\\prime\s*|')+\}|\^\s*\\prime(?![A-Za-z])"
_MARKED = re.compile(
    rf"{_BASE}{_INDEX}\s*(?:(?P<prime>{_PRIME})|\^\s*(?:(?P<T>{_T})|(?P<star>{_STAR})|(?P<dagger>{_DAGGER})))"
)
_LEFT_OVER = re.compile(rf"'|\\prime(?![A-Za-z])|\^\s*(?:{_T}|{_STAR}|{_DAGGER})")
_FIRST = 70_000
"""Indices from here on stand for marks."""
_USED = re.compile(r"_\s*\{[^{}]*7\d{4,}")
_JOINED_BAR = re.compile(r"[lr]?[vV]ert[a-z]|[lr](?:group|brace|brack)[a-z]")
"""The parser reads `\\lvertx` as the bar and x."""
_WORD = re.compile(r"(?<![A-Za-z])(?:and|or)(?![A-Za-z])")
_LETTER = re.compile(r"(?<![A-Za-z\\])[A-Za-z]")


def written_out(latex: str) -> str | None:
    """Return LaTeX whose marks are indices, which the parser keeps; None when it holds what has no meaning to it."""
    if _USED.search(latex):
        return None
    latex = _MARKED.sub(_indexed, latex)
    if _LEFT_OVER.search(latex) or not _commands_of(_ENVIRONMENTS.sub(" ", latex)) <= _KNOWN:
        return None
    return _two_cases(latex)


def letters_of(latex: str) -> set[str]:
    """Return the letters, in lower case, that stand for symbols: none of a command, a text or an environment."""
    bare = _WORD.sub(" ", _COMMAND.sub(" ", _TEXT.sub(" ", _ENVIRONMENTS.sub(" ", latex))))
    return {letter.lower() for letter in bare if letter.isascii() and letter.isalpha()}


def _commands_of(latex: str) -> set[str]:
    return {_JOINED_BAR.sub("vert", name) for name in _COMMAND.findall(latex)}


def _indexed(match: re.Match[str]) -> str:
    """Write a marked symbol as one with an index: its own one, and a number for the mark."""
    prime = match["prime"]
    if prime:
        code = len(re.findall(r"'|\\prime", prime))
    else:
        code = 100 if match["T"] else 200 if match["star"] else 300
    own = re.sub(r"[\s_{}]", "", match["index"] or "")
    return f"{match['base']}_{{{own}{_FIRST + code}}}"


def _two_cases(latex: str) -> str:
    """Give capitals an index where the small letter occurs too: the parser takes both for one symbol."""
    bare = _TEXT.sub(" ", _ENVIRONMENTS.sub(" ", latex))
    letters = set(_LETTER.findall(_COMMAND.sub(" ", bare)))
    both = {letter for letter in letters if letter.isupper() and letter.lower() in letters}
    if not both:
        return latex
    capital = re.compile(rf"(?<![A-Za-z\\{{])({'|'.join(sorted(both))})(?![A-Za-z_])")
    return capital.sub(rf"\1_{{{_FIRST + 400}}}", latex)
