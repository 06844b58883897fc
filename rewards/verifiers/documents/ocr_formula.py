"""The verifier `ocr_formula`: how much of a printed formula was read, after LaTeX is written in one way."""

from __future__ import annotations

from typing import Any, Literal

from rewards.reading.edit_distance import edit_similarity, is_quick, too_long
from rewards.registry import reward
from rewards.verifiers.documents.formula_spelling import latex_tokens
from rlcs.records import Status, Verdict

MAX_GOLD = 20_000
Unit = Literal["character", "token"]


def check_formula_gold(gold: Any) -> str | None:
    """Return what is wrong with a gold formula, or None."""
    golds = _texts(gold)
    if not golds:
        return f"the gold answer must be LaTeX or a list of alternatives, got {gold!r:.60}"
    for one in golds:
        if len(one) > MAX_GOLD:
            return f"the gold formula has {len(one)} characters; at most {MAX_GOLD} are compared"
        if not latex_tokens(one):
            return "the gold formula is empty"
    return None


def quick_ocr_formula(answer: str, gold: Any, **params: Any) -> float | Verdict | None:
    """Decide all but very long formulas; None leaves those to the worker."""
    golds = _texts(gold)
    if faults := [fault for one in golds if (fault := too_long(answer, one))]:
        return Verdict(score=0.0, status=Status.OVER_LIMIT, message=faults[0])
    return ocr_formula(answer, gold, **params) if all(is_quick(answer, one) for one in golds) else None


@reward(
    "ocr_formula",
    domains=["ocr.formula"],
    runs="worker",
    quick=quick_ocr_formula,
    check_gold=check_formula_gold,
)
def ocr_formula(answer: str, gold: Any, *, exact: bool = False, unit: Unit = "character") -> float | Verdict:
    """A formula read from an image: 1 - edit distance / longer length, after LaTeX is written in one way.

    Spacing, `\\left`, `\\dfrac` or `\\over` for `\\frac`, environments around it and the like do not count; what is
    printed does.
    exact: pay for the same formula only. unit: of the edit distance, `character` or `token` (a command is one token).
    """
    found = latex_tokens(answer)
    return max(_similarity(found, latex_tokens(one), exact, unit) for one in _texts(gold))


def _similarity(answer: list[str], gold: list[str], exact: bool, unit: Unit) -> float:
    if exact:
        return float(answer == gold)
    return edit_similarity(answer, gold) if unit == "token" else edit_similarity("".join(answer), "".join(gold))


def _texts(gold: Any) -> list[str]:
    values = gold if isinstance(gold, list | tuple) else [gold]
    return [] if any(not isinstance(value, str) for value in values) else [str(value) for value in values]
