"""What the fuzz is made of: domains that draw golds, spell answers and say what each must pay; plans and their cases.

A domain knows values, not texts. A case is a value drawn, perhaps changed, spelled, and worded (dress that keeps the
meaning) or hedged (text that spoils any answer). What the answer must pay follows from the two values, never from the
text and never from the verifier.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, Generic, TypeVar

Value = TypeVar("Value")
Draw = Callable[[Random], Value]
Spelling = Callable[[Value, Random], "str | None"]
"""Writes a value in one way; None where that way is not for this value."""
Change = Callable[[Value, Random], "Value | None"]
"""Makes another value, near the first; None where it cannot."""
Wording = Callable[[str, Random], "str | None"]
"""Puts words or marks around a written answer; None where it does not fit."""
Bounds = tuple[float, float]
"""Least and most that an answer may score."""

RIGHT: Bounds = (1.0, 1.0)
WRONG: Bounds = (0.0, 0.0)
TOLERANCE = 1e-3
"""Scores that differ by less are the same: metrics round in many ways."""


@dataclass(frozen=True, kw_only=True)
class Domain(Generic[Value]):
    """Golds of one kind for one verifier, and all that may be done to answers to them."""

    name: str
    verifier: str
    draw: Draw[Value]
    gold: Callable[[Value], Any]
    spellings: Mapping[str, Spelling[Value]]
    """By name; the first is the plainest and must fit every value."""
    changes: Mapping[str, Change[Value]]
    pays: Callable[[Value, Value], Bounds]
    """What an answer that means the first value pays where the gold means the second."""
    wordings: Mapping[str, Wording] = field(default_factory=dict)
    hedges: Mapping[str, Wording] = field(default_factory=dict)
    params: Callable[[Value], dict[str, Any]] = lambda _: {}
    question: Callable[[Value], str] = lambda _: ""
    is_prose: bool = False
    """Whether answers are running text, in which the verifier looks for the final answer."""
    max_wordings: int = 2
    share: float = 1.0
    """How often it is drawn, beside 1 for most; less for what is slow to judge."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """How one case is made: the same plan makes the same case."""

    domain: str
    seed: str
    spelling: str
    change: str | None = None
    wordings: tuple[str, ...] = ()
    hedge: str | None = None

    def edits(self) -> tuple[str, ...]:
        """Return what was done to the answer, in words."""
        parts = (self.change and f"changed: {self.change}", self.spelling, *self.wordings)
        return tuple(filter(None, (*parts, self.hedge and f"hedged: {self.hedge}")))


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """An answer to judge, and what it must pay."""

    plan: Plan
    verifier: str
    gold: Any
    answer: str
    bounds: Bounds
    params: dict[str, Any]
    question: str
    is_prose: bool


def draw_plan(domain: Domain[Any], seed: str) -> Plan:
    """Choose what to do to the answer: nothing wrong in half of the cases, else a change or a hedge."""
    source = Random(f"{seed} plan")
    count = min(len(domain.wordings), domain.max_wordings, source.choice((0, 0, 1, 1, 2)))
    chosen = source.sample(list(domain.wordings), count)
    plan = Plan(
        domain=domain.name,
        seed=seed,
        spelling=source.choice(list(domain.spellings)),
        wordings=tuple(name for name in domain.wordings if name in chosen),  # from the inside to the outside
    )
    kind = source.random()
    if kind < 0.4 and domain.changes:
        return replace(plan, change=source.choice(list(domain.changes)))
    if kind < 0.5 and domain.hedges:
        return replace(plan, hedge=source.choice(list(domain.hedges)), wordings=())
    return plan


def build(domain: Domain[Any], plan: Plan) -> Case | None:
    """Make the case of a plan; None where a spelling, change or wording does not fit the value drawn."""
    value = domain.draw(Random(f"{plan.seed} value"))
    meant = value if plan.change is None else domain.changes[plan.change](value, Random(f"{plan.seed} change"))
    if meant is None:
        return None
    bounds = domain.pays(meant, value)
    if plan.change is not None and bounds == RIGHT:  # the change was none
        return None
    answer = _written(domain, plan, meant)
    if answer is None:
        return None
    return Case(
        plan=plan,
        verifier=domain.verifier,
        gold=domain.gold(value),
        answer=answer,
        bounds=WRONG if plan.hedge is not None else bounds,
        params=domain.params(value),
        question=domain.question(value),
        is_prose=domain.is_prose,
    )


def _written(domain: Domain[Any], plan: Plan, meant: Any) -> str | None:
    answer = domain.spellings[plan.spelling](meant, Random(f"{plan.seed} spelling"))
    edits = [(name, domain.wordings[name]) for name in plan.wordings]
    edits += [(plan.hedge, domain.hedges[plan.hedge])] if plan.hedge is not None else []
    for name, edit in edits:
        if answer is None:
            return None
        answer = edit(answer, Random(f"{plan.seed} {name}"))
    return answer


def exactly(same: Callable[[Value, Value], bool]) -> Callable[[Value, Value], Bounds]:
    """Return what is paid by a verifier that knows right and wrong only, where `same` tells equal values."""
    return lambda meant, gold: RIGHT if same(meant, gold) else WRONG
