"""The verifier `ocr_table`: TEDS, the similarity of two tables as trees."""

from __future__ import annotations

import re
from typing import Any, Literal

from rewards.reading.tables import (
    MAX_CHARACTERS,
    MAX_SPAN,
    TableFault,
    Variant,
    markdown_rows,
    read_table,
    without_fence,
)
from rewards.registry import reward
from rlcs.records import Status, Verdict

_LATEX = "\\begin{"
_SPAN = re.compile(r"(?:col|row)span\s*=\s*[\"']?\s*(\d+)")
Score = Literal["teds", "structure"]


def check_table_gold(gold: Any) -> str | None:
    """Return what is wrong with a gold table, or None. (Whether it can be read is found out in the worker.)"""
    if not isinstance(gold, str):
        return f"the gold answer must be an HTML or Markdown table, got {type(gold).__name__}"
    if len(gold) > MAX_CHARACTERS:
        return f"the gold table has {len(gold)} characters; at most {MAX_CHARACTERS} are compared"
    lowered = gold.lower()
    if "<table" in lowered:
        if any(int(span[1][:9]) > MAX_SPAN for span in _SPAN.finditer(lowered)):
            return f"the gold table has a cell that spans more than {MAX_SPAN} rows or columns"
        return None if "<td" in lowered or "<th" in lowered else "the gold table has no cells"
    try:
        read_table(gold, "plain") if _LATEX in gold else markdown_rows(without_fence(gold))
    except TableFault as fault:
        return f"the gold answer: {fault}"
    return None


def quick_ocr_table(answer: str, gold: Any) -> Verdict | None:
    """Refuse what is no table, or too long, without a worker."""
    if len(answer) > MAX_CHARACTERS:
        return Verdict(score=0.0, status=Status.OVER_LIMIT, message=f"more than {MAX_CHARACTERS} characters")
    if "<table" not in answer.lower() and "|" not in answer and _LATEX not in answer:
        return Verdict(score=0.0, status=Status.INVALID_ANSWER, message="no HTML or Markdown table")
    return None


@reward(
    "ocr_table",
    domains=["ocr.table"],
    runs="worker",
    quick=quick_ocr_table,
    check_gold=check_table_gold,
    preload=("lxml.html", "numpy", "rapidfuzz.process"),
)
def ocr_table(answer: str, gold: Any, *, score: Score = "teds", variant: Variant = "plain") -> float | Verdict:
    """A table read from an image, HTML, Markdown or LaTeX: TEDS = 1 - tree edit distance / nodes of the larger table.

    score: `structure` passes over what the cells hold (and so pays fully for an empty table of the right shape).
    variant: `plain` compares cells in rows: header cells are cells, sections and inline tags are dropped, white space
    is collapsed; `pubtabnet` counts all of these, as the reference of TEDS does.
    """
    from rewards.verifiers.documents.teds import teds

    try:
        wanted = read_table(str(gold), variant)
    except TableFault as fault:
        return Verdict(score=None, status=Status.BAD_GOLD, message=f"the gold table: {fault}"[:200])
    try:
        found = read_table(answer, variant)
    except TableFault as fault:
        return Verdict(score=0.0, status=fault.status, message=str(fault)[:200])
    return teds(found, wanted, structure_only=score == "structure")
