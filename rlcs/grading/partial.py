"""Grading a share of the tasks: blocks of them measured one after the other, the others predicted from their texts.

Which tasks a block holds follows from the records so far (curriculum/prediction/partial_grades.py), so that a grading
that was stopped goes on from them, and a larger share adds to a smaller one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from curriculum.beliefs.arrays import Floats, Ints
from curriculum.prediction.partial_grades import FIRST, PartialGrades
from rlcs.grading.log import Keys, RecordLog, Records, latest
from rlcs.tasks import TaskPool

NUM_BLOCKS = 8
"""In so many blocks a share is measured: the later ones by what the earlier ones told."""
SMALLEST_BLOCK = 16


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What a model made of one task."""

    scores: Sequence[float | None]
    """None: could not be judged."""
    num_tokens: int


Ask = Callable[[Ints, int, int], dict[int, Answers]]
"""(rows, completions for each, number of the round) -> answers by row."""


def measure_share(
    pool: TaskPool, keys: Keys, log: RecordLog, ask: Ask, *, share: float, num_completions: int, most: int, seed: int
) -> None:
    """Measure tasks of the pool, `most` at once, until so large a share of them is on record."""
    partial = known_part(pool, keys, log.read(), seed=seed)
    target = math.ceil(share * len(pool))
    block = min(max(target // NUM_BLOCKS, SMALLEST_BLOCK), most)
    while (missing := target - partial.num_measured) > 0:
        rows = partial.next_block(min(block, missing))
        answers = ask(rows, min(FIRST, num_completions), 0)
        is_plain = partial.is_plain(rows, *_counts(rows, answers))
        if (rest := num_completions - FIRST) > 0 and not is_plain.all():
            for row, more in ask(rows[~is_plain], rest, 1).items():
                first = answers[row]
                scores, num_tokens = [*first.scores, *more.scores], first.num_tokens + more.num_tokens
                answers[row] = Answers(scores=scores, num_tokens=num_tokens)
        for row in rows.tolist():
            log.append(int(keys[row]), num_tokens=answers[row].num_tokens, scores=answers[row].scores)
        partial.learn(rows, *_counts(rows, answers))


def known_part(pool: TaskPool, keys: Keys, records: Records, *, seed: int) -> PartialGrades:
    """Return what the records of a model tell of the tasks `keys` [N] of the pool."""
    partial = PartialGrades(pool.index, pool.texts, seed=seed)
    last = latest(records)
    last = last[np.isin(last["task"], keys)]
    order = np.argsort(keys)
    rows = order[np.searchsorted(keys[order], last["task"])]
    scores = last["scores"].astype(np.float64)
    judged = (scores >= 0.0).sum(axis=1).astype(np.float64)
    passed = np.where(scores >= 0.0, scores, 0.0).sum(axis=1)
    for start in range(0, len(rows), SMALLEST_BLOCK):
        part = slice(start, start + SMALLEST_BLOCK)
        partial.learn(rows[part], passed[part], judged[part])
    return partial


def _counts(rows: Ints, answers: dict[int, Answers]) -> tuple[Floats, Floats]:
    """Return what was passed and judged of each row."""
    scores = [[score for score in answers[row].scores if score is not None] for row in rows.tolist()]
    return np.array([sum(one) for one in scores], dtype=np.float64), np.array([float(len(one)) for one in scores])
