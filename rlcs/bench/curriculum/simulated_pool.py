"""Pools of simulated tasks: how many of them are hopeless, learnable and mastered when training begins.

A regime says which share of the tasks starts in each tier of pass rates. Inside a tier the logit of the first pass rate
is even over the tier's interval. A pool has NUM_SOURCES sources of equal size and share, each with an easier and a
harder subcategory; source and subcategory together are the skill dimension. The tasks held out are of the same kind in
all regimes: what differs is the pool to learn from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from curriculum.prediction.partial_grades import FIRST, PartialGrades
from rlcs.bench.curriculum.simulated_learner import Floats, Ints, Items, LearnerModel, SimulatedLearner
from rlcs.bench.curriculum.simulated_text import SHUFFLED, TELLING, write_questions
from rlcs.records import TaskIndex
from rlcs.tasks.grades import shrunk

REGIMES: dict[str, tuple[float, ...]] = {
    "balanced": (0.2, 0.2, 0.2, 0.2, 0.2),
    "easy-heavy": (0.02, 0.03, 0.05, 0.1, 0.8),
    "hard-heavy": (0.8, 0.1, 0.05, 0.03, 0.02),
}
"""Share of the tasks that starts in each of TIERS."""
HELD_OUT = (0.25, 0.25, 0.25, 0.25, 0.0)
"""The same of the tasks held out: nothing is gained by asking what is mastered already."""
LOGITS: Floats = np.array([-8.0, -2.197, -0.847, 0.847, 2.197, 6.0])
"""Bounds of the tiers as logits: of 0.0025, 0.1, 0.3, 0.7, 0.9 and 0.9933."""
NUM_SOURCES = 4
NUM_SUBCATEGORIES = 2
NUM_DIMENSIONS = NUM_SOURCES * NUM_SUBCATEGORIES
SUBCATEGORY_SPREAD = 3.0
"""Subcategories part the tasks of a source by first logit plus this much noise: they differ, and overlap widely."""
DISCRIMINATION_SPREAD = 0.25
"""Standard deviation of log a: most tasks have an a between 0.6 and 1.6."""
NUM_HELD_OUT = 2000
NUM_GRADING = 8
"""Completions that an offline grade is made of."""
SAMPLE_GRADING, BLOCK = 4, 32
"""The same at most where only a share of the tasks is measured, and how many of these at a time."""


@dataclass(frozen=True, kw_only=True)
class Pool:
    """What is trained on, as the curriculum and as the learner see it, and what is held out."""

    index: TaskIndex
    items: Items
    held_out: Items
    grading: int = 0
    """Completions that its grades took."""
    questions: NDArray[np.object_]
    """[N] texts of the tasks."""

    def texts(self, rows: Ints) -> list[str]:
        """Return the questions of some tasks."""
        return list(self.questions[rows])


def make_pool(
    regime: str,
    *,
    num_tasks: int,
    is_graded: bool,
    model: LearnerModel,
    seed: int,
    text: str = TELLING,
    sample: float = 0.0,
) -> Pool:
    """Return the pool of a regime; the same seed gives the same tasks with and without grades, whatever the texts.

    `is_graded`: every task with NUM_GRADING completions; `sample`: this share of them with SAMPLE_GRADING at most.
    """
    rng = np.random.default_rng([seed, list(REGIMES).index(regime)])
    items = make_items(REGIMES[regime], num_tasks, rng)
    held_out = make_items(HELD_OUT, NUM_HELD_OUT, rng)
    grades = np.full(num_tasks, np.nan, dtype=np.float32)
    if is_graded:
        untrained = SimulatedLearner(model, items, num_dimensions=NUM_DIMENSIONS, rng=rng)
        first = untrained.pass_rates(np.arange(num_tasks))
        passed = rng.binomial(NUM_GRADING, first) / NUM_GRADING
        grades = _by_source(passed, items.dimension // NUM_SUBCATEGORIES)
    questions = write_questions(items, np.random.default_rng([seed, list(REGIMES).index(regime), 1]))
    if text == SHUFFLED:
        questions = np.random.default_rng(seed).permutation(questions)
    pool = Pool(index=make_index(items, grades), items=items, held_out=held_out, questions=questions)
    if is_graded:
        return replace(pool, grading=num_tasks * NUM_GRADING)
    return graded_in_part(pool, sample, model, seed) if sample else pool


def graded_in_part(pool: Pool, sample: float, model: LearnerModel, seed: int) -> Pool:
    """Return the pool with grades of all tasks, of which a share is measured, as `rlcs grade --sample` does."""
    rng, num_tasks = np.random.default_rng([seed, 2]), len(pool.items)
    rates = SimulatedLearner(model, pool.items, num_dimensions=NUM_DIMENSIONS, rng=rng).pass_rates(np.arange(num_tasks))
    partial, cost = PartialGrades(pool.index, pool.texts, seed=seed), 0
    while (missing := round(sample * num_tasks) - partial.num_measured) > 0:
        rows = partial.next_block(min(missing, BLOCK))
        judged = np.full(len(rows), float(FIRST))
        passed = rng.binomial(FIRST, rates[rows]).astype(np.float64)
        is_open = ~partial.is_plain(rows, passed, judged)
        passed += np.where(is_open, rng.binomial(SAMPLE_GRADING - FIRST, rates[rows]), 0)
        judged += np.where(is_open, SAMPLE_GRADING - FIRST, 0)
        partial.learn(rows, passed, judged)
        cost += int(judged.sum())
    difficulty, certainty = partial.grades()
    is_predicted = ~partial.is_measured
    index = replace(
        pool.index,
        difficulty=difficulty.astype(np.float32),
        certainty=certainty.astype(np.float32),
        is_predicted=is_predicted,
    )
    return replace(pool, index=index, grading=cost)


def make_items(shares: Sequence[float] | Floats, num_tasks: int, rng: np.random.Generator) -> Items:
    """Return tasks whose first pass rates fall into the tiers by `shares`."""
    tier = rng.choice(len(shares), size=num_tasks, p=shares)
    logit = LOGITS[tier] + rng.random(num_tasks) * np.diff(LOGITS)[tier]
    discrimination = np.exp(DISCRIMINATION_SPREAD * rng.standard_normal(num_tasks))
    return Items(
        dimension=_dimensions(logit, rng),
        difficulty=-logit / discrimination,
        discrimination=discrimination,
    )


def _dimensions(logit: Floats, rng: np.random.Generator) -> Ints:
    """Return the dimension of each task: sources in turn, and in each source the easier half apart from the harder."""
    source = np.arange(len(logit)) % NUM_SOURCES
    place = np.empty(len(logit), dtype=np.int64)
    order = np.lexsort((logit + SUBCATEGORY_SPREAD * rng.standard_normal(len(logit)), source))
    size = np.bincount(source, minlength=NUM_SOURCES)
    rank = np.arange(len(logit)) - (np.cumsum(size) - size)[source[order]]
    place[order] = rank * NUM_SUBCATEGORIES // size[source[order]]
    return source * NUM_SUBCATEGORIES + place


def _by_source(passed: Floats, source: Ints) -> NDArray[np.float32]:
    """Return the difficulty that training reads off grades: shrunk towards those of the source."""
    grades = np.empty(len(passed), dtype=np.float32)
    for one in range(NUM_SOURCES):
        grades[source == one] = shrunk(passed[source == one], np.full((source == one).sum(), float(NUM_GRADING)))
    return grades


def make_index(items: Items, grades: NDArray[np.float32]) -> TaskIndex:
    """Return what the curriculum knows of the tasks."""
    source = (items.dimension // NUM_SUBCATEGORIES).astype(np.int16)
    sources = tuple(f"source{number}" for number in range(NUM_SOURCES))
    return TaskIndex(
        ids=pa.array(np.arange(len(items))).cast(pa.string()),
        source=source,
        domain=source,
        difficulty=grades,
        sources=sources,
        domains=sources,
        subcategory=(items.dimension % NUM_SUBCATEGORIES).astype(np.int16),
        subcategories=tuple(f"kind{number}" for number in range(NUM_SUBCATEGORIES)),
        proportions=(1.0 / NUM_SOURCES,) * NUM_SOURCES,
    )
