"""What an answer may look like before any algebra library sees it: caps on size, and expressions that cannot be
meant to be evaluated (a factorial of millions, a tower of powers). Linear scans.
"""

from __future__ import annotations

import math
import re

from rewards.reading.brackets import CLOSING, OPENING
from rewards.reading.numeric import MAX_DIGITS

MAX_CHARACTERS = 4096
MAX_COMMANDS = 256
MAX_CELLS = 256
MAX_BARS = 16
MAX_NESTING = 24
MAX_FUNCTION_NESTING = 12
MAX_EXPONENT = 10_000
MAX_STOREYS = 3
"""Powers in exponents of powers, and indices of indices: the parser's time grows sixfold with each."""
_DIGIT_RUN = re.compile(rf"\d{{{MAX_DIGITS + 1}}}")
_SAME_SIGN = re.compile(r"([^\w\s])\1{63}")
_TALL_POWER = re.compile(r"(?:\^|\*\*)[\s({]*-?\d{5,}")
_TOWER = re.compile(r"(?:\^|\*\*)[\s({]*(\d{1,4})[\s)}]*(?:\^|\*\*)[\s({]*(\d{1,4})")
_BIG_FACTORIAL = re.compile(r"\d{4,}\s*[)}]?\s*!|!\s*[)}]\s*!")
_GROWING = re.compile(r"\\(?:d|t)?(?:binom|Gamma|sum|prod)(?![A-Za-z])")
_BIG_NUMBER = re.compile(r"\d{5,}|\d(?:\^|\*\*)[\s({]*\d")
_RAISED = re.compile(r"(?:\^|\*\*|_)\s*-?\s*([{(]?)")
_SIMPLE = re.compile(r"\s*(?:\\[A-Za-z]+|[A-Za-z\d.]+)\s*(?=\^|\*\*)")
_BRACKET = re.compile("[" + re.escape(OPENING + CLOSING) + "]")
_FUNCTION_END = re.compile(r"[A-Za-z]{2,}\s*(?:\^\{?-?\d\}?\s*)?(?:\\left)?\Z")


def over_limit(text: str) -> str | None:
    """Return which limit `text` breaks, or None."""
    if len(text) > MAX_CHARACTERS:
        return f"answer longer than {MAX_CHARACTERS} characters"
    if text.count("\\") > MAX_COMMANDS:
        return f"more than {MAX_COMMANDS} LaTeX commands"
    if text.count("&") > MAX_CELLS:
        return f"more than {MAX_CELLS} matrix cells"
    if _DIGIT_RUN.search(text):
        return f"more than {MAX_DIGITS} digits in a row"
    if run := _SAME_SIGN.search(text):
        return f"{run[1]!r} 64 times in a row"
    if text.count("|") > MAX_BARS:
        return f"more than {MAX_BARS} bars"
    return _nesting(text)


def too_costly(text: str) -> str | None:
    """Return why evaluating the formula `text` could take very long, or None."""
    if _TALL_POWER.search(text):
        return f"a power above {MAX_EXPONENT}"
    for base, exponent in _TOWER.findall(text):
        if int(base) > 1 and int(exponent) * math.log(int(base)) > math.log(MAX_EXPONENT):
            return "a tower of powers"
    if text.count("^") + text.count("_") + text.count("**") > MAX_STOREYS and _storeys(text) > MAX_STOREYS:
        return f"powers nested deeper than {MAX_STOREYS}"
    if _BIG_FACTORIAL.search(text):
        return "the factorial of a large number"
    if _GROWING.search(text) and _BIG_NUMBER.search(text):
        return "a sum, product or binomial over a large number"
    return None


def _storeys(text: str) -> int:
    """Return how many powers stand in the exponent of another at most: 2 in `a^{b^c}` and `a^b^c`."""
    raised = {match.end(1) - 1 for match in _RAISED.finditer(text) if match[1]}
    highest, open_brackets, place = 0, [], 0
    while place < len(text):
        character = text[place]
        if character in OPENING:
            open_brackets.append(place in raised)
        elif character in CLOSING and open_brackets:
            open_brackets.pop()
        elif bare := _RAISED.match(text, place):
            row = 1
            while not bare[1] and (simple := _SIMPLE.match(text, bare.end())):
                row, bare = row + 1, _RAISED.match(text, simple.end()) or bare
            highest = max(highest, row + sum(open_brackets))
            place = bare.end() - (1 if bare[1] else 0)
            continue
        place += 1
    return highest


def _nesting(text: str) -> str | None:
    """Return which nesting limit the brackets of `text` break, or None."""
    functions: list[bool] = []
    num_functions = 0
    for bracket in _BRACKET.finditer(text):
        position, character = bracket.start(), bracket[0]
        if character in OPENING:
            functions.append(bool(_FUNCTION_END.search(text, max(0, position - 24), position)))
            num_functions += functions[-1]
        elif functions:
            num_functions -= functions.pop()
        if len(functions) > MAX_NESTING:
            return f"brackets nested deeper than {MAX_NESTING}"
        if num_functions > MAX_FUNCTION_NESTING:
            return f"functions nested deeper than {MAX_FUNCTION_NESTING}"
    return None
