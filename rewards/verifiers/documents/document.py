"""The verifier `document`: ANLS for questions about documents, ANLS* for structured answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import Any, Literal

from rewards.reading.edit_distance import is_quick, too_long
from rewards.reading.json_values import JsonLimits, Unreadable, read_json
from rewards.reading.normalize import normalize, unwrap
from rewards.reading.tables import without_fence
from rewards.registry import reward
from rewards.verifiers.documents.anls import Variant, anls, anls_star, num_leaves
from rlcs.records import Status, Verdict

MAX_LEAVES = 1000
LIMITS = JsonLimits(characters=100_000, values=4 * MAX_LEAVES)
GoldList = Literal["alternatives", "elements"]
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_ESCAPED = re.compile(r"\\([%$&#_])")
_WRAPPING = frozenset("$\\*`")
_OR = re.compile(r"\bor\b|或")
_DIGITS = re.compile(r"\d+(?:[.,:/-]\d+)*")


def check_document_gold(gold: Any, *, gold_list: GoldList = "alternatives") -> str | None:
    """Return what is wrong with a gold answer, or None."""
    if _is_structured(gold, gold_list):
        if not gold:
            return "the gold answer is empty"
        return None if num_leaves(gold) <= MAX_LEAVES else f"the gold answer has more than {MAX_LEAVES} values"
    values = gold if isinstance(gold, list | tuple) else [gold]
    if not values or any(isinstance(one, bool) or not isinstance(one, str | int | float) for one in values):
        return f"the gold answer must be text, a list of alternatives or a mapping, got {gold!r:.60}"
    return None if all(str(one).strip() for one in values) else "an alternative of the gold answer is empty"


def quick_document(
    answer: str,
    gold: Any,
    *,
    gold_list: GoldList = "alternatives",
    **params: Any,
) -> float | Verdict | None:
    """Decide what is short text; None leaves structured and very long answers to the worker."""
    if _is_structured(gold, gold_list):
        return None
    golds = _texts(gold)
    if faults := [fault for one in golds if (fault := too_long(answer, one))]:
        return Verdict(score=0.0, status=Status.OVER_LIMIT, message=faults[0]) if len(faults) == len(golds) else None
    if not all(is_quick(answer, one) for one in golds):
        return None
    return document(answer, gold, gold_list=gold_list, **params)


@reward(
    "document",
    domains=["document"],
    runs="worker",
    quick=quick_document,
    check_gold=check_document_gold,
    preload=("scipy.optimize",),
)
def document(
    answer: str,
    gold: Any,
    *,
    variant: Variant = "strict",
    threshold: float = 0.5,
    exact_numbers: bool = True,
    gold_list: GoldList = "alternatives",
) -> float | Verdict:
    """Document questions: ANLS, the similarity of text without case and extra spaces, 0 when it is too small.

    variant: `strict` keeps a similarity above the threshold (DocVQA), `inclusive` one that equals it too (ANLS*).
    threshold: of the similarity. exact_numbers: a number, date or id that differs in a digit scores 0. gold_list: a
    list holds `alternatives`, of which the best counts, or the `elements` of the answer. A mapping, or such a list,
    asks for a JSON answer, which is judged by ANLS*: lists in any order, mappings by key.
    """
    if not _is_structured(gold, gold_list):
        golds = [one for one in _texts(gold) if too_long(answer, one) is None]
        return _best(answer, golds, variant, threshold, exact_numbers)
    try:
        found = read_json(unwrap(without_fence(answer)), LIMITS)
    except Unreadable as fault:
        return fault.verdict()
    if num_leaves(found) > MAX_LEAVES:
        return Verdict(score=0.0, status=Status.OVER_LIMIT, message=f"more than {MAX_LEAVES} values")
    leaf = partial(_similarity, variant=variant, threshold=threshold, exact_numbers=exact_numbers)
    return min(1.0, anls_star(found, gold, leaf))


def _is_structured(gold: Any, gold_list: GoldList) -> bool:
    return isinstance(gold, Mapping) or (isinstance(gold, list | tuple) and gold_list == "elements")


def _texts(gold: Any) -> list[str]:
    return [str(one) for one in gold] if isinstance(gold, list | tuple) else [str(gold)]


def _best(answer: str, golds: list[str], variant: Variant, threshold: float, exact_numbers: bool) -> float:
    scores = [
        _similarity(answer, one, variant=variant, threshold=threshold, exact_numbers=exact_numbers) for one in golds
    ]
    return max(scores, default=0.0)


def _similarity(answer: str, gold: str, *, variant: Variant, threshold: float, exact_numbers: bool) -> float:
    if answer == gold:
        return 1.0
    answer, gold = _plain(answer), _plain(gold)
    if exact_numbers and _digits(answer) != _digits(gold):
        return 0.0
    if _has_or(answer) and not _has_or(gold):  # a second candidate
        return 0.0
    return anls(answer, gold, variant=variant, threshold=threshold)


def _digits(text: str) -> list[str]:
    """Return the numbers, dates and ids of a text, in any order, thousands unmarked."""
    return sorted(_DIGITS.findall(_THOUSANDS.sub("", text)))


def _has_or(text: str) -> bool:
    lowered = text.lower()
    return ("or" in lowered or "或" in lowered) and _OR.search(lowered) is not None


def _plain(text: str) -> str:
    """Return a text in one Unicode spelling, without what stands around it: `$…$`, `\\text{…}`, `\\boxed{…}`."""
    text = normalize(text)
    text = unwrap(text) if text[:1] in _WRAPPING else text
    return _ESCAPED.sub(r"\1", text) if "\\" in text else text
