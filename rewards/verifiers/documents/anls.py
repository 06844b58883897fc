"""ANLS, the average normalised Levenshtein similarity of document questions, and ANLS* for structured answers.

ANLS (Biten et al., 2019): similarity 1 - edits / length of the longer text, 0 below a threshold. Two definitions are in
use that differ exactly at the threshold, so the variant is always named. ANLS* (Peer et al., 2024, arXiv 2402.03848)
carries it to lists (order-free, matched one to one), mappings (by key) and alternatives.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

from rewards.reading.edit_distance import edit_similarity

Variant = Literal["strict", "inclusive"]
Leaf = Callable[[str, str], float]
"""Similarity of two texts in [0, 1]."""


def anls(answer: str, gold: str, *, variant: Variant = "strict", threshold: float = 0.5) -> float:
    """Return the similarity of two texts without case and extra white space, or 0 where it is too small.

    variant: `strict` keeps a similarity above the threshold (edits / length < 0.5, the DocVQA evaluation),
    `inclusive` keeps one that equals it too (>= 0.5, ANLS*). threshold: of the similarity.
    """
    left, right = _plain(answer), _plain(gold)
    similarity = edit_similarity(left, right)
    # 1 - 1/2 is exact in floats, 1 - 3/5 is not: a similarity within 1e-9 of the threshold counts as equal to it.
    kept = similarity > threshold + 1e-9 if variant == "strict" else similarity >= threshold - 1e-9
    return similarity if kept else 0.0


def _plain(text: str) -> str:
    return " ".join(text.lower().split())


def anls_star(answer: Any, gold: Any, leaf: Leaf) -> float:
    """Return ANLS* in [0, 1] of a JSON-like answer; in the gold a tuple holds alternatives.

    Missing and surplus elements and keys cost: the sum of the leaves' scores is divided by the number of leaves of
    both sides together, matched ones counted once.
    """
    total, size = _compare(answer, gold, leaf)
    return total / size if size else 1.0


def _compare(answer: Any, gold: Any, leaf: Leaf) -> tuple[float, int]:
    """Return the sum of the leaves' scores, and how many leaves they are."""
    if isinstance(gold, tuple):
        found = [_compare(answer, one, leaf) for one in gold]
        return max(found, key=lambda one: one[0] / one[1] if one[1] else 1.0)
    if gold is None:
        return float(_is_nothing(answer)), max(1, num_leaves(answer))
    if isinstance(gold, Mapping) and isinstance(answer, Mapping):
        return _compare_keys(answer, gold, leaf)
    if isinstance(gold, list) and isinstance(answer, list):
        return _compare_lists(answer, gold, leaf)
    if isinstance(gold, Mapping | list) or isinstance(answer, Mapping | list) or answer is None:
        return 0.0, max(num_leaves(gold), num_leaves(answer))
    return leaf(str(answer), str(gold)), 1


def num_leaves(value: Any) -> int:
    """Return the number of leaves of a JSON-like value; None is one, alternatives count as the largest of them."""
    if isinstance(value, Mapping):
        return sum(map(num_leaves, value.values()))
    if isinstance(value, tuple):
        return max(map(num_leaves, value))
    return sum(map(num_leaves, value)) if isinstance(value, list) else 1


def _is_nothing(value: Any) -> bool:
    return value is None or value in ({}, [], "")


def _compare_keys(answer: Mapping[str, Any], gold: Mapping[str, Any], leaf: Leaf) -> tuple[float, int]:
    total, size = 0.0, 0
    for key in [*gold, *(key for key in answer if key not in gold)]:
        if key not in gold and _is_nothing(answer[key]):
            size += 1  # as the reference counts a surplus key without a value
            continue
        score, leaves = _compare(answer.get(key), gold.get(key), leaf)
        total, size = total + score, size + leaves
    return total, size


def _compare_lists(answer: list[Any], gold: list[Any], leaf: Leaf) -> tuple[float, int]:
    """Match elements one to one so that the mean score is greatest (Hungarian algorithm)."""
    if not answer or not gold:
        return 0.0, num_leaves(answer) + num_leaves(gold)
    from scipy.optimize import linear_sum_assignment

    cells = [[_compare(one, other, leaf) for one in answer] for other in gold]
    means = [[score / size if size else 1.0 for score, size in row] for row in cells]
    rows, columns = linear_sum_assignment(means, maximize=True)
    total = sum(cells[row][column][0] for row, column in zip(rows, columns, strict=True))
    size = sum(cells[row][column][1] for row, column in zip(rows, columns, strict=True))
    size += sum(num_leaves(gold[row]) for row in set(range(len(gold))) - set(rows))
    size += sum(num_leaves(answer[column]) for column in set(range(len(answer))) - set(columns))
    return total, size
