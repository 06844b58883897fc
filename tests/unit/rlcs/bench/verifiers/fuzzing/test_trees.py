"""Formula trees: the reference of the fuzz is itself checked, against values known otherwise."""

from __future__ import annotations

import ast
import cmath
import math
import operator
from fractions import Fraction
from functools import partial
from random import Random
from typing import Any

import pytest

from rlcs.bench.verifiers.fuzzing.mathematics import (
    FORMULAS,
    complex_number,
    far_from_one,
    sound,
    surd,
    tree_of,
    with_constant,
)
from rlcs.bench.verifiers.fuzzing.printing import DIALECTS, write
from rlcs.bench.verifiers.fuzzing.tree_edits import KEEPING, SLIPS, kept, slipped
from rlcs.bench.verifiers.fuzzing.trees import (
    CONSTANTS,
    Tree,
    call,
    exact,
    is_same,
    letters,
    negative,
    number,
    numeric,
    points,
    symbol,
)

X = symbol("x")
OPERATORS: dict[type, Any] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}  # fmt: skip
CALLS: dict[str, Any] = {
    "sin": cmath.sin,
    "cos": cmath.cos,
    "tan": cmath.tan,
    "ln": cmath.log,
    "exp": cmath.exp,
    "sqrt": cmath.sqrt,
}


def read(node: ast.expr, values: dict[str, complex]) -> complex:
    """Evaluate a Python expression, as an independent reading of what was printed."""
    match node:
        case ast.Constant(value=int() as value):
            return complex(value)
        case ast.Name(id=name):
            return complex(values[name])
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -read(operand, values)
        case ast.BinOp(left=left, op=op, right=right):
            return complex(OPERATORS[type(op)](read(left, values), read(right, values)))
        case ast.Call(func=ast.Name(id=name), args=[argument]):
            return complex(CALLS[name](read(argument, values)))
    raise AssertionError(ast.dump(node))


def test_what_is_a_fraction_is_evaluated_exactly() -> None:
    assert exact(number(1) + negative(number(1) / number(2) ** number(100))) == 1 - Fraction(1, 2**100)
    assert exact(call("!", number(20)) / number(3)) == Fraction(math.factorial(20), 3)
    assert exact(X + number(1)) is None
    assert exact(number(1) / number(0)) is None
    assert exact(number(2) ** number(Fraction(1, 2))) is None


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ((X + number(1)) ** number(2), Tree("+", (X ** number(2), number(2) * X, number(1))), True),
        ((X + number(1)) ** number(2), Tree("+", (X ** number(2), number(2) * X, number(2))), False),
        (call("sin", X) ** number(2), number(1) + negative(call("cos", X) ** number(2)), True),
        (call("sin", X), call("cos", X), False),
        (number(2) ** number(-98), number(2) ** number(-99), False),
        (number(2) ** number(-98), number(4) ** number(-49), True),
        (X, symbol("y"), False),
        (call("root", number(12)), number(2) * call("root", number(3)), True),
        (symbol("i") * symbol("i"), number(-1), True),
    ],
)
def test_equal_formulas_are_told_from_others(one: Tree, other: Tree, same: bool) -> None:
    assert is_same(one, other) is same


DRAWN = [partial(tree_of, FORMULAS), surd, with_constant, complex_number, far_from_one]


@pytest.mark.parametrize("dialect", ["python", "plain", "plain with spaces"])
def test_what_is_printed_reads_as_the_tree(dialect: str) -> None:
    for seed in range(300):
        tree = sound(DRAWN[seed % len(DRAWN)], Random(seed))
        text = write(tree, DIALECTS[dialect])
        if "!" in text:
            continue
        values = {**CONSTANTS, **next(points(letters(tree)))}
        parsed = read(ast.parse(text.replace("^", "**"), mode="eval").body, values)
        assert parsed == pytest.approx(numeric(tree, values), rel=1e-9), text


def test_rules_keep_the_value_and_slips_change_it() -> None:
    trees = [sound(DRAWN[seed % len(DRAWN)], Random(seed)) for seed in range(1500)]
    for name, rule in KEEPING.items():
        found = [other for tree in trees if (other := kept(tree, rule, Random(0))) is not None]
        assert found, name
    for name, slip in SLIPS.items():
        found = [other for tree in trees if (other := slipped(tree, slip, Random(0))) is not None]
        assert found, name


def test_tex_is_printed_as_people_write_it() -> None:
    tree = number(2) * X ** number(2) + negative(X) + number(Fraction(1, 2))
    assert write(tree) == r"2x^{2}-x+\frac{1}{2}"
    assert write(number(2) * number(3)) == r"2 \cdot 3"
    assert write(X * (X + number(1))) == r"x \cdot (x+1)"
    assert write(call("sin", X) ** number(2)) == r"\sin^{2}(x)"
    assert write((X + number(1)) / X, DIALECTS["tex with slashes"]) == "(x + 1)/x"
    assert write(number(Fraction(1, 2)) * X, DIALECTS["tex with slashes"]) == "(1/2)x"
