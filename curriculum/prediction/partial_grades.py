"""Grades for all tasks of which only some are measured: which ones, with how many completions, and what follows.

The tasks are measured in blocks. Half of a block comes in an order that is random from the seed; the other half are
those of the next CHOICE times as many whose prediction is least sure. Each gets FIRST completions, and the rest only
where these have not made it plain that the task is hopeless or solved: where the mean of its Beta posterior, around
what is predicted of it, is within SURE of 0 or 1. Predicted and learned is as in training (predictor.py), with a policy
that stands still. What comes out is a pass rate for every task, and how many completions it is worth:

    measured    (s q + passed) / (s + judged), worth s + judged        Beta(s q, s (1 - q)): what is predicted of it
    others      q, worth s
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from curriculum.beliefs.arrays import Floats, Ints, sigmoid
from curriculum.beliefs.difficulty import Posterior
from curriculum.beliefs.strata import stratify
from curriculum.prediction.predictor import Predictor
from curriculum.prediction.texts import Texts
from curriculum.prediction.visits import FirstVisits
from rlcs.records import TaskIndex

FIRST = 2
"""Completions that every measured task gets."""
SURE = 0.05
CHOICE = 8
PIECE = 4
"""Tasks that level and new rating are learned from together."""
CHUNK = 4096
"""Tasks whose texts are looked at together."""
PRIOR_STRENGTH = 0.25
NEVER_FADES = 1e9


class PartialGrades:
    """What is known of N tasks, of which some are measured."""

    def __init__(self, index: TaskIndex, texts: Texts, *, seed: int) -> None:
        strata = stratify(index, by_subcategory=True)
        unknown = np.full(len(index), np.nan, dtype=np.float32)
        self._posterior = Posterior(unknown, strata=strata, prior_strength=PRIOR_STRENGTH, half_life=NEVER_FADES)
        self._predictor = Predictor(index, strata, texts, half_life=NEVER_FADES)
        self._order = np.random.default_rng(seed).permutation(len(index))
        self._passed: Floats = np.zeros(len(index))
        self._judged: Floats = np.zeros(len(index))
        self._is_taken = np.zeros(len(index), dtype=bool)

    @property
    def num_measured(self) -> int:
        """Tasks measured or given out to be."""
        return int(np.count_nonzero(self._is_taken))

    @property
    def is_measured(self) -> NDArray[np.bool_]:
        """[N] whether something was judged of a task."""
        return np.asarray(self._judged > 0)

    def next_block(self, size: int) -> Ints:
        """Give out `size` tasks to measure, fewer where no more are left."""
        waiting = self._order[~self._is_taken[self._order]]
        chosen = waiting[: size - size // 2]
        others = waiting[len(chosen) : len(chosen) + CHOICE * (size // 2)]
        least_sure = np.sort(np.argsort(-self._doubt(others), kind="stable")[: size // 2])
        rows = np.concatenate([chosen, others[least_sure]])
        self._is_taken[rows] = True
        return np.asarray(rows)

    def is_plain(self, rows: Ints, passed: Floats, judged: Floats) -> NDArray[np.bool_]:
        """Tell which tasks need no more completions."""
        rate, worth = self._expected(rows)
        mean = (worth * rate + passed) / (worth + judged)
        return np.asarray((judged > 0) & (np.abs(mean - 0.5) >= 0.5 - SURE))

    def learn(self, rows: Ints, passed: Floats, judged: Floats) -> None:
        """Take in what was measured of some tasks; those of which nothing could be judged tell nothing."""
        self._is_taken[rows] = True
        order = np.argsort(rows)
        order = order[judged[order] > 0]
        rows, passed, judged = rows[order], passed[order], judged[order]
        self._passed[rows], self._judged[rows] = passed, judged
        posterior = self._posterior
        features = self._predictor.expect(posterior, rows)
        before = posterior.stratum_logit(rows)
        # The level moves by a logit at a time: a block at once would leave a hopeless pool half believed in.
        for first in range(0, len(rows), PIECE):
            piece = slice(first, first + PIECE)
            posterior.observe(0, rows[piece], successes=passed[piece], failures=(judged - passed)[piece])
        visits = FirstVisits(
            rows=rows,
            features=features,
            given=np.zeros(len(rows)),
            before=before,
            after=posterior.stratum_logit(rows),
            passed=passed,
            judged=judged,
        )
        self._predictor.observe(0, visits)

    def grades(self) -> tuple[Floats, Floats]:
        """Return [N] pass rates and [N] the completions that they are worth."""
        chunks = [np.arange(start, min(start + CHUNK, len(self._order))) for start in range(0, len(self._order), CHUNK)]
        told = [self._expected(rows) for rows in chunks]
        rate, worth = (np.concatenate([one[part] for one in told]) for part in (0, 1))
        return (worth * rate + self._passed) / (worth + self._judged), worth + self._judged

    def _expected(self, rows: Ints) -> tuple[Floats, Floats]:
        """Return what is predicted of tasks, measured or not, and what it is worth."""
        predictor = self._predictor
        told = predictor.outlook(rows, predictor.features(rows), worth=np.full(len(rows), PRIOR_STRENGTH))
        return sigmoid(self._posterior.stratum_logit(rows) + told.offset), told.strength

    def _doubt(self, rows: Ints) -> Floats:
        """Return how unsure the prediction of tasks is: its variance, in logits."""
        return self._predictor.doubt(self._predictor.features(rows))
