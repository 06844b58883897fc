"""Edits of formula trees: rules that keep the value (commute, expand, split a fraction …), and slips that do not.

That a rule kept the value and a slip changed it is checked by evaluation (trees.is_same), not believed.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from random import Random

from rlcs.bench.verifiers.fuzzing.trees import (
    CONSTANTS,
    Tree,
    call,
    is_same,
    is_sound,
    letters,
    negative,
    number,
    put,
    symbol,
    walk,
)

Edit = Callable[[Tree, Random], "Tree | None"]
"""Another tree for a node; None where it does not fit the node."""


def commuted(node: Tree, source: Random) -> Tree | None:
    """A sum or product in another order."""
    if node.op not in ("+", "*") or len(node.parts) < 2:
        return None
    return Tree(node.op, tuple(source.sample(node.parts, len(node.parts))))


def expanded(node: Tree, source: Random) -> Tree | None:
    """A product over a sum, multiplied out."""
    if node.op != "*" or len(node.parts) != 2:
        return None
    first, second = node.parts
    if second.op != "+":
        first, second = second, first
    return Tree("+", tuple(first * part for part in second.parts)) if second.op == "+" else None


def square_expanded(node: Tree, source: Random) -> Tree | None:
    """(a + b)^2 = a^2 + 2ab + b^2."""
    if node.op != "^" or node.parts[1] != number(2) or node.parts[0].op != "+" or len(node.parts[0].parts) != 2:
        return None
    first, second = node.parts[0].parts
    return Tree("+", (first ** number(2), Tree("*", (number(2), first, second)), second ** number(2)))


def power_as_product(node: Tree, source: Random) -> Tree | None:
    """x^2 = x x."""
    if node.op != "^" or node.parts[1] != number(2):
        return None
    return node.parts[0] * node.parts[0]


def quotient_as_power(node: Tree, source: Random) -> Tree | None:
    """a/b = a b^-1."""
    return node.parts[0] * node.parts[1] ** number(-1) if node.op == "/" else None


def quotient_split(node: Tree, source: Random) -> Tree | None:
    """(a + b)/c = a/c + b/c."""
    if node.op != "/" or node.parts[0].op != "+":
        return None
    top, bottom = node.parts
    return Tree("+", tuple(part / bottom for part in top.parts))


def quotient_raised(node: Tree, source: Random) -> Tree | None:
    """a/b = 2a / 2b."""
    factor = number(source.choice((2, 3, 5)))
    return (factor * node.parts[0]) / (factor * node.parts[1]) if node.op == "/" else None


def root_as_power(node: Tree, source: Random) -> Tree | None:
    """√x = x^(1/2)."""
    return node.parts[0] ** number(Fraction(1, 2)) if node.op == "root" else None


def factor_in_root(node: Tree, source: Random) -> Tree | None:
    """2 √3 = √12."""
    if node.op != "*" or len(node.parts) != 2 or node.parts[1].op != "root":
        return None
    factor, under = node.parts[0], node.parts[1].parts[0]
    if factor.op != "number" or under.op != "number" or factor.number <= 0:
        return None
    return call("root", number(factor.number**2 * under.number))


def square_of_sine(node: Tree, source: Random) -> Tree | None:
    """sin^2 x = 1 - cos^2 x."""
    if node.op != "^" or node.parts[1] != number(2) or node.parts[0].op not in ("sin", "cos"):
        return None
    other = "cos" if node.parts[0].op == "sin" else "sin"
    return number(1) + negative(call(other, node.parts[0].parts[0]) ** number(2))


def tangent_as_quotient(node: Tree, source: Random) -> Tree | None:
    """tan x = sin x / cos x."""
    return call("sin", node.parts[0]) / call("cos", node.parts[0]) if node.op == "tan" else None


def logarithm_of_power(node: Tree, source: Random) -> Tree | None:
    """ln x^2 = 2 ln x (the points of trees.points are positive; for declared positive letters only)."""
    if node.op != "ln" or node.parts[0].op != "^":
        return None
    base, exponent = node.parts[0].parts
    return exponent * call("ln", base)


def integer_as_decimal(node: Tree, source: Random) -> Tree | None:
    """A fraction of integers reduced or raised: 1/2 = 2/4 as a quotient."""
    if node.op != "number" or node.number.denominator == 1:
        return None
    factor = source.choice((2, 3, 10))
    return number(node.number.numerator * factor) / number(node.number.denominator * factor)


KEEPING: dict[str, Edit] = {
    "order": commuted,
    "expanded": expanded,
    "square expanded": square_expanded,
    "power as product": power_as_product,
    "quotient as power": quotient_as_power,
    "quotient split": quotient_split,
    "quotient raised": quotient_raised,
    "root as power": root_as_power,
    "factor in the root": factor_in_root,
    "sine squared by cosine": square_of_sine,
    "tangent as quotient": tangent_as_quotient,
    "fraction raised": integer_as_decimal,
}


def number_raised(node: Tree, source: Random) -> Tree | None:
    """A number, one more."""
    return number(node.number + 1) if node.op == "number" else None


def sign_turned(node: Tree, source: Random) -> Tree | None:
    """One term of a sum with the other sign."""
    if node.op != "+":
        return None
    place = source.randrange(len(node.parts))
    parts = [negative(part) if at == place else part for at, part in enumerate(node.parts)]
    return Tree("+", tuple(parts))


def term_dropped(node: Tree, source: Random) -> Tree | None:
    """A sum or product without one of its parts."""
    if node.op not in ("+", "*") or len(node.parts) < 2:
        return None
    parts = list(node.parts)
    del parts[source.randrange(len(parts))]
    return Tree(node.op, tuple(parts)) if len(parts) > 1 else parts[0]


def sine_for_cosine(node: Tree, source: Random) -> Tree | None:
    """sin for cos, or the reverse."""
    other = {"sin": "cos", "cos": "sin", "tan": "sin", "ln": "sin", "exp": "ln"}.get(node.op)
    return call(other, node.parts[0]) if other else None


def turned_over(node: Tree, source: Random) -> Tree | None:
    """b/a for a/b, b^a for a^b."""
    return Tree(node.op, node.parts[::-1]) if node.op in ("/", "^") else None


def sum_for_product(node: Tree, source: Random) -> Tree | None:
    """a + b for a b, or the reverse."""
    return Tree("*" if node.op == "+" else "+", node.parts) if node.op in ("+", "*") else None


def letter_exchanged(node: Tree, source: Random) -> Tree | None:
    """Another letter."""
    if node.op != "symbol" or node.name in CONSTANTS:
        return None
    return symbol(source.choice([name for name in "xyzabtn" if name != node.name]))


def root_dropped(node: Tree, source: Random) -> Tree | None:
    """x for √x."""
    return node.parts[0] if node.op == "root" else None


SLIPS: dict[str, Edit] = {
    "a number one more": number_raised,
    "a sign": sign_turned,
    "a term dropped": term_dropped,
    "another function": sine_for_cosine,
    "turned over": turned_over,
    "sum for product": sum_for_product,
    "another letter": letter_exchanged,
    "a root dropped": root_dropped,
}


def edited(tree: Tree, edit: Edit, source: Random) -> Tree | None:
    """Apply an edit to one of the nodes that it fits; None where there is none, or the result has no value."""
    found = [(path, new) for path, node in walk(tree) if (new := edit(node, source)) is not None]
    source.shuffle(found)
    for path, new in found:
        result = put(tree, path, new)
        if is_sound(result):
            return result
    return None


def kept(tree: Tree, edit: Edit, source: Random) -> Tree | None:
    """Apply an edit that must keep the value; None where evaluation says that it did not, or nothing changed."""
    result = edited(tree, edit, source)
    return result if result is not None and result != tree and is_same(result, tree) else None


def slipped(tree: Tree, edit: Edit, source: Random) -> Tree | None:
    """Apply an edit that must change the value; None where evaluation says that it did not."""
    result = edited(tree, edit, source)
    return None if result is None or is_same(result, tree) else result


def has_letters(tree: Tree) -> bool:
    """Tell whether there is an unknown in it."""
    return bool(letters(tree))
