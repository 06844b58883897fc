"""Reads a formula: sums, products, fractions, powers, roots, functions, factorials.

What is not in this grammar is left to the parser of symbolic.py, and so is what can be meant in two ways
(`2\\frac{1}{2}`, `1/2x`, `x(y)`). Both formulas of a comparison are read by the same of the two.
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from rewards.verifiers.mathematics.latex import to_latex
from rewards.verifiers.mathematics.tokens import Token, Undecided, tokens

MAX_TEXT = 600
MAX_DEGREE = 99
MAX_QUOTIENTS = 32
SIX = 6
_CALLED = re.compile(r"([fghFGHP])(?=(?:'|\^\{? ?\}?)*\s*\()")
_NOT_CALLED = r"(?!(?:'|\^\{? ?\}?)*\s*\()"
_COMMAND = re.compile(r"\\[A-Za-z]+")
_INVERSE = {"sin": "arcsin", "cos": "arccos", "tan": "arctan"} | {
    name + "h": f"ar{name}h" for name in ("sin", "cos", "tan")
}
_SAME_FUNCTION = {f"arc{name}h": f"ar{name}h" for name in ("sin", "cos", "tan")}
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_ENDS = frozenset(("", "+", "-", ")", "}", "]", "\\rfloor", "\\rceil", ","))
_JOINED = frozenset(("\\frac", "\\sqrt", "\\pi"))
"""Signs that may go on with the argument of a function without brackets: `\\sin 2\\pi x`."""


class Plain(NamedTuple):
    """A number, a symbol, or an operation on others."""

    kind: str
    """number, symbol, pi, e, i, +, *, /, ^ (whole exponent), root, power, T (transposed), call or unknown."""
    parts: tuple[Plain, ...] = ()
    name: str = ""
    """Of a symbol, of the function of a call; an unknown function (f, f') is known by its name only."""
    number: Fraction = Fraction(0)
    """Of a number; the exponent of a power or the degree of a root."""
    symbols: frozenset[str] = frozenset()
    is_rational: bool = True
    """Without roots, pi and functions."""
    is_exact: bool = True
    """Without decimals of six digits or more, which may be rounded."""
    has_matrices: bool = False
    """Something is transposed, or a capital inverted."""


@lru_cache(maxsize=4096)
def read_plain(text: str, called: frozenset[str] = frozenset()) -> Plain | None:
    """Parse the body of an answer; None when it is beyond the grammar. `called`: letters that stand for functions."""
    if len(text) > MAX_TEXT:
        return None
    try:
        reader = Reader(tokens(to_latex(text)), called)
        node = reader.sum()
        reader.end()
    except (Undecided, RecursionError):
        return None
    return node


def functions_of(*texts: str) -> frozenset[str]:
    """Return the letters that stand for functions in formulas: those that a bracket follows wherever they occur."""
    bare = [_COMMAND.sub(" ", text) for text in texts]
    found = {match[1] for text in bare for match in _CALLED.finditer(text)}
    return frozenset(letter for letter in found if not any(re.search(letter + _NOT_CALLED, text) for text in bare))


def node(kind: str, *parts: Plain, name: str = "", number: Fraction = Fraction(0)) -> Plain:
    """Make an operation on `parts`."""
    return Plain(
        kind,
        parts,
        name,
        number,
        symbols=parts[0].symbols.union(*(part.symbols for part in parts[1:])),
        is_rational=kind in ("+", "*", "/", "^") and all(part.is_rational for part in parts),
        is_exact=all(part.is_exact for part in parts),
        has_matrices=_of_matrices(kind, parts, number) or any(part.has_matrices for part in parts),
    )


def _of_matrices(kind: str, parts: tuple[Plain, ...], number: Fraction) -> bool:
    return kind == "T" or (kind == "^" and number < 0 and parts[0].kind == "symbol" and parts[0].name[0].isupper())


MINUS = Plain("number", number=Fraction(-1))
TEN = Plain("number", number=Fraction(10))
DEGREE = node("/", Plain("pi", is_rational=False), Plain("number", number=Fraction(180)))


class Reader:
    """Recursive descent over tokens."""

    def __init__(self, found: list[Token], called: frozenset[str]) -> None:
        self._tokens = [*found, Token("sign", "")]
        self._called = called
        self._place = 0
        self._open_bars = 0
        self._function_depth = 0

    @property
    def _next(self) -> str:
        token = self._tokens[self._place]
        return token.text if token.kind == "sign" else ""

    @property
    def _at_end(self) -> bool:
        token = self._tokens[self._place]
        return token.kind == "sign" and token.text in _ENDS

    def _take(self, *wanted: str) -> Token:
        token = self._tokens[self._place]
        if wanted and (token.kind != "sign" or token.text not in wanted):
            raise Undecided
        self._place += 1
        return token

    def end(self) -> None:
        """Refuse what is left over."""
        self._take("")

    def sum(self) -> Plain:
        """Read terms with signs between (`1--2` is 3), and perhaps before."""
        terms: list[Plain] = []
        while not terms or self._next in ("+", "-"):
            is_minus = False
            while self._next in ("+", "-"):
                is_minus ^= self._take().text == "-"
            term = self._product()
            terms.append(node("*", MINUS, term) if is_minus else term)
        return terms[0] if len(terms) == 1 else node("+", *terms)

    def _product(self) -> Plain:
        """Read factors; 1/2x is left to the parser, and so is a number that follows without a sign, as in 2 3."""
        factors = [self._power()]
        num_quotients, is_below = 0, False
        while not self._at_end and not (self._next == "|" and self._open_bars):
            opening = self._next
            if opening in ("/", "\\div"):
                self._take()
                factors = [node("/", _product(factors), self._power())]
                num_quotients, is_below = num_quotients + 1, True
                if num_quotients > MAX_QUOTIENTS:
                    raise Undecided
                continue
            is_joined = opening not in ("\\cdot", "\\times")
            if not is_joined:
                self._take()
            factor = self._power()
            if opening == "\\times" and any(name.startswith("vec(") for name in factor.symbols):
                factors = [_unknown("cross", [_product(factors), factor])]
                continue
            if is_joined and (is_below or _is_two_fold(factors[-1], factor, opening)):
                raise Undecided
            factors.append(factor)
            is_below = False
        return _product(factors)

    def _power(self) -> Plain:
        """Read a base with what stands behind it: powers, factorials, a transpose, degrees."""
        found = self._base()
        is_raised = False
        while self._next in ("^", "^T", "!"):
            sign = self._take().text
            if sign == "^T":
                found = self._transposed(found)
            elif sign == "!":
                if self._next == "!":
                    raise Undecided
                found = node("call", found, name="factorial")
            elif is_raised:  # 2^3^4
                raise Undecided
            else:
                found, is_raised = self._raised(found), True
        return found

    def _raised(self, base: Plain) -> Plain:
        if self._function_depth and self._is_degree():
            return node("*", base, DEGREE)
        if self._next != "{":
            sign = -1 if self._next == "-" and self._take() else 1
            if self._tokens[self._place].kind == "function":
                raise Undecided
            exponent = self._base()
            if sign < 0:
                exponent = node("*", MINUS, exponent)
        else:
            exponent = self._group()
        return power(base, exponent)

    def _is_degree(self) -> bool:
        """Take the `\\circ` of `\\sin 30^\\circ`, and tell whether it was there."""
        words = [token.text for token in self._tokens[self._place : self._place + 3]]
        for wanted in (["\\circ"], ["{", "\\circ", "}"]):
            if words[: len(wanted)] == wanted:
                self._place += len(wanted)
                return True
        return False

    def _transposed(self, base: Plain) -> Plain:
        if base.kind in ("number", "e"):
            return power(base, Plain("symbol", name="T", symbols=frozenset("T")))
        return node("T", base)

    def _base(self) -> Plain:
        token = self._take()
        if token.kind == "number":
            return Plain("number", number=Fraction(token.text), is_exact=not _is_rounded(token.text))
        if token.kind == "function":
            return self._call(token.text)
        if token.kind == "symbol":
            return self._named(token.text)
        if token.text in _CLOSING:
            return self._closed(_CLOSING[token.text])
        return self._command(token.text)

    def _command(self, sign: str) -> Plain:
        if sign == "|":
            self._open_bars += 1
            found = node("call", self._closed("|"), name="abs")
            self._open_bars -= 1
            return found
        if sign in ("\\lfloor", "\\lceil"):
            return node("call", self._closed("\\r" + sign[2:]), name=sign[2:])
        if sign == "\\frac":
            return self._fraction()
        if sign == "\\binom":
            return node("call", self._argument(), self._argument(), name="binom")
        if sign == "\\sqrt":
            return self._root()
        if sign == "\\pi":
            return Plain("pi", is_rational=False)
        raise Undecided

    def _closed(self, closing: str) -> Plain:
        found = self.sum()
        self._take(closing)
        return found

    def _named(self, name: str) -> Plain:
        if name in ("e", "i"):
            return Plain(name, is_rational=False)
        if name == "I":  # the imaginary unit to the parser, a current to most
            raise Undecided
        if name.rstrip("'") in self._called and self._next == "(":
            arguments = [self._after("("), *self._more_arguments()]
            return _unknown(name, arguments)
        return Plain("symbol", name=name, symbols=frozenset({name}))

    def _after(self, opening: str) -> Plain:
        self._take(opening)
        return self.sum()

    def _more_arguments(self) -> list[Plain]:
        found = []
        while self._next == ",":
            found.append(self._after(","))
        self._take(")")
        return found

    def _fraction(self) -> Plain:
        start = self._place
        above, below = self._argument(), self._argument()
        if any(token.text == "d" for token in self._tokens[start : self._place][:2]):  # an operator
            raise Undecided
        return node("/", above, below)

    def _root(self) -> Plain:
        degree = 2
        if self._next == "[":
            self._take()
            token = self._take()
            if token.kind != "number" or not token.text.isdecimal() or not 2 <= int(token.text) <= MAX_DEGREE:
                raise Undecided
            degree = int(token.text)
            self._take("]")
        return node("root", self._argument(), number=Fraction(degree))

    def _group(self) -> Plain:
        self._take("{")
        return self._closed("}")

    def _argument(self) -> Plain:
        """Read what a command is applied to: a group, or one digit or symbol."""
        if self._next in ("{", "("):
            self._take()
            return self._closed("}" if self._tokens[self._place - 1].text == "{" else ")")
        token = self._tokens[self._place]
        if token.kind == "number" and token.text.isdecimal():
            digit, rest = token.text[0], token.text[1:]
            self._tokens[self._place : self._place + 1] = [Token("number", one) for one in (digit, rest) if one]
            self._place += 1
            return Plain("number", number=Fraction(digit))
        if token.kind == "symbol" or token.text == "\\pi":
            return self._base()
        raise Undecided

    def _call(self, name: str) -> Plain:
        """Read a function with its power and its argument, with or without brackets."""
        base = TEN if name in ("log", "lg") else None
        raised: Plain | None = None
        while self._next in ("^", "_"):
            if self._take().text == "_":
                if name != "log":
                    raise Undecided
                base = self._argument()
            else:
                raised = self._group() if self._next == "{" else self._base()
        if raised == MINUS or raised == node("*", MINUS, Plain("number", number=Fraction(1))):
            name, raised = _inverse(name), None
        argument = self._function_argument()
        if base is not None:
            found = node("/", node("call", argument, name="ln"), node("call", base, name="ln"))
        elif name == "exp":
            found = power(Plain("e", is_rational=False), argument)
        else:
            found = node("call", argument, name=_SAME_FUNCTION.get(name, name))
        return found if raised is None else power(found, raised)

    def _function_argument(self) -> Plain:
        self._function_depth += 1
        found = self._bare_argument()
        self._function_depth -= 1
        return found

    def _bare_argument(self) -> Plain:
        if self._next in _CLOSING:
            closing = _CLOSING[self._take().text]
            found = self._closed(closing)
            if self._next == "^" and closing != "}":  # ln(x)^2
                raise Undecided
            return found
        found = self._power()
        while self._tokens[self._place].kind == "symbol" or self._next in _JOINED:
            found = node("*", found, self._power())
        if self._next in ("/", "(", "["):  # sin x/2
            raise Undecided
        return found


def _product(factors: list[Plain]) -> Plain:
    return factors[0] if len(factors) == 1 else node("*", *factors)


def power(base: Plain, exponent: Plain) -> Plain:
    """Make a power; one with a whole number as exponent is rational where its base is."""
    value = whole(exponent)
    if value is not None:
        return node("^", base, number=Fraction(value))
    return node("power", base, exponent)


def whole(exponent: Plain) -> int | None:
    """Return the value of an exponent that is a whole number, as written: `3`, `-3`."""
    if exponent.kind == "number" and exponent.is_exact:
        return int(exponent.number)
    if exponent.kind == "*" and exponent.parts[0] is MINUS and len(exponent.parts) == 2:
        value = whole(exponent.parts[1])
        return None if value is None else -value
    return None


def _unknown(name: str, arguments: list[Plain]) -> Plain:
    return node("unknown", *arguments, name=name)


def _inverse(name: str) -> str:
    if name not in _INVERSE:
        raise Undecided
    return _INVERSE[name]


def _is_two_fold(before: Plain, factor: Plain, opening: str) -> bool:
    """Tell whether two factors side by side can be meant otherwise: x(y), 2 3, 2 1/2."""
    if opening == "(":
        is_mixed = before.kind == "number" and factor.kind == "/" and not factor.symbols
        return is_mixed or (before.kind == "symbol" and factor.kind == "symbol")
    return factor.kind == "number" or (factor.kind == "/" and before.kind == "number" and not factor.symbols)


def _is_rounded(number: str) -> bool:
    return "." in number and len(number.replace(".", "").lstrip("0")) >= SIX
