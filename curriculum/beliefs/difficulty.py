"""Difficulty: what is believed of each task's pass rate under the policy of now.

    pass rate of a task = sigmoid(rating + level)          item response model (Rasch 1960), kept up to date like Elo

The rating belongs to the task and says how easy it is; the level belongs to the task's stratum (skill.py)
and moves with the policy, up for all tasks alike when it learns. So a task seen long ago counts with what the policy
has learned since, and what is learned of one task tells of the others.

The belief about a task is a Beta posterior around that pass rate:

    n     = prior_strength + evidence       evidence: completions judged, half of them forgotten in half_life steps
    alpha = n p, beta = n (1 - p)
    p'    = (n p + successes) / (n + judged),  rating' = logit(p') - level
            + the gain of its stratum, where the group had both better and worse completions and so was trained on

A task with an offline grade starts from logit(grade); one without from what first visits to other such tasks of its
stratum have shown. Shapes: N tasks of the pool, k tasks at hand.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from curriculum.beliefs.arrays import Floats, Ints, Rows, logit, sigmoid
from curriculum.beliefs.skill import Skill
from curriculum.beliefs.strata import Strata

__all__ = ["Floats", "Ints", "Posterior", "Rows", "decay", "tier_of"]

NEVER = -1

EDGE_TOLERANCE = 1e-6
"""A grade of 0.9 kept as float32 is a little less than 0.9 and must still be "very easy"."""

EXTREME = 1e-3
"""Pass rates are kept this far from 0 and 1, whose ratings would be infinite."""


def decay(elapsed_steps: NDArray[Any], *, half_life: float) -> Floats:
    """Return what an observation that old still counts: 0.5 ** (elapsed / half_life), at most 1."""
    return np.asarray(0.5 ** (np.maximum(elapsed_steps, 0) / half_life), dtype=np.float64)


def tier_of(mean: NDArray[Any], *, edges: Floats) -> NDArray[np.int8]:
    """Return the tier of each pass rate as an index into TIERS; an edge belongs to the easier tier."""
    return np.searchsorted(edges - EDGE_TOLERANCE, mean, side="right").astype(np.int8)


def pass_rate(rating: NDArray[np.float32], *, level: Floats, new_rating: Floats) -> Floats:
    """Return [k] the expected pass rates of tasks with these ratings, NaN being a task of which nothing is known."""
    known = rating.astype(np.float64)
    return sigmoid(np.where(np.isnan(known), new_rating, known) + level)


def strength(
    evidence: NDArray[np.float32], elapsed_steps: NDArray[Any], *, prior_strength: float, half_life: float
) -> Floats:
    """Return [k] n, the completions that beliefs are worth whose evidence is so many steps old."""
    return prior_strength + decay(elapsed_steps, half_life=half_life) * evidence


class Posterior:
    """The beliefs about all tasks: some numbers a task, each array of shape [N], and the skill."""

    def __init__(
        self,
        difficulty: NDArray[np.float32],
        *,
        strata: Strata,
        prior_strength: float,
        half_life: float,
        certainty: NDArray[np.float32] | None = None,
        is_predicted: NDArray[np.bool_] | None = None,
    ) -> None:
        self.prior_strength = prior_strength
        self.half_life = half_life
        self.strata = strata
        self.skill = Skill(len(strata))
        self._prior = logit(np.clip(difficulty, EXTREME, 1.0 - EXTREME)).astype(np.float32)
        self.rating = self._prior.copy()
        """How easy: logit of the pass rate at level 0; NaN for a task without grade that was never judged."""
        self.evidence = np.zeros(len(difficulty), dtype=np.float32)
        """Judged completions, decayed to `last_step`."""
        self.last_step = np.full(len(difficulty), NEVER, dtype=np.int32)
        """Step of the last observation, -1 before the first."""
        self.num_seen = np.zeros(len(difficulty), dtype=np.int32)
        """Groups observed, those that could not be judged included."""
        self.drawn_as = np.full(len(difficulty), np.nan, dtype=np.float32)
        """Pass rate expected before the last observation; NaN before the first. For snapshots, not in checkpoints."""
        self._given = np.where(is_predicted, self._prior, 0.0).astype(np.float32) if is_predicted is not None else None
        self.offset = np.zeros(len(difficulty), dtype=np.float32)
        """What is expected of a task without grade that was never judged, beyond the new rating of its stratum: by the
        grades' own prediction, and by `expect`. Not in checkpoints."""
        self._certainty = certainty
        self.worth = np.full(len(difficulty), prior_strength, dtype=np.float32)
        """Completions that the belief about a task is worth that was never judged."""
        if is_predicted is not None:
            self._prior[is_predicted] = self.rating[is_predicted] = np.nan
        self._forget_offsets()

    def __len__(self) -> int:
        return len(self.rating)

    def is_new(self, rows: Rows) -> NDArray[np.bool_]:
        """Tell which tasks have no grade that was measured, and were never judged."""
        return np.isnan(self.rating[rows])

    def expect(self, rows: Rows, offset: Floats, worth: Floats) -> None:
        """Take in what is predicted of new tasks beyond `new_logit`, and the completions that this is worth."""
        self.offset[rows] = self.given(rows) + offset
        self.worth[rows] = worth

    def given(self, rows: Rows) -> Floats:
        """Return what the grades predicted of new tasks, as an offset to the new rating; 0 where they did not."""
        known = np.zeros(len(rows)) if self._given is None else self._given[rows].astype(np.float64)
        return np.where(self.num_seen[rows] > 0, 0.0, known)

    def given_worth(self, rows: Rows) -> Floats:
        """Return the completions that the grade of tasks is worth, or what is believed of all new ones."""
        found = np.full(len(rows), self.prior_strength)
        if self._certainty is None:
            return found
        known = self._certainty[rows].astype(np.float64)
        return np.where(np.isnan(known), found, known)

    def observe(self, step: int, rows: Rows, *, successes: NDArray[Any], failures: NDArray[Any]) -> None:
        """Add [k] observations made at `step`; a row may come several times."""
        unique, place = np.unique(rows, return_inverse=True)
        num = len(unique)
        passed: Floats = np.bincount(place, weights=successes, minlength=num).astype(np.float64)
        judged: Floats = passed + np.bincount(place, weights=failures, minlength=num).astype(np.float64)
        worth, expected = self._strength(unique, step), self.mean(unique, step)
        is_new = self.is_new(unique)
        is_first = (self.evidence[unique] == 0.0) & (judged > 0)
        worth[is_first] = self.worth[unique[is_first]]
        self.drawn_as[unique] = expected
        self.skill.observe(
            step,
            self.strata.of[unique],
            is_new=is_new,
            is_again=self.evidence[unique] > 0,
            expected=expected,
            strength=worth,
            passed=passed,
            judged=judged,
        )
        mean = (worth * self.mean(unique, step) + passed) / (worth + judged)
        rating = logit(np.clip(mean, EXTREME, 1.0 - EXTREME)) - self.skill.level[self.strata.of[unique]]
        # Groups with both better and worse completions are trained on, save for few.
        rating += np.where((passed > 0) & (passed < judged), self.skill.gain[self.strata.of[unique]], 0.0)
        self.rating[unique] = np.where(judged > 0, rating, self.rating[unique])
        self.evidence[unique] = worth - self.prior_strength + judged
        # Of a task of which nothing could be judged the prediction is dropped: snapshots do not know it.
        self.offset[unique] = 0.0
        self.last_step[unique] = np.maximum(self.last_step[unique], step)
        self.num_seen[unique] += np.bincount(place).astype(np.int32)

    def mean(self, rows: Rows, step: int) -> Floats:
        """Return the expected pass rate of `rows` under the present policy."""
        stratum = self.strata.of[rows]
        new_rating = self.skill.new_rating[stratum] + self.offset[rows]
        return pass_rate(self.rating[rows], level=self.skill.level[stratum], new_rating=new_rating)

    def new_logit(self, rows: Rows) -> Floats:
        """Return the logit of the pass rate of new tasks by their stratum and grade, what is predicted now left out."""
        return self.stratum_logit(rows) + self.given(rows)

    def stratum_logit(self, rows: Rows) -> Floats:
        """Return level + new rating of the strata of `rows`."""
        stratum = self.strata.of[rows]
        return np.asarray(self.skill.level[stratum] + self.skill.new_rating[stratum])

    def counts(self, rows: Rows, step: int) -> tuple[Floats, Floats]:
        """Return alpha and beta of the posteriors of `rows`; their sum shrinks with the steps since last seen."""
        mean, worth = self.mean(rows, step), self._strength(rows, step)
        return worth * mean, worth * (1.0 - mean)

    def columns(self) -> dict[str, NDArray[Any]]:
        """Return the arrays that a checkpoint keeps (the prior comes from the data)."""
        return {"rating": self.rating, "evidence": self.evidence,
                "last_step": self.last_step, "num_seen": self.num_seen}  # fmt: skip

    def load_columns(self, columns: dict[str, NDArray[Any]]) -> None:
        """Take back the arrays of `columns`; tasks that are new carry zeros there and start from their prior."""
        self.num_seen = columns["num_seen"].astype(np.int32)
        is_seen = self.num_seen > 0
        self.rating = np.where(is_seen, columns["rating"], self._prior).astype(np.float32)
        self.evidence = columns["evidence"].astype(np.float32)
        self.last_step = np.where(is_seen, columns["last_step"], NEVER).astype(np.int32)
        self._forget_offsets()

    def _forget_offsets(self) -> None:
        """Go back to what the grades say of new tasks."""
        if self._given is not None:
            self.offset = np.where(self.num_seen > 0, np.float32(0.0), self._given)
        else:
            self.offset[:] = 0.0
        self.worth[:] = self.prior_strength
        if self._certainty is not None:
            self.worth = np.where(np.isnan(self._certainty), self.worth, self._certainty)

    def _strength(self, rows: Rows, step: int) -> Floats:
        """Return n, the completions that the belief about each row is worth."""
        elapsed = step - self.last_step[rows]
        return strength(self.evidence[rows], elapsed, prior_strength=self.prior_strength, half_life=self.half_life)
