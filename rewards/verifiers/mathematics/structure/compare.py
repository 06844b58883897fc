"""Reads what an answer is built of before values are compared: conditions, families, cases, lists, chains, equations.

Each reader says True, False, None (algebra must decide, and cannot here) or PASS: not of my kind. What is built of
several values is compared value by value, by all that the verifier knows.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Literal

from rewards.verifiers.mathematics.structure.algebra import Algebra
from rewards.verifiers.mathematics.structure.cases import Pieces, read_cases, same_pieces, same_system
from rewards.verifiers.mathematics.structure.chains import read_chain, same_chain, value_of
from rewards.verifiers.mathematics.structure.conditions import Conditioned, read_conditions
from rewards.verifiers.mathematics.structure.elements import Elements, all_of, matched, read_elements, same_elements
from rewards.verifiers.mathematics.structure.equations import is_solved, same_equation, sides_of
from rewards.verifiers.mathematics.structure.families import read_congruence, read_family, same_family, undeclared
from rewards.verifiers.mathematics.structure.intervals import holds_at, read_real_set, same_real_set
from rewards.verifiers.mathematics.structure.notation import is_never_a_value, is_statement, same_notation
from rewards.verifiers.mathematics.structure.words import known_words, same_words
from rewards.verifiers.mathematics.text import MathText, read_math

PASS: Literal["pass"] = "pass"
Outcome = bool | None | Literal["pass"]
_BUILT = re.compile(
    r"[=<>,;≤≥≠∈∪∩±∓、…]|\\(?:pm|mp|in|equiv|begin|approx|cup|cap|ne|neq|le|ge|leq|geq|mathbb|emptyset|infty|lor|land)"
    r"(?![A-Za-z])|mod|\b(?:or|and|where|with|when|if|for)\b|[\u4e00-\u9fff]|ℝ"
)


def is_built(answer: MathText, gold: MathText) -> bool:
    """Tell whether either is built of several parts, or of signs that are read here."""
    if answer.latex.isalnum() and gold.latex.isalnum() and answer.latex.isascii() and gold.latex.isascii():
        return bool(known_words(gold.body))
    if known_words(gold.body) or is_statement(gold.latex):
        return True
    return bool(_BUILT.search(gold.latex) or _BUILT.search(answer.latex))


def same_structure(answer: MathText, gold: MathText, algebra: Algebra) -> Outcome:
    """Compare what two answers are built of."""
    words = same_words(answer.body, gold.body)
    if words is not None:
        return words
    if answer.number and known_words(gold.body):
        return False
    found, wanted = read_conditions(answer.latex), read_conditions(gold.latex)
    outcome = _families(found, wanted, algebra)
    if outcome is not PASS:
        return outcome
    if found.integers or found.others or wanted.others:
        return _conditioned(found, wanted, algebra)
    for reader in (_real_sets, _cases, _relations, _lists, _equations, _statements):
        outcome = reader(answer, gold, algebra)
        if outcome is not PASS:
            return outcome
    return PASS


def _families(found: Conditioned, wanted: Conditioned, algebra: Algebra) -> Outcome:
    gold = read_family(wanted) or read_congruence(wanted.body)
    if gold is None:
        return PASS if not wanted.integers else _alike(found, wanted, algebra)
    answer = read_family(found) or read_congruence(found.body) or undeclared(found.body, gold)
    return False if answer is None else same_family(answer, gold, algebra)


def _alike(found: Conditioned, wanted: Conditioned, algebra: Algebra) -> bool | None:
    """Compare answers with several integers as they are written."""
    if found.integers and sorted(found.integers) != sorted(wanted.integers):
        return False
    return algebra.same(found.body, wanted.body)


def _conditioned(found: Conditioned, wanted: Conditioned, algebra: Algebra) -> bool | None:
    """Compare bodies and conditions. That letters are integers may be said by one alone; other conditions by both."""
    if len(found.others) != len(wanted.others):
        if wanted.others or not _holds(found, algebra):
            return False
    same = algebra.same(found.body, wanted.body)
    if not wanted.others:
        return same
    return all_of([same, matched(found.others, wanted.others, algebra)])


def _holds(found: Conditioned, algebra: Algebra) -> bool:
    """Tell whether an answer that is one number fits what it says of itself, as in x = 2, x > 0; else say no."""
    read = read_math(found.body, "fraction")
    if read.number is None:
        return False
    value = Decimal(read.number.value.numerator) / read.number.value.denominator
    for one in found.others:
        real = read_real_set(one)
        if real is None or (read.label and real.letter != read.label) or not holds_at(real, value, algebra):
            return False
    return True


def _real_sets(answer: MathText, gold: MathText, algebra: Algebra) -> Outcome:
    found, wanted = read_real_set(answer.latex), read_real_set(gold.latex)
    if found is None or wanted is None or found.is_tuple and wanted.is_tuple:
        return PASS
    outcome = same_real_set(found, wanted, algebra)
    return PASS if outcome is None and (found.is_tuple or wanted.is_tuple) else outcome


def _cases(answer: MathText, gold: MathText, algebra: Algebra) -> Outcome:
    found, wanted = read_cases(answer.latex), read_cases(gold.latex)
    if isinstance(wanted, Pieces):
        return same_pieces(found, wanted, algebra) if isinstance(found, Pieces) else False
    if isinstance(wanted, Elements) or isinstance(found, Elements):
        found = found or read_elements(answer.body)
        wanted = wanted or read_elements(gold.body)
        if isinstance(found, Elements) and isinstance(wanted, Elements):
            return _same_system(found, wanted, algebra)
        return False
    return False if found else PASS


def _same_system(found: Elements, wanted: Elements, algebra: Algebra) -> bool | None:
    if found.labels or wanted.labels:
        return same_elements(found, wanted, algebra)
    return same_system(found, wanted, algebra)


def _relations(answer: MathText, gold: MathText, algebra: Algebra) -> Outcome:
    """Compare chains: the answer's last part with the gold's."""
    sides = sides_of(gold.latex)
    wanted, label = gold.body, gold.label
    if chain := read_chain(gold.latex):
        if sides is not None and not gold.label:
            return PASS  # an equation
        wanted, label = value_of(chain), chain.names[0] if chain.names else ""
    found = read_chain(answer.latex)
    if found is None:
        return algebra.same(answer.body, wanted) if chain else PASS
    if not found.names and sides is not None and not is_solved(sides):
        return PASS
    return same_chain(found, wanted, label, algebra)


def _lists(answer: MathText, gold: MathText, algebra: Algebra) -> Outcome:
    found = _elements(answer, may_be_number=True)
    wanted = _elements(gold, may_be_number=found is None)
    found = found or _elements(answer, may_be_number=wanted is None)
    if found is None or wanted is None:
        several, one = (found, gold) if wanted is None else (wanted, answer)
        is_one = one.number is not None or algebra.values(one.body, [{}]) is not None
        return False if several and len(several.parts) > 1 and not several.name and is_one else PASS
    if any(read_math(part, "fraction").is_prose for one in (found, wanted) for part in one.parts):
        return PASS
    return same_elements(found, wanted, algebra)


def _elements(read: MathText, *, may_be_number: bool) -> Elements | None:
    """Read a list with its names, else what stands behind one name: v = (1, 2)."""
    found = read_elements(read.latex, may_be_number=may_be_number)
    return read_elements(read.body, may_be_number=may_be_number) if found is None and read.label else found


def _equations(answer: MathText, gold: MathText, algebra: Algebra) -> Outcome:
    wanted, found = sides_of(gold.latex), sides_of(answer.latex)
    if wanted is None or found is None:
        return PASS
    if is_solved(wanted) or answer.label and answer.label == gold.label:
        return PASS
    return same_equation(answer.latex, gold.latex, algebra)


def _statements(answer: MathText, gold: MathText, algebra: Algebra) -> Outcome:
    if not is_statement(gold.latex):
        return PASS
    if same_notation(answer.latex, gold.latex):
        return True
    return False if is_never_a_value(gold.latex) else PASS
