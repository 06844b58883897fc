"""The verifier `choice`: the same option, or the same set of options, as the gold answer."""

from __future__ import annotations

import re
from typing import Any

from rewards.registry import reward
from rewards.verifiers.choices.labels import whole_choice
from rewards.verifiers.choices.options import Options, read_options
from rewards.verifiers.choices.running_text import chosen_in
from rewards.verifiers.choices.wording import boxed, clean
from rlcs.records import Status, Verdict

MAX_CHARACTERS = 4096
_SINGLE = re.compile(r"\(?([A-Z])[).]?")
_TAKEN_BACK_BEFORE = re.compile(
    r"(?:\b(?:not|never|except|neither|nor|or|excluding)\b|n't\b|[不非或除])[^,.;:，。；：\n]*\Z", re.I
)
_TAKEN_BACK_AFTER = re.compile(
    r"[\s$,.;，；]*(?:(?:or|nor|maybe|perhaps)\b|(?:is|was|are)(?:\s+not\b|n't\b|\s+(?:wrong|incorrect|false)\b)|或|不|错|是错)",
    re.I,
)
_GOLD_LABEL = re.compile(r"[(\[]?([A-Za-z]|\d{1,2})[)\]]?(?=$|[\s.:)、,])")


def check_choice_gold(gold: Any, *, multiple: bool = False, options: Any = None, labels: str = "") -> str | None:
    """Return what is wrong with a gold choice, or None: it must name declared options, one unless `multiple`."""
    if not isinstance(gold, str | int | list | tuple) or isinstance(gold, bool):
        return f"the gold answer must be a label or a list of labels, got {type(gold).__name__}"
    if options is None and not labels:
        return None  # the question may print the options; the verifier looks there
    return gold_choice(gold, read_options(options, "", labels.upper()), multiple)[1]


@reward("choice", domains=["choice"], runs="inline", check_gold=check_choice_gold)
def choice(
    answer: str,
    gold: Any,
    *,
    multiple: bool = False,
    partial: bool = False,
    options: Any = None,
    labels: str = "",
    ignore_case: bool = True,
    question: str = "",
    delimited: bool = True,
) -> float | Verdict:
    """Multiple choice: the same option as the gold, by its label or its text; with `multiple`, the same set of options.

    multiple: the gold is a set, and so may the answer be. partial: a set without a wrong option pays its share of the
    gold set. options: the texts, as a list or label -> text; by default those printed in the question. labels: what may
    be chosen, "ABCD"; by default the labels of the options, else A to Z. ignore_case: `a` stands for A.
    """
    if len(answer) > MAX_CHARACTERS and delimited:
        return Verdict(
            score=0.0, status=Status.OVER_LIMIT, message=f"a choice of more than {MAX_CHARACTERS} characters"
        )
    known = read_options(options, question, labels.upper())
    wanted, fault = gold_choice(gold, known, multiple)
    if fault:
        return Verdict(score=None, status=Status.BAD_GOLD, message=fault)
    found = read_choice(answer[-MAX_CHARACTERS:], known, delimited=delimited, ignore_case=ignore_case)
    if found is None:
        return Verdict(score=0.0, status=Status.INCORRECT, message="not a choice among the options")
    if found == wanted:
        return 1.0
    return len(found) / len(wanted) if multiple and partial and found < wanted else 0.0


def read_choice(text: str, options: Options, *, delimited: bool, ignore_case: bool = True) -> frozenset[str] | None:
    """Return the labels an answer chooses, or None when it chooses none, or hedges.

    A delimited answer is nothing but the choice; running text is searched for the choice that it comes to.
    """
    if delimited and (single := _SINGLE.fullmatch(text)) and single[1] in options.labels:
        return frozenset({single[1]})
    text = clean(text)
    if not delimited:
        return chosen_in(text, options, ignore_case)
    if text.count("\\boxed") == 1 and (box := boxed(text)):
        before, after = text[: text.rfind("\\boxed")], text[box[1] :]
        return _boxed_choice(before, box[0], after, options, ignore_case)
    return whole_choice(text, options, ignore_case)


def _boxed_choice(before: str, inside: str, after: str, options: Options, ignore_case: bool) -> frozenset[str] | None:
    """Return what a box chooses, unless the words around it take it back: `not \\boxed{A}`, `\\boxed{A}, or all`."""
    if said := whole_choice(f"{before}{inside}{after}".strip(), options, ignore_case):
        return said
    if _TAKEN_BACK_BEFORE.search(before) or _TAKEN_BACK_AFTER.match(after):
        return None
    return whole_choice(inside.strip(), options, ignore_case)


def gold_choice(gold: Any, options: Options, multiple: bool) -> tuple[frozenset[str], str | None]:
    """Return the labels of a gold answer, and what is wrong with it."""
    parts = [str(part) for part in gold] if isinstance(gold, list | tuple) else [str(gold)]
    found: set[str] = set()
    for part in parts:
        labels = _gold_labels(part, options)
        if not labels:
            return frozenset(), f"the gold answer {part!r:.60} is none of the options {', '.join(options.labels)}"
        found |= labels
    if len(found) > 1 and not multiple:
        return frozenset(), f"the gold answer names {len(found)} options; set multiple: true"
    return frozenset(found), None


def _gold_labels(gold: str, options: Options) -> frozenset[str]:
    found = read_choice(gold, options, delimited=True)
    if found is None and (match := _GOLD_LABEL.match(gold.strip())):
        found = frozenset({match[1].upper()})
    return found if found and found <= set(options.labels) else frozenset()
