"""A small parser of our own, so that generated problems and their steps are checked by other code than made them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest

THOUSANDTHS = {"": 1000, "d": 100, "c": 10, "m": 1}
"""What a unit is worth by its prefix, in thousandths of the base unit: a dm is 100 mm."""


@dataclass(frozen=True)
class Linear:
    """The value a * x + b."""

    a: int
    b: int

    def at(self, x: int) -> int:
        return self.a * x + self.b


def parse(text: str) -> Linear:
    """Read sums, differences and products of whole numbers and one x, with parentheses."""
    tokens = re.findall(r"\d+|[x+*()-]", text)
    assert "".join(tokens) == text, f"cannot read {text!r}"
    value, rest = _sum(tokens)
    assert rest == [], f"cannot read {text!r} from {rest}"
    return value


def _sum(tokens: list[str]) -> tuple[Linear, list[str]]:
    total, tokens = _product(tokens)
    while tokens and tokens[0] in "+-":
        sign = 1 if tokens[0] == "+" else -1
        term, tokens = _product(tokens[1:])
        total = Linear(total.a + sign * term.a, total.b + sign * term.b)
    return total, tokens


def _product(tokens: list[str]) -> tuple[Linear, list[str]]:
    product, tokens = _factor(tokens)
    while tokens and tokens[0] == "*":
        factor, tokens = _factor(tokens[1:])
        assert product.a == 0, "the number stands before x"
        product = Linear(product.b * factor.a, product.b * factor.b)
    return product, tokens


def _factor(tokens: list[str]) -> tuple[Linear, list[str]]:
    first, rest = tokens[0], tokens[1:]
    if first == "(":
        inner, rest = _sum(rest)
        assert rest[0] == ")"
        return inner, rest[1:]
    if first == "-":  # a slip before can have led below 0
        inner, rest = _factor(rest)
        return Linear(-inner.a, -inner.b), rest
    return (Linear(1, 0) if first == "x" else Linear(0, int(first))), rest


def quantity(text: str, unit: str) -> int:
    """Return how many of `unit` a quantity such as 3dm is; of both, the last letter is the base unit."""
    match = re.fullmatch(r"(\d+)([dcm]?)([mlg])", text)
    assert match and match[3] == unit[-1], f"cannot read {text!r} in {unit}"
    count, remainder = divmod(int(match[1]) * THOUSANDTHS[match[2]], THOUSANDTHS[unit[:-1]])
    assert remainder == 0
    return count


def solution_of(prompt: str) -> int:
    """Solve a printed problem of any kind."""
    if conversion := re.fullmatch(r"(.+)=\?(.+)", prompt):
        return sum(quantity(term, conversion[2]) for term in conversion[1].split("+"))
    if equation := re.fullmatch(r"(.+)=(\d+),x=", prompt):
        left = parse(equation[1])
        answer, remainder = divmod(int(equation[2]) - left.b, left.a)
        assert remainder == 0
        return answer
    assert prompt.endswith("=")
    return parse(prompt[:-1]).at(0)


def step_is_right(step: str, prompt: str) -> bool:
    """Tell whether a step, an equation such as 7+6+0=13, 3m=300 or 3*x=21, is true of the problem."""
    left, _, right = step.partition("=")
    if left[-1] in "mlg":
        return quantity(left, prompt.partition("?")[2]) == int(right)
    return parse(left).at(solution_of(prompt)) == int(right)


@pytest.fixture(scope="session")
def solve() -> Callable[[str], int]:
    return solution_of


@pytest.fixture(scope="session")
def is_right() -> Callable[[str, str], bool]:
    return step_is_right
