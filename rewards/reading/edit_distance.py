"""Edit distance between two texts: 1 - edits / length of the longer one, with caps, since its cost is their product."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from rapidfuzz.distance import Levenshtein

MIN_CAP = 4096
_QUICK_PRODUCT = 16_000_000


def edit_similarity(answer: Sequence[Hashable], gold: Sequence[Hashable]) -> float:
    """Return 1 - d_edit / max(len(answer), len(gold)) in [0, 1] (GLM-V paper, table 1, OCR); 1 when both are empty."""
    return Levenshtein.normalized_similarity(answer, gold)


def too_long(answer: Sequence[Hashable], gold: Sequence[Hashable]) -> str | None:
    """Return why an answer is too long to be compared with this gold answer, or None."""
    limit = max(4 * len(gold), MIN_CAP)
    if len(answer) <= limit:
        return None
    return f"{len(answer)} characters for a gold answer of {len(gold)}; at most {limit} are compared"


def is_quick(answer: Sequence[Hashable], gold: Sequence[Hashable]) -> bool:
    """Tell whether the comparison takes less than about a millisecond, so that it needs no worker."""
    return len(answer) * len(gold) <= _QUICK_PRODUCT
