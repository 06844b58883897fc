"""JSON and calls as models write them, read with caps into plain typed values: never eval, no NaN, no second key.

Read as well, because models learn from Python text: 'single quotes', True, False, None, leading zeros (007), (1, 2) for
[1, 2], and a comma before a closing bracket. Numbers are decimal and finite; a boolean is never a number.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from rlcs.records import Status, Verdict

JsonValue: TypeAlias = "None | bool | int | float | str | list[JsonValue] | dict[str, JsonValue]"

_TOKEN = re.compile(
    r"""\s*(?:(?P<mark>[\[\](){},:=])
    |(?P<text>"[^"\\]*(?:\\.[^"\\]*)*"|'[^'\\]*(?:\\.[^'\\]*)*')
    |(?P<number>-?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,4})?)
    |(?P<word>[A-Za-z_][\w.]*))\s*""",
    re.DOTALL | re.VERBOSE | re.ASCII,
)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_WORDS: dict[str, JsonValue] = {
    "true": True, "True": True, "false": False, "False": False, "null": None, "None": None,
}  # fmt: skip
_CLOSING = {"[": "]", "(": ")", "{": "}"}
_MAX_DIGITS = 256


class Unreadable(ValueError):
    """A text is not an answer of the asked kind; `status` says whether it is wrong or too much."""

    def __init__(self, message: str, status: Status = Status.INVALID_ANSWER) -> None:
        super().__init__(message)
        self.status = status

    def verdict(self) -> Verdict:
        """Return the verdict on the answer: score 0."""
        return Verdict(score=0.0, status=self.status, message=str(self)[:200])


@dataclass(frozen=True, slots=True)
class JsonLimits:
    """How much text is read."""

    characters: int = 32_768
    depth: int = 32
    """Brackets inside brackets."""
    values: int = 10_000


def read_json(text: str, limits: JsonLimits | None = None) -> JsonValue:
    """Return the one value that is all of `text`; raises Unreadable."""
    reader = _Reader(text, limits or JsonLimits())
    value = reader.value(0)
    reader.expect_end()
    return value


def read_call(text: str, limits: JsonLimits | None = None) -> tuple[str, dict[str, JsonValue]]:
    """Return name and arguments of the one call `name(key=value, …)` that is all of `text`; raises Unreadable.

    Arguments without a name get their position as key: "0", "1", …
    """
    reader = _Reader(text, limits or JsonLimits())
    name = reader.name("the name of an action")
    arguments = reader.arguments()
    reader.expect_end()
    return name, arguments


class _Reader:
    """One pass over the tokens, one token ahead."""

    def __init__(self, text: str, limits: JsonLimits) -> None:
        if len(text) > limits.characters:
            raise Unreadable(f"longer than {limits.characters} characters", Status.OVER_LIMIT)
        self.limits = limits
        self.num_values = 0
        self.tokens = _tokens(text)
        self.kind, self.token = next(self.tokens)

    def advance(self) -> str:
        """Return the token and go to the next."""
        token = self.token
        self.kind, self.token = next(self.tokens)
        return token

    def expect(self, mark: str) -> None:
        """Pass over a mark."""
        if self.kind != "mark" or self.token != mark:
            raise Unreadable(f"expected {mark!r}, got {self.token[:40] or 'the end'!r}")
        self.advance()

    def expect_end(self) -> None:
        """Refuse text after the value."""
        if self.kind != "end":
            raise Unreadable(f"unexpected {self.token[:40]!r} after the end")

    def at(self, mark: str) -> bool:
        """Tell whether the next token is this mark."""
        return self.kind == "mark" and self.token == mark

    def name(self, what: str) -> str:
        """Read a bare word."""
        if self.kind != "word":
            raise Unreadable(f"expected {what}, got {self.token[:40] or 'the end'!r}")
        return self.advance()

    def value(self, depth: int) -> JsonValue:
        """Read one value of any kind."""
        self.num_values += 1
        if depth > self.limits.depth or self.num_values > self.limits.values:
            raise Unreadable("too many or too deeply nested values", Status.OVER_LIMIT)
        if self.kind == "text":
            return _unquoted(self.advance())
        if self.kind == "number":
            return _number(self.advance())
        if self.kind == "word" and self.token in _WORDS:
            return _WORDS[self.advance()]
        if self.at("{"):
            return self.mapping(depth)
        if self.at("[") or self.at("("):
            return self.sequence(depth)
        raise Unreadable(f"expected a value, got {self.token[:40] or 'the end'!r}")

    def sequence(self, depth: int) -> list[JsonValue]:
        """Read [value, …] or (value, …)."""
        closing = _CLOSING[self.advance()]
        values: list[JsonValue] = []
        while not self.at(closing):
            values.append(self.value(depth + 1))
            if not self.at(closing):
                self.expect(",")
        self.advance()
        return values

    def mapping(self, depth: int) -> dict[str, JsonValue]:
        """Read {"key": value, …}."""
        self.advance()
        values: dict[str, JsonValue] = {}
        while not self.at("}"):
            if self.kind != "text":
                raise Unreadable(f"expected a key in quotes, got {self.token[:40] or 'the end'!r}")
            key = _unquoted(self.advance())
            self.expect(":")
            _put(values, key, self.value(depth + 1))
            if not self.at("}"):
                self.expect(",")
        self.advance()
        return values

    def arguments(self) -> dict[str, JsonValue]:
        """Read (name=value, …)."""
        self.expect("(")
        values: dict[str, JsonValue] = {}
        while not self.at(")"):
            key = str(len(values))
            if self.kind == "word" and self.token not in _WORDS:
                key = self.advance()
                self.expect("=")
            _put(values, key, self.value(1))
            if not self.at(")"):
                self.expect(",")
        self.advance()
        return values


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    """Yield (kind, token) and at last ("end", "")."""
    position, length = 0, len(text.rstrip())
    while position < length:
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            raise Unreadable(f"cannot read {text[position : position + 40]!r}")
        yield match.lastgroup, match[match.lastgroup]
        position = match.end()
    while True:
        yield "end", ""


def _put(values: dict[str, JsonValue], key: str, value: JsonValue) -> None:
    if key in values:
        raise Unreadable(f"{key[:40]!r} is given twice")
    values[key] = value


def _unquoted(token: str) -> str:
    inner = token[1:-1]
    if "\\" not in inner:
        return inner
    # \ud83d\ude00 is one character in two halves; a half on its own could not be written to a log
    return _ESCAPE.sub(_unescaped, inner).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _unescaped(match: re.Match[str]) -> str:
    code = match[1]
    return chr(int(code[1:], 16)) if len(code) == 5 else _ESCAPED.get(code, code)


def _number(token: str) -> int | float:
    if len(token) > _MAX_DIGITS:
        raise Unreadable(f"a number of more than {_MAX_DIGITS} digits", Status.OVER_LIMIT)
    if token.removeprefix("-").isdigit():
        return int(token)
    value = float(token)
    if not math.isfinite(value):
        raise Unreadable(f"{token} is not finite")
    return value
