"""Strata: the subcategories of each source, between which the default sampler re-weights (paper 5.3).

A stratum is a (source, subcategory) that holds at least one task. A source whose tasks share one subcategory is one
stratum, and so is every source where `curriculum.by_subcategory` is off.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curriculum.difficulty import Floats, Ints, decay
from rlcs.records import TaskIndex

Key = tuple[str, str]
"""Source and subcategory by name: strata are numbered anew when the data change, names stay."""


@dataclass(frozen=True, kw_only=True)
class Strata:
    """G strata in order of their source, and the one of each task."""

    of: NDArray[Any]
    """[N] stratum of each task, any integer type."""
    source: Ints
    """[G] source of each stratum, ascending."""
    keys: list[Key]
    """[G] names; the subcategory is "" where a source is one stratum."""

    def __len__(self) -> int:
        return len(self.source)

    def of_source(self, source: int) -> slice:
        """Return which strata a source has; none if it has no task."""
        first, last = np.searchsorted(self.source, [source, source + 1])
        return slice(int(first), int(last))

    def is_alone(self) -> NDArray[np.bool_]:
        """Return [G] whether a stratum is the only one of its source."""
        return np.asarray(np.bincount(self.source)[self.source] == 1) if len(self) else np.zeros(0, dtype=np.bool_)


def whole_sources(index: TaskIndex) -> Strata:
    """Return one stratum per source."""
    return Strata(
        of=index.source, source=np.arange(len(index.sources)), keys=[(source, "") for source in index.sources]
    )


def stratify(index: TaskIndex, *, by_subcategory: bool) -> Strata:
    """Return the strata of a pool; whole sources where that is all there is."""
    if not by_subcategory:
        return whole_sources(index)
    num_names = len(index.subcategories)
    codes = index.source.astype(np.int32) * num_names + index.subcategory
    num_tasks = np.bincount(codes, minlength=len(index.sources) * num_names)
    present = np.flatnonzero(num_tasks)
    if len(present) == np.count_nonzero(np.bincount(index.source)):
        return whole_sources(index)
    number = np.zeros(len(num_tasks), dtype=np.int32)
    number[present] = np.arange(len(present))
    names = [(index.sources[code // num_names], index.subcategories[code % num_names]) for code in present.tolist()]
    return Strata(of=number[codes], source=present // num_names, keys=names)


class Performance:
    """The policy's pass rate in each stratum: a Beta posterior like that of a task, over the means of its groups.

    The prior is the mean prior of its tasks, worth `prior_strength` groups; a group counts half after `half_life`
    steps.
    """

    def __init__(self, strata: Strata, prior: NDArray[np.float32], *, prior_strength: float, half_life: float) -> None:
        self._strata = strata
        self._is_alone = strata.is_alone()
        self._strength = prior_strength
        self._half_life = half_life
        num_tasks = np.bincount(strata.of, minlength=len(strata))
        self._prior = np.bincount(strata.of, weights=prior, minlength=len(strata)) / np.maximum(num_tasks, 1)
        self._successes: Floats = np.zeros(len(strata))
        self._num_groups: Floats = np.zeros(len(strata))
        self._step = 0

    def observe(self, step: int, stratum: NDArray[Any], means: Floats) -> None:
        """Add the mean scores [k] of tasks in `stratum` [k]; NaN, where nothing was judged, counts for nothing."""
        kept = decay(np.array(step - self._step), half_life=self._half_life)
        judged = ~np.isnan(means)
        stratum, means = stratum[judged], means[judged]
        self._successes = kept * self._successes + np.bincount(stratum, weights=means, minlength=len(self._strata))
        self._num_groups = kept * self._num_groups + np.bincount(stratum, minlength=len(self._strata))
        self._step = max(self._step, step)

    def pass_rates(self) -> Floats:
        """Return [G] the expected pass rates."""
        successes = self._strength * self._prior + self._successes
        return np.asarray(successes / (self._strength + self._num_groups))

    def learnability(self) -> Floats:
        """Return [G] 4 p (1 - p), and 1 for a stratum that has its source to itself: there is nothing to compare."""
        rates = self.pass_rates()
        return np.where(self._is_alone, 1.0, 4.0 * rates * (1.0 - rates))

    def state_dict(self) -> dict[str, Any]:
        """Return what was observed, by name: JSON-able."""
        seen = np.flatnonzero((self._num_groups > 0) & ~self._is_alone).tolist()
        rows = [[*self._strata.keys[one], float(self._successes[one]), float(self._num_groups[one])] for one in seen]
        return {"step": self._step, "strata": rows}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take back what `state_dict` returned; strata that are gone are dropped, new ones start from their prior."""
        number = {key: one for one, key in enumerate(self._strata.keys)}
        self._step = state["step"]
        for source, subcategory, successes, num_groups in state["strata"]:
            one = number.get((source, subcategory))
            if one is not None:
                self._successes[one], self._num_groups[one] = successes, num_groups
