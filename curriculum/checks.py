"""What a person can get wrong in the curriculum's settings, its data or a sampler of their own, told in one line."""

from __future__ import annotations

from operator import attrgetter

import numpy as np

from curriculum.beliefs.difficulty import Ints, Rows
from rlcs.config.limits import RANGES
from rlcs.config.schema import CurriculumConfig
from rlcs.errors import UserError
from rlcs.records import TIERS, TaskIndex

PREFIX = "curriculum."


def check_config(config: CurriculumConfig) -> None:
    """Raise a UserError for the first setting outside of its range."""
    for path, allowed in RANGES.items():
        if path.startswith(PREFIX):
            value = attrgetter(path.removeprefix(PREFIX))(config)
            if not allowed.allows(value):
                raise UserError(f"{path} is {value}; set it to a number {allowed.words}")
    bounds = [0.0, *config.tier_edges, 1.0]
    if len(config.tier_edges) != len(TIERS) - 1 or any(
        low >= high for low, high in zip(bounds, bounds[1:], strict=False)
    ):
        raise UserError(
            f"curriculum.tier_edges is {list(config.tier_edges)}; "
            f"give {len(TIERS) - 1} pass rates between 0 and 1 in ascending order, such as [0.1, 0.3, 0.7, 0.9]"
        )


def check_index(index: TaskIndex) -> None:
    """Raise a UserError when there is nothing to draw from: no task at all, or none in a source that has a share."""
    if len(index) == 0:
        raise UserError("there is no task to train on; check data.train")
    sizes = np.bincount(index.source, minlength=len(index.sources))
    for name, size, share in zip(index.sources, sizes, index.proportions, strict=True):
        if size == 0 and share > 0:
            raise UserError(
                f"source {name!r} has proportion {share:g} but no task; take it out or check its path and filters"
            )


def check_draw(sampler: str, rows: Rows, *, index: TaskIndex, counts: Ints) -> None:
    """Raise a UserError when a sampler's `next` did not return `counts[s]` different rows of each source s."""
    given = np.bincount(index.source[rows], minlength=len(index.sources))
    num_double = len(rows) - len(np.unique(rows))
    if num_double or (given != counts).any():
        raise UserError(
            f"sampler {sampler!r} returned {given.tolist()} rows per source, {num_double} of them double; "
            f"expected {counts.tolist()} with no row twice; correct its next()"
        )
