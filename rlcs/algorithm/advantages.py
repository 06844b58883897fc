"""Advantages: how much better a completion did than was to be expected. Groups in, a batch out.

Stands between the curriculum's selection and packing. An estimator takes the scores of every group of the batch and
returns one advantage per completion; None stands for a completion that could not be judged, which takes no part.

Example, two tasks with three completions each:

    scores           grpo                dr_grpo             rloo               reinforce_pp
    1, 0, None       1, -1, None         0.5, -0.5, None     1, -1, None        1.58, -1.58, None
    1, 1, 1          0, 0, 0             0, 0, 0             0, 0, 0            0, 0, 0

(reinforce_pp: the centred scores 0.5, -0.5, 0, 0, 0 have standard deviation sqrt(0.1) = 0.316 over the batch).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from rlcs.plugins import ADVANTAGES
from rlcs.records import Batch, Group

Scores = Sequence[Sequence[float | None]]
Advantages = list[list[float | None]]

EPSILON = 1e-6


@ADVANTAGES.register("grpo")
def grpo(scores: Scores) -> Advantages:
    """(score - group mean) / (group standard deviation + 1e-6), population deviation (DeepSeekMath eq. 3)."""
    return _per_group(scores, lambda judged: _centred(judged) / (judged.std() + EPSILON))


@ADVANTAGES.register("dr_grpo")
def dr_grpo(scores: Scores) -> Advantages:
    """Score - group mean: no division, so that easy and hard tasks are not weighted up (Dr. GRPO)."""
    return _per_group(scores, _centred)


@ADVANTAGES.register("rloo")
def rloo(scores: Scores) -> Advantages:
    """Score - mean of the group's other scores, which is (score - group mean) * n / (n - 1); 0 for a group of one."""
    return _per_group(scores, lambda judged: _centred(judged) * len(judged) / max(len(judged) - 1, 1))


@ADVANTAGES.register("reinforce_pp")
def reinforce_pp(scores: Scores) -> Advantages:
    """(score - group mean) / (standard deviation of these over the whole batch + 1e-6): REINFORCE++ with baseline."""
    centred = dr_grpo(scores)
    batch = np.array([value for group in centred for value in group if value is not None])
    scale = batch.std() + EPSILON if len(batch) else 1.0
    return [[None if value is None else float(value / scale) for value in group] for group in centred]


def build_batch(
    groups: Sequence[Group],
    selected: Sequence[int],
    estimator: str,
    *,
    weights: Sequence[float] | None = None,
    share: float = 1.0,
    policy_version: int = 0,
) -> Batch:
    """Return what is trained on of judged groups: those numbered in `selected`, by the estimator of that name.

    Unjudged completions are left out. A group whose scores are all equal stays, with advantage 0. The advantages of a
    selected group are multiplied with its weight, where there are weights (curriculum.unbiased_cap). policy_version:
    that of the weights that are to be trained.
    """
    rows = group_advantages([groups[index] for index in selected], estimator)
    weighted = zip(selected, rows, weights or [1.0] * len(selected), strict=True)
    trained = {
        index: tuple(None if value is None else weight * value for value in row) for index, row, weight in weighted
    }
    untrained = [(None,) * len(group.completions) for group in groups]
    return Batch(
        groups=groups,
        selected=tuple(selected),
        advantages=tuple(trained.get(index, row) for index, row in enumerate(untrained)),
        share=share,
        policy_version=policy_version,
    )


def group_advantages(groups: Sequence[Group], estimator: str) -> Advantages:
    """Return the advantage of every completion of judged groups; None where it could not be judged."""
    for group in groups:
        assert len(group.verdicts) == len(group.completions), f"group of {group.task.id} is not scored"
    advantages: Advantages = ADVANTAGES.get(estimator)(
        [[verdict.score for verdict in group.verdicts] for group in groups]
    )
    return advantages


def _per_group(
    scores: Scores, estimate: Callable[[NDArray[np.float64]], NDArray[np.float64]]
) -> list[list[float | None]]:
    """Apply `estimate` to the judged scores of each group and put None back where a score was missing."""
    advantages: Advantages = []
    for group in scores:
        judged = np.array([score for score in group if score is not None], dtype=np.float64)
        values = iter(estimate(judged).tolist() if len(judged) else [])
        advantages.append([None if score is None else next(values) for score in group])
    return advantages


def _centred(judged: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scores minus their mean; exactly 0 where all are equal, which rounding of the mean would spoil."""
    if judged.min() == judged.max():
        return np.zeros_like(judged)
    centred: NDArray[np.float64] = judged - judged.mean()
    return centred
