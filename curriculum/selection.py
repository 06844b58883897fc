"""How many tasks to draw, and which of their groups are trained on (paper 5.3.1).

Expansion, so that a batch remains when the groups that teach nothing are gone; nothing is drawn again:

    invalid rate = share of the groups of the whole oversampled pool that teach nothing
    ratio        = 1 / (1 - invalid rate), at most `cap`
    ema          = beta x ema + (1 - beta) x ratio, 1.0 at the start
    next draw    = ceil(batch size x ema)

Selection, inside each source: the valid groups whose mean reward is nearest to one half, the most balanced ones. A
source that has too few is not filled up from others, which would change the mixture: the batch is shorter then. The
loss is a mean over samples, so the step stays correct.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from curriculum.beliefs.difficulty import Floats, Ints


@dataclass(frozen=True, kw_only=True, slots=True)
class Selection:
    """The groups to train on, out of those of a plan."""

    indices: list[int]
    """Positions in the list of groups, ascending (plan order); may be empty."""
    num_valid: int
    """Groups of the plan that could have been trained on."""
    num_wanted: int
    """The configured batch size."""
    warning: str | None
    """One line when the batch is short, saying which sources had too few; else None."""

    @property
    def share(self) -> float:
        """Groups to train on, as a share of the configured batch."""
        return len(self.indices) / self.num_wanted


def most_balanced(mean: Floats, candidates: Ints, num_wanted: int) -> Ints:
    """Return the `num_wanted` candidates (indices into `mean`) with means nearest 0.5, earlier ones first on ties."""
    # Rounded, because |0.4 - 0.5| and |0.6 - 0.5| differ in the last bit.
    distance = np.round(np.abs(mean[candidates] - 0.5), 6)
    return np.asarray(candidates[np.lexsort((candidates, distance))[:num_wanted]])


def select_groups(
    mean: Floats, *, is_valid: NDArray[np.bool_], source: NDArray[np.int16], wanted: Ints, names: Sequence[str]
) -> Selection:
    """Select up to `wanted[s]` groups of each source s.

    `mean`, `is_valid` and `source` have one entry a group; `wanted` and `names` one a source.
    """
    chosen: list[int] = []
    short = []
    for number, num_wanted in enumerate(wanted.tolist()):
        candidates = np.flatnonzero(is_valid & (source == number))
        chosen += most_balanced(mean, candidates, num_wanted).tolist()
        if candidates.size < num_wanted:
            short.append(f"{names[number]} had {candidates.size} of {num_wanted}")
    warning = f"training on {len(chosen)} of {wanted.sum()} groups: too few with unequal rewards: {', '.join(short)}"
    return Selection(
        indices=sorted(chosen),
        num_valid=int(is_valid.sum()),
        num_wanted=int(wanted.sum()),
        warning=warning if short else None,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Expansion:
    """Invalid rate and ratio of the last step, and the EMA of the ratio over all steps."""

    invalid_rate: float = 0.0
    ratio: float = 1.0
    ema: float = 1.0


def invalid_rate(is_valid: NDArray[np.bool_]) -> float:
    """Return the share of groups that are not valid; 0 of no groups."""
    return 1.0 - float(is_valid.mean()) if is_valid.size else 0.0


def expansion_ratio(rate: float, *, cap: float) -> float:
    """Return 1 / (1 - rate), at most `cap`: 0.2 gives 1.25, 0.5 gives 2, 1 gives the cap."""
    return cap if rate >= 1.0 else min(1.0 / (1.0 - rate), cap)


def expanded(expansion: Expansion, is_valid: NDArray[np.bool_], *, beta: float, cap: float) -> Expansion:
    """Return the expansion after a step whose groups were valid or not as told; no groups change nothing."""
    if not is_valid.size:
        return expansion
    rate = invalid_rate(is_valid)
    ratio = expansion_ratio(rate, cap=cap)
    return Expansion(invalid_rate=rate, ratio=ratio, ema=beta * expansion.ema + (1.0 - beta) * ratio)


def num_to_draw(batch_size: int, *, ema: float) -> int:
    """Return ceil(batch_size x ema), where 32 x 1.0000000001 is still 32."""
    return max(batch_size, math.ceil(batch_size * ema - 1e-6))
