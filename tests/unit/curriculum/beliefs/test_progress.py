"""Progress by hand, and a subcategory that stands still in a whole curriculum."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pytest

from curriculum import Curriculum
from curriculum.beliefs.progress import GUARD, LOWEST, MEMORY, Progress
from curriculum.beliefs.strata import Strata
from rlcs.config.schema import CurriculumConfig
from rlcs.records import Group, TaskIndex

STRATA = Strata(of=np.array([0, 1, 2]), source=np.array([0, 0, 1]), keys=[("a", "x"), ("a", "y"), ("b", "")])


def test_by_hand() -> None:
    progress = Progress(STRATA)
    assert progress.factors(np.array([5.0, 0.0, 0.0])).tolist() == [1.0, 1.0, 1.0]
    progress.observe(np.array([0.5, 0.0, 1.0]), np.array([2, 6, 4]))
    # Where the first step finds the levels is where they start.
    assert progress.factors(np.array([0.5, 0.0, 1.0])).tolist() == [1.0, 1.0, 1.0]
    progress.observe(np.array([1.5, 0.0, 2.0]), np.array([2, 6, 4]))
    # Past level of x: 0.95 x 0.5 + 0.05 x 1.5 = 0.55, gained 0.95 of 0.95 in its source with a quarter of the groups.
    # y gained nothing with three quarters of them: (0 + 0.1) / (0.75 x 0.95 + 0.1). b is alone in its source.
    assert progress.factors(np.array([1.5, 0.0, 2.0])) == pytest.approx([1.0, 0.1 / 0.8125, 1.0])
    # To have lost is to have gained nothing.
    assert progress.factors(np.array([1.5, -3.0, 2.0])) == pytest.approx([1.0, 0.1 / 0.8125, 1.0])
    assert progress.factors(np.array([9.0, 0.0, 2.0]))[1] == LOWEST
    assert (MEMORY, GUARD) == (0.95, 0.1)


def test_none_is_discounted_where_none_gains_or_nothing_was_valid() -> None:
    progress = Progress(STRATA)
    for level in (1.0, 0.8, 0.5):
        progress.observe(np.full(3, level), np.array([1, 9, 0]))
    assert progress.factors(np.full(3, 0.5)).tolist() == [1.0, 1.0, 1.0]
    idle = Progress(STRATA)
    for _ in range(2):
        idle.observe(np.zeros(3), np.zeros(3, dtype=np.int64))
    assert idle.factors(np.ones(3)).tolist() == [1.0, 1.0, 1.0]


def test_state_goes_by_name() -> None:
    progress = Progress(STRATA)
    assert progress.state_dict() == []
    progress.observe(np.array([0.5, 0.0, 1.0]), np.array([2, 6, 4]))
    state = json.loads(json.dumps(progress.state_dict()))
    other = Progress(Strata(of=np.array([0, 1]), source=np.array([0, 0]), keys=[("a", "z"), ("a", "y")]))
    other.load_state_dict(state)
    assert other.state_dict() == [["a", "y", 0.0, 6.0]]


def draws_by_subcategory(curriculum: Curriculum, make_group: Callable[..., Group], *, num_steps: int) -> list[int]:
    """Let subcategory 1 rise from 0.2 to 0.9, leave 2 at one half whatever comes; return the draws of the middle half,
    in which 1 has risen visibly and is not mastered yet.
    """
    rng, drawn = np.random.default_rng(0), np.zeros(3, dtype=np.int64)
    for step in range(1, num_steps + 1):
        plan = curriculum.next(step)
        subcategory = curriculum.index.subcategory[plan.rows]
        rate = np.where(subcategory == 1, 0.2 + 0.7 * step / num_steps, 0.5)
        groups = [
            make_group(int(row), [float(right) for right in rng.random(8) < one])
            for row, one in zip(plan.rows, rate, strict=True)
        ]
        curriculum.observe(step, groups)
        if num_steps // 4 < step <= num_steps - num_steps // 4:
            drawn += np.bincount(subcategory, minlength=3)
    return [int(count) for count in drawn[1:]]


def test_guessed_questions_do_not_eat_the_batch(
    make_index: Callable[..., TaskIndex], make_group: Callable[..., Group], make_config: Callable[..., CurriculumConfig]
) -> None:
    index = make_index([400], difficulty=[0.2] * 200 + [0.5] * 200, subcategory=[1] * 200 + [2] * 200)
    for seed in range(3):
        shares = {}
        for by_progress in (True, False):
            config = make_config(batch_size=16, expand=False, temperature=0.2, by_progress=by_progress)
            moving, still = draws_by_subcategory(Curriculum(config, index, seed=seed), make_group, num_steps=20)
            shares[by_progress] = still / (moving + still)
        assert shares[True] < 0.45 < 0.5 < shares[False]
