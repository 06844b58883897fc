"""The verifier `math`: is this the same number, formula, set or word as the gold answer?

Spelling, numbers, units and words are decided at once, in the training process; only formulas go to a worker:
normalise -> same text -> same number -> cheap guards -> same value (plain formulas) -> math-verify.
"""

from __future__ import annotations

from typing import Any

from rewards.reading.prose import final_answer
from rewards.registry import reward
from rewards.verifiers.mathematics.judging import EXACT, Inline, MathRules, Percent, beyond_text, same_text
from rewards.verifiers.mathematics.limits import MAX_CHARACTERS, over_limit, too_costly
from rewards.verifiers.mathematics.respelling import respelled
from rewards.verifiers.mathematics.structure.notation import is_well_formed
from rewards.verifiers.mathematics.text import read_math
from rlcs.records import Status, Verdict


def check_math_gold(gold: Any, *, percent: Percent = "fraction") -> str | None:
    """Return what is wrong with a gold answer, or None: empty, not a number (nan), or beyond the limits."""
    golds = alternatives(gold)
    if not golds:
        return f"the gold answer must be text, a number or a list of alternatives, got {type(gold).__name__}"
    for one in golds:
        if broken := over_limit(one):
            return f"the gold answer has {broken}"
        text = read_math(one, percent)
        if not text.key:
            return "the gold answer is empty"
        if text.key.lower() in ("nan", "none", "null"):
            return f"the gold answer is {text.key!r}"
        if not text.is_prose and not is_well_formed(text.latex):
            return f"the gold answer {one[:80]!r} cannot be read: a bracket is not closed, or it ends in the middle"
    return None


def quick_math(
    answer: str, gold: Any, *, rules: MathRules = EXACT, positive: bool = False, delimited: bool = True
) -> float | Verdict | None:
    """Decide what needs no algebra; None leaves the answer to the worker."""
    answer = answer if delimited else final_answer(answer)
    if broken := over_limit(answer):
        return Verdict(score=0.0, status=Status.OVER_LIMIT, message=broken)
    found = read_math(answer, rules.percent)
    if not found.key:
        return Verdict(score=0.0, status=Status.NO_ANSWER, message="the answer is empty")
    texts = alternatives(gold)
    if answer in texts:
        return 1.0
    golds = [read_math(one, rules.percent) for one in texts]
    decided = [same_text(found, one, rules) for one in golds]
    if True in decided:
        return 1.0
    if found.number is None and (costly := too_costly(found.latex)):
        return Verdict(score=0.0, status=Status.OVER_LIMIT, message=costly)
    inline = Inline(rules, positive)
    decided = [beyond_text(found, one, inline, known) for one, known in zip(golds, decided, strict=True)]
    if True in decided:
        return 1.0
    return None if None in decided else 0.0


@reward(
    "math",
    domains=["stem.math"],
    runs="worker",
    quick=quick_math,
    check_gold=check_math_gold,
    preload=("math_verify",),
    respell=respelled,
)
def math_answer(
    answer: str, gold: Any, *, rules: MathRules = EXACT, positive: bool = False, delimited: bool = True
) -> float | Verdict:
    """Mathematical equality: numbers, formulas, sets, intervals, matrices, words.

    rel_tol, abs_tol: allowed difference |answer - gold| <= max(rel_tol * |gold|, abs_tol); 0 means exact.
    percent: `fraction` reads 50% as 0.5, `number` as 50. require_form: `evaluated` (no open integral, sum or sum of
    numbers left), `expanded` or `factored`; `any` accepts every equal expression. positive: symbols stand for positive
    numbers, so that ln a + ln b is ln ab.
    """
    from rewards.verifiers.mathematics.working import Worker, decide_all  # imports SymPy: worker only

    found = read_math(answer if delimited else final_answer(answer), rules.percent)
    golds = [read_math(text, rules.percent) for text in alternatives(gold)]
    return decide_all(found, golds, Worker(rules, positive))


def alternatives(gold: Any) -> list[str]:
    """Return the acceptable golds as text; an empty list when `gold` is of no use."""
    if isinstance(gold, str):
        return [gold[: MAX_CHARACTERS + 1]]
    values = gold if isinstance(gold, list | tuple) else [gold]
    if any(isinstance(value, bool) or not isinstance(value, str | int | float) for value in values):
        return []
    return [str(value)[: MAX_CHARACTERS + 1] for value in values]
