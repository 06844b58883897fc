"""Strata: the subcategories of each source, between which the default sampler re-weights (paper 5.3).

A stratum is a (source, subcategory) that holds at least one task. A source whose tasks share one subcategory is one
stratum, and so is every source where `curriculum.by_subcategory` is off.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curriculum.beliefs.arrays import Ints
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

    @property
    def names(self) -> list[str]:
        """[G] each as one text: source/subcategory."""
        return [f"{source}/{subcategory}" for source, subcategory in self.keys]

    def of_source(self, source: int) -> slice:
        """Return which strata a source has; none if it has no task."""
        first, last = np.searchsorted(self.source, [source, source + 1])
        return slice(int(first), int(last))


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
