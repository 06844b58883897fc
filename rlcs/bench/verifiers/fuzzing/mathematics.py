"""Golds in mathematics: numbers of every size, formulas, equations."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import partial
from random import Random
from typing import Any

from rlcs.bench.verifiers.fuzzing import dress
from rlcs.bench.verifiers.fuzzing import rationals as spelled
from rlcs.bench.verifiers.fuzzing.cases import Domain, Spelling, exactly
from rlcs.bench.verifiers.fuzzing.printing import DIALECTS, TEX, spell, write
from rlcs.bench.verifiers.fuzzing.tree_edits import KEEPING, SLIPS, Edit, kept, slipped
from rlcs.bench.verifiers.fuzzing.trees import Tree, call, is_same, is_sound, negative, number, symbol

EQUAL = exactly(lambda meant, gold: meant == gold)
OUTSIDE = {**dress.MATHEMATICS, **dress.MARKDOWN, **dress.FULL_STOP, **dress.SPACE}
TEXT_AROUND = {**dress.LOOK, **OUTSIDE}
AROUND_NUMBERS = {**dress.LOOK, **dress.RELATIONS, **OUTSIDE}


def number_domain(name: str, draw: Callable[[Random], Fraction], spellings: dict[str, Any]) -> Domain[Fraction]:
    """Return a domain of numbers for `math`."""
    return Domain(
        name=f"math: {name}",
        verifier="math",
        draw=draw,
        gold=lambda value: (
            spelled.tex(value, Random(0)) if name == "fractions" else str(spelled.plain(value, Random(0)))
        ),
        spellings=spellings,
        changes=spelled.CHANGES,
        pays=EQUAL,
        wordings=AROUND_NUMBERS,
        hedges={**dress.DOUBTS, **dress.FACTORS},
    )


def in_prose(value: Fraction, source: Random) -> str:
    """A number as it stands in a sentence."""
    return str(spelled.plain(value, source))


def through(rule: Edit, dialects: tuple[str, ...]) -> Spelling[Tree]:
    """Return the spelling of a tree after a rule that keeps its value, in one of some dialects."""

    def spelling(tree: Tree, source: Random) -> str | None:
        other = kept(tree, rule, source)
        return None if other is None else spell(source.choice(dialects), other, source)

    return spelling


def tree_domain(name: str, draw: Callable[[Random], Tree], **settings: Any) -> Domain[Tree]:
    """Return a domain of formulas for `math`: all dialects, all rules, all slips."""
    dialects: dict[str, Spelling[Tree]] = {one: partial(spell, one) for one in DIALECTS}
    rules = {one: through(rule, ("tex", "tex with dots", "plain")) for one, rule in KEEPING.items()}
    return Domain(
        name=f"math: {name}",
        verifier="math",
        draw=partial(sound, draw),
        gold=lambda tree: write(tree, TEX),
        spellings={**dialects, **rules},
        changes={one: partial(_slip, slip) for one, slip in SLIPS.items()},
        pays=exactly(is_same),
        **{"wordings": TEXT_AROUND, **settings},
    )


def _slip(slip: Edit, tree: Tree, source: Random) -> Tree | None:
    return slipped(tree, slip, source)


def sound(draw: Callable[[Random], Tree], source: Random) -> Tree:
    """Draw until the formula has a value everywhere."""
    while not is_sound(tree := draw(source)):
        pass
    return tree


def small(source: Random, low: int = 2, high: int = 10) -> Tree:
    """A number from low to high - 1."""
    return number(source.randrange(low, high))


def tree_of(kinds: tuple[Callable[[Random], Tree], ...], source: Random) -> Tree:
    """A formula of one of some kinds."""
    return source.choice(kinds)(source)


def polynomial(source: Random) -> Tree:
    """Two to four terms in x, or x and y."""
    terms = []
    for power in sorted(source.sample(range(4), source.randrange(2, 4)), reverse=True):
        letter = symbol(source.choice("xxxy"))
        base = number(1) if power == 0 else letter if power == 1 else letter ** number(power)
        factor = source.choice((1, 2, 3, 5, -1, -4, 7, Fraction(1, 2), Fraction(3, 4)))
        terms.append(base if factor == 1 else negative(base) if factor == -1 else number(factor) * base)
    return Tree("+", tuple(terms))


def linear(source: Random) -> Tree:
    """A sum of a letter and a number."""
    return symbol(source.choice("xxan")) + number(source.choice((1, 2, 3, 5, -1, -3)))


def product(source: Random) -> Tree:
    """A product of two sums, or a number and a square."""
    if source.random() < 0.5:
        return linear(source) * linear(source)
    return Tree("*", (small(source), linear(source) ** number(2)))


def quotient(source: Random) -> Tree:
    """A fraction of sums."""
    return polynomial(source) / linear(source)


def trigonometric(source: Random) -> Tree:
    """Sines and cosines of multiples of x."""
    angle = symbol("x") if source.random() < 0.5 else small(source, 2, 4) * symbol("x")
    first = call(source.choice(("sin", "cos", "tan")), angle)
    second = call(source.choice(("sin", "cos")), symbol("x"))
    kinds = (first + second, small(source) * first, first ** number(2) + second, first * second, first + number(1))
    return source.choice(kinds)


def exponential(source: Random) -> Tree:
    """Exponentials and logarithms."""
    x = symbol("x")
    kinds = (
        call("exp", small(source) * x), x * call("exp", negative(x)), call("ln", x + small(source)),
        small(source) ** x, x * call("ln", x) + number(1), call("exp", x) + x ** number(2), call("ln", x) / x,
    )  # fmt: skip
    return source.choice(kinds)


def with_root(source: Random) -> Tree:
    """Square roots of letters."""
    kinds = (
        call("root", linear(source)), symbol("x") * call("root", symbol("x")), number(1) / call("root", linear(source)),
        call("root", symbol("x") ** number(2) + small(source)),
    )  # fmt: skip
    return source.choice(kinds)


def surd(source: Random) -> Tree:
    """(a + b √c) / d and its parts."""
    root = call("root", number(source.choice((2, 3, 5, 6, 7, 10, 11))))
    term = small(source) * root
    first = number(source.choice((1, 3, 5, -2, 4)))
    kinds = (root, term, first + term, (first + root) / small(source), term / small(source), first + negative(root))
    return source.choice(kinds)


def with_constant(source: Random) -> Tree:
    """Multiples of pi, powers of e, logarithms, values of sines."""
    pi, e = symbol("pi"), symbol("e")
    kinds = (
        small(source) * pi, pi / small(source), (small(source) * pi) / small(source), e ** small(source, 2, 4),
        call("ln", small(source)), number(1) + call("ln", number(2)), pi ** number(2) / small(source),
        small(source) + negative(pi), call("sin", pi / number(source.choice((5, 7, 8)))), e + number(1),
    )  # fmt: skip
    return source.choice(kinds)


def far_from_one(source: Random) -> Tree:
    """Tiny and huge numbers, and some that differ from 1 or 0 far behind the point."""
    base, height = small(source, 2, 9), source.randrange(20, 110)
    tiny = base ** number(-height)
    kinds = (
        tiny, number(1) / base ** number(height), negative(tiny), small(source) * tiny,
        number(1) / call("!", number(source.randrange(15, 40))),
        number(1) + negative(number(1) / base ** number(height)),
        base ** number(height), (base / number(11)) ** number(height), symbol("pi") / base ** number(height),
        base ** number(height) + number(1), symbol("e") ** number(-height), call("!", number(source.randrange(15, 30))),
    )  # fmt: skip
    return source.choice(kinds)


def complex_number(source: Random) -> Tree:
    """a + bi."""
    first, second = number(source.choice((1, 2, 3, -4, 7))), number(source.choice((1, 2, -3, 5)))
    i = symbol("i")
    term = i if second == number(1) else second * i
    return source.choice((first + term, term, first + term, (first + term) / small(source)))


FORMULAS = (polynomial, product, quotient, trigonometric, exponential, with_root)
WHOLE = {**spelled.PLAIN, **spelled.POWERS, **spelled.THOUSANDS, "over": spelled.over(r"\frac")}
BROKEN = {"tex": spelled.tex, **spelled.PLAIN, **spelled.FRACTIONS}

DOMAINS: list[Domain[Any]] = [
    number_domain("integers", spelled.draw_integer, {**WHOLE, "Chinese": spelled.chinese}),
    number_domain("fractions", spelled.draw_fraction, BROKEN),
    number_domain("decimals", spelled.draw_decimal, {**spelled.PLAIN, **spelled.FRACTIONS, **spelled.POWERS}),
    tree_domain("formulas", partial(tree_of, FORMULAS), share=2.0, hedges=dress.FORMULA_DOUBTS),
    tree_domain("surds", surd, wordings=AROUND_NUMBERS, hedges={**dress.DOUBTS, **dress.FACTORS}),
    tree_domain("constants", with_constant, wordings=AROUND_NUMBERS, hedges=dress.DOUBTS),
    tree_domain("far from one", far_from_one, wordings=AROUND_NUMBERS, hedges={**dress.DOUBTS, **dress.FACTORS}),
    tree_domain("complex", complex_number),
    Domain(
        name="math: prose", verifier="math", draw=spelled.draw_integer, gold=lambda value: str(value),
        spellings={"plain": in_prose, "thousands": spelled.grouped(",")}, changes=spelled.CHANGES, pays=EQUAL,
        wordings=dress.PROSE, max_wordings=1, is_prose=True,
    ),
]  # fmt: skip
