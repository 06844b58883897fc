"""Screening: a task never judged gets some of its completions first, and the others only if those differ.

Most groups that teach nothing are of tasks never judged. A group of which the first m scores are equal mostly ends with
all n equal, and its other n - m completions need not be generated (SPEED-RL, arXiv 2506.09016, which trains on what is
left of them; here groups stay whole). What was generated is observed and counted.

It biases nothing inside a group. Completions are independent given their task, so their order says nothing: of all
groups with the same scores the same share passes, whichever of their completions came first. What is changed is how
often a group is trained on, by its scores alone: with k of n passed

    P(pass) = 1 - (C(k, m) + C(n - k, m)) / C(n, m)

where without screening it is 1 for 0 < k < n: fewer of the lopsided groups. All completions of either part are waited
for, so that short ones gain nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from curriculum.beliefs.arrays import Rows
from curriculum.beliefs.tally import teaches
from rlcs.config.schema import CurriculumConfig
from rlcs.records import Group, Plan

SMALLEST_GROUP = 8
"""Groups from this size on are screened by default: the first 2 completions of a task tell less than they save."""


def first_completions(config: CurriculumConfig, *, group_size: int, waits: bool) -> int:
    """Return how many completions a task never judged gets first: what is set, or what an empty setting stands for.

    waits: a step can wait for the verdicts of the first ones before it generates the others.
    """
    if config.screen is not None:
        return config.screen
    return group_size // 2 if waits and config.sampler == "tiers" and group_size >= SMALLEST_GROUP else 0


def to_screen(rows: Rows, is_new: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell which tasks of a plan are screened: those never judged that are in it once."""
    _, place, count = np.unique(rows, return_inverse=True, return_counts=True)
    return np.asarray(is_new & (count[place] == 1))


def num_completions(plan: Plan, *, first: int, whole: int) -> list[int] | None:
    """Return how many completions each task of a plan gets, of `whole` in a group; None: all get whole groups."""
    if plan.is_rest:
        return [whole - first] * len(plan.rows)
    return None if plan.screened is None else np.where(plan.screened, first, whole).tolist()


def passing(groups: Sequence[Group], screened: Rows, *, min_spread: float) -> Rows:
    """Return the tasks among `screened` that get the rest of their completions, in the order of `groups`.

    Those whose scores differ, and those of which too few could be judged to tell.
    """
    asked = set(screened.tolist())
    rows = [
        group.task.row
        for group in groups
        if group.task.row in asked and (len(group.scores) < 2 or teaches(group.scores, min_spread=min_spread))
    ]
    return np.array(rows, dtype=np.int64)


def joined(groups: Sequence[Group], rest: Sequence[Group]) -> list[Group]:
    """Return `groups` with the rest of the completions of those that passed, behind the first."""
    rest_of = {group.task.row: group for group in rest}
    return [_whole(group, rest_of.get(group.task.row)) for group in groups]


def _whole(first: Group, rest: Group | None) -> Group:
    if rest is None:
        return first
    return replace(first, completions=first.completions + rest.completions, verdicts=first.verdicts + rest.verdicts)
