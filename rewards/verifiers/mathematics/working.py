"""Compares an answer with golds by all means: as judging.py does, and by algebra. In a worker, for it imports SymPy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from rewards.verifiers.mathematics.environments import has_rows, same_tables
from rewards.verifiers.mathematics.judging import MAX_DEPTH, Inline, MathRules, decide, same_text
from rewards.verifiers.mathematics.structure.algebra import Point, plain_values
from rewards.verifiers.mathematics.structure.compare import is_built, same_structure
from rewards.verifiers.mathematics.structure.notation import is_well_formed, same_notation
from rewards.verifiers.mathematics.symbolic import GoldUnreadable, same_formula, values_of
from rewards.verifiers.mathematics.text import MathText, read_math
from rlcs.records import Status, Verdict

MAX_COMPARISONS = 100


@dataclass
class Worker:
    """What can be told with algebra: everything, so that what cannot be told is not the same."""

    rules: MathRules
    positive: bool
    is_final: bool = True
    num_left: int = field(default=MAX_COMPARISONS)
    depth: int = 0

    def same(self, answer: str, gold: str) -> bool:
        """Compare two texts, which may be parts of longer ones."""
        self.num_left -= 1
        if self.num_left < 0 or self.depth >= MAX_DEPTH:
            return False
        self.depth += 1
        percent = self.rules.percent
        is_same = settle(read_math(answer, percent), read_math(gold, percent), self)
        self.depth -= 1
        return is_same

    def values(self, text: str, points: Sequence[Point]) -> list[Decimal | None] | None:
        """Return the values of a formula at points, or None where it is none."""
        known = plain_values(text, points)
        return values_of(text, points) if known is None else known


def decide_all(answer: MathText, golds: Sequence[MathText], worker: Worker) -> float | Verdict:
    """Return 1 when the answer equals any gold, else 0; a gold that nothing can read is bad_gold."""
    unreadable = ""
    for gold in golds:
        try:
            if settle(answer, gold, worker):
                return 1.0
        except GoldUnreadable as error:
            unreadable = str(error)
    return Verdict(score=None, status=Status.BAD_GOLD, message=unreadable) if unreadable else 0.0


def settle(answer: MathText, gold: MathText, worker: Worker) -> bool:
    """Compare an answer with a gold; GoldUnreadable for a gold that is no formula and no statement."""
    known = decide(answer, gold, Inline(worker.rules, worker.positive))
    if known is not None:
        return known
    if is_built(answer, gold):
        outcome = same_structure(answer, gold, worker)
        if outcome != "pass":
            return bool(outcome)
    if same_text(answer, gold, worker.rules) is False:
        return False
    if has_rows(answer.body) or has_rows(gold.body):
        tables = same_tables(answer.body, gold.body, worker.same)
        if tables is not None and not (tables and worker.rules.require_form != "any"):
            return tables
    return _same_formula(answer, gold, worker)


def _same_formula(answer: MathText, gold: MathText, worker: Worker) -> bool:
    rules = worker.rules
    try:
        return same_formula(
            answer,
            gold,
            percent=rules.percent,
            form=rules.require_form,
            rel_tol=rules.rel_tol,
            abs_tol=rules.abs_tol,
            positive=worker.positive,
        )
    except GoldUnreadable:
        if not is_well_formed(gold.latex):
            raise
        return same_notation(answer.latex, gold.latex)
